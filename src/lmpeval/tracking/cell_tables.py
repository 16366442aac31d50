"""An answer as the tables that the run of its cell keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from lmpeval.finding import Answered, SeveralStarts
from lmpeval.ledger import Ledger
from lmpeval.persons.subgroups import SubgroupEffects
from lmpeval.tracking.metrics import figure_of

Rows = Sequence[Sequence[Any]]


class NumbersTable(NamedTuple):
    """A table of numbers, and the name of the file that it becomes."""

    file: str
    columns: tuple[str, ...]
    rows: Rows


PATH_COLUMNS = ("year", "observed", "counterfactual", "gap", "low", "high", "counted")
AVERAGE_COLUMNS = (
    "by", "at", "effect", "standard_error", "low", "high", "band_low", "band_high", "starts",
)  # fmt: skip
LEFT_OUT_COLUMNS = ("unit", "weight", "effect_without")
OTHER_METHOD_COLUMNS = ("method", "sites", "effect", "low", "high", "p", "reason", "detail")
SUBGROUP_COLUMNS = (
    "by", "group", "effect", "low", "high", "less_others", "less_others_low", "less_others_high", "p",
    "p_holm", "withheld",
)  # fmt: skip
RANK_COLUMNS = ("statistic", "misfit_within_times", "place", "among", "reason")


def tables_of_numbers(answered: Answered) -> Iterator[NumbersTable]:
    """Every table of effects that a verdict without a number withholds."""
    yield NumbersTable("effect_path.csv", PATH_COLUMNS, _path(answered))
    if answered.several is not None:
        yield NumbersTable("averages.csv", AVERAGE_COLUMNS, list(_averages(answered.several)))
    yield NumbersTable("leave_one_out.csv", LEFT_OUT_COLUMNS, _left_out(answered))
    yield NumbersTable("other_methods.csv", OTHER_METHOD_COLUMNS, _other_methods(answered))
    if groups := answered.persons.subgroups if answered.persons is not None else ():
        yield NumbersTable("subgroups.csv", SUBGROUP_COLUMNS, list(_subgroups(groups, answered)))
    if answered.ranks:
        yield NumbersTable("other_ranks.csv", RANK_COLUMNS, _ranks(answered))


def by_weight(answered: Answered) -> list[tuple[str, float]]:
    """Comparison units that the effect is worked out from, the heaviest first."""
    found = answered.estimate
    weighted = zip(found.control_names, found.comparison.weights, strict=True)
    return sorted((pair for pair in weighted if pair[1] > 0), key=lambda pair: (-pair[1], pair[0]))


def ledger_rows(ledger: Ledger) -> list[dict[str, Any]]:
    """One row an assumption, as tables and JSON carry it."""
    return [
        {
            "assumption_number": entry.assumption.number,  # evidence has a number of its own
            "assumption": entry.assumption.name,
            "critical": entry.assumption.critical,
            "claim": entry.assumption.claim,
            **asdict(entry.evidence),
            "argument": entry.argument,
            "judged": str(entry.status),
            "judged_by": entry.judged.by if entry.judged else None,
            "judged_on": entry.judged.on.isoformat() if entry.judged else None,
            "judged_because": entry.judged.reason if entry.judged else None,
            "source": entry.assumption.source,
        }
        for entry in ledger.entries
    ]


def _path(answered: Answered) -> Rows:
    found, told = answered.estimate, answered.estimate.told
    figures = np.column_stack([told.observed, told.counterfactual, told.gap, told.path_interval])
    return [
        (year, *(figure_of(value, answered) for value in row), counted)
        for year, row, counted in zip(found.years, figures.tolist(), found.counted, strict=True)
    ]


def _averages(several: SeveralStarts) -> Iterator[Sequence[Any]]:
    """One row an average of effects of several starts; `at` is empty for the one number of a kind."""
    for each in several.averages:
        for m, at in enumerate(each.at):
            starts = [f"{s} {w:.6g}" for s, w in zip(each.starts, each.weights[m], strict=True) if w > 0]
            yield (
                each.by, at, each.effect[m], each.standard_error[m], *each.interval[m], *each.band[m],
                "; ".join(starts),
            )  # fmt: skip
        whole = each.overall
        yield each.by, "", whole.effect, whole.standard_error, whole.low, whole.high, "", "", ""


def _left_out(answered: Answered) -> Rows:
    """The effect without each of the comparison units that weigh most."""
    rows = answered.robustness.left_out
    return [(row.unit, row.weight, figure_of(row.effect, answered)) for row in rows]


def _other_methods(answered: Answered) -> Rows:
    return [
        (row.method, row.n_sites, row.effect, *(row.interval or (None, None)), row.p, row.reason, row.detail)
        for row in answered.others
    ]


def _subgroups(found: Sequence[SubgroupEffects], answered: Answered) -> Iterator[Sequence[Any]]:
    """One row a group of persons, and one a characteristic for the test; counts of persons are in none."""
    for each in found:
        for group in each.groups:
            numbers = [
                [figure_of(value, answered) for value in (j.effect, j.low, j.high)] if j else ("",) * 3
                for j in (group.own, group.apart)
            ]
            yield each.by, group.group, *numbers[0], *numbers[1], "", "", group.why
        if each.p is not None:
            yield each.by, "", *("",) * 6, each.p, each.adjusted, ""


def _ranks(answered: Answered) -> Rows:
    return [
        (row.statistic, row.within if isfinite(row.within) else None, row.place, row.among, row.reason)
        for row in answered.ranks
    ]
