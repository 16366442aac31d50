"""What one cell of a study gives: an answer, a reason why there is none, or a failure."""

from __future__ import annotations

from dataclasses import dataclass

from lmpeval.design import Design
from lmpeval.estimate import Estimate
from lmpeval.ledger import Ledger
from lmpeval.robustness import Robustness
from lmpeval.study import Aim, Level, Outcome
from lmpeval.verdict import State, Verdict


@dataclass(frozen=True)
class Cell:
    """One outcome at one level, judged by one design."""

    study: str
    level: Level
    outcome: Outcome
    label: str
    """The design's name, with what sets it apart from its twin where it has one."""
    design: Design
    primary: bool

    @property
    def name(self) -> str:
        """Short and plain: runs and rows carry it."""
        return f"{self.outcome.name} - {self.label}"


@dataclass(frozen=True, eq=False)
class Answered:
    """The design gave an estimate."""

    estimate: Estimate
    ledger: Ledger
    robustness: Robustness
    n_treated: int
    n_compared: int
    exposure: float
    """Mean exposure of the treated before the start."""


@dataclass(frozen=True)
class NotEstimable:
    """The data holds no answer; a result too."""

    reason: str


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
    """

    cell: Cell
    result: Answered | NotEstimable | Failed
    verdict: Verdict
    dropped: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether the program broke on this cell."""
        return self.verdict.state is State.FAILED


def not_studied(outcomes: tuple[Outcome, ...]) -> tuple[Aim, ...]:
    """Aims of which the study has no outcome: they are shown as not studied, never left away."""
    return tuple(aim for aim in Aim if all(outcome.aim is not aim for outcome in outcomes))
