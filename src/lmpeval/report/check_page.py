"""One page for what can be known of a study before its results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmpeval.ahead.calibration_file import Foreseen
from lmpeval.ahead.checking import Checked, Known, StudyCheck
from lmpeval.engine.running import StudyResult
from lmpeval.report.calibration import foreseen_view
from lmpeval.report.cells import Picture, love_picture
from lmpeval.report.figures import balance_figure, balance_reach
from lmpeval.report.glance import design_words
from lmpeval.report.numbers import plain
from lmpeval.report.other_language import foreign_texts
from lmpeval.report.page import OtherLanguage, citations, fill, in_languages, others_of
from lmpeval.report.persons import person_flow_table
from lmpeval.report.protocol import told_protocol
from lmpeval.report.question import flow_table, set_aside
from lmpeval.report.svg import drawing, inline_svg
from lmpeval.report.tables import Table, balance_alt, table_of_balance
from lmpeval.report.words import ALL, ENGLISH, Words
from lmpeval.whole_file import write_whole


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


def write_check_page(told: StudyCheck, path: Path, ahead: Foreseen, languages: Iterable[str] = ALL) -> Path:
    """Write what can be known of a study beforehand, a page in each language; as `page.write_report`.

    Raises
    ------
    OSError
        Where a page cannot be written.
    """
    files = in_languages(path, dict.fromkeys((*languages, ENGLISH.language)))
    for language, file in files.items():
        write_whole(file, render_check(told, ALL[language], ahead, others_of(language, files)))
    return path


def render_check(
    told: StudyCheck, words: Words, ahead: Foreseen, others: Sequence[OtherLanguage] = ()
) -> str:
    """Fill the page."""
    study = told.of.study
    return fill(
        "check.html.j2",
        words,
        foreign_texts(study, words.language),
        cells=_views(told, words),
        foreseen=foreseen_view(ahead, study, words),
        flow=flow_table(told.of.selection, words),
        person_flow=_person_flow(told.of, words),
        set_aside=set_aside(told.of.selection, words),
        plan=_plan(told.of, words),
        study=study,
        title=words.say("check.title", study=study.titled_in(words.language)),
        of=told.of,
        citations=citations(told.of, words),
        others=others,
    )


def _person_flow(of: StudyResult, words: Words) -> Table | None:
    known = of.flow.until_the_start if of.flow is not None else None
    return person_flow_table(known, words, of.study.gate.profile) if known is not None else None


def _plan(of: StudyResult, words: Words) -> str:
    if of.protocol.frozen_on is None:
        return words.say("check.not-frozen")
    return told_protocol(of.protocol, of.study, words)


def _views(told: StudyCheck, words: Words) -> list[CheckedView]:
    reach = balance_reach(each.balance for each in told.cells)
    with drawing():
        return [_view(each, f"k{i + 1}", words, reach) for i, each in enumerate(told.cells)]


def _view(checked: Checked, anchor: str, words: Words, reach: float) -> CheckedView:
    head = tuple(words.say(f"check.{column}") for column in ("assumption", "status", "known"))
    return CheckedView(
        title=words.say(
            "check.cell",
            outcome=words.called(checked.cell.outcome),
            design=design_words(checked.cell.label, words),
        ),
        why_not=words.told(checked.why_not),
        compared=_compared(checked, words),
        balance=_balance(checked, anchor, reach, words)
        if checked.persons is None
        else love_picture(checked.persons, checked.behind, anchor, words),
        known=Table(words.say("check.caption"), head, tuple(_row(each, words) for each in checked.known)),
        dropped=tuple(
            words.say("page.drop", unit=unit, why=words.told(why)) for unit, why in checked.dropped
        ),
        notes=tuple(map(words.told, checked.notes)),
    )


def _compared(checked: Checked, words: Words) -> str:
    if checked.behind is not None:
        return words.say("check.persons" if checked.persons else "check.waits-to-compare")
    if checked.effective is None:
        return words.say("check.waits-to-compare")
    return words.say(
        "check.compared",
        n=plain(checked.n_compared, 0, words.numerals),
        effective=plain(checked.effective, 1, words.numerals),
    )


def _balance(checked: Checked, anchor: str, reach: float, words: Words) -> Picture | None:
    table = table_of_balance(checked.balance, words)
    if table is None:
        return None
    alt = balance_alt(checked.balance, words)
    figure = balance_figure(checked.balance, reach, words)
    return Picture(inline_svg(figure, f"{anchor}b", alt), alt, (table,))


def _row(known: Known, words: Words) -> tuple[str, ...]:
    name, say = known.assumption.name, words.say
    told = words.catalogue.messages.get(f"assumption.{name}", name.replace("_", " "))
    key = "check.critical" if known.assumption.critical else "check.plain"
    found = f"{words.told(known.finding)}." if known.finding else ""
    argued = say("ledger.argues", argument=known.argument) if known.argument else ""
    return (
        say(key, number=known.assumption.number, name=told),
        say("check.waits") if known.status is None else words.statuses[known.status].word,
        " ".join(filter(None, (found, argued))) or "\u2013",
    )
