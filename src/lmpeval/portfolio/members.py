"""Which estimates of several studies are held against each other, and which of them measure the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lmpeval.ahead.calibrating import sought_in
from lmpeval.ahead.look_ahead import glimpse
from lmpeval.calibration import Calibration
from lmpeval.comparators import Role
from lmpeval.engine.running import StudyResult
from lmpeval.finding import Answered, Finding
from lmpeval.panel import Floats
from lmpeval.placebo_trial import NotCalibrated
from lmpeval.portfolio.comparison_file import Family
from lmpeval.study import Better, Level, Outcome, Price


@dataclass(frozen=True)
class Measure:
    """What must be the same for two numbers to stand in one column."""

    outcome: str
    unit: str
    better: Better
    price: str
    """Year of the prices and how they were brought there; empty where there are none."""
    horizon: tuple[int, ...]
    """Years since the start that are counted, the first year being 0."""
    level: Level


@dataclass(frozen=True, eq=False)
class Member:
    """The leading estimate of one outcome of one study at one level.

    Attributes
    ----------
    result : StudyResult
    finding : Finding
        Of the primary design; of another one where the primary does not speak of this level.
    beside : tuple of Finding
        The same outcome at the same level by other designs.
    """

    result: StudyResult
    finding: Finding
    beside: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        """What is measured."""
        return self.finding.cell.outcome

    @property
    def stated(self) -> bool:
        """Whether there is a number that may be quoted."""
        return self.finding.verdict.effect is not None and not self.finding.verdict.blocked

    @property
    def answered(self) -> Answered | None:
        """The estimate behind a number that may be quoted."""
        result = self.finding.result
        return result if self.stated and isinstance(result, Answered) else None

    @property
    def measure(self) -> Measure | None:
        """What its number measures; None where there is none to quote."""
        found, outcome = self.answered, self.outcome
        if found is None:
            return None
        of = found.estimate
        counted = tuple(int(year) - of.start for year in of.years[of.counted])
        return Measure(
            outcome.column or outcome.name,
            outcome.effect_unit,
            outcome.better,
            _prices(outcome.price),
            counted,
            self.finding.cell.level,
        )

    @property
    def stands_out(self) -> bool:
        """Whether its interval leaves zero out."""
        low, high = self.finding.verdict.low, self.finding.verdict.high
        return self.stated and low is not None and high is not None and not low <= 0 <= high

    @property
    def seen(self) -> Calibration | None:
        """What its design could see, read off its stand-ins; None where they are too few to tell."""
        if self.answered is None:
            return None
        try:
            return glimpse(self.answered.estimate, sought_in(self.outcome))
        except NotCalibrated:
            return None

    def shares_people(self, other: Member) -> bool:
        """Whether both count the same people: everybody in regions that overlap."""
        ours, theirs = (each.finding.cell.level is Level.POPULATION for each in (self, other))
        return (
            ours
            and theirs
            and not set(self.result.selection.units(Role.TREATED)).isdisjoint(
                other.result.selection.units(Role.TREATED)
            )
        )

    def agreeing(self) -> tuple[int, int]:
        """Designs that point the same way as the leading one, itself included, of all that gave a number."""
        signs = [
            np.sign(each.verdict.effect)
            for each in (self.finding, *self.beside)
            if each.verdict.effect is not None and not each.verdict.blocked
        ]
        return (sum(sign == signs[0] for sign in signs), len(signs)) if self.stated else (0, len(signs))


def _prices(price: Price | None) -> str:
    if price is None:
        return ""
    return "each year's" if price.index == "none" else f"{price.year}, {price.index}"


def members_of(result: StudyResult) -> Iterator[Member]:
    """Every outcome of a study that answers for an aim, at each level that was asked about."""
    for outcome in result.study.outcomes:
        if outcome.negative_control:
            continue
        for level in Level:
            found = [f for f in result.findings if f.cell.outcome == outcome and f.cell.level is level]
            if found:
                first = leading(found)
                yield Member(result, first, tuple(each for each in found if each is not first))


def leading(findings: Sequence[Finding]) -> Finding:
    """The finding that speaks for an outcome at a level: the primary design's, else the first of them."""
    return max(findings, key=lambda each: each.cell.primary)


def leads(finding: Finding, result: StudyResult) -> bool:
    """Whether a finding speaks for its outcome at its level."""
    cell = finding.cell
    alike = [f for f in result.findings if (f.cell.outcome, f.cell.level) == (cell.outcome, cell.level)]
    return leading(alike) is finding


def by_people(members: Sequence[Member]) -> list[list[int]]:
    """Positions of members in sets that count the same people, in the order of their first."""
    sets: list[list[int]] = []
    for i, each in enumerate(members):
        joined = [found for found in sets if any(each.shares_people(members[j]) for j in found)]
        sets = [found for found in sets if found not in joined]
        sets.append(sorted([i, *(j for found in joined for j in found)]))
    return sorted(sets)


def in_families(members: Sequence[Member], family: Family) -> list[Member]:
    """Those that are tested together with others of their aim."""
    return [each for each in members if family is Family.EVERY_OUTCOME or each.outcome.primary]


def numbers(members: Sequence[Member]) -> tuple[Floats, Floats, Floats]:
    """Gains (above zero is better), their errors and the smallest that matter; shapes (n_members,)."""
    rows = []
    for each in members:
        assert each.answered is not None
        told = each.answered.estimate.told
        sign = -1.0 if each.outcome.better is Better.LOWER else 1.0
        rows.append((sign * told.effect, told.standard_error, each.outcome.minimal_important_difference))
    gain, error, margin = np.array(rows).reshape(-1, 3).T
    return gain, error, margin
