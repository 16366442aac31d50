"""Kinds of change on the whole, groups of sites, and what reach explains: the tables of a comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

from lmpeval.engine.running import StudyResult
from lmpeval.portfolio.comparing import SameMeasure, SideBySide
from lmpeval.report.comparison_scoreboard import called
from lmpeval.report.numbers import scale_of
from lmpeval.report.persons import level_table
from lmpeval.report.series import effect_words
from lmpeval.report.tables import Table, averaged
from lmpeval.report.words import Words
from lmpeval.study import Aim


def pooled_table(compared: SideBySide, words: Words) -> Table | None:
    """Kinds of change on the whole; None where none has two interventions that measure the same."""
    rows = tuple(row for each in compared.measures for row in _pooled(each, words))
    columns = ("kind", "measure", "of", "mean", "spread", "next", "heterogeneity")
    head = tuple(words.say(f"comparison.pooled-{column}") for column in columns)
    return Table(words.say("comparison.pooled-caption"), head, rows) if rows else None


def _pooled(each: SameMeasure, words: Words) -> Iterator[tuple[str, ...]]:
    outcome, answered = each.members[0].outcome, each.members[0].answered
    assert answered is not None
    scale, sign = scale_of(outcome, words.catalogue), each.sign
    measured = words.say(
        "comparison.measured",
        outcome=words.called(outcome),
        unit=effect_words(outcome, words),
        whom=words.say(f"comparison.{each.measure.level}"),
        years=averaged(answered, words),
    )
    for theme, found in each.by_theme:
        low, high = sorted((sign * found.low, sign * found.high))
        ahead = sorted(sign * end for end in found.ahead)
        yield (
            words.say(f"comparison.theme.{theme}"),
            measured,
            words.say("comparison.pooled", n=found.n),
            f"{scale.change(sign * found.effect)} ({scale.interval(low, high)})",
            scale.size(found.tau) if found.tau > 0 else words.say("comparison.spread-none"),
            scale.interval(*ahead) if isfinite(ahead[0]) else words.say("comparison.no-next", n=found.n),
            words.numerals.percent.format(number=round(100 * found.i2)),
        )


@dataclass(frozen=True)
class Grouped:
    """How sites of one kind fared, described and not tested."""

    table: Table
    note: str


def group_tables(compared: SideBySide, words: Words) -> tuple[Grouped, ...]:
    """Answers by how the population is drawn, and by in what way sites developed where that is told."""
    say = words.say
    drawn = [say(f"delineation.{result.study.population.delineation}") for result in compared.results]
    found = [_grouped(compared, drawn, say("comparison.by-delineation"), words)]
    if any(compared.variants):
        told = [each or say("comparison.not-told") for each in compared.variants]
        found.append(_grouped(compared, told, say("comparison.by-variant"), words))
    return tuple(found)


def _grouped(compared: SideBySide, groups: Sequence[str], caption: str, words: Words) -> Grouped:
    rows = []
    for group in dict.fromkeys(groups):
        inside = [r for r, g in zip(compared.results, groups, strict=True) if g == group]
        cells = [_answers(compared, inside, aim, words) for aim in Aim]
        rows.append((group, str(len(inside)), *cells))
    head = (
        words.say("comparison.group"),
        words.say("comparison.interventions"),
        *(words.aims[aim] for aim in Aim),
    )
    n, many = len(groups), len(set(groups))
    key = "comparison.small-groups" if many > 1 else "comparison.one-group"
    return Grouped(Table(caption, head, tuple(rows)), words.say(key, n=n, groups=many))


def _answers(compared: SideBySide, results: Sequence[StudyResult], aim: Aim, words: Words) -> str:
    found = Counter(
        words.answers[each.finding.verdict.answer].lower()
        for result in results
        for each in compared.of(result)
        if each.outcome.primary and each.outcome.aim is aim
    )
    return (
        "; ".join(f"{n} {answer}" for answer, n in sorted(found.items()))
        or words.say("answer.not studied").lower()
    )


def reach_tables(compared: SideBySide, words: Words) -> tuple[tuple[str, Table], ...]:
    """Of each study that asks about both levels, what reach explains of everybody's difference."""
    return tuple(
        (called(result.study.intervention, compared, words), table)
        for result in compared.results
        if (table := level_table(result, words)) is not None
    )
