"""The twelve assumptions of one estimate, each with what is known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from lmpeval.design import Assumption, Case, Evidence, Status
from lmpeval.persons.design import CohortCase

TWELVE = frozenset(range(1, 13))


class Certainty(StrEnum):
    """How far a result can be relied upon (words of GRADE)."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    VERY_LOW = "very low"


LEVELS = (Certainty.VERY_LOW, Certainty.LOW, Certainty.MODERATE, Certainty.HIGH)
HIGHEST_WITHOUT_CHANCE = Certainty.MODERATE
"""A site that was not drawn by lot and stands alone gives no more than moderate certainty."""


@dataclass(frozen=True)
class HumanVerdict:
    """What somebody holds an assumption to be, having seen what the data gave.

    Attributes
    ----------
    status : Status
    by : str
    on : date
    reason : str or None
    blind : bool
        Whether it was given before the results were seen, on what the data gave without them.
    """

    status: Status
    by: str
    on: date
    reason: str | None
    blind: bool = False


WORTH = (Status.NOT_SUPPORTED, Status.NOT_ASSESSED, Status.UNCERTAIN, Status.ARGUED, Status.SUPPORTED)
"""From least to most: whoever goes up from what the data gave owes a reason."""


def goes_up(judged: Status, given: Status | None) -> bool:
    """Whether a word is higher than what the data gave; where they gave nothing yet, than the lowest."""
    return WORTH.index(judged) > (0 if given is None else WORTH.index(given))


@dataclass(frozen=True)
class Entry:
    """One assumption, what the data say of it, what the study argues, and what somebody makes of both."""

    assumption: Assumption
    evidence: Evidence
    argument: str | None
    judged: HumanVerdict | None = None

    @property
    def status(self) -> Status:
        """What is held of the assumption: the word of whoever judged it, where that may be taken."""
        return self.evidence.status if self.judged is None or self.refused else self.judged.status

    @property
    def refused(self) -> bool:
        """Whether somebody judged it and went up from what the data gave without a reason."""
        if self.judged is None or self.judged.reason:
            return False
        return goes_up(self.judged.status, self.evidence.status)


@dataclass(frozen=True)
class Ledger:
    """The twelve entries of one estimate, in order; a design may bring several under its own number.

    Attributes
    ----------
    entries : tuple of Entry
    apart : tuple of str
        Designs that answer the same question otherwise than chance lets them.
    """

    entries: tuple[Entry, ...]
    apart: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a ledger with a gap: what is not looked at must be seen not to be."""
        numbers = [entry.assumption.number for entry in self.entries]
        if numbers != sorted(numbers) or set(numbers) != TWELVE:
            raise ValueError("a ledger holds the assumptions 1 to 12, all of them and in order")

    @property
    def contradicted(self) -> tuple[str, ...]:
        """Critical assumptions that are not supported: the result is withheld."""
        return self._named(Status.NOT_SUPPORTED, critical=True)

    @property
    def unassessed(self) -> tuple[str, ...]:
        """Critical assumptions that nobody looked at: no headline before somebody does."""
        return self._named(Status.NOT_ASSESSED, critical=True)

    @property
    def uncertain(self) -> tuple[str, ...]:
        """Critical assumptions that could not be checked well enough."""
        return self._named(Status.UNCERTAIN, critical=True)

    @property
    def unsupported(self) -> tuple[str, ...]:
        """Assumptions that are not critical and not supported."""
        return self._named(Status.NOT_SUPPORTED, critical=False)

    @property
    def certainty(self) -> Certainty:
        """One level down for every uncertain critical assumption, two for every one not supported.

        One that is not critical costs a level where it is not supported. No more than moderate is left of
        that; designs that answer otherwise, however many, cost a level of what is left. A proposal on the
        lines of ROBINS-I and GRADE, which count doubts in the same way.
        """
        doubts = len(self.uncertain) + 2 * len(self.contradicted) + len(self.unsupported)
        left = min(len(LEVELS) - 1 - doubts, LEVELS.index(HIGHEST_WITHOUT_CHANCE))
        return LEVELS[max(left - bool(self.apart), 0)]

    def _named(self, status: Status, *, critical: bool) -> tuple[str, ...]:
        return tuple(
            entry.assumption.name
            for entry in self.entries
            if entry.assumption.critical is critical and entry.status is status
        )


def examine(case: Case, arguments: Mapping[str, str]) -> Ledger:
    """Test what can be tested; take the study's argument, by name, for what cannot.

    An argument never overrides what a test found: it stands beside it.
    """
    ordered = sorted(case.design.assumptions, key=lambda assumption: assumption.number)
    return Ledger(
        tuple(
            _entry(each, each.check(case) if each.check else None, arguments.get(each.name))
            for each in ordered
        )
    )


def _entry(assumption: Assumption, found: Evidence | None, argument: str | None) -> Entry:
    if found is None or found.status is Status.NOT_ASSESSED:
        seen = found or Evidence(Status.NOT_ASSESSED, "no data of this study can test it")
        if argument:
            found = replace(seen, status=Status.ARGUED)
        else:
            found = replace(seen, finding=f"{seen.finding}; the study gives no argument")
    return Entry(assumption, found, argument)


def examine_cohort(case: CohortCase, arguments: Mapping[str, str]) -> Ledger:
    """Test what persons and regions can tell; take the study's argument, by name, for what they cannot."""
    ordered = sorted(case.design.assumptions, key=lambda assumption: assumption.number)
    return Ledger(
        tuple(
            _entry(each.statement, each.check(case) if each.check else None, arguments.get(each.name))
            for each in ordered
        )
    )
