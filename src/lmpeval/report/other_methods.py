"""The table of what other methods say of the uncertainty, beside the one that the answer rests on."""

from __future__ import annotations

from lmpeval.finding import Answered
from lmpeval.other_methods import OtherMethod
from lmpeval.report.numbers import Scale, percent
from lmpeval.report.tables import Table
from lmpeval.report.words import Words

NO_NUMBER = "\u2013"


def other_methods_table(result: Answered, scale: Scale, words: Words) -> Table | None:
    """One row a method, the one that the answer rests on first; None where no other was asked."""
    if not result.others:
        return None
    sure, told = result.estimate.uncertainty, words.other_methods
    own = (
        sure.method,
        scale.interval(*result.estimate.told.interval),
        told["own, one site" if result.n_sites == 1 else "own"],
    )
    rows = (own, *(_row(other, scale, words) for other in result.others))
    head = ("method", f"{percent(sure.level)} interval", "what to know of it")
    return Table(told["caption"], head, rows)


def _row(other: OtherMethod, scale: Scale, words: Words) -> tuple[str, ...]:
    told = words.other_methods
    return (
        told[f"{other.method}, name"],
        scale.interval(*other.interval) if other.interval else NO_NUMBER,
        (told[other.reason] if other.reason else told[other.method]).format(
            sites=other.n_sites, detail=other.detail
        ),
    )
