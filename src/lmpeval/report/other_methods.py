"""Tables of what other methods and statistics say, beside those that the answer rests on."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from lmpeval.beside.other_methods import OtherMethod
from lmpeval.finding import Answered
from lmpeval.report.numbers import Scale, p_value, percent
from lmpeval.report.tables import Table, ordinal
from lmpeval.report.words import Words
from lmpeval.uncertainty.gap_statistics import Rank

NO_NUMBER = "\u2013"
MOST_YEARS = 8
"""Intervals that a remark holds."""


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


def rank_table(result: Answered, words: Words) -> Table | None:
    """One row a statistic, the answer's own first; None where the site was ranked by nothing else."""
    if not result.ranks:
        return None
    rows = tuple(_rank_row(rank, words.ranks) for rank in result.ranks)
    return Table(words.ranks["caption"], ("ranked by", "place", "share as large"), rows)


def _rank_row(rank: Rank, told: Mapping[str, str]) -> tuple[str, str, str]:
    name = told[rank.statistic] if rank.within == inf else told["within"].format(rule=f"{rank.within:g}")
    if rank.place is None or rank.share is None:
        return name, told[rank.reason] if rank.reason else NO_NUMBER, NO_NUMBER
    return name, f"{ordinal(rank.place)} of {rank.among}", p_value(rank.share)


def _row(other: OtherMethod, scale: Scale, words: Words) -> tuple[str, ...]:
    told = words.other_methods
    by_year = "; ".join(f"{each.year} {scale.interval(*each.interval)}" for each in other.by_year)
    if len(other.by_year) > MOST_YEARS:
        by_year = told["in the table of results"]
    return (
        told[f"{other.method}, name"],
        scale.interval(*other.interval) if other.interval else NO_NUMBER,
        (told[other.reason] if other.reason else told[other.method]).format(
            sites=other.n_sites,
            detail=other.detail,
            by_year=by_year,
            effect="" if other.effect is None else scale.change(other.effect),
            p="" if other.p is None else f", p {p_value(other.p)}",
        ),
    )
