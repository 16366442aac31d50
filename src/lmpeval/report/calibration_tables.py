"""Tables of a calibration, ready to print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite

from lmpeval.calibrating import Calibrated
from lmpeval.calibration import SHARES, Calibration, Measured
from lmpeval.report.glance import design_words
from lmpeval.report.numbers import THIN, Scale, percent, scale_of
from lmpeval.report.power import whole_percent
from lmpeval.report.tables import Table


def seen_table(cells: Sequence[Calibrated]) -> Table:
    """What each design can see; plus and minus one Monte Carlo error."""
    head = (
        "outcome and design",
        "found four times in five",
        "smallest difference that matters",
        "chance to find that",
        *(f"chance to find {whole_percent(share)} of the mean" for share in SHARES),
        "can it answer?",
    )
    return Table("What each design can see on this panel", head, _rows(cells, _seen, len(head)))


def errs_table(cells: Sequence[Calibrated]) -> Table:
    """How each design errs where nothing happened; plus and minus one Monte Carlo error."""
    head = (
        "outcome and design",
        "places",
        "mean error",
        "spread of errors (SD)",
        "called real by a test at 5\u202f%",
        "intervals that hold the truth",
        "marked",
    )
    return Table("How each design errs where nothing happened", head, _rows(cells, _errs, len(head)))


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
        f"{_plus_minus(found.detectable, scale)} ({relative_words(found, found.detectable.value)})"
        if isfinite(found.detectable.value)
        else "nothing, at any size"
    )
    chances = [found.power(size) for size in (found.sought.margin, *(s * abs(found.mean) for s in SHARES))]
    return (
        detectable,
        f"{scale.amount(found.sought.margin)} ({relative_words(found, found.sought.margin)})",
        *map(_chance, chances),
        "yes" if found.answers else "no",
    )


def _errs(found: Calibration, scale: Scale) -> tuple[str, ...]:
    return (
        str(len(found.effects)),
        f"{scale.change(found.bias.value)} ± {scale.size(found.bias.error)} "
        f"({percent(abs(found.relative(found.bias.value)))})",
        f"{_plus_minus(found.spread, scale)} ({relative_words(found, found.spread.value)})",
        _chance(found.size),
        _chance(found.coverage),
        "" if found.covers else "outside 85\u201399\u202f%",
    )


def _name(each: Calibrated) -> str:
    called, beside = each.cell.outcome.called, "" if each.cell.primary else " (exploratory)"
    return f"{called[0].upper()}{called[1:]}, {design_words(each.cell.label)}{beside}"


def _plus_minus(number: Measured, scale: Scale) -> str:
    error = f" ± {scale.size(number.error)}" if isfinite(number.error) else ""
    return scale.size(number.value) + error


def _chance(share: Measured) -> str:
    return f"{percent(share.value).removesuffix(f'{THIN}%')} ± {percent(share.error)}"


def relative_words(found: Calibration, amount: float) -> str:
    """An amount as a share of the outcome's mean."""
    share = found.relative(amount)
    return percent(share) if isfinite(share) else "share unknown"
