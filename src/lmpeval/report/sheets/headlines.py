"""The one finding of each aim that a short text tells, and what stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lmpeval.engine.running import StudyResult
from lmpeval.finding import Answered, Finding
from lmpeval.report.language import Catalogue
from lmpeval.report.numbers import percent
from lmpeval.report.sentences import Told, about, shown_code, tell
from lmpeval.report.words import BLOCKED
from lmpeval.study import Aim, Level
from lmpeval.verdict import Answer, State

GAINS = (State.BETTER, State.LEAN_BETTER)
LOSSES = (State.WORSE, State.LEAN_WORSE)


@dataclass(frozen=True)
class Headline:
    """One aim: its finding and what that tells, or neither where the aim was not studied."""

    aim: Aim
    finding: Finding | None
    told: Told | None
    sentence: str

    @property
    def answered(self) -> Answered | None:
        """The estimate behind a number that may be stated; None where there is none."""
        if self.finding is None or not isinstance(self.finding.result, Answered):
            return None
        stated = self.finding.verdict.effect is not None and shown_code(self.finding.verdict) != BLOCKED
        return self.finding.result if stated else None


def headlines(result: StudyResult, catalogue: Catalogue) -> tuple[Headline, ...]:
    """One for every aim: the outcome that is its headline, at the level that the study is about."""
    return tuple(_headline(aim, result, catalogue) for aim in Aim)


def at_level(level: Level, headline: Headline, result: StudyResult) -> Finding | None:
    """The finding on the same outcome that speaks for a level: the primary design's, else the first."""
    if headline.finding is None:
        return None
    wanted = headline.finding.cell.outcome
    found = [f for f in result.findings if f.cell.outcome == wanted and f.cell.level is level]
    return max(found, key=lambda f: f.cell.primary, default=None)


def differ(found: tuple[Headline, ...], catalogue: Catalogue) -> str | None:
    """The sentence that must stand where one aim gains and another loses."""
    better, worse = _named(found, GAINS, catalogue), _named(found, LOSSES, catalogue)
    return catalogue.say("sheet.differ", better=better, worse=worse) if better and worse else None


def refers(finding: Finding, result: StudyResult, catalogue: Catalogue) -> str:
    """What a number is about: whose, in which years and prices; empty where there is no estimate."""
    if not isinstance(finding.result, Answered):
        return ""
    found, outcome = finding.result.estimate, finding.cell.outcome
    years = [int(year) for year in found.years[found.counted]]
    kind = "since" if finding.result.several is not None else "years" if len(years) > 1 else "year"
    parts = [catalogue.say(f"refers.{kind}", first=years[0], last=years[-1], year=years[0])]
    if outcome.price is not None:
        key = "own-prices" if outcome.price.index == "none" else "prices"
        parts.append(catalogue.say(f"refers.{key}", year=outcome.price.year))
    if outcome.effect_unit != outcome.unit:
        parts.append(catalogue.say("refers.percent"))
    level = percent(found.uncertainty.level, catalogue.numerals)
    parts.append(catalogue.say("refers.interval", level=level))
    site = result.study.intervention.site
    return "; ".join([*parts, catalogue.say(f"refers.{finding.cell.level}", site=site)])


def _primary(result: StudyResult) -> list[Finding]:
    return [f for f in result.findings if f.cell.primary and not f.cell.outcome.negative_control]


def _headline(aim: Aim, result: StudyResult, catalogue: Catalogue) -> Headline:
    own = result.study.population.level
    asked = [f for f in _primary(result) if f.cell.outcome.aim is aim]
    asked.sort(
        key=lambda f: (not f.cell.outcome.primary, f.cell.level is not own)
    )  # stable: the first of each
    if not asked:
        return Headline(aim, None, None, catalogue.say(f"verdict.{State.NOT_STUDIED}"))
    told = tell(asked[0].verdict, about(asked[0]), catalogue)
    return Headline(aim, asked[0], told, told.text)


def _named(found: tuple[Headline, ...], states: tuple[State, ...], catalogue: Catalogue) -> str:
    names: Mapping[Aim, str] = {
        each.aim: each.finding.cell.outcome.called_in(catalogue.language)
        for each in found
        if each.finding is not None
        and each.finding.verdict.state in states
        and each.finding.verdict.answer is not Answer.CANNOT_TELL
    }
    return ", ".join(names.values())
