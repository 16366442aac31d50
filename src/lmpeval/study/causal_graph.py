"""What the study holds to cause what: the ground on which covariates are chosen."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from lmpeval.study.values import CLOSED, Name

EXPOSURE = "exposure"
"""Node that stands for being offered the intervention."""
OUTCOME = "outcome"
"""Node that stands for every outcome of the study."""

Causes = Annotated[list[Name], Field(min_length=1)]


@dataclass(frozen=True, config=CLOSED)
class CausalGraph:
    """What causes what, as the people who made the study see it (Pearl 1995)."""

    causes: Annotated[dict[Name, Causes], Field(min_length=1)]
    """For each variable the list of its direct causes. `exposure` is being offered the intervention,
    `outcome` any outcome of the study; the others are columns of the data, or named under `unmeasured`."""
    unmeasured: tuple[Name, ...] = ()
    """Variables that matter and that no column holds."""

    @property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """Every cause with what it causes, as written."""
        return tuple((cause, effect) for effect, causes in self.causes.items() for cause in causes)

    @property
    def variables(self) -> tuple[str, ...]:
        """All nodes, each once, in the order in which they are first named."""
        named = (name for effect, causes in self.causes.items() for name in (effect, *causes))
        return tuple(dict.fromkeys(named))

    @property
    def measured(self) -> tuple[str, ...]:
        """Variables that are columns of the data: neither exposure, outcome nor unmeasured."""
        known = {EXPOSURE, OUTCOME, *self.unmeasured}
        return tuple(name for name in self.variables if name not in known)

    def caused_by(self, name: str) -> frozenset[str]:
        """All that a variable causes, directly or through others."""
        reached: set[str] = set()
        ahead = {name}
        while ahead:
            ahead = {effect for cause, effect in self.edges if cause in ahead} - reached
            reached |= ahead
        return frozenset(reached)
