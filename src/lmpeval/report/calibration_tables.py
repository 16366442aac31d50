"""Tables of a calibration, ready to print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite

from lmpeval.ahead.calibrating import Calibrated
from lmpeval.calibration import SHARES, Calibration, Measured
from lmpeval.effect_scale import EffectScale
from lmpeval.report.glance import at_the_start, design_words
from lmpeval.report.language import MINUS
from lmpeval.report.numbers import Scale, percent, scale_of, share_give_or_take
from lmpeval.report.power import whole_percent
from lmpeval.report.tables import Table
from lmpeval.report.words import Words


def seen_table(cells: Sequence[Calibrated], words: Words) -> Table:
    """What each design can see; plus and minus one Monte Carlo error."""
    say = words.say
    columns = tuple(
        say(f"seen.{column}") for column in ("cell-head", "matters", "can-it", "four-in-five", "chance")
    )
    shares = tuple(say("seen.chance-of", share=whole_percent(share, words)) for share in SHARES)
    return Table(say("seen.caption"), (*columns, *shares), _rows(cells, _seen, words, len(columns + shares)))


def errs_table(cells: Sequence[Calibrated], words: Words) -> Table:
    """How each design errs where nothing happened; plus and minus one Monte Carlo error."""
    marked = any(isinstance(each.result, Calibration) and not each.result.covers for each in cells)
    columns = [
        "cell-head",
        "places",
        "bias",
        "spread",
        "called-real",
        "hold",
        *(["marked"] if marked else []),
    ]
    head = tuple(words.say(f"seen.{column}") for column in columns)

    def written(found: Calibration, scale: Scale, words: Words) -> tuple[str, ...]:
        return _errs(found, scale, words)[: len(head) - 1]

    return Table(words.say("seen.errs"), head, _rows(cells, written, words, len(head)))


def _rows(
    cells: Sequence[Calibrated],
    written: Callable[[Calibration, Scale, Words], tuple[str, ...]],
    words: Words,
    width: int,
) -> tuple[tuple[str, ...], ...]:
    """A row a cell; one that is not calibrated is not left away."""
    rows = []
    for each in cells:
        if isinstance(each.result, Calibration):
            told = written(each.result, scale_of(each.cell.outcome, words.catalogue).fine, words)
        else:
            told = (words.say("seen.not-measured"), *["\u2013"] * (width - 2))
        rows.append((_name(each, words), *told))
    return tuple(rows)


def _seen(found: Calibration, scale: Scale, words: Words) -> tuple[str, ...]:
    margin = scale.size(found.sought.margin)
    chances = [found.power(size) for size in (found.sought.margin, *map(found.amount, SHARES))]
    return (
        f"{margin}{_beside(found, found.sought.margin, words)}",
        _in_words(found, margin, scale, words),
        _measured(found, found.detectable, scale, words)
        if isfinite(found.detectable.value)
        else words.say("seen.nothing"),
        *(_chance(chance, words) for chance in chances),
    )


def _in_words(found: Calibration, margin: str, scale: Scale, words: Words) -> str:
    if not isfinite(found.detectable.value):
        return words.say("seen.cannot-any")
    key = "seen.can" if found.answers else "seen.cannot"
    return words.say(key, margin=margin, least=scale.size(found.detectable.value))


def _errs(found: Calibration, scale: Scale, words: Words) -> tuple[str, ...]:
    return (
        str(len(found.effects)),
        f"{_sign(found.bias.value, scale)}{scale.give_or_take(found.bias.value, found.bias.error)}"
        f"{_beside(found, abs(found.bias.value), words)}",
        _measured(found, found.spread, scale, words),
        _chance(found.size, words),
        _chance(found.coverage, words),
        "" if found.covers else words.say("seen.outside"),
    )


def _name(each: Calibrated, words: Words) -> str:
    called = at_the_start(words.called(each.cell.outcome))
    name = f"{called}, {design_words(each.cell.label, words)}"
    return name if each.cell.primary else words.say("cell.exploratory", name=name)


def _measured(found: Calibration, number: Measured, scale: Scale, words: Words) -> str:
    return f"{scale.give_or_take(number.value, number.error)}{_beside(found, number.value, words)}"


def _beside(found: Calibration, amount: float, words: Words) -> str:
    """An amount as a share of the mean, in brackets; nothing where it is told in percent already."""
    return "" if found.sought.scale is EffectScale.RATIO else f" ({_relative(found, amount, words)})"


def _sign(value: float, scale: Scale) -> str:
    """The sign of a difference; none where it is written as zero."""
    rounded = scale.rounded(value)
    return "+" if rounded > 0 else MINUS if rounded < 0 else ""


def _chance(share: Measured, words: Words) -> str:
    return share_give_or_take(share.value, share.error, words.numerals)


def _relative(found: Calibration, amount: float, words: Words) -> str:
    """An amount as a share of the outcome's mean."""
    share = found.relative(amount)
    if not isfinite(share):
        return words.say("seen.share-unknown")
    return words.say("seen.of-mean", share=percent(share, words.numerals))
