"""Figures of a design that weighs persons: effects on groups, what a forest found, a cost in other ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lmpeval.disclosure import Profile, to_digits
from lmpeval.finding import PersonTables
from lmpeval.persons.causal_forest import GROUPS, Explored
from lmpeval.persons.costs import ANY, CostReading
from lmpeval.persons.group_contrasts import Judged
from lmpeval.persons.subgroups import SubgroupEffects
from lmpeval.results.row import Quantity, Row, Standing, bounded


def person_rows(row: Row, tables: PersonTables) -> Iterator[Row]:
    """All that is told of persons beside the effect; what is withheld has its reason in place of a number."""
    yield from _by_subgroup(row, tables.subgroups)
    yield from _explored(row, tables.forest)
    yield from _costs(row, tables.costs)


def in_few_digits(rows: Iterator[Row], profile: Profile) -> Iterator[Row]:
    """Rows whose figures have no more digits than may leave."""

    def told(value: float | None) -> float | None:
        return None if value is None else to_digits(value, profile)

    for row in rows:
        yield replace(
            row,
            estimate=told(row.estimate),
            low=told(row.low),
            high=told(row.high),
            band_low=told(row.band_low),
            band_high=told(row.band_high),
            standard_error=told(row.standard_error),
        )


def _by_subgroup(row: Row, found: Sequence[SubgroupEffects]) -> Iterator[Row]:
    """Effects on groups of persons, what sets each apart, and the tests of whether they differ."""
    for each in found:
        for group in each.groups:
            of = replace(row, by=f"{each.by}: {group.group}")
            if group.own is None:
                yield replace(of, quantity=Quantity.SUBGROUP, standing=Standing.NONE, reasons=group.why)
                continue
            yield _judged(replace(of, quantity=Quantity.SUBGROUP), group.own)
            if group.apart is not None:
                yield _judged(replace(of, quantity=Quantity.APART), group.apart)
        if each.p is not None:
            of = replace(row, quantity=Quantity.GROUPS_DIFFER, by=each.by, unit="")
            yield replace(of, p=each.p, method="one characteristic")
            yield replace(of, p=each.adjusted, method="all characteristics, Holm")


def _costs(row: Row, found: Sequence[CostReading]) -> Iterator[Row]:
    """A cost told in other ways."""
    for each in found:
        of = replace(row, quantity=Quantity.OTHER_COST, method=each.way)
        of = replace(of, unit="percent of persons") if each.way == ANY else of
        if each.found is None:
            yield replace(of, standing=Standing.NONE, reasons=each.why)
        else:
            yield _judged(of, each.found)


def _explored(row: Row, found: Explored | None) -> Iterator[Row]:
    """What a causal forest found: two halves, and whether they differ."""
    if found is None:
        return
    of = replace(row, quantity=Quantity.EXPLORED, method="causal forest, exploratory")
    if found.why:
        yield replace(of, standing=Standing.NONE, reasons=found.why)
        return
    for by, effect in zip(GROUPS, (found.lower, found.upper), strict=True):
        yield replace(of, by=by, estimate=effect)
    yield replace(of, by="halves differ", unit="", p=found.p)


def _judged(row: Row, figure: Judged) -> Row:
    """A figure with its interval; one that was ranked has a place in place of a p-value."""
    ranked = figure.ranked
    return replace(
        row,
        estimate=figure.effect,
        low=bounded(figure.low),
        high=bounded(figure.high),
        standard_error=bounded(figure.standard_error),
        p=None if ranked else figure.p,
        rank=round(figure.p * ranked) if ranked else None,
        ranked=ranked or None,
    )
