"""One page for what can be known of a study before its results."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from lmpeval.ahead.calibration_file import Foreseen
from lmpeval.ahead.checking import Checked, Known, StudyCheck
from lmpeval.engine.running import StudyResult
from lmpeval.report.calibration import foreseen_view
from lmpeval.report.cells import Picture
from lmpeval.report.figures import balance_figure, balance_reach
from lmpeval.report.glance import design_words
from lmpeval.report.numbers import plain
from lmpeval.report.page import citations, style, templates
from lmpeval.report.protocol import told_protocol
from lmpeval.report.question import flow_table, set_aside
from lmpeval.report.svg import drawing, inline_svg
from lmpeval.report.tables import Table, balance_alt, table_of_balance
from lmpeval.report.words import ENGLISH, Words
from lmpeval.whole_file import write_whole

WAITS = "waits for the results"


@dataclass(frozen=True)
class CheckedView:
    """One cell, ready to print."""

    title: str
    why_not: str
    compared: str
    balance: Picture | None
    known: Table
    dropped: tuple[str, ...]
    notes: tuple[str, ...]


def write_check_page(told: StudyCheck, path: Path, ahead: Foreseen) -> Path:
    """Write what can be known of a study beforehand as a single page of HTML.

    Raises
    ------
    OSError
        Where the page cannot be written.
    """
    return write_whole(path, render_check(told, ENGLISH, ahead))


def render_check(told: StudyCheck, words: Words, ahead: Foreseen) -> str:
    """Fill the page."""
    return (
        templates()
        .get_template("check.html.j2")
        .render(
            cells=_views(told, words),
            foreseen=foreseen_view(ahead, told.of.study, words),
            flow=flow_table(told.of.selection, words),
            set_aside=set_aside(told.of.selection),
            plan=_plan(told.of),
            study=told.of.study,
            of=told.of,
            citations=citations(told.of),
            version=version("lmpeval"),
            words=words,
            style=style(),
        )
    )


def _plan(of: StudyResult) -> str:
    if of.protocol.frozen_on is None:
        return "Not frozen yet: lmpeval freeze lays it down, before the results are seen."
    return told_protocol(of.protocol, of.study)


def _views(told: StudyCheck, words: Words) -> list[CheckedView]:
    reach = balance_reach(each.balance for each in told.cells)
    with drawing():
        return [_view(each, f"k{i + 1}", words, reach) for i, each in enumerate(told.cells)]


def _view(checked: Checked, anchor: str, words: Words, reach: float) -> CheckedView:
    return CheckedView(
        title=f"{checked.cell.outcome.called}: {design_words(checked.cell.label)}",
        why_not=checked.why_not,
        compared=_compared(checked),
        balance=_balance(checked, anchor, reach),
        known=Table(
            "What is assumed, and what is known of it beforehand",
            ("assumption", "status", "what is known"),
            tuple(_row(each, words) for each in checked.known),
        ),
        dropped=tuple(f"{unit}: {why}" for unit, why in checked.dropped),
        notes=checked.notes,
    )


def _compared(checked: Checked) -> str:
    if checked.effective is None:
        return "What is compared with rests on the results, and waits for them."
    return (
        f"{plain(checked.n_compared, 0)} units can be compared with; "
        f"the weights are worth {plain(checked.effective, 1)} equal ones."
    )


def _balance(checked: Checked, anchor: str, reach: float) -> Picture | None:
    table = table_of_balance(checked.balance)
    if table is None:
        return None
    alt = balance_alt(checked.balance)
    return Picture(inline_svg(balance_figure(checked.balance, reach), f"{anchor}b", alt), alt, (table,))


def _row(known: Known, words: Words) -> tuple[str, ...]:
    critical = ", critical" if known.assumption.critical else ""
    status = WAITS if known.status is None else words.statuses[known.status].word
    found = f"{known.finding}." if known.finding else "\u2013"
    argued = f" The study argues: {known.argument}" if known.argument else ""
    return (
        f"{known.assumption.number}. {known.assumption.name.replace('_', ' ')}{critical}",
        status,
        found + argued,
    )
