"""What the figure of a calibration shows, rounded as its data tables write it: both are made from this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import isfinite

import numpy as np

from lmpeval.ahead.calibrating import Calibrated
from lmpeval.calibration import POWER, SHARES, Calibration
from lmpeval.panel import Floats
from lmpeval.report.glance import at_the_start, design_words
from lmpeval.report.numbers import THIN, Scale, percent, scale_of
from lmpeval.report.tables import Table
from lmpeval.study import Better, Outcome

STEPS = 20


@dataclass(frozen=True, eq=False)
class Curve:
    """One design: power at each size of the series, and what it said where nothing happened.

    Attributes
    ----------
    design : str
    primary : bool
    power : array, shape (n_sizes,)
    effects : array, shape (n_places,)
        In the outcome's unit, rounded, rising.
    detectable, spread : float
    """

    design: str
    primary: bool
    power: Floats
    effects: Floats
    detectable: float
    spread: float


@dataclass(frozen=True, eq=False)
class PowerSeries:
    """The designs of one outcome.

    Attributes
    ----------
    outcome : Outcome
    scale : Scale
    sizes : array, shape (n_sizes,)
        Improvements, rising from zero, in the outcome's unit.
    marked : dict of name to size
        The smallest difference that matters and the shares of the mean at which power is told.
    curves : tuple of Curve
        The primary design first.
    """

    outcome: Outcome
    scale: Scale
    sizes: Floats
    marked: dict[str, float]
    curves: tuple[Curve, ...]


def power_series(cells: Sequence[Calibrated]) -> PowerSeries | None:
    """Take from the cells of one outcome what is drawn; None where none of them is calibrated."""
    known = [(each.cell, each.result) for each in cells if isinstance(each.result, Calibration)]
    if not known:
        return None
    known.sort(key=lambda pair: not pair[0].primary)
    outcome, first = known[0][0].outcome, known[0][1]
    scale = scale_of(outcome).fine
    marked = {"smallest difference that matters": outcome.minimal_important_difference}
    marked |= {f"{whole_percent(share)} of the mean": first.amount(share) for share in SHARES}
    sizes = _sizes([result for _, result in known], marked)
    rounded = np.vectorize(scale.rounded, otypes=[float])
    return PowerSeries(
        outcome=outcome,
        scale=scale,
        sizes=sizes,
        marked=marked,
        curves=tuple(
            Curve(
                design=design_words(cell.label),
                primary=cell.primary,
                power=np.array([result.power(float(size)).value for size in sizes]),
                effects=rounded(result.effects[np.isfinite(result.effects)]),
                detectable=result.detectable.value,
                spread=result.spread.value,
            )
            for cell, result in known
        ),
    )


def whole_percent(share: float) -> str:
    """Write a share that is a whole percentage by definition.

    >>> whole_percent(0.02)
    '2\u202f%'
    """
    return f"{100 * share:g}{THIN}%"


def _sizes(known: Sequence[Calibration], marked: dict[str, float]) -> Floats:
    """Even steps past everything that is to be seen, and the marked sizes among them."""
    seen = [each.detectable.value for each in known if isfinite(each.detectable.value)]
    top = 1.15 * max(*seen, *marked.values())
    return np.unique([*np.linspace(0, top, STEPS + 1), *marked.values()])


def power_table(series: PowerSeries) -> Table:
    """Every point of the curves."""
    names: dict[float, str] = {}
    for name, size in series.marked.items():  # in percent, what matters can be one of the shares of the mean
        names[size] = f"{names[size]}, {name}" if size in names else name
    rows = tuple(
        (
            series.scale.size(float(size)) + (f", {names[size]}" if size in names else ""),
            *(percent(float(curve.power[i])) for curve in series.curves),
        )
        for i, size in enumerate(series.sizes)
    )
    way = "fall" if series.outcome.better is Better.LOWER else "rise"
    head = (f"{way} that is there", *(curve.design for curve in series.curves))
    return Table(
        f"How often a {way} would be found, {series.scale.per or series.outcome.effect_unit}", head, rows
    )


def placebo_table(series: PowerSeries) -> Table:
    """Every stroke of the strips."""
    columns = [[series.scale.change(float(effect)) for effect in curve.effects] for curve in series.curves]
    rows = tuple((str(i), *row) for i, row in enumerate(zip_longest(*columns, fillvalue=""), start=1))
    caption = "The strokes: what each design said where nothing happened, by size and without names"
    return Table(caption, ("place", *(curve.design for curve in series.curves)), rows)


def power_alt(series: PowerSeries) -> str:
    """Say what the figure shows to those who do not see it."""
    margin = series.marked["smallest difference that matters"]
    at = int(np.flatnonzero(series.sizes == margin)[0])
    said = []
    for curve in series.curves:
        reaches = (
            f"reaches {percent(POWER)} at {series.scale.size(curve.detectable)}"
            if isfinite(curve.detectable)
            else f"never reaches {percent(POWER)}"
        )
        low, high = (series.scale.change(float(curve.effects[i])) for i in (0, -1))
        said.append(
            f"{at_the_start(curve.design)} finds the smallest difference that matters, "
            f"{series.scale.size(margin)}, in {percent(float(curve.power[at]))} of the places and {reaches}; "
            f"where nothing happened it said {low} to {high}."
        )
    return (
        f"Above: how often an improvement of {series.outcome.called} would be found, by its size. Below: "
        f"what the designs said of places where nothing happened. {' '.join(said)}"
    )
