"""What a page says of a cost that is set against what is gained for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lmpeval.jointly.cost_effectiveness import CostEffect, Quadrant, Value
from lmpeval.jointly.draws import Chance
from lmpeval.outcomes_together import ForMoney, NotTold
from lmpeval.report.language import Catalogue
from lmpeval.report.numbers import THIN, Scale, plain, scale_of
from lmpeval.report.svg import inline_svg
from lmpeval.report.tables import Table
from lmpeval.report.together_figures import curve_figure, plane_figure
from lmpeval.report.together_parts import (
    Block,
    Drawing,
    by_words,
    chance_words,
    not_told,
    share_words,
    sure_words,
    whole_percent,
)
from lmpeval.study import Better

TOLD_ON_THE_CURVE = 10
"""One row of the curve's table for so many of its points."""


def for_money(asked: ForMoney, catalogue: Catalogue, anchor: str) -> Block:
    """Plane, net benefit, acceptability, and value with its parts."""
    say, cell = catalogue.say, asked.cost.cell
    gain = asked.gain.cell.outcome if asked.gain is not None else None
    name = gain.called_in(catalogue.language) if gain is not None else asked.asked.gain
    block = Block(say("joint.money", gain=name))
    if isinstance(asked.found, NotTold):
        return replace(block, sentences=(not_told(asked.found, catalogue),))
    assert gain is not None
    found = asked.found
    scales = (scale_of(gain, catalogue).fine, scale_of(cell.outcome, catalogue))
    drawings = (_plane(asked, found, scales, catalogue, anchor), _curve(found, catalogue, anchor))
    tables = [_benefits(found, scales[1], catalogue)]
    if found.value is not None:
        tables.append(_value(found.value, catalogue))
    return replace(
        block,
        by=by_words(asked.cost, found.years, catalogue),
        sentences=tuple(_sentences(asked, found, catalogue)),
        drawings=drawings,
        tables=tuple(tables),
    )


def _sentences(asked: ForMoney, found: CostEffect, catalogue: Catalogue) -> Iterator[str]:
    say = catalogue.say
    assert asked.gain is not None
    yield sure_words([asked.cost, asked.gain], catalogue)
    if asked.programme is None:
        yield say("joint.money-gross")
    n = plain(round(1 / found.step) - 1, 0, catalogue.numerals)
    yield say("joint.step", n=n, step=whole_percent(found.step, catalogue), percent=f"{THIN}%")
    if found.ratio is None:
        yield say("joint.no-ratio")
    else:
        yield say("joint.ratio", ratio=_euro(found.ratio, catalogue))
    if found.value is not None:
        yield say("joint.value-why")
    yield say("joint.source", source=asked.asked.source.rstrip("."))


def _plane(
    asked: ForMoney, found: CostEffect, scales: tuple[Scale, Scale], catalogue: Catalogue, anchor: str
) -> Drawing:
    say, per = catalogue.say, asked.asked.gain_per
    spent = say("joint.money-cost" if asked.programme is None else "joint.money-cost-net")
    assert asked.gain is not None
    better = asked.gain.cell.outcome.better
    gained = say("joint.money-fewer" if better is Better.LOWER else "joint.money-more", unit=scales[0].per)
    rows = tuple((say(f"joint.{each}"), chance_words(found.quadrants[each], catalogue)) for each in Quadrant)
    alt = say("joint.plane-alt", rows="; ".join(f"{name}: {chance}" for name, chance in rows))
    gain = (found.gain[0] * per, *(end * per for end in found.gain[1:]))
    numbers = (
        (spent, scales[1].change(found.cost[0]), scales[1].interval(*found.cost[1:])),
        (gained, scales[0].change(gain[0]), scales[0].interval(*gain[1:])),
    )
    tables = (
        Table(
            say("joint.money-caption"), ("", say("joint.difference", after=""), say("joint.range")), numbers
        ),
        Table(say("joint.money-chances"), (say("joint.quadrant"), say("joint.chance")), rows),
    )
    svg = inline_svg(plane_figure(found, (gained, spent), scales, per), f"{anchor}p", alt)
    return Drawing(svg, alt, say("joint.plane-note"), tables)


def _curve(found: CostEffect, catalogue: Catalogue, anchor: str) -> Drawing:
    say, numerals = catalogue.say, catalogue.numerals

    def bounded(share: float) -> str:
        return chance_words(Chance(share, found.step), catalogue)

    first, last = found.curve[0], found.curve[-1]
    alt = say(
        "joint.curve-alt",
        first=bounded(float(first[1])),
        last=bounded(float(last[1])),
        most=_euro(float(last[0]), catalogue),
    )
    labels = (say("joint.threshold"), say("joint.chance"))
    figure = curve_figure(
        found,
        labels,
        lambda euro: _euro(euro, catalogue),
        lambda share: numerals.percent.format(number=plain(100 * share, 0, numerals)),
    )
    rows = tuple(
        (_euro(float(threshold), catalogue), bounded(float(share)))
        for threshold, share in found.curve[::TOLD_ON_THE_CURVE]
    )
    table = Table(say("joint.curve-caption"), (labels[0], labels[1]), rows)
    return Drawing(inline_svg(figure, f"{anchor}c", alt), alt, say("joint.curve-note"), (table,))


def _benefits(found: CostEffect, scale: Scale, catalogue: Catalogue) -> Table:
    say = catalogue.say
    rows = tuple(
        (
            _euro(each.threshold, catalogue),
            scale.change(each.net[0]),
            scale.interval(*each.net[1:]),
            chance_words(each.chance, catalogue),
        )
        for each in found.benefits
    )
    head = (say("joint.threshold"), say("joint.benefit"), say("joint.range"), say("joint.worth"))
    return Table(say("joint.benefit-caption"), head, rows)


def _value(found: Value, catalogue: Catalogue) -> Table:
    say = catalogue.say
    rows = tuple(
        (
            say(f"joint.value-{name}"),
            _change(number[0], catalogue),
            catalogue.numerals.range.format(
                low=_change(number[1], catalogue), high=_change(number[2], catalogue)
            ),
        )
        for name, number in (
            ("quality", found.quality),
            ("payment", found.payment),
            ("value", found.value),
        )
    )
    return Table(say("joint.value-caption"), ("", say("joint.value-change"), say("joint.range")), rows)


def _change(share: float, catalogue: Catalogue) -> str:
    written = share_words(round(share, 3), catalogue)
    return f"+{written}" if share > 0 else written


def _euro(amount: float, catalogue: Catalogue) -> str:
    number = plain(float(f"{amount:.3g}"), 0, catalogue.numerals)
    return catalogue.numerals.euro.format(number=number)
