"""One sheet of words: the same words as the scoreboard says at length, and as many as there are studies."""

from dataclasses import replace

import pytest

from lmpeval.portfolio.comparison_file import Unstudied
from lmpeval.report.comparison_overview import overview
from lmpeval.report.comparison_page import render_comparison
from lmpeval.report.comparison_scoreboard import scoreboard
from lmpeval.report.words import DUTCH, ENGLISH
from lmpeval.study import Level, Status, Theme
from portfolio.several_studies import compared, drawn, of
from report.browser import printed_pages
from report.reading import read
from report.small_results import finding

NEVER = Unstudied("Self-help", "Ver", Theme.PREVENTION, Status.NEVER_DELIVERED, "Nobody came.")


def at(level, effect, seed):
    found = drawn(effect, seed)
    return replace(found, cell=replace(found.cell, level=level))


@pytest.fixture(scope="module")
def several():
    return compared(
        of("noord", at(Level.POPULATION, -70.0, 1), at(Level.INTERVENTION, 90.0, 2)),
        of("oost", at(Level.POPULATION, 0.0, 3)),
        of("west", finding(5.0, 0.5)),
        unstudied=(NEVER,),
    )


@pytest.mark.parametrize("words", [ENGLISH, DUTCH], ids=lambda words: words.language)
def test_every_word_is_that_of_the_scoreboard(several, words):
    groups = scoreboard(several, words)
    sheet = overview(groups, words)
    assert len(sheet.levels) == 2
    blocks = {block.site: block for group in groups for block in group.blocks}
    rows = {row.site: row for _, some in sheet.groups for row in some}
    assert list(rows) == list(blocks)
    for site, row in rows.items():
        told = {(each.level, i): s.line for each in blocks[site].rows for i, s in enumerate(each.scores)}
        asked = [(level, i) for i in range(3) for level in sheet.levels]
        shown = ["not-studied" if told.get(key) is None else told[key].kind for key in asked]
        assert [word.kind for word in row.words] == shown
    assert rows["Ver"].reason == "Nobody came."


def test_answers_are_counted_over_what_was_studied_and_not_over_what_was_not(several):
    sheet = overview(scoreboard(several, ENGLISH), ENGLISH)
    per_column = [sum(int(text.rsplit(": ", 1)[1]) for text in column) for column in sheet.counts]
    assert per_column == [3] * 6
    assert "Not studied: 3" in sheet.counts[0]


def test_what_did_not_work_says_whether_it_is_worse():
    """One answer of five stands for both, and a reader of this sheet alone must not miss it."""
    worse = compared(of("noord", finding(400.0)), of("oost", drawn(0.0, 1)))
    [(_, rows)] = overview(scoreboard(worse, ENGLISH), ENGLISH).groups
    [word] = [each for each in rows[0].words if each.kind == "did-not"]
    assert word.telling
    text = read(render_comparison(worse, ENGLISH)).text
    assert (
        f"{word.answer} {word.mark.symbol} {word.mark.word}"
        in text.split(ENGLISH.say("comparison.scoreboard"))[0]
    )


def test_where_nothing_was_studied_nothing_is_counted(several):
    groups = tuple(group for group in scoreboard(several, ENGLISH) if group.blocks[0].reason)
    assert overview(groups, ENGLISH).counts == ()


def test_twenty_four_interventions_at_both_levels_print_on_one_sheet(tmp_path):
    name, themes = "Psychische zorg in de huisartsenpraktijk", list(Theme)[:3]
    studies = [
        of(
            f"plaats_{i}",
            *(at(level, -8.0 * i, i + 24 * j) for j, level in enumerate(Level)),
            theme=themes[i % 3],
            name=name,
        )
        for i in range(24)
    ]
    page = render_comparison(compared(*studies), DUTCH)
    head, rest = page[: page.index("<body")], page[page.index('<section class="overview">') :]
    shown = rest[: rest.index("</section>")]
    assert shown.count(name) == 24
    assert printed_pages(f'{head}<body class="comparison">{shown}</section></body></html>', tmp_path) == 1
