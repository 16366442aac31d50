"""All interventions on one sheet: one word for each aim and group of people, and how often each is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lmpeval.report.comparison_scoreboard import Block, Group
from lmpeval.report.glance import Line
from lmpeval.report.words import Mark, Words
from lmpeval.study import Aim, Level
from lmpeval.verdict import Answer, State


@dataclass(frozen=True)
class Word:
    """The answer for one aim and group of people, and the state that it is of.

    Attributes
    ----------
    kind, answer : str
    mark : Mark
    telling : bool
        Whether the state says more than the answer: by how much it worked, or whether what did not work is
        worse.
    """

    kind: str
    answer: str
    mark: Mark
    telling: bool = False


@dataclass(frozen=True)
class OverviewRow:
    """One intervention; `words` has one a column, `reason` stands in their place where nobody studied it."""

    site: str
    name: str
    words: tuple[Word, ...]
    reason: str | None


@dataclass(frozen=True)
class Overview:
    """Words of all interventions.

    Attributes
    ----------
    aims, levels : tuple of str
        Columns are levels within aims.
    groups : tuple of (str, tuple of OverviewRow)
        Rows by kind of change.
    counts : tuple of tuple of str
        By column how often each answer is given, over the interventions that were studied.
    """

    aims: tuple[str, ...]
    levels: tuple[str, ...]
    groups: tuple[tuple[str, tuple[OverviewRow, ...]], ...]
    counts: tuple[tuple[str, ...], ...]


def overview(groups: Sequence[Group], words: Words) -> Overview:
    """Take the words out of a scoreboard; what a study does not ask is not studied."""
    said = {row.level for group in groups for block in group.blocks for row in block.rows}
    levels = tuple(told for level in Level if (told := words.say(f"comparison.{level}")) in said)
    rows = tuple(
        (group.theme, tuple(_row(block, levels, words) for block in group.blocks)) for group in groups
    )
    studied = [row.words for _, some in rows for row in some if row.reason is None]
    return Overview(
        tuple(words.aims[aim] for aim in Aim),
        levels,
        rows,
        tuple(_counted(column, words) for column in zip(*studied, strict=True)),
    )


def _row(block: Block, levels: Sequence[str], words: Words) -> OverviewRow:
    of = {row.level: row.scores for row in block.rows}
    lines = [of[level][at].line if level in of else None for at in range(len(Aim)) for level in levels]
    return OverviewRow(block.site, block.name, tuple(_word(line, words) for line in lines), block.reason)


def _word(line: Line | None, words: Words) -> Word:
    if line is None:
        return Word("not-studied", words.answers[Answer.NOT_STUDIED], words.marks[State.NOT_STUDIED])
    return Word(line.kind, line.answer, line.mark, telling=line.kind in ("worked", "did-not"))


def _counted(column: Iterable[Word], words: Words) -> tuple[str, ...]:
    """How often each answer is given, in the order of the answers."""
    often = Counter(word.answer for word in column)
    told = [words.answers[answer] for answer in Answer]
    return tuple(f"{answer}: {often[answer]}" for answer in told if often[answer])
