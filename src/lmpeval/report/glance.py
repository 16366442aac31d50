"""The answers at a glance: one line for each outcome, and each aim that none speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lmpeval.engine.running import StudyResult
from lmpeval.finding import Answered, Finding, not_studied
from lmpeval.report.numbers import percent, scale_of
from lmpeval.report.sentences import reasons, sentence, shown_code
from lmpeval.report.series import effect_words
from lmpeval.report.tables import averaged
from lmpeval.report.twins import twin_notices
from lmpeval.report.words import ENGLISH, Mark, Words
from lmpeval.study import Aim, Level, Study
from lmpeval.verdict import Answer, State

LONGEST_SETTINGS = 50
"""Characters of a design's settings beyond which only the first stand in its name; the table has them all."""
SETTINGS_NAMED = 2


@dataclass(frozen=True)
class Line:
    """One verdict as it is shown; `effect` is None where no number may be stated."""

    aim: str
    outcome: str
    headline: bool
    design: str
    answer: str
    kind: str
    mark: Mark
    code: str
    sentence: str
    effect: str | None
    interval: str
    refers_to: str
    certainty: Mark | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Glance:
    """The verdicts of the primary design, the exploratory ones beside it, and what to mind."""

    lines: tuple[Line, ...]
    exploratory: tuple[Line, ...]
    differ: str | None
    twins: tuple[str, ...]
    estimates: int
    by_chance: str


def glance(result: StudyResult, words: Words) -> Glance:
    """Lay the verdicts out by aim, in the order health, experience, cost."""
    asked = [finding for finding in result.findings if not finding.cell.outcome.negative_control]
    primary = [finding for finding in asked if finding.cell.primary]
    others = [finding for finding in asked if not finding.cell.primary]
    lines = []
    absent = not_studied(result.study.outcomes)
    for aim in Aim:
        lines += [_not_studied(aim, words)] if aim in absent else []
        lines += [line(f, result.study, words) for f in primary if f.cell.outcome.aim is aim]
    estimates = sum(isinstance(finding.result, Answered) for finding in asked)
    return Glance(
        lines=tuple(lines),
        exploratory=tuple(line(finding, result.study, words) for finding in others),
        differ=_differ(primary, words),
        twins=twin_notices(primary, result.study, words),
        estimates=estimates,
        by_chance=words.numerals.written(estimates / 20, 1),
    )


def line(finding: Finding, study: Study, words: Words) -> Line:
    """One verdict in words; a blocked headline shows no number, and so no certainty of one."""
    verdict, outcome, code = finding.verdict, finding.cell.outcome, shown_code(finding.verdict)
    scale = scale_of(outcome, words.catalogue)
    effect, interval = None, ""
    if not verdict.blocked and verdict.effect is not None:
        effect = scale.change(verdict.effect)
        if verdict.low is not None and verdict.high is not None:
            interval = scale.interval(verdict.low, verdict.high)
    return Line(
        aim=words.aims[outcome.aim],
        outcome=words.called(outcome),
        headline=outcome.primary,
        design=design_words(finding.cell.label, words),
        answer=words.answers[verdict.answer],
        kind=verdict.answer.name.lower().replace("_", "-"),
        mark=words.marks[code],
        code=code,
        sentence=sentence(finding, words),
        effect=effect,
        interval=interval,
        refers_to=refers_to(finding, study, words) if effect is not None else "",
        certainty=words.certainty[verdict.certainty] if effect is not None and verdict.certainty else None,
        reasons=reasons(finding, words),
    )


def refers_to(finding: Finding, study: Study, words: Words) -> str:
    """Say what a number is about: unit, price year, years averaged, level of the interval, population."""
    if not isinstance(finding.result, Answered):
        return ""
    found = finding.result.estimate
    level = percent(found.uncertainty.level, words.numerals)
    parts = (
        effect_words(finding.cell.outcome, words),
        averaged(finding.result, words),
        words.say("refers.interval", level=level),
        population_words(study, finding.cell.level, words),
    )
    return "; ".join(parts)


def population_words(study: Study, level: Level, words: Words) -> str:
    """Whose outcomes they are."""
    return words.say(f"whose.{level}", site=study.intervention.site)


def own_name(site: str, name: str) -> str:
    """What an intervention is called beside the name of its site, which is not said twice.

    >>> own_name("Kant", "Kant, all of it"), own_name("Kant", "Care nearby")
    ('all of it', 'Care nearby')
    """
    return name.removeprefix(site).lstrip(" ,:")


def at_the_start(text: str) -> str:
    """A text as it stands at the start of a line; abbreviations stay as they are.

    >>> at_the_start("GP cost"), at_the_start("deaths")
    ('GP cost', 'Deaths')
    """
    return f"{text[:1].upper()}{text[1:]}"


def design_words(name: str, words: Words = ENGLISH) -> str:
    """A design's name as words: the last part of its module; of many settings the first and how many more.

    >>> design_words("synthetic_control (predictors income 2012)")
    'synthetic control (predictors income 2012)'
    >>> design_words("joint_synthetic_control (companions gp, dental, pharmacy, mental_health, eyes)")
    'joint synthetic control (companions gp, dental and 3 more)'
    """
    module, space, rest = name.partition(" ")
    settings, parts = rest.replace("_", " "), rest.strip("()").replace("_", " ").split(", ")
    if len(settings) > LONGEST_SETTINGS and len(parts) > SETTINGS_NAMED + 1:
        named = ", ".join(parts[:SETTINGS_NAMED])
        settings = words.say("design.more", first=named, n=len(parts) - SETTINGS_NAMED)
    own = module.rpartition(".")[2]
    return words.catalogue.messages.get(f"design.name.{own}", own.replace("_", " ")) + space + settings


def _differ(primary: Sequence[Finding], words: Words) -> str | None:
    """The sentence that must stand where one aim gains and another loses."""
    better = _aims(primary, (State.BETTER, State.LEAN_BETTER), words)
    worse = _aims(primary, (State.WORSE, State.LEAN_WORSE), words)
    if not better or not worse:
        return None
    return words.say("glance.differ", better=better, worse=worse)


def _aims(findings: Sequence[Finding], states: tuple[State, ...], words: Words) -> str:
    named = [
        f"{words.aims[f.cell.outcome.aim].lower()} ({words.called(f.cell.outcome)})"
        for f in findings
        if f.verdict.state in states and f.verdict.answer is not Answer.CANNOT_TELL
    ]
    return ", ".join(named)


def _not_studied(aim: Aim, words: Words) -> Line:
    return Line(
        aim=words.aims[aim],
        outcome=words.say("glance.no-outcome"),
        headline=False,
        design="",
        answer=words.answers[Answer.NOT_STUDIED],
        kind="not-studied",
        mark=words.marks[State.NOT_STUDIED],
        code=State.NOT_STUDIED.value,
        sentence=words.say(f"verdict.{State.NOT_STUDIED}"),
        effect=None,
        interval="",
        refers_to="",
        certainty=None,
        reasons=(),
    )
