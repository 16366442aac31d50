"""What one cell of a study gives: an answer, a reason why there is none, or a failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from lmpeval.beside.other_methods import OtherMethod
from lmpeval.disclosure import Refusal, to_digits
from lmpeval.economics import GrossOnly, NetEffect
from lmpeval.estimate import Estimate
from lmpeval.ledger import Ledger
from lmpeval.panel import Floats, Years
from lmpeval.persons.balance import Balance
from lmpeval.persons.causal_forest import Explored
from lmpeval.persons.common_support import Overlap
from lmpeval.persons.costs import CostReading
from lmpeval.persons.design import AnyDesign
from lmpeval.persons.empirical_null import EmpiricalNull
from lmpeval.persons.refutation import Refutation
from lmpeval.persons.subgroups import SubgroupEffects
from lmpeval.persons.support import Behind
from lmpeval.robustness import Robustness
from lmpeval.starts.averages import Averaged, By
from lmpeval.study import Aim, Level, Outcome
from lmpeval.uncertainty.gap_statistics import Rank
from lmpeval.verdict import State, Verdict, judge


@dataclass(frozen=True)
class Cell:
    """One outcome at one level, judged by one design."""

    study: str
    level: Level
    outcome: Outcome
    label: str
    """The design's name, with what sets it apart from its twin where it has one."""
    design: AnyDesign
    primary: bool

    @property
    def name(self) -> str:
        """Short and plain: runs and rows carry it."""
        return f"{self.outcome.name} - {self.label}"


class Twin(StrEnum):
    """The one thing in which an estimate differs from that of the cell that it stands beside."""

    MEAN_UNIT = "every unit counts once"
    TRUNCATED = "cut at the 99th percentile"
    RATIO = "ratios"
    DIFFERENCE = "differences"


@dataclass(frozen=True)
class TwinEffect:
    """What a cell would say with one thing changed; it has the ledger of the cell and no verdict.

    Attributes
    ----------
    effect, low, high : float
        Mean effect and its interval, in the outcome's unit; in percent where ratios are compared.
    p : float
    """

    effect: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, eq=False)
class StartEffect:
    """The effect on the sites that started in one year.

    Attributes
    ----------
    sites : tuple of str
    weight : float
        Their share in the exposure of all sites, and so in the effect over all starts.
    estimate : Estimate
        In calendar years, over all years that the start has.
    """

    sites: tuple[str, ...]
    weight: float
    estimate: Estimate

    @property
    def start(self) -> int:
        """First year of exposure."""
        return self.estimate.start


@dataclass(frozen=True, eq=False)
class SeveralStarts:
    """What several starts put together rest on.

    Attributes
    ----------
    each : tuple of StartEffect
        By start, rising.
    averages : tuple of Averaged
        One of every kind, in the order of `By`.
    years : array of int, shape (n_years,)
        Calendar years.
    counted : array, shape (n_starts, n_years)
        Weight of each start and year in the effect; they sum to one.
    negative_share, negative_sum : float
        Of the weights that a regression on unit and year effects would have given the effects of the
        starts in their years: the share that is below zero, and their sum.
    """

    each: tuple[StartEffect, ...]
    averages: tuple[Averaged, ...]
    years: Years
    counted: Floats
    negative_share: float
    negative_sum: float

    def averaged(self, by: By) -> Averaged:
        """The averages of one kind."""
        return next(each for each in self.averages if each.by is by)


@dataclass(frozen=True, eq=False)
class PersonTables:
    """How alike persons on both sides are, by tables over many of them."""

    balance: tuple[Balance, ...]
    overlap: Overlap
    refutations: tuple[Refutation, ...] = ()
    """Attempts to refute the effect, everything done anew."""
    subgroups: tuple[SubgroupEffects, ...] = ()
    """Effects on the groups that the study names, one a characteristic."""
    forest: Explored | None = None
    """What a causal forest found, where the design asks for one; exploratory."""
    costs: tuple[CostReading, ...] = ()
    """Of a cost: the same told in other ways."""


@dataclass(frozen=True, eq=False)
class Answered:
    """The design gave an estimate.

    Where sites started in different years, `estimate` counts years since the start and `several` holds
    what it is made of.
    """

    estimate: Estimate
    ledger: Ledger
    robustness: Robustness
    n_treated: int
    n_compared: int
    exposure: float
    """Mean exposure of the treated before the start."""
    several: SeveralStarts | None = None
    n_sites: int = 1
    others: tuple[OtherMethod, ...] = ()
    """What other methods say of the uncertainty; no verdict rests on them."""
    persons: PersonTables | None = None
    """Of a design that weighs persons: the estimate is over regions, as any other."""
    ranks: tuple[Rank, ...] = ()
    """The site among its stand-ins by other statistics, for a design of donors; nor on these."""
    net: NetEffect | GrossOnly | None = None
    """With the programme's own cost in it, or why not; None where the outcome is no cost that is asked of."""
    systematic: EmpiricalNull | None = None
    """Law of what moved the negative controls, in margins, above zero for better; None with few of them."""
    behind: Behind | None = None
    """Of an answer from persons: who stands behind it; without that it does not leave."""


@dataclass(frozen=True)
class NotEstimable:
    """The data holds no answer; a result too."""

    reason: str
    refusals: tuple[Refusal, ...] = ()
    """The rules that keep it from leaving, where that is why."""


@dataclass(frozen=True)
class Failed:
    """The program broke."""

    error: str
    """What broke and where in the code, without figures of the data."""
    trace: str
    """For whoever mends it, on this machine: its message may quote the data."""


@dataclass(frozen=True, eq=False)
class Finding:
    """What one cell gives.

    Attributes
    ----------
    cell : Cell
    result : Answered, NotEstimable or Failed
    verdict : Verdict
    dropped : tuple of (unit, reason)
        Units without complete figures for this outcome.
    notes : tuple of str
    seconds : float
        Time that the cell took.
    twins : mapping of Twin to TwinEffect, NotEstimable or Failed
        The same with one thing changed; shown beside, never a headline. Empty without an answer.
    """

    cell: Cell
    result: Answered | NotEstimable | Failed
    verdict: Verdict
    dropped: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    twins: Mapping[Twin, TwinEffect | NotEstimable | Failed] = field(default_factory=dict)

    def with_ledger(self, ledger: Ledger) -> Finding:
        """Put another ledger under an answer, and judge it anew."""
        assert isinstance(self.result, Answered)
        verdict = judge(self.result.estimate, ledger, self.cell.outcome)
        return replace(self, result=replace(self.result, ledger=ledger), verdict=verdict)

    @property
    def told(self) -> Verdict:
        """The verdict as tables and runs have it: figures of persons have no more digits than may leave."""
        found, verdict = self.result, self.verdict
        if not isinstance(found, Answered) or found.behind is None:
            return verdict
        numbers = (verdict.effect, verdict.low, verdict.high)
        effect, low, high = (
            None if each is None else to_digits(each, found.behind.profile) for each in numbers
        )
        return replace(verdict, effect=effect, low=low, high=high)

    @property
    def failed(self) -> bool:
        """Whether the program broke on this cell."""
        return self.verdict.state is State.FAILED


def not_studied(outcomes: tuple[Outcome, ...]) -> tuple[Aim, ...]:
    """Aims of which the study has no outcome: they are shown as not studied, never left away."""
    asked = {outcome.aim for outcome in outcomes if not outcome.negative_control}
    return tuple(aim for aim in Aim if aim not in asked)
