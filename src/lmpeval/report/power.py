"""What the figure of a calibration shows, rounded as its data tables write it: both are made from this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import isfinite

import numpy as np

from lmpeval.ahead.calibrating import Calibrated
from lmpeval.calibration import POWER, SHARES, Calibration
from lmpeval.effect_scale import EffectScale
from lmpeval.panel import Floats
from lmpeval.report.glance import at_the_start, design_words
from lmpeval.report.numbers import Scale, percent, scale_of
from lmpeval.report.tables import Table
from lmpeval.report.words import Words
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
    margin : float
        The smallest difference that matters.
    shares : dict of name to size
        Those of the mean at which power is told.
    curves : tuple of Curve
        The primary design first.
    words : Words
        Of the language that it is told in.
    """

    outcome: Outcome
    scale: Scale
    sizes: Floats
    margin: float
    shares: dict[str, float]
    curves: tuple[Curve, ...]
    words: Words

    @property
    def way(self) -> str:
        """Which way is better."""
        return "fall" if self.outcome.better is Better.LOWER else "rise"


def power_series(cells: Sequence[Calibrated], words: Words) -> PowerSeries | None:
    """Take from the cells of one outcome what is drawn; None where none of them is calibrated."""
    known = [(each.cell, each.result) for each in cells if isinstance(each.result, Calibration)]
    if not known:
        return None
    known.sort(key=lambda pair: not pair[0].primary)
    outcome, first = known[0][0].outcome, known[0][1]
    scale, margin = scale_of(outcome, words.catalogue).fine, outcome.minimal_important_difference
    shares = {whole_percent(share, words): first.amount(share) for share in SHARES}
    sizes = _sizes([result for _, result in known], (margin, *shares.values()))
    rounded = np.vectorize(scale.rounded, otypes=[float])
    return PowerSeries(
        outcome=outcome,
        scale=scale,
        sizes=sizes,
        margin=margin,
        shares=shares,
        words=words,
        curves=tuple(
            Curve(
                design=design_words(cell.label, words),
                primary=cell.primary,
                power=np.array([result.power(float(size)).value for size in sizes]),
                effects=rounded(result.effects[np.isfinite(result.effects)]),
                detectable=result.detectable.value,
                spread=result.spread.value,
            )
            for cell, result in known
        ),
    )


def whole_percent(share: float, words: Words) -> str:
    """Write a share that is a whole percentage by definition.

    >>> from lmpeval.report.words import ENGLISH
    >>> whole_percent(0.02, ENGLISH)
    '2\u202f%'
    """
    return words.numerals.percent.format(number=f"{100 * share:g}")


def _sizes(known: Sequence[Calibration], marked: Sequence[float]) -> Floats:
    """Even steps past everything that is to be seen, and the marked sizes among them."""
    seen = [each.detectable.value for each in known if isfinite(each.detectable.value)]
    top = 1.15 * max(*seen, *marked)
    return np.unique([*np.linspace(0, top, STEPS + 1), *marked])


def power_table(series: PowerSeries) -> Table:
    """Every point of the curves."""
    say, names = series.words.say, {series.margin: series.words.say("path.margin")}
    for share, size in series.shares.items():  # in percent, what matters can be one of the shares of the mean
        name = say("power.of-mean", share=share)
        names[size] = f"{names[size]}, {name}" if size in names else name
    rows = tuple(
        (
            series.scale.size(float(size)) + (f", {names[size]}" if size in names else ""),
            *(percent(float(curve.power[i]), series.scale.numerals) for curve in series.curves),
        )
        for i, size in enumerate(series.sizes)
    )
    head = (say(f"power.there-{series.way}"), *(curve.design for curve in series.curves))
    per = series.scale.per or effect_unit(series)
    return Table(say(f"power.caption-{series.way}", per=per), head, rows)


def effect_unit(series: PowerSeries) -> str:
    """The unit of sizes, as it stands at an axis."""
    if series.outcome.scale is EffectScale.RATIO:
        return series.words.say("power.percent")
    return series.words.unit(series.outcome)


def placebo_table(series: PowerSeries) -> Table:
    """Every stroke of the strips."""
    columns = [[series.scale.change(float(effect)) for effect in curve.effects] for curve in series.curves]
    rows = tuple((str(i), *row) for i, row in enumerate(zip_longest(*columns, fillvalue=""), start=1))
    head = (series.words.say("power.place"), *(curve.design for curve in series.curves))
    return Table(series.words.say("power.strokes"), head, rows)


def power_alt(series: PowerSeries) -> str:
    """Say what the figure shows to those who do not see it."""
    say, numerals = series.words.say, series.scale.numerals
    enough = percent(POWER, numerals)
    at = int(np.flatnonzero(series.sizes == series.margin)[0])
    said = [say("power.alt", outcome=series.words.called(series.outcome))]
    for curve in series.curves:
        reaches = "power.reaches" if isfinite(curve.detectable) else "power.never"
        low, high = (series.scale.change(float(curve.effects[i])) for i in (0, -1))
        said.append(
            say(
                "power.alt-design",
                design=at_the_start(curve.design),
                margin=series.scale.size(series.margin),
                share=percent(float(curve.power[at]), numerals),
                reaches=say(reaches, power=enough, size=series.scale.size(curve.detectable)),
                low=low, high=high,
            )
        )  # fmt: skip
    return " ".join(said)
