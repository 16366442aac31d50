"""Tables of what other methods and statistics say, beside those that the answer rests on."""

from __future__ import annotations

from math import inf

from lmpeval.beside.other_methods import OtherMethod
from lmpeval.finding import Answered
from lmpeval.report.numbers import Scale, p_value, percent, three_digits
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
    sure, say = result.estimate.uncertainty, words.say
    own = (
        words.told(sure.method),
        scale.interval(*result.estimate.told.interval),
        say("other.own-one-site" if result.n_sites == 1 else "other.own"),
    )
    rows = (own, *(_row(other, scale, words) for other in result.others))
    level = percent(sure.level, words.numerals)
    return Table(
        say("other.caption"),
        (say("other.method"), say("path.interval", level=level), say("other.know")),
        rows,
    )


def rank_table(result: Answered, words: Words) -> Table | None:
    """One row a statistic, the answer's own first; None where the site was ranked by nothing else."""
    if not result.ranks:
        return None
    head = tuple(words.say(f"ranks.{column}") for column in ("by", "place", "share"))
    return Table(words.say("ranks.caption"), head, tuple(_rank_row(rank, words) for rank in result.ranks))


def _rank_row(rank: Rank, words: Words) -> tuple[str, str, str]:
    name = words.say(f"ranks.{rank.statistic.name}") if rank.within == inf else words.say(
        "ranks.within", rule=three_digits(rank.within, words.numerals)
    )  # fmt: skip
    if rank.place is None or rank.share is None:
        why = words.say(f"ranks.{rank.reason.name}") if rank.reason else NO_NUMBER
        return name, why, NO_NUMBER
    place = words.say("ranks.of", place=ordinal(rank.place, words), among=rank.among)
    return name, place, p_value(rank.share, numerals=words.numerals)


def _row(other: OtherMethod, scale: Scale, words: Words) -> tuple[str, ...]:
    by_year = "; ".join(f"{each.year} {scale.interval(*each.interval)}" for each in other.by_year)
    if len(other.by_year) > MOST_YEARS:
        by_year = words.say("other.in-the-table")
    key = f"reason-{other.reason.name}" if other.reason else f"remark-{other.method.name}"
    return (
        words.say(f"other.name-{other.method.name}"),
        scale.interval(*other.interval) if other.interval else NO_NUMBER,
        words.say(
            f"other.{key}",
            sites=other.n_sites,
            detail=words.told(other.detail),
            by_year=by_year,
            effect="" if other.effect is None else scale.change(other.effect),
            p="" if other.p is None else f", p {p_value(other.p, numerals=words.numerals)}",
        ),
    )
