"""Tables of a calibration, ready to print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite

from lmpeval.ahead.calibrating import Calibrated
from lmpeval.calibration import SHARES, Calibration, Measured
from lmpeval.effect_scale import EffectScale
from lmpeval.report.glance import at_the_start, design_words
from lmpeval.report.numbers import MINUS, Scale, percent, scale_of, share_give_or_take
from lmpeval.report.power import whole_percent
from lmpeval.report.tables import Table


def seen_table(cells: Sequence[Calibrated]) -> Table:
    """What each design can see; plus and minus one Monte Carlo error."""
    head = (
        "outcome and design",
        "smallest difference that matters",
        "can it be seen?",
        "found four times in five",
        "chance to find what matters",
        *(f"chance to find {whole_percent(share)} of the mean" for share in SHARES),
    )
    return Table("What each design can see on this panel", head, _rows(cells, _seen, len(head)))


def errs_table(cells: Sequence[Calibrated]) -> Table:
    """How each design errs where nothing happened; plus and minus one Monte Carlo error."""
    marked = any(isinstance(each.result, Calibration) and not each.result.covers for each in cells)
    head = (
        "outcome and design",
        "places",
        "mean error",
        "spread of errors (SD)",
        "called real by a test at 5\u202f%",
        "intervals that hold the truth",
        *(("marked",) if marked else ()),
    )

    def written(found: Calibration, scale: Scale) -> tuple[str, ...]:
        return _errs(found, scale)[: len(head) - 1]

    return Table("How each design errs where nothing happened", head, _rows(cells, written, len(head)))


def _rows(
    cells: Sequence[Calibrated], written: Callable[[Calibration, Scale], tuple[str, ...]], width: int
) -> tuple[tuple[str, ...], ...]:
    """A row a cell; one that is not calibrated is not left away."""
    rows = []
    for each in cells:
        if isinstance(each.result, Calibration):
            told = written(each.result, scale_of(each.cell.outcome).fine)
        else:
            told = ("not measured", *["\u2013"] * (width - 2))
        rows.append((_name(each), *told))
    return tuple(rows)


def _seen(found: Calibration, scale: Scale) -> tuple[str, ...]:
    detectable = (
        _measured(found, found.detectable, scale)
        if isfinite(found.detectable.value)
        else "nothing, at any size"
    )
    margin = scale.size(found.sought.margin)
    chances = [found.power(size) for size in (found.sought.margin, *map(found.amount, SHARES))]
    return (
        f"{margin}{_beside(found, found.sought.margin)}",
        _in_words(found, margin, scale),
        detectable,
        *map(_chance, chances),
    )


def _in_words(found: Calibration, margin: str, scale: Scale) -> str:
    if not isfinite(found.detectable.value):
        return "cannot see a difference of any size"
    least = scale.size(found.detectable.value)
    if found.answers:
        return f"can see a difference of {margin}, and one from about {least} on"
    return f"cannot see a difference of {margin}; only one of about {least} or more"


def _errs(found: Calibration, scale: Scale) -> tuple[str, ...]:
    return (
        str(len(found.effects)),
        f"{_sign(found.bias.value, scale)}{scale.give_or_take(found.bias.value, found.bias.error)}"
        f"{_beside(found, abs(found.bias.value))}",
        _measured(found, found.spread, scale),
        _chance(found.size),
        _chance(found.coverage),
        "" if found.covers else "outside 85\u201399\u202f%",
    )


def _name(each: Calibrated) -> str:
    called, beside = each.cell.outcome.called, "" if each.cell.primary else " (exploratory)"
    return f"{at_the_start(called)}, {design_words(each.cell.label)}{beside}"


def _measured(found: Calibration, number: Measured, scale: Scale) -> str:
    return f"{scale.give_or_take(number.value, number.error)}{_beside(found, number.value)}"


def _beside(found: Calibration, amount: float) -> str:
    """An amount as a share of the mean, in brackets; nothing where it is told in percent already."""
    return "" if found.sought.scale is EffectScale.RATIO else f" ({relative_words(found, amount)})"


def _sign(value: float, scale: Scale) -> str:
    """The sign of a difference; none where it is written as zero."""
    rounded = scale.rounded(value)
    return "+" if rounded > 0 else MINUS if rounded < 0 else ""


def _chance(share: Measured) -> str:
    return share_give_or_take(share.value, share.error)


def relative_words(found: Calibration, amount: float) -> str:
    """An amount as a share of the outcome's mean."""
    share = found.relative(amount)
    return percent(share) if isfinite(share) else "share unknown"
