"""Everything that the page shows of one finding."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from lmpeval.engine.running import StudyResult
from lmpeval.finding import Answered, Failed, Finding, PersonTables
from lmpeval.persons.support import Behind
from lmpeval.report.figures import balance_figure, balance_reach, love_figure
from lmpeval.report.glance import Line, design_words, line
from lmpeval.report.ledger_rows import LedgerRow, ledger_rows
from lmpeval.report.net import NetView, net_view
from lmpeval.report.numbers import Scale, scale_of
from lmpeval.report.other_methods import other_methods_table, rank_table
from lmpeval.report.paths import EffectPath, paths_of
from lmpeval.report.persons import cost_table, love_alt, overlap_table, person_balance_table, refutation_table
from lmpeval.report.refusals import profile_of, refusal_words, refusals_of
from lmpeval.report.series import path_alt, path_table, stand_in_table
from lmpeval.report.starts import regression_words, start_tables
from lmpeval.report.subgroups import explored_table, forest_figure, subgroup_alt, subgroup_tables
from lmpeval.report.svg import drawing, inline_svg
from lmpeval.report.tables import (
    Table,
    balance_alt,
    balance_table,
    donor_table,
    numbers_table,
    placebo_start_table,
)
from lmpeval.report.trend_figures import event_figure, parted_figure
from lmpeval.report.trends import (
    event_alt,
    event_series,
    event_table,
    parted_alt,
    parted_series,
    parted_table,
)
from lmpeval.report.twins import twin_table
from lmpeval.report.words import Words
from lmpeval.study import Study
from lmpeval.verdict import State


@dataclass(frozen=True)
class Picture:
    """A figure, and the tables that hold what it shows."""

    svg: Markup
    alt: str
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class CellView:
    """One answered cell, ready to print.

    `appendix` marks results whose numbers are no answer: they stand apart, at the end.
    """

    anchor: str
    outcome: str
    design: str
    primary: bool
    line: Line
    interval_reads: str | None
    appendix: bool
    path: Picture
    breaks: str
    numbers: Table
    net: NetView | None
    other_methods: Table | None
    ranks: Table | None
    twins: Table | None
    starts: tuple[Table, ...]
    regression: str
    refutations: Table | None
    subgroups: Picture | None
    explored: Table | None
    costs: Table | None
    donors: Table
    balance: Picture | None
    event: Picture | None
    parted: Picture | None
    placebo_starts: Table | None
    ledger: tuple[LedgerRow, ...]


@dataclass(frozen=True)
class Unanswered:
    """A cell without an answer, and why."""

    line: Line
    why: str


def answered_cells(result: StudyResult, words: Words) -> tuple[CellView, ...]:
    """Every answered cell but those withheld for privacy, of which nothing is shown."""
    paths = paths_of(result, words)
    reach = balance_reach(path.answer.robustness.balance for path in paths)
    with drawing():
        return tuple(_view(path, f"c{i + 1}", (result.study, words), reach) for i, path in enumerate(paths))


def unanswered_cells(result: StudyResult, words: Words) -> tuple[Unanswered, ...]:
    """Cells that gave no estimate or whose estimate is withheld; none is left away."""
    return tuple(
        Unanswered(line(finding, result.study, words), _why(finding, words))
        for finding in result.findings
        if not isinstance(finding.result, Answered) or finding.verdict.state is State.WITHHELD
    )


def _view(path: EffectPath, anchor: str, told: tuple[Study, Words], reach: float) -> CellView:
    study, words = told
    finding, answer = path.finding, path.answer
    scale = scale_of(finding.cell.outcome, words.catalogue)
    return CellView(
        anchor=anchor,
        outcome=_named(finding, words),
        design=design_words(finding.cell.label, words),
        primary=finding.cell.primary,
        line=line(finding, study, words),
        interval_reads=_interval_reads(finding, words),
        appendix=path.apart,
        path=_path_picture(path, anchor),
        breaks=_breaks(path, study),
        numbers=numbers_table(answer, scale, words),
        net=net_view(answer, scale, words),
        other_methods=other_methods_table(answer, scale, words),
        ranks=rank_table(answer, words),
        twins=twin_table(finding, study, words),
        starts=start_tables(answer, scale, words),
        regression=regression_words(answer, words),
        refutations=refutation_table(answer.persons, scale, words, profile_of(answer))
        if answer.persons
        else None,
        subgroups=_subgroup_picture(path, anchor, scale),
        explored=explored_table(answer, scale, words),
        costs=cost_table(answer, scale, words) if answer.persons else None,
        donors=donor_table(answer, scale, words),
        balance=_balance_picture(answer, anchor, reach, words),
        event=_event_picture(path, anchor),
        parted=_parted_picture(path, anchor),
        placebo_starts=placebo_start_table(answer, scale, words),
        ledger=ledger_rows(answer, scale, words),
    )


def _named(finding: Finding, words: Words) -> str:
    outcome = finding.cell.outcome
    called = words.called(outcome)
    return words.say("cell.control", outcome=called) if outcome.negative_control else called


def _interval_reads(finding: Finding, words: Words) -> str | None:
    """The state by the interval alone, where the headline is blocked: for the statistician, lower down."""
    verdict = finding.verdict
    return f"{words.marks[verdict.state].word} ({verdict.state})" if verdict.blocked else None


def _path_picture(path: EffectPath, anchor: str) -> Picture:
    alt = path_alt(path.series)
    tables = (path_table(path.series), stand_in_table(path.series))
    return Picture(
        path.drawn.inline(f"{anchor}p", alt), alt, tuple(table for table in tables if table is not None)
    )


def _event_picture(path: EffectPath, anchor: str) -> Picture | None:
    series = event_series(path.answer, path.finding.cell.outcome, path.series.words)
    if series is None:
        return None
    alt = event_alt(series)
    return Picture(inline_svg(event_figure(series), f"{anchor}e", alt), alt, (event_table(series),))


def _parted_picture(path: EffectPath, anchor: str) -> Picture | None:
    series = parted_series(path.answer, path.finding.cell.outcome, path.series.words)
    if series is None:
        return None
    alt = parted_alt(series)
    return Picture(inline_svg(parted_figure(series), f"{anchor}h", alt), alt, (parted_table(series),))


def _breaks(path: EffectPath, study: Study) -> str:
    """What the dotted upright lines stand for; empty where there is none."""
    words = path.series.words
    named = [
        f"{dated.year}, {dated.reason_in(words.language)}"
        for dated in study.window.breaks
        if dated.year in path.series.breaks
    ]
    return words.say("cell.breaks", named="; ".join(named)) + " " if named else ""


def _balance_picture(answer: Answered, anchor: str, reach: float, words: Words) -> Picture | None:
    if answer.persons is not None:
        return love_picture(answer.persons, answer.behind, anchor, words)
    table = balance_table(answer, words)
    if table is None:
        return None
    balances = answer.robustness.balance
    alt = balance_alt(balances, words)
    return Picture(inline_svg(balance_figure(balances, reach, words), f"{anchor}b", alt), alt, (table,))


def love_picture(persons: PersonTables, who: Behind | None, anchor: str, words: Words) -> Picture | None:
    """Means of persons before and after weighing, and how far both sides overlap; None without covariates."""
    table = person_balance_table(persons, words)
    if table is None:
        return None
    alt = love_alt(persons.balance, words)
    svg = inline_svg(love_figure(persons.balance, words), f"{anchor}b", alt)
    return Picture(svg, alt, (table, overlap_table(persons, who, words)))


def _subgroup_picture(path: EffectPath, anchor: str, scale: Scale) -> Picture | None:
    """For whom; None where the study names no groups."""
    found = path.answer.persons.subgroups if path.answer.persons is not None else ()
    if not found:
        return None
    words = path.series.words
    alt = subgroup_alt(found, scale, words)
    figure = forest_figure(found, path, scale)
    tables = subgroup_tables(found, path.answer, scale, words)
    return Picture(inline_svg(figure, f"{anchor}g", alt), alt, tables)


def _why(finding: Finding, words: Words) -> str:
    if finding.verdict.state is State.WITHHELD:
        why = "; ".join(refusal_words(refusals_of(finding), words))
        return f"{words.marks[State.WITHHELD].word}{': ' if why else ''}{why}"
    if isinstance(finding.result, Failed):
        return (
            finding.result.error.splitlines()[0] if finding.result.error else words.say("cell.unknown-error")
        )
    return words.told(getattr(finding.result, "reason", ""))
