"""Every figure of a study's findings as one long table, for whoever works on with them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import fields, replace
from math import inf
from operator import attrgetter

import numpy as np

from lmpeval.beside.other_methods import Method
from lmpeval.economics import NetEffect
from lmpeval.engine.running import StudyResult
from lmpeval.estimate import Estimate
from lmpeval.event_path import NoEventPath
from lmpeval.event_study import parted, rests_on_trends
from lmpeval.finding import Answered, Failed, Finding
from lmpeval.panel import Floats
from lmpeval.results.of_persons import in_few_digits, person_rows
from lmpeval.results.of_several import rows_of_several
from lmpeval.results.row import Quantity, Row, Standing, bounded
from lmpeval.robustness import PlaceboStart
from lmpeval.starts.averages import Averaged, By
from lmpeval.verdict import State

TAKES_PART = 1e-9
"""Weight from which on a comparison unit is named: below it is rounding."""


def results_text(result: StudyResult) -> str:
    """One study's figures as the text of a CSV file: a head, then a line a `Row`, findings in their order.

    The same findings give the same text.
    """
    told = io.StringIO()
    writer = csv.writer(told, lineterminator="\n")
    names = [field.name for field in fields(Row)]
    writer.writerow(names)
    # `astuple` copies every value: with a row a weight that is most of the work
    figures = attrgetter(*names)
    writer.writerows(figures(row) for finding in result.findings for row in rows_of(finding))
    writer.writerows(map(figures, rows_of_several(result, _begin)))
    return told.getvalue()


def rows_of(finding: Finding) -> Iterator[Row]:
    """The figures of one finding; one row without a number where there are none to show.

    Figures of a result that is no answer, or of a headline that is blocked, are marked as withheld. Those of
    persons have no more digits than may leave.
    """
    behind = finding.result.behind if isinstance(finding.result, Answered) else None
    yield from _rows(finding) if behind is None else in_few_digits(_rows(finding), behind.profile)


def _rows(finding: Finding) -> Iterator[Row]:
    cell, verdict, found = finding.cell, finding.verdict, finding.result
    reasons = found.error if isinstance(found, Failed) else "; ".join(verdict.reasons)
    row = replace(_begin(finding), reasons=reasons)
    if not isinstance(found, Answered) or verdict.state is State.WITHHELD:
        yield replace(row, standing=Standing.NONE)
        return
    counted = replace(row, n_treated=found.n_treated, n_compared=found.n_compared)
    if found.behind is not None:
        told = found.behind.told
        counted = replace(counted, n_persons=told["persons"], n_providers=told["providers"])
    yield _mean(counted, found.estimate, n_sites=found.n_sites)
    bare = replace(row, reasons="")
    level = found.estimate.told.counterfactual_mean
    yield replace(bare, quantity=Quantity.WITHOUT, unit=cell.outcome.unit, estimate=level)
    yield from _net(bare, found)
    yield from _path(bare, Quantity.DIFFERENCE, found.estimate)
    if found.several is None:
        yield from _weights(bare, found.estimate)
    yield from _of_starts(bare, found)
    yield from _parted(bare, found, cell.outcome.minimal_important_difference)
    for pretended in found.robustness.placebo_starts:
        yield _pretended(bare, pretended, several=found.several is not None)
    yield from _beside(bare, found)
    if found.persons is not None:
        yield from person_rows(bare, found.persons)


def _begin(finding: Finding) -> Row:
    """What all rows of a finding have in common."""
    cell, verdict = finding.cell, finding.verdict
    silent = verdict.blocked or verdict.effect is None
    return Row(
        study=cell.study,
        outcome=cell.outcome.name,
        unit=cell.outcome.effect_unit,
        design=cell.label,
        primary=cell.primary and cell.outcome.primary,
        verdict=verdict.state,
        answer=verdict.answer,
        standing=Standing.WITHHELD if silent else Standing.STATED,
        quantity=Quantity.EFFECT,
    )


def _net(row: Row, found: Answered) -> Iterator[Row]:
    """With the programme's own cost in it, and that cost; nothing where only the gross effect is known."""
    if isinstance(found.net, NetEffect):
        low, high = map(bounded, found.net.interval)
        yield replace(row, quantity=Quantity.NET, estimate=found.net.effect, low=low, high=high)
        yield replace(row, quantity=Quantity.PROGRAMME, estimate=found.net.programme)
        if found.net.saving is not None:
            chance = found.net.saving.bounded
            yield replace(row, quantity=Quantity.SAVING, unit="share", estimate=chance)


def _parted(row: Row, found: Answered, margin: float) -> Iterator[Row]:
    """The effect, counted from the last year before the start, if trends part, where that is known."""
    if not rests_on_trends(found.ledger):
        return
    try:
        told = parted(found.estimate, margin)
    except NoEventPath:
        return
    of = replace(row, start=found.estimate.start or None, estimate=told.estimate)
    for quantity, intervals in ((Quantity.STEPS, told.by_steps), (Quantity.BENDS, told.by_bends)):
        for bound, (low, high) in intervals:
            yield replace(of, quantity=quantity, bound=bound, low=bounded(low), high=bounded(high))


