"""One page that holds several studies against each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmpeval.portfolio.comparing import SideBySide
from lmpeval.portfolio.comparison_file import Family
from lmpeval.portfolio.multiplicity import by_chance
from lmpeval.report.comparison_aims import aim_tables, still_standing_out
from lmpeval.report.comparison_figure import together_picture
from lmpeval.report.comparison_overview import overview
from lmpeval.report.comparison_scoreboard import coverage, no_harms, scoreboard
from lmpeval.report.comparison_tables import group_tables, pooled_table, reach_tables
from lmpeval.report.numbers import percent, plain
from lmpeval.report.other_language import foreign_in_comparison
from lmpeval.report.page import OtherLanguage, citations, fill, in_languages, others_of
from lmpeval.report.words import ALL, ENGLISH, Words
from lmpeval.study import Aim
from lmpeval.whole_file import write_whole


@dataclass(frozen=True)
class Banner:
    """What must be read before any row."""

    counted: str
    chance: str
    after: tuple[str, ...]


def write_comparison_page(compared: SideBySide, path: Path, languages: Iterable[str] = ALL) -> Path:
    """Write a comparison as one page in each language; the same findings give the same bytes.

    Raises
    ------
    OSError
        Where a page cannot be written.
    """
    files = in_languages(path, dict.fromkeys((*languages, ENGLISH.language)))
    for language, file in files.items():
        write_whole(file, render_comparison(compared, ALL[language], others_of(language, files)))
    return path


def render_comparison(compared: SideBySide, words: Words, others: Sequence[OtherLanguage] = ()) -> str:
    """Fill the page."""
    groups = scoreboard(compared, words)
    return fill(
        "comparison.html.j2",
        words,
        foreign_in_comparison(compared, words.language),
        portfolio=compared.file.portfolio,
        title=compared.file.portfolio.titled_in(words.language),
        others=others,
        banner=banner(compared, words),
        overview=overview(groups, words),
        groups=groups,
        no_harms=no_harms(groups, words),
        aims=aim_tables(compared, words),
        pictures={
            aim: [
                together_picture(each, compared, f"t{i}", words)
                for i, each in enumerate(compared.measures)
                if len(each.members) > 1 and each.members[0].outcome.aim is aim
            ]
            for aim in Aim
        },
        pooled=pooled_table(compared, words),
        coverage=coverage(compared, words),
        grouped=group_tables(compared, words),
        reach=reach_tables(compared, words),
        aim_names=[words.aims[aim] for aim in Aim],
        methods=[words.told(each.method) for each in compared.families if each.members],
        citations=sorted({text for result in compared.results for text in citations(result, words)}),
        studies=[
            (result.study.titled_in(words.language), result.study.study, result.study_hash)
            for result in compared.results
        ],
    )


def banner(compared: SideBySide, words: Words) -> Banner:
    """Say how many are compared, and how many would stand out if nothing had changed anywhere."""
    families = [each for each in compared.families if each.members]
    chance = by_chance(sum(each.chance.tests for each in families))
    found = sum(each.stand_out for each in families)
    every = compared.file.portfolio.families is Family.EVERY_OUTCOME
    counted = words.say(
        "comparison.counted-every-outcome" if every else "comparison.counted",
        interventions=len(compared.results) + len(compared.file.portfolio.unstudied),
        studied=len(compared.results),
        tests=chance.tests,
    )
    if not families:
        return Banner(counted, words.say("comparison.none-tested"), ())
    key = {0: "none-stands-out", 1: "stands-out"}.get(found, "stand-out")
    after = tuple(text for each in families if (text := still_standing_out(each, words)))
    told = words.say(
        "comparison.chance",
        expected=plain(chance.expected, 1, words.numerals),
        tests=chance.tests,
        any=percent(chance.any, words.numerals),
        found=words.say(f"comparison.{key}", n=found),
    )
    return Banner(counted, told, after)
