"""What the views of outcomes that are told together share: blocks, chances, amounts for many people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from markupsafe import Markup

from lmpeval.finding import Answered, Finding
from lmpeval.jointly.draws import Chance, Ranged
from lmpeval.ledger import Certainty
from lmpeval.outcomes_together import NotTold
from lmpeval.report.glance import design_words
from lmpeval.report.language import MINUS, Catalogue
from lmpeval.report.numbers import Scale, plain
from lmpeval.report.tables import Table
from lmpeval.report.words import Words


@dataclass(frozen=True)
class Drawing:
    """A figure with what it shows, in words and as tables of its own."""

    svg: Markup
    alt: str
    note: str
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Block:
    """One question of several outcomes, ready to print."""

    heading: str
    by: str = ""
    sentences: tuple[str, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    tables: tuple[Table, ...] = ()


def chance_words(chance: Chance, catalogue: Catalogue) -> str:
    """A chance, no nearer to none or all than the draws can tell."""
    share, step = chance.share, chance.step
    if share < step:
        return catalogue.say("joint.under", share=_in_hundred(step, catalogue))
    if share > 1 - step:
        return catalogue.say("joint.over", share=_in_hundred(1 - step, catalogue))
    return _in_hundred(share, catalogue)


def _in_hundred(share: float, catalogue: Catalogue) -> str:
    """A chance, which is of nothing and so no percentage."""
    return catalogue.say("joint.in-hundred", n=_whole(share, catalogue))


def _whole(share: float, catalogue: Catalogue) -> str:
    """Hundredths without digits that a few dozen draws do not carry; below one, with one."""
    return plain(100 * share, 0 if share >= 0.01 else 1, catalogue.numerals)


def whole_percent(share: float, catalogue: Catalogue) -> str:
    """A step between chances."""
    return catalogue.numerals.percent.format(number=_whole(share, catalogue))


def share_words(share: float, catalogue: Catalogue) -> str:
    """A share that may lie below nothing or above the whole."""
    if not isfinite(share):
        return catalogue.numerals.unbounded
    number = plain(abs(100 * share), 0, catalogue.numerals)
    return (MINUS if share < 0 else "") + catalogue.numerals.percent.format(number=number)


def in_all(amount: float, catalogue: Catalogue) -> str:
    """An amount for many people, to three digits, with its sign."""
    if not isfinite(amount):
        return catalogue.numerals.unbounded
    number = plain(float(f"{abs(amount):.3g}"), 0, catalogue.numerals)
    return (MINUS if amount < 0 else "+") + catalogue.numerals.euro.format(number=number)


def told(number: Ranged, scale: Scale) -> str:
    """A number with its range."""
    return f"{scale.change(number[0])} ({scale.interval(*number[1:])})"


def by_words(leading: Finding, years: tuple[int, ...], catalogue: Catalogue) -> str:
    """By what design, of whom, and over which years."""
    say, cell = catalogue.say, leading.cell
    several = isinstance(leading.result, Answered) and leading.result.several is not None
    if several:
        when = say("refers.since", first=years[0], last=years[-1])
    elif len(years) == 1:
        when = say("refers.year", year=years[0])
    else:
        when = say("refers.years", first=years[0], last=years[-1])
    whom = say(f"joint.{cell.level}")
    return say("joint.by", design=design_words(cell.label, Words(catalogue)), whom=whom, years=when)


def sure_words(findings: Sequence[Finding], catalogue: Catalogue) -> str:
    """How certain the least certain of the outcomes is: together they are no surer."""
    known = [each.verdict.certainty for each in findings if each.verdict.certainty is not None]
    least = max(known, key=list(Certainty).index)
    return catalogue.say("joint.sure", certainty=catalogue.say(f"certainty.{least}"))


def not_told(found: NotTold, catalogue: Catalogue) -> str:
    """Why outcomes are not told together."""
    reason = catalogue.say(f"joint.why.{found.why}")
    names = ", ".join(each.called_in(catalogue.language) for each in found.of)
    return catalogue.say("joint.not-told", reason=f"{reason} ({names})" if names else reason)
