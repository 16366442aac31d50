"""For whom, on the page: a table of the effects on groups, and a picture of them."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from lmpeval.disclosure import rounded_count
from lmpeval.finding import Answered
from lmpeval.persons.causal_forest import Explored
from lmpeval.persons.group_contrasts import MOST_REGIONS, Judged, Power
from lmpeval.persons.subgroups import GroupEffect, SubgroupEffects
from lmpeval.report.figures import GREY, OBSERVED, short_name
from lmpeval.report.numbers import Scale, p_value, percent, tick
from lmpeval.report.tables import Table
from lmpeval.study import Outcome

LEVEL = 0.05
"""At which groups are called different."""


def subgroup_tables(found: Sequence[SubgroupEffects], scale: Scale, level: float) -> tuple[Table, ...]:
    """The effects group by group, and the tests of whether groups differ."""
    rows = tuple(_row(each.by, group, scale) for each in found for group in each.groups)
    head = (
        "group",
        "persons in the site",
        "difference",
        f"{percent(level)} interval",
        "less that of the other groups",
        f"{percent(level)} interval of that",
    )
    told = Table("The difference by groups that were named beforehand, each matched by itself", head, rows)
    tests = tuple(
        (
            each.by,
            p_value(each.p),
            "" if each.adjusted is None else p_value(each.adjusted),
            "" if each.power is None else can_find(each.power, scale),
        )
        for each in found
        if each.p is not None
    )
    if not tests:
        return (told,)
    caption = (
        "Whether groups differ: how often a difference between them of this size arises where there is none. "
        "One interval that holds zero beside one that does not is no sign of it"
    )
    of_all = f"p over all {len(tests)} (Holm)"
    return told, Table(caption, ("groups by", "p", of_all, "what the test can find"), tests)


def can_find(power: Power, scale: Scale) -> str:
    """What a test of whether groups differ can find, and what it would take to find what matters."""
    regions = "1 treated region" if power.treated == 1 else f"{power.treated} treated regions"
    if power.detectable is None:
        never = "nothing: " if power.smallest_p > LEVEL else ""
        return f"{never}with {regions} p cannot fall below {p_value(power.smallest_p)}"
    told = f"with {regions} a difference of {scale.size(power.detectable)}, eight times in ten"
    if power.needed is None:
        return f"{told}; for the smallest that matters more than {MOST_REGIONS} would be needed"
    enough = power.needed <= power.treated
    return told if enough else f"{told}; for the smallest that matters {power.needed} would be needed"


def _row(by: str, group: GroupEffect, scale: Scale) -> tuple[str, ...]:
    name = f"{by}: {group.group}"
    if group.own is None:
        return (name, "not told", group.why, "", "", "")
    own = _written(group.own, scale)
    apart = (group.why, "") if group.apart is None else _written(group.apart, scale)
    return (name, rounded_count(group.persons), *own, *apart)


def _written(judged: Judged, scale: Scale) -> tuple[str, str]:
    return scale.change(judged.effect), scale.interval(judged.low, judged.high)


def subgroup_alt(found: Sequence[SubgroupEffects], scale: Scale) -> str:
    """Say what the picture shows."""
    drawn = [(each.by, group, group.own) for each in found for group in each.groups if group.own]
    if not drawn:
        return "No group has an effect that may be told."
    told = [f"{by}, {group.group}: {scale.change(own.effect)}" for by, group, own in drawn]
    return f"Effects on {len(drawn)} groups with their intervals, a row each. {'; '.join(told)}."


def forest_figure(
    found: Sequence[SubgroupEffects], result: Answered, outcome: Outcome, scale: Scale
) -> Figure:
    """Draw the effect on all and on every group, a row each, its interval as a line."""
    estimate = result.estimate
    everybody = Judged.by(estimate.effect, estimate.uncertainty)
    rows: list[tuple[str, Judged | None, str]] = [("everybody", everybody, "")]
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
        _draw_row(axes, at, judged, why)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), [short_name(name) for name, _, _ in rows])
    for label, (_, judged, why) in zip(axes.get_yticklabels(), rows, strict=True):
        label.set_fontweight("normal" if judged or why else "bold")
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(scale, value)))
    axes.set_xlabel("dashed: everybody\ndotted: smallest difference that matters", fontsize=8)
    left = 0.05 + 0.0166 * max(len(short_name(name)) for name, _, _ in rows)
    figure.subplots_adjust(left=left, right=0.97, top=0.98, bottom=0.75 / figure.get_figheight())
    return figure


def _draw_row(axes: Any, at: int, judged: Judged | None, why: str) -> None:
    low, high = axes.get_xlim()
    if judged is None:
        if why:
            axes.text(low + 0.02 * (high - low), at, "not told", va="center", fontsize=8, color="#555555")
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
        else tick(written)
    )


def explored_table(answer: Answered, scale: Scale) -> Table | None:
    """What a causal forest found, as exploratory; None where none was asked for."""
    found = answer.persons.forest if answer.persons is not None else None
    if found is None:
        return None
    caption = (
        "Exploratory: nobody named these groups beforehand, so that what is found here is a question for "
        "another study. A causal forest learned in half of the regions for whom the outcome would change "
        f"less and more, and was tried in the others, {found.asked} times"
    )
    if found.why:
        return Table(caption, ("what", "how much"), (("no answer", found.why),))
    rows = (
        ("difference for those foretold the lower half", scale.change(found.lower)),
        ("difference for those foretold the upper half", scale.change(found.upper)),
        ("p of no difference between them, twice the median", p_value(found.p)),
        ("what the test can find", "" if found.power is None else can_find(found.power, scale)),
        ("the forest told them apart by", _leading(found)),
        ("on persons, here and elsewhere", rounded_count(found.persons)),
    )
    return Table(caption, ("what", "how much"), rows)


def _leading(found: Explored, most: int = 3) -> str:
    return ", ".join(f"{name.replace('_', ' ')} ({percent(part)})" for name, part in found.leading[:most])