def _mean(row: Row, found: Estimate, n_sites: int) -> Row:
    """The mean effect over the counted years; no p-value for one site, as in reports."""
    told, sure = found.told, found.uncertainty
    ranked = round(1 / sure.smallest_p) if sure.smallest_p and sure.rank else 1
    return replace(
        row,
        start=found.start or None,  # years of several starts count from 0
        estimate=told.effect,
        low=bounded(told.interval[0]),
        high=bounded(told.interval[1]),
        standard_error=bounded(told.standard_error),
        p=sure.p if sure.smallest_p < 1 and (n_sites > 1 or ranked == 1) else None,
        rank=sure.rank if ranked > 1 else None,
        ranked=ranked if ranked > 1 else None,
        method=sure.method,
    )


def _path(row: Row, quantity: Quantity, found: Estimate) -> Iterator[Row]:
    """The difference of every year, each with its own interval."""
    told, errors = found.told, _path_errors(found)
    each = zip(found.years, told.gap, told.path_interval, errors, strict=True)
    for year, gap, (low, high), error in each:
        yield replace(
            row,
            quantity=quantity,
            start=found.start or None,
            year=int(year) if found.start else None,
            since_start=int(year) - found.start,
            estimate=float(gap),
            low=bounded(low),
            high=bounded(high),
            standard_error=bounded(error),
        )


def _weights(row: Row, found: Estimate) -> Iterator[Row]:
    """What every comparison unit that takes part counts for, the weightiest first."""
    weights = found.comparison.weights
    for i in np.lexsort((np.asarray(found.control_names), -np.abs(weights))):
        if abs(weights[i]) > TAKES_PART:
            name = found.control_names[i]
            yield replace(
                row, quantity=Quantity.WEIGHT, by=name, start=found.start, estimate=float(weights[i])
            )


def _path_errors(found: Estimate) -> Floats:
    """Of every year's difference, as told; not a number where the method has none; shape (n_years,)."""
    known = found.uncertainty.path_covariance
    if known is None:
        return np.full(len(found.years), np.nan)
    return found.scale.told(np.asarray(np.sqrt(np.diag(known))))


def _of_starts(row: Row, found: Answered) -> Iterator[Row]:
    """The sites of each start by themselves, and their averages."""
    if found.several is None:
        return
    for one in found.several.each:
        yield _mean(replace(row, quantity=Quantity.OF_START), one.estimate, n_sites=len(one.sites))
        yield from _path(row, Quantity.OF_START_BY_YEAR, one.estimate)
    for each in found.several.averages:
        yield from _averaged(row, each)


def _averaged(row: Row, found: Averaged) -> Iterator[Row]:
    """Averages of one kind, and the one number over all of them."""
    ends = np.column_stack([found.interval, found.band])
    of = zip(found.at, found.effect, found.standard_error, ends, strict=True)
    for at, effect, error, (low, high, band_low, band_high) in of:
        yield replace(
            row,
            quantity=Quantity.AVERAGE,
            by=found.by,
            start=int(at) if found.by is By.START else None,
            year=int(at) if found.by is By.YEAR else None,
            since_start=int(at) if found.by is By.SINCE else None,
            estimate=float(effect),
            low=bounded(low),
            high=bounded(high),
            band_low=bounded(band_low),
            band_high=bounded(band_high),
            standard_error=bounded(error),
        )
    whole = found.overall
    yield replace(
        row,
        quantity=Quantity.OVERALL,
        by=found.by,
        estimate=whole.effect,
        low=bounded(whole.low),
        high=bounded(whole.high),
        standard_error=bounded(whole.standard_error),
        p=whole.p,
    )


def _pretended(row: Row, start: PlaceboStart, *, several: bool) -> Row:
    """A start that never was: a year, or with several starts how much earlier."""
    return replace(
        row,
        quantity=Quantity.PRETENDED,
        start=None if several else start.year,
        since_start=start.year if several else None,
        estimate=start.effect,
        low=bounded(start.low),
        high=bounded(start.high),
    )


def _systematic(row: Row, found: Answered) -> Iterator[Row]:
    """The law of what moved the negative controls; nothing where there are few."""
    if found.systematic is None:
        return
    law = found.systematic
    of = replace(
        row, quantity=Quantity.SYSTEMATIC, unit="margins", method=f"{law.n_controls} negative controls"
    )
    yield replace(of, by="mean", estimate=law.mean, standard_error=law.mean_error)
    yield replace(of, by="standard deviation", estimate=law.deviation)
    yield replace(of, by="expected size", estimate=law.expected_error)


def _beside(row: Row, found: Answered) -> Iterator[Row]:
    """What stands beside the answer: intervals of other methods, ranks by other statistics."""
    for other in found.others:
        if other.interval is not None:
            low, high = map(bounded, other.interval)
            moved = other.method is Method.CONTROLS
            quantity = Quantity.CALIBRATED if moved else Quantity.OTHER_METHOD
            told = replace(row, quantity=quantity, method=other.method)
            yield replace(told, estimate=other.effect, low=low, high=high, p=other.p)
            for each in other.by_year:
                low, high = map(bounded, each.interval)
                yield replace(told, year=each.year, low=low, high=high)
    yield from _systematic(row, found)
    for rank in found.ranks:
        if rank.place is not None:
            kept = "" if rank.within == inf else f", misfit within {rank.within:g} times"
            yield replace(
                row,
                quantity=Quantity.OTHER_RANK,
                rank=rank.place,
                ranked=rank.among,
                method=f"{rank.statistic}{kept}",
            )
    for left in found.robustness.left_out:
        yield replace(
            row, quantity=Quantity.WITHOUT_UNIT, estimate=left.effect, method=f"without {left.unit}"
        )
