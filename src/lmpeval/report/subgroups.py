"""For whom, on the page: a table of the effects on groups, and a picture of them."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from lmpeval.disclosure import Profile, rounded_count
from lmpeval.finding import Answered
from lmpeval.persons.causal_forest import Explored
from lmpeval.persons.group_contrasts import MOST_REGIONS, Judged, Power
from lmpeval.persons.subgroups import GroupEffect, SubgroupEffects
from lmpeval.report.figures import GREY, OBSERVED, short_name
from lmpeval.report.numbers import Scale, p_value, percent, tick
from lmpeval.report.paths import EffectPath
from lmpeval.report.refusals import profile_of
from lmpeval.report.tables import Table
from lmpeval.report.words import Words

LEVEL = 0.05
"""At which groups are called different."""


def subgroup_tables(
    found: Sequence[SubgroupEffects], answer: Answered, scale: Scale, words: Words
) -> tuple[Table, ...]:
    """The effects group by group, and the tests of whether groups differ."""
    say, numerals = words.say, words.numerals
    profile = profile_of(answer)
    rows = tuple(_row(each.by, group, scale, words, profile) for each in found for group in each.groups)
    at = percent(answer.estimate.uncertainty.level, numerals)
    head = (
        say("groups.group"), say("groups.persons"), say("path.difference"), say("path.interval", level=at),
        say("groups.less"), say("groups.less-interval", level=at),
    )  # fmt: skip
    told = Table(say("groups.caption"), head, rows)
    tests = tuple(
        (
            each.by,
            p_value(each.p, numerals=numerals),
            "" if each.adjusted is None else p_value(each.adjusted, numerals=numerals),
            "" if each.power is None else can_find(each.power, scale, words),
        )
        for each in found
        if each.p is not None
    )
    if not tests:
        return (told,)
    columns = (say("groups.by"), say("groups.p"), say("groups.holm", n=len(tests)), say("groups.can-find"))
    return told, Table(say("groups.tests"), columns, tests)


def can_find(power: Power, scale: Scale, words: Words) -> str:
    """What a test of whether groups differ can find, and what it would take to find what matters."""
    say, n = words.say, power.treated
    if power.detectable is None:
        key = "groups.finds-nothing" if power.smallest_p > LEVEL else "groups.finds-by-rank"
        return say(key, n=n, p=p_value(power.smallest_p, numerals=words.numerals))
    told = say("groups.finds", n=n, size=scale.size(power.detectable))
    if power.needed is None:
        return say("groups.finds-never", told=told, most=MOST_REGIONS)
    return told if power.needed <= n else say("groups.finds-with-more", told=told, needed=power.needed)


def _row(by: str, group: GroupEffect, scale: Scale, words: Words, profile: Profile) -> tuple[str, ...]:
    name = f"{by}: {group.group}"
    if group.own is None:
        return (name, words.say("groups.not-told"), words.told(group.why), "", "", "")
    own = _written(group.own, scale)
    apart = (words.told(group.why), "") if group.apart is None else _written(group.apart, scale)
    return (name, words.told(rounded_count(group.persons, profile)), *own, *apart)


def _written(judged: Judged, scale: Scale) -> tuple[str, str]:
    return scale.change(judged.effect), scale.interval(judged.low, judged.high)


def subgroup_alt(found: Sequence[SubgroupEffects], scale: Scale, words: Words) -> str:
    """Say what the picture shows."""
    drawn = [(each.by, group, group.own) for each in found for group in each.groups if group.own]
    if not drawn:
        return words.say("groups.alt-none")
    told = [f"{by}, {group.group}: {scale.change(own.effect)}" for by, group, own in drawn]
    return words.say("groups.alt", n=len(drawn), told="; ".join(told))


def forest_figure(found: Sequence[SubgroupEffects], path: EffectPath, scale: Scale) -> Figure:
    """Draw the effect on all and on every group, a row each, its interval as a line."""
    estimate, outcome, words = path.answer.estimate, path.finding.cell.outcome, path.series.words
    everybody = Judged.by(estimate.effect, estimate.uncertainty)
    rows: list[tuple[str, Judged | None, str]] = [(words.say("groups.everybody"), everybody, "")]
    for each in found:
        rows.append((each.by, None, ""))
        rows += [(f"   {group.group}", group.own, group.why) for group in each.groups]
    figure = Figure(figsize=(4.8, 1.2 + 0.27 * len(rows)))
    axes = figure.subplots()
    axes.axvline(0, color="#333333", linewidth=0.9)
    axes.axvline(everybody.effect, color=GREY, linewidth=0.9, linestyle="--")
    for side in (-1, 1):
        margin = side * outcome.minimal_important_difference
        axes.axvline(margin, color="#555555", linewidth=0.9, linestyle=(0, (1, 2)))
    axes.set_xlim(*_limits([judged for _, judged, _ in rows if judged is not None]))
    for at, (_, judged, why) in enumerate(rows):
        _draw_row(axes, at, judged, words.say("groups.not-told") if why else "")
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), [short_name(name) for name, _, _ in rows])
    for label, (_, judged, why) in zip(axes.get_yticklabels(), rows, strict=True):
        label.set_fontweight("normal" if judged or why else "bold")
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(scale, value)))
    axes.set_xlabel(words.say("groups.axis"), fontsize=8)
    left = 0.05 + 0.0166 * max(len(short_name(name)) for name, _, _ in rows)
    figure.subplots_adjust(left=left, right=0.97, top=0.98, bottom=0.75 / figure.get_figheight())
    return figure


def _draw_row(axes: Any, at: int, judged: Judged | None, instead: str) -> None:
    low, high = axes.get_xlim()
    if judged is None:
        if instead:
            axes.text(low + 0.02 * (high - low), at, instead, va="center", fontsize=8, color="#555555")
        return
    bounded = isfinite(judged.low) and isfinite(judged.high)
    axes.hlines(at, max(judged.low, low), min(judged.high, high), color=OBSERVED if bounded else GREY,
                linewidth=1.5 if bounded else 1.0, linestyle="-" if bounded else (0, (1, 2)))  # fmt: skip
    axes.plot([judged.effect], [at], "o", color=OBSERVED, markersize=6)


def _limits(drawn: Sequence[Judged]) -> tuple[float, float]:
    """From the lowest to the highest end; an interval without ends runs to the edge."""
    ends = [value for each in drawn for value in (each.effect, each.low, each.high, 0.0) if isfinite(value)]
    low, high = min(ends), max(ends)
    room = 0.06 * (high - low) or 1.0
    return low - room, high + room


def _tick(scale: Scale, value: float) -> str:
    return (
        scale.zero
        if (written := scale.change(value)) == scale.numerals.about_zero or not value
        else tick(written, scale.numerals)
    )


def explored_table(answer: Answered, scale: Scale, words: Words) -> Table | None:
    """What a causal forest found, as exploratory; None where none was asked for."""
    found = answer.persons.forest if answer.persons is not None else None
    if found is None:
        return None
    say = words.say
    caption, head = say("forest.caption", n=found.asked), (say("persons.what"), say("persons.how-much"))
    if found.why:
        return Table(caption, head, ((say("persons.no-answer"), words.told(found.why)),))
    rows = (
        (say("forest.lower"), scale.change(found.lower)),
        (say("forest.upper"), scale.change(found.upper)),
        (say("forest.p"), p_value(found.p, numerals=words.numerals)),
        (say("groups.can-find"), "" if found.power is None else can_find(found.power, scale, words)),
        (say("forest.apart-by"), _leading(found, words)),
        (say("forest.persons"), words.told(rounded_count(found.persons, profile_of(answer)))),
    )
    return Table(caption, head, rows)


def _leading(found: Explored, words: Words, most: int = 3) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} ({percent(part, words.numerals)})" for name, part in found.leading[:most]
    )
