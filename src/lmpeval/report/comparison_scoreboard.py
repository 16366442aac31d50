"""The Triple Aim scoreboard of several interventions, and by what each aim of each was studied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from lmpeval.economics import NetEffect
from lmpeval.engine.running import StudyResult
from lmpeval.finding import Finding
from lmpeval.portfolio.comparing import SideBySide
from lmpeval.portfolio.comparison_file import Unstudied
from lmpeval.portfolio.members import Member
from lmpeval.report.glance import Line, design_words, line, own_name
from lmpeval.report.numbers import Scale, persons, scale_of
from lmpeval.report.sentences import reasons
from lmpeval.report.tables import averaged
from lmpeval.report.together_parts import chance_words
from lmpeval.report.words import Words
from lmpeval.study import Aim, Intervention, Level, Status, Study, Theme
from lmpeval.verdict import Answer, State


@dataclass(frozen=True)
class Score:
    """One aim of one intervention for one group of people.

    Attributes
    ----------
    line : Line or None
        None where no outcome speaks of the aim.
    note : str
        Where the figures come from and how long they follow; why there is nothing, where there is nothing.
    """

    line: Line | None
    note: str
    per: str = ""
    doubt: str = ""
    net: str = ""
    saving: str = ""

    @property
    def quiet(self) -> bool:
        """Whether there is no number to quote."""
        return self.line is None or self.line.effect is None


@dataclass(frozen=True)
class Row:
    """An intervention for one group of people."""

    level: str
    scores: tuple[Score, ...]


@dataclass(frozen=True)
class Block:
    """One intervention: its rows, and what must be said where its aims differ.

    Attributes
    ----------
    about : tuple of str
        Status, start, follow-up and reach.
    harms : tuple of str
        What is known of outcomes that would tell that care was withheld; that nothing is, where it is not.
    """

    site: str
    name: str
    about: tuple[str, ...]
    rows: tuple[Row, ...]
    differ: str | None
    reason: str | None = None
    harms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """The interventions of one kind of change."""

    theme: str
    blocks: tuple[Block, ...]


def scoreboard(compared: SideBySide, words: Words) -> tuple[Group, ...]:
    """Lay out every intervention by theme, those that nobody studied among them."""
    found: dict[Theme, list[tuple[tuple[str, str], Block]]] = {theme: [] for theme in Theme}
    for result in compared.results:
        done = result.study.intervention
        found[done.theme].append((_place(done), _block(result, compared.of(result), words)))
    for each in compared.file.portfolio.unstudied:
        found[each.theme].append((_place(each), _unstudied(each, words)))
    return tuple(
        Group(
            words.say(f"comparison.theme.{theme}"),
            tuple(block for _, block in sorted(blocks, key=lambda placed: placed[0])),
        )
        for theme, blocks in found.items()
        if blocks
    )


def _place(done: Intervention | Unstudied) -> tuple[str, str]:
    """By site and name as the study has it, so that rows stand alike in every table and language."""
    return done.site.casefold(), done.name.casefold()


def _block(result: StudyResult, members: Sequence[Member], words: Words) -> Block:
    study = result.study
    headlines = [each for each in members if each.outcome.primary]
    levels = [level for level in Level if any(each.finding.cell.level is level for each in headlines)]
    rows = tuple(
        Row(
            words.say(f"comparison.{level}"),
            tuple(
                _score(
                    [m for m in headlines if m.finding.cell.level is level and m.outcome.aim is aim], words
                )
                for aim in Aim
            ),
        )
        for level in levels
    )
    done = study.intervention
    name = own_name(done.site, done.named_in(words.language))
    differ = _differ(study, headlines, words)
    about = tuple(_about(result, words))
    return Block(done.site, name, about, rows, differ, harms=_harms(members, words))


def _harms(members: Sequence[Member], words: Words) -> tuple[str, ...]:
    """Every outcome that would tell that care was withheld, whatever aim it is of."""
    told = []
    for each in (member for member in members if member.outcome.harm):
        shown = line(each.finding, each.result.study, words)
        number = f", {shown.effect} ({shown.interval})" if each.stated and shown.effect else ""
        told.append(
            words.say(
                "comparison.harm",
                outcome=shown.outcome,
                whom=words.say(f"comparison.{each.finding.cell.level}"),
                state=shown.mark.word,
                number=number,
            )
        )
    return tuple(told) or (words.say("comparison.no-harm"),)


def no_harms(groups: Iterable[Group], words: Words) -> bool:
    """Whether no study at all marks an outcome as a sign that care was withheld: then it is said once."""
    told = {block.harms for group in groups for block in group.blocks if block.harms}
    return told == {(words.say("comparison.no-harm"),)}


def called(done: Intervention, compared: SideBySide, words: Words) -> str:
    """An intervention by its site, and by its name too where the site has several."""
    name = own_name(done.site, done.named_in(words.language)) if done.site in compared.crowded else ""
    return f"{done.site}: {name}" if name else done.site


def _about(result: StudyResult, words: Words) -> Iterator[str]:
    study, done = result.study, result.study.intervention
    status = words.say(f"comparison.life.{done.status}")
    yield words.say("comparison.ended", status=status, year=done.ended) if done.ended else status
    if done.status not in (Status.PLANNED, Status.NEVER_DELIVERED):
        starts = sorted({site.start for site in study.sites})
        yield words.say("comparison.followed", start=words.listed(starts), last=study.window.last)
    if done.reach:
        last = max(done.reach)
        n = persons(done.reach[last], words.numerals, study.gate.profile)
        yield words.say("comparison.reached-in", n=n, year=last)
    yield words.say(f"standing.{result.protocol.standing}")


def _score(found: Sequence[Member], words: Words) -> Score:
    if not found:
        return Score(None, words.say("comparison.no-experience"))
    [member] = found
    told = line(member.finding, member.result.study, words)
    answered = member.answered
    note = [told.outcome, words.say(f"provenance.{member.outcome.provenance}")]
    if answered is not None:
        note.append(averaged(answered, words))
    if not member.finding.cell.primary:
        note.append(words.say("comparison.exploratory"))
    scale = scale_of(member.outcome, words.catalogue)
    return Score(
        told,
        ", ".join(note),
        scale.per if told.effect != words.numerals.about_zero else "",
        main_doubt(member.finding, words),
        net_words(member, scale),
        saving_words(member, words),
    )


def net_words(member: Member, scale: Scale) -> str:
    """A difference in cost with the programme's own cost in it; empty where there is only gross."""
    net = _net(member)
    return "" if net is None else f"{scale.change(net.effect)} ({scale.interval(*net.interval)})"


