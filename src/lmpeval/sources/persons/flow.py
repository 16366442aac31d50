"""What became of everybody, in the site and elsewhere: counts that add up, of many people."""

from __future__ import annotations

from dataclasses import dataclass

SITE, ELSEWHERE = 0, 1
INSURED = "insured in the year before the start"


@dataclass(frozen=True)
class Step:
    """One line of a flow.

    Attributes
    ----------
    name : str
    part_of : str
        The line that this one is a part of; the parts of a line add up to it. Empty for the first.
    site, elsewhere : int
        Persons in the site and in the regions compared with.
    """

    name: str
    part_of: str
    site: int
    elsewhere: int


@dataclass(frozen=True)
class Flow:
    """How many people were insured, selected and followed, and what became of the others."""

    steps: tuple[Step, ...]

    @property
    def until_the_start(self) -> Flow | None:
        """Who was insured and selected, without what became of them; None where nobody is followed."""
        known = tuple(step for step in self.steps if step.part_of in ("", INSURED))
        return Flow(known) if known[0].name == INSURED else None

    def step(self, name: str) -> Step | None:
        """The line of a name; None where there is none."""
        return next((step for step in self.steps if step.name == name), None)

    def parts(self, name: str) -> tuple[Step, ...]:
        """The lines that add up to a line."""
        return tuple(step for step in self.steps if step.part_of == name)
