"""One page that holds several studies against each other."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from lmpeval.portfolio.comparing import SideBySide
from lmpeval.portfolio.comparison_file import Family
from lmpeval.portfolio.multiplicity import by_chance
from lmpeval.report.comparison_figure import together_picture
from lmpeval.report.comparison_scoreboard import coverage, scoreboard
from lmpeval.report.comparison_tables import aim_tables, group_tables, pooled_table, reach_tables
from lmpeval.report.comparison_words import SENTENCES
from lmpeval.report.numbers import percent, plain
from lmpeval.report.page import citations, style, templates
from lmpeval.report.words import ENGLISH, Words
from lmpeval.study import Aim
from lmpeval.whole_file import write_whole


@dataclass(frozen=True)
class Banner:
    """What must be read before any row."""

    counted: str
    chance: str
    after: tuple[str, ...]


def write_comparison_page(compared: SideBySide, path: Path) -> Path:
    """Write a comparison as a single page of HTML; the same findings give the same bytes.

    Raises
    ------
    OSError
        Where the page cannot be written.
    """
    return write_whole(path, render_comparison(compared, ENGLISH))


def render_comparison(compared: SideBySide, words: Words) -> str:
    """Fill the page."""
    tables = aim_tables(compared, words)
    return (
        templates()
        .get_template("comparison.html.j2")
        .render(
            portfolio=compared.file.portfolio,
            banner=banner(compared, words),
            said=SENTENCES,
            groups=scoreboard(compared, words),
            aims=tables,
            pictures={
                aim: [
                    together_picture(each, f"t{i}")
                    for i, each in enumerate(compared.measures)
                    if len(each.members) > 1 and each.members[0].outcome.aim is aim
                ]
                for aim in Aim
            },
            pooled=pooled_table(compared, words),
            coverage=coverage(compared),
            grouped=group_tables(compared, words),
            reach=reach_tables(compared),
            aim_names=[words.aims[aim] for aim in Aim],
            methods=[each.method for each in compared.families if each.members],
            citations=sorted({text for result in compared.results for text in citations(result)}),
            studies=[
                (result.study.title, result.study.study, result.study_hash) for result in compared.results
            ],
            version=version("lmpeval"),
            words=words,
            style=style(),
        )
    )


def banner(compared: SideBySide, words: Words) -> Banner:
    """Say how many are compared, and how many would stand out if nothing had changed anywhere."""
    families = [each for each in compared.families if each.members]
    chance = by_chance(sum(each.chance.tests for each in families))
    found = sum(each.stand_out for each in families)
    every = compared.file.portfolio.families is Family.EVERY_OUTCOME
    counted = SENTENCES["counted, every outcome" if every else "counted"].format(
        interventions=len(compared.results) + len(compared.file.portfolio.unstudied),
        studied=len(compared.results),
        tests=chance.tests,
    )
    if not families:
        return Banner(counted, SENTENCES["none tested"], ())
    key = {0: "none stands out", 1: "stands out"}.get(found, "stand out")
    after = tuple(
        SENTENCES["after" if any(each.still) else "after none"].format(
            n=sum(each.still), before=each.stand_out, aim=words.aims[each.aim].lower()
        )
        for each in families
        if each.stand_out
    )
    told = SENTENCES["chance"].format(
        expected=plain(chance.expected, 1),
        tests=chance.tests,
        any=percent(chance.any),
        found=SENTENCES[key].format(n=found),
    )
    return Banner(counted, told, after)