def saving_words(member: Member, words: Words) -> str:
    """The chance that less is paid with the programme than without it; empty where nothing tells."""
    net = _net(member)
    if net is None or net.saving is None:
        return ""
    return words.say("comparison.saving", chance=chance_words(net.saving, words.catalogue))


def _net(member: Member) -> NetEffect | None:
    found = member.answered
    if found is None or member.outcome.aim is not Aim.COST or not isinstance(found.net, NetEffect):
        return None
    return found.net


def main_doubt(finding: Finding, words: Words) -> str:
    """The weightiest reason why the verdict is not surer, or why there is none."""
    weightiest = replace(finding.verdict, reasons=finding.verdict.reasons[:1])
    found = reasons(replace(finding, verdict=weightiest), words)
    return "".join(part if part.endswith(".") else f"{part}; " for part in found).removesuffix("; ")


def _unstudied(each: Unstudied, words: Words) -> Block:
    empty = tuple(Score(None, words.say("comparison.not-asked")) for _ in Aim)
    return Block(
        each.site,
        own_name(each.site, each.named_in(words.language)),
        (words.say(f"comparison.life.{each.status}"),),
        (Row(words.say("comparison.population"), empty),),
        None,
        each.reason_in(words.language),
    )


def _differ(study: Study, members: Sequence[Member], words: Words) -> str | None:
    """The sentence that must stand where one aim gains and another loses."""
    better = _aims(members, (State.BETTER, State.LEAN_BETTER), words)
    worse = _aims(members, (State.WORSE, State.LEAN_WORSE), words)
    if not better or not worse:
        return None
    return words.say("comparison.differ", site=study.intervention.site, better=better, worse=worse)


def _aims(members: Sequence[Member], states: tuple[State, ...], words: Words) -> str:
    named = dict.fromkeys(
        words.aims[each.outcome.aim].lower()
        for each in members
        if each.finding.verdict.state in states and each.finding.verdict.answer is not Answer.CANNOT_TELL
    )
    return ", ".join(named)


@dataclass(frozen=True)
class Coverage:
    """By what the aims of one intervention were studied."""

    site: str
    name: str
    aims: tuple[tuple[str, ...], ...]
    """Designs that gave an answer, aim by aim; empty where it was not studied."""


def coverage(compared: SideBySide, words: Words) -> tuple[Coverage, ...]:
    """Intervention by aim: by what designs, or not at all."""
    rows = [
        Coverage(
            result.study.intervention.site,
            own_name(result.study.intervention.site, result.study.intervention.named_in(words.language)),
            tuple(_designs([m for m in compared.of(result) if m.outcome.aim is aim], words) for aim in Aim),
        )
        for result in compared.results
    ]
    return (
        *rows,
        *(
            Coverage(each.site, own_name(each.site, each.named_in(words.language)), ((),) * len(Aim))
            for each in compared.file.portfolio.unstudied
        ),
    )


def _designs(members: Sequence[Member], words: Words) -> tuple[str, ...]:
    found = [
        (design_words(finding.cell.label, words), words.say(f"comparison.{finding.cell.level}"))
        for member in members
        for finding in (member.finding, *member.beside)
        if finding.verdict.answer is not Answer.NOT_STUDIED
    ]
    return tuple(f"{design} ({whom})" for design, whom in dict.fromkeys(found))
