"""Differences side by side, aim by aim."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from lmpeval.portfolio.comparing import SideBySide
from lmpeval.portfolio.exaggeration import UNDERPOWERED, exaggeration
from lmpeval.portfolio.families import FamilyOfTests
from lmpeval.portfolio.members import Member
from lmpeval.report.comparison_scoreboard import called, main_doubt
from lmpeval.report.glance import Line, line, own_name
from lmpeval.report.numbers import percent, plain, scale_of
from lmpeval.report.series import effect_words
from lmpeval.report.tables import averaged
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
    families = {each.aim: each for each in compared.families}
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
                _same_people(compared, aim, words),
                still_standing_out(families[aim], words),
                tuple(text for each in members if (text := _too_large(compared, each, words))),
            )
        )
    return tuple(found)


def _same_people(compared: SideBySide, aim: Aim, words: Words) -> tuple[str, ...]:
    """What must be said of interventions that came to the same people."""
    return tuple(
        dict.fromkeys(
            words.say(
                "comparison.same-people",
                sites=words.listed(dict.fromkeys(m.result.study.intervention.site for m in same)),
                names="; ".join(m.result.study.intervention.named_in(words.language) for m in same),
            )
            for same in compared.sharing_people(aim)
        )
    )


def _side(compared: SideBySide, member: Member, words: Words) -> Side:
    study, told = member.result.study, line(member.finding, member.result.study, words)
    stated = told.effect if member.stated else None
    together = _together(compared, member, words)
    answered = member.answered
    when = f"; {averaged(answered, words)}" if answered is not None else ""
    return Side(
        site=study.intervention.site,
        name=own_name(study.intervention.site, study.intervention.named_in(words.language)),
        theme=words.say(f"comparison.theme.{study.intervention.theme}"),
        whom=words.say(f"comparison.{member.finding.cell.level}"),
        line=told,
        measured=f"{told.outcome}, {effect_words(member.outcome, words)}{when}",
        raw=stated or "",
        raw_range=told.interval if stated else "",
        together=together[0],
        together_range=together[1],
        chances=together[2],
        ranks=together[3],
        stands_out=_stands_out(compared, member, words) if stated else "",
        could_see=_could_see(member, words) if stated else "",
        agree=_agree(member, words),
        doubt=main_doubt(member.finding, words),
    )


def _together(compared: SideBySide, member: Member, words: Words) -> tuple[str, str, str, str]:
    """The difference seen together with those alike, its range, chances and ranks."""
    nothing = ("", "", "")
    if not member.stated:
        return "", *nothing
    found = compared.together(member)
    if found is None or len(found[0].members) == 1:
        return words.say("comparison.other-measure"), *nothing
    among, at = found
    if among.shrunk is None:
        return words.say("comparison.few-alike"), *nothing
    scale, shrunk, sign = scale_of(member.outcome, words.catalogue), among.shrunk, among.sign
    ends = sorted((sign * float(shrunk.low[at]), sign * float(shrunk.high[at])))
    return (
        scale.change(sign * float(shrunk.effect[at])),
        scale.interval(*ends),
        words.say(
            "comparison.chances",
            better=_share(float(shrunk.above[at]), words),
            worse=_share(float(shrunk.below[at]), words),
        ),
        words.say(
            "comparison.ranks", low=shrunk.rank_low[at], high=shrunk.rank_high[at], n=len(among.members)
        ),
    )


def _share(chance: float, words: Words) -> str:
    """A chance that is reckoned from few effects, without digits that it does not carry."""
    rounded = round(100 * chance)
    key = "under" if rounded < 1 else "over" if rounded > 99 else "share"
    return words.say(f"comparison.{key}", n=min(max(rounded, 1), 99))


def _stands_out(compared: SideBySide, member: Member, words: Words) -> str:
    found = compared.adjusted(member)
    if found is None:
        return words.say("comparison.not-tested")
    if not member.stands_out:
        return words.say("comparison.not-out")
    if found[1]:
        return words.say("comparison.alone")
    chance = next(each.chance for each in compared.families if member in each.members)
    return words.say(
        "comparison.alone-only", tests=chance.tests, expected=plain(chance.expected, 1, words.numerals)
    )


def _could_see(member: Member, words: Words) -> str:
    seen = member.seen
    if seen is None or not isfinite(seen.detectable.value):
        return words.say("comparison.unseen")
    scale = scale_of(member.outcome, words.catalogue)
    told = words.say("comparison.from", size=scale.size(seen.detectable.value))
    power = seen.power(seen.sought.margin).value
    if power >= UNDERPOWERED:
        return told
    key = "seldom" if power > 0 else "never"
    margin, share = scale.size(seen.sought.margin), percent(power, words.numerals)
    return f"{told}; {words.say(f'comparison.{key}', margin=margin, share=share)}"


def _too_large(compared: SideBySide, member: Member, words: Words) -> str | None:
    """What must be said of an estimate that stands out where there was little to see it by."""
    seen, answered = member.seen, member.answered
    if seen is None or answered is None or not member.stands_out:
        return None
    power = seen.power(seen.sought.margin).value
    if power >= UNDERPOWERED:
        return None
    margin = member.outcome.minimal_important_difference
    found = exaggeration(margin, answered.estimate.told.standard_error)
    return words.say(
        "comparison.too-large",
        site=called(member.result.study.intervention, compared, words),
        outcome=words.called(member.outcome),
        margin=scale_of(member.outcome, words.catalogue).size(margin),
        share=percent(power, words.numerals),
        times=plain(found.times, 1, words.numerals),
        wrong=percent(found.wrong_sign, words.numerals),
    )


def _agree(member: Member, words: Words) -> str:
    same, every = member.agreeing()
    if not same:
        return ""
    return (
        words.say("comparison.one-design")
        if every == 1
        else words.say("comparison.same-way", n=same, all=every)
    )


def still_standing_out(family: FamilyOfTests, words: Words) -> str | None:
    """How many of an aim still stand out once all its tests are counted; None where none did before."""
    if not family.stand_out:
        return None
    still = sum(family.still)
    key = "comparison.after" if still else "comparison.after-none"
    return words.say(key, n=still, before=family.stand_out, aim=words.aims[family.aim].lower())
