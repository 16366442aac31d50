"""Differences side by side, aim by aim; kinds of change on the whole; groups of sites; reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

from lmpeval.calibration import Calibration
from lmpeval.portfolio.comparing import SameMeasure, SideBySide
from lmpeval.portfolio.exaggeration import UNDERPOWERED, exaggeration
from lmpeval.portfolio.members import Member
from lmpeval.report.comparison_scoreboard import LEVELS, main_doubt, own_name
from lmpeval.report.comparison_words import SENTENCES, THEMES
from lmpeval.report.glance import Line, averaged, line
from lmpeval.report.numbers import THIN, percent, plain, scale_of
from lmpeval.report.persons import level_table
from lmpeval.report.series import effect_words
from lmpeval.report.tables import Table
from lmpeval.report.words import Words
from lmpeval.study import Aim


@dataclass(frozen=True)
class Side:
    """One difference as the comparison shows it; texts are empty where there is no number to quote."""

    site: str
    name: str
    theme: str
    whom: str
    line: Line
    measured: str
    raw: str
    raw_range: str
    together: str
    together_range: str
    chances: str
    ranks: str
    stands_out: str
    could_see: str
    agree: str
    doubt: str

    @property
    def quiet(self) -> bool:
        """Whether there is no number to quote."""
        return not self.raw


@dataclass(frozen=True)
class AimTable:
    """All differences of one aim.

    Attributes
    ----------
    measured : str or None
        What all of them measure; None where they do not all measure the same.
    """

    aim: Aim
    title: str
    sides: tuple[Side, ...]
    measured: str | None
    same_people: tuple[str, ...]
    corrected: str | None
    too_large: tuple[str, ...]


def aim_tables(compared: SideBySide, words: Words) -> tuple[AimTable, ...]:
    """One table an aim, rows by theme and name."""
    found = []
    for aim in Aim:
        members = [each for each in compared.members if each.outcome.aim is aim and each.outcome.primary]
        sides = tuple(_side(compared, each, words) for each in members)
        measured = {side.measured for side in sides if not side.quiet}
        found.append(
            AimTable(
                aim,
                words.aims[aim],
                sides,
                measured.pop() if len(measured) == 1 else None,
                _same_people(compared, aim),
                _corrected(compared, aim, words),
                tuple(text for each in members if (text := _too_large(each))),
            )
        )
    return tuple(found)


def _same_people(compared: SideBySide, aim: Aim) -> tuple[str, ...]:
    """What must be said of interventions that came to the same people."""
    return tuple(
        dict.fromkeys(
            SENTENCES["same people"].format(
                sites=" and ".join(dict.fromkeys(m.result.study.intervention.site for m in same)),
                names="; ".join(m.result.study.intervention.name for m in same),
            )
            for each in compared.measures
            for same in each.same_people
            if same[0].outcome.aim is aim
        )
    )


def _side(compared: SideBySide, member: Member, words: Words) -> Side:
    study, told = member.result.study, line(member.finding, member.result.study, words)
    stated = told.effect if member.stated else None
    together = _together(compared, member)
    answered = member.answered
    when = f"; {averaged(answered)}" if answered is not None else ""
    return Side(
        site=study.intervention.site,
        name=own_name(study.intervention.site, study.intervention.name),
        theme=THEMES[study.intervention.theme],
        whom=LEVELS[member.finding.cell.level],
        line=told,
        measured=f"{told.outcome}, {effect_words(member.outcome)}{when}",
        raw=stated or "",
        raw_range=told.interval if stated else "",
        together=together[0],
        together_range=together[1],
        chances=together[2],
        ranks=together[3],
        stands_out=_stands_out(compared, member) if stated else "",
        could_see=_could_see(member, member.seen) if stated else "",
        agree=_agree(member),
        doubt=main_doubt(member.finding, words),
    )


def _together(compared: SideBySide, member: Member) -> tuple[str, str, str, str]:
    """The difference seen together with those alike, its range, chances and ranks."""
    nothing = ("", "", "")
    if not member.stated:
        return "", *nothing
    found = compared.together(member)
    if found is None or len(found[0].members) == 1:
        return SENTENCES["other measure"], *nothing
    among, at = found
    if among.shrunk is None:
        return SENTENCES["few alike"], *nothing
    scale, shrunk, sign = scale_of(member.outcome), among.shrunk, among.sign
    ends = sorted((sign * float(shrunk.low[at]), sign * float(shrunk.high[at])))
    return (
        scale.change(sign * float(shrunk.effect[at])),
        scale.interval(*ends),
        SENTENCES["chances"].format(
            better=_share(float(shrunk.above[at])), worse=_share(float(shrunk.below[at]))
        ),
        SENTENCES["ranks"].format(low=shrunk.rank_low[at], high=shrunk.rank_high[at], n=len(among.members)),
    )


def _share(chance: float) -> str:
    """A chance that is reckoned from few effects, without digits that it does not carry."""
    rounded = round(100 * chance)
    words = "under 1" if rounded < 1 else "over 99" if rounded > 99 else str(rounded)
    return f"{words}{THIN}%"


def _stands_out(compared: SideBySide, member: Member) -> str:
    found = compared.adjusted(member)
    if found is None:
        return SENTENCES["not tested"]
    if not member.stands_out:
        return SENTENCES["not out"]
    if found[1]:
        return SENTENCES["alone"]
    chance = next(each.chance for each in compared.families if member in each.members)
    return SENTENCES["alone only"].format(tests=chance.tests, expected=plain(chance.expected, 1))


def _could_see(member: Member, seen: Calibration | None) -> str:
    if seen is None or not isfinite(seen.detectable.value):
        return SENTENCES["unseen"]
    scale = scale_of(member.outcome)
    told = SENTENCES["from"].format(size=scale.size(seen.detectable.value))
    power = seen.power(seen.sought.margin).value
    if power >= UNDERPOWERED:
        return told
    key = "seldom" if power > 0 else "never"
    return f"{told}; " + SENTENCES[key].format(margin=scale.size(seen.sought.margin), share=percent(power))


def _too_large(member: Member) -> str | None:
    """What must be said of an estimate that stands out where there was little to see it by."""
    seen, answered = member.seen, member.answered
    if seen is None or answered is None or not member.stands_out:
        return None
    power = seen.power(seen.sought.margin).value
    if power >= UNDERPOWERED:
        return None
    margin = member.outcome.minimal_important_difference
    found = exaggeration(margin, answered.estimate.told.standard_error)
    return SENTENCES["too large"].format(
        site=member.result.study.intervention.site,
        outcome=member.outcome.called,
        margin=scale_of(member.outcome).size(margin),
        share=percent(power),
        times=plain(found.times, 1),
        wrong=percent(found.wrong_sign),
    )


def _agree(member: Member) -> str:
    same, every = member.agreeing()
    if not same:
        return ""
    return SENTENCES["one design"] if every == 1 else SENTENCES["same way"].format(n=same, all=every)


def _corrected(compared: SideBySide, aim: Aim, words: Words) -> str | None:
    """How many of an aim still stand out; None where none did."""
    family = next(each for each in compared.families if each.aim is aim)
    if not family.stand_out:
        return None
    still = sum(family.still)
    key = "after" if still else "after none"
    return SENTENCES[key].format(n=still, before=family.stand_out, aim=words.aims[aim].lower())


def pooled_table(compared: SideBySide, words: Words) -> Table | None:
    """Kinds of change on the whole; None where none has two interventions that measure the same."""
    rows = tuple(row for each in compared.measures for row in _pooled(each))
    head = (
        "kind of change", "measure", "of", "mean difference and its range",
        "spread of true differences", "of a next one", "share of the spread that is no chance",
    )  # fmt: skip
    caption = (
        "What kinds of change do on the whole (mean by restricted maximum likelihood, range by Hartung and "
        "Knapp at 95 %)"
    )
    return Table(caption, head, rows) if rows else None


def _pooled(each: SameMeasure) -> Iterator[tuple[str, ...]]:
    outcome, answered = each.members[0].outcome, each.members[0].answered
    assert answered is not None
    scale, sign = scale_of(outcome), each.sign
    for theme, found in each.by_theme:
        low, high = sorted((sign * found.low, sign * found.high))
        ahead = sorted(sign * end for end in found.ahead)
        yield (
            THEMES[theme],
            f"{outcome.called}, {effect_words(outcome)}, {LEVELS[each.measure.level]}; {averaged(answered)}",
            SENTENCES["pooled"].format(n=found.n),
            f"{scale.change(sign * found.effect)} ({scale.interval(low, high)})",
            scale.size(found.tau) if found.tau > 0 else SENTENCES["spread none"],
            scale.interval(*ahead) if isfinite(ahead[0]) else SENTENCES["no next"].format(n=found.n),
            f"{round(100 * found.i2)}{THIN}%",
        )


@dataclass(frozen=True)
class Grouped:
    """How sites of one kind fared, described and not tested."""

    table: Table
    note: str


def group_tables(compared: SideBySide, words: Words) -> tuple[Grouped, ...]:
    """Answers by how the population is drawn, and by in what way sites developed where that is told."""
    drawn = [result.study.population.delineation.value for result in compared.results]
    found = [_grouped(compared, drawn, "by how the population is drawn", words)]
    if any(compared.variants):
        told = [each or "not told" for each in compared.variants]
        found.append(_grouped(compared, told, "by how the site developed", words))
    return tuple(found)


def _grouped(compared: SideBySide, groups: Sequence[str], how: str, words: Words) -> Grouped:
    rows = []
    for group in dict.fromkeys(groups):
        inside = [r for r, g in zip(compared.results, groups, strict=True) if g == group]
        cells = [_answers(compared, inside, aim, words) for aim in Aim]
        rows.append((group, str(len(inside)), *cells))
    head = ("group", "interventions", *(words.aims[aim] for aim in Aim))
    n, many = len(groups), len(set(groups))
    key = "small groups" if many > 1 else "one group"
    return Grouped(Table(f"Answers {how}", head, tuple(rows)), SENTENCES[key].format(n=n, groups=many))


def _answers(compared: SideBySide, results: Sequence[object], aim: Aim, words: Words) -> str:
    found = Counter(
        words.answers[each.finding.verdict.answer].lower()
        for each in compared.members
        if each.outcome.primary and each.outcome.aim is aim and any(each.result is r for r in results)
    )
    return "; ".join(f"{n} {answer}" for answer, n in sorted(found.items())) or "not studied"


def reach_tables(compared: SideBySide) -> tuple[tuple[str, Table], ...]:
    """Of each study that asks about both levels, what reach explains of everybody's difference."""
    return tuple(
        (result.study.intervention.site, table)
        for result in compared.results
        if (table := level_table(result)) is not None
    )
