"""The study as the trial that nobody held, and what HARPER asks of a protocol: filled in, gaps named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lmpeval.comparators import NONE_KNOWN, Role
from lmpeval.design import Status
from lmpeval.effect_scale import EffectScale
from lmpeval.engine.running import StudyResult
from lmpeval.finding import Answered
from lmpeval.report.glance import at_the_start, design_words
from lmpeval.report.numbers import plain, scale_of
from lmpeval.report.protocol import told_protocol
from lmpeval.report.question import cost_words, judged_words, reach_words, whose
from lmpeval.report.rule_words import rule_words
from lmpeval.report.series import unit_words
from lmpeval.report.starts import starts_of
from lmpeval.report.words import Words, day_words
from lmpeval.study import Level, Outcome
from lmpeval.study.rule_reading import read_rule


@dataclass(frozen=True)
class Element:
    """One thing that a protocol fixes.

    Attributes
    ----------
    name : str
    here : tuple of str
        What this study does, a sentence or two each.
    gaps : str
        Keys of the study file that would say more and are not there, in a sentence; a dash where none is.
    """

    name: str
    here: tuple[str, ...]
    gaps: str


Said = tuple[Iterator[str], list[str]]
"""What a study does, and the keys that it leaves out."""


def target_trial(result: StudyResult, words: Words) -> tuple[Element, ...]:
    """Fill in the elements of a target trial and, after them, those that HARPER asks for besides.

    Sources: Hernán and Robins (2016, Am J Epidemiol 183:758) for the elements and TARGET (2025) for their
    reporting; Wang and others (2023, Pharmacoepidemiol Drug Saf 32:44) for HARPER.
    """
    return tuple(_element(name, told(result, words), words) for name, told in ELEMENTS.items())


def _element(name: str, said: Said, words: Words) -> Element:
    here, missing = said
    gaps = (
        words.say("trial.not-stated", keys=", ".join(missing))
        if missing
        else words.say("trial.nothing-missing")
    )
    return Element(words.say(f"trial.{name}"), tuple(here), gaps)


def _eligibility(result: StudyResult, words: Words) -> Said:
    study, say = result.study, words.say
    who = study.population

    def here() -> Iterator[str]:
        drawn = say(f"delineation.{who.delineation}")
        members = ", ".join(who.members)
        for each in whose(study, words):
            yield say("trial.members", whose=at_the_start(each), delineation=drawn, members=members)
        if who.subpopulation:
            yield say("trial.rule", rule=rule_words(read_rule(who.subpopulation), words))
        else:
            yield say("trial.everybody")
        units = {role: len(result.selection.units(role)) for role in Role}
        yield say(
            "trial.pool",
            compared=_number(units[Role.COMPARED], words),
            delivered=_number(sum(units.values()), words),
            aside=_number(units[Role.NEIGHBOUR] + units[Role.LEFT_OUT], words),
        )

    return here(), []


def _strategies(result: StudyResult, words: Words) -> Said:
    done, say = result.study.intervention, words.say

    def here() -> Iterator[str]:
        yield say("trial.did", name=done.named_in(words.language), theme=say(f"theme.{done.theme}"))
        yield say("trial.did-not")
        none = result.study.comparator.register == NONE_KNOWN
        yield say("trial.others-none" if none else "trial.others")

    return here(), [] if done.reach else ["intervention.reach"]


def _assignment(result: StudyResult, words: Words) -> Said:
    whom, say = result.study.comparator, words.say

    def here() -> Iterator[str]:
        yield say("trial.not-by-lot")
        n = result.study.treated_groups
        yield say("trial.one-group" if n == 1 else "trial.groups", n=n)
        if whom.match_persons_on:
            yield say("trial.persons-alike", covariates=_columns(whom.match_persons_on, words))
        if whom.match_on:
            yield say("trial.units-alike", covariates=_columns(whom.match_on, words))
        elif not whom.match_persons_on:
            yield say("trial.units-outcome")

    return here(), []


def _time_zero(result: StudyResult, words: Words) -> Said:
    study, say = result.study, words.say

    def here() -> Iterator[str]:
        starts = starts_of(study)
        key = "trial.start" if len(starts) == 1 else "trial.starts"
        yield say(key, start=words.listed(starts), first=study.window.first)
        if study.intervention.announced:
            yield say("trial.announced", day=day_words(study.intervention.announced, words))
        yield say("trial.until", last=study.window.last)
        if study.window.exclude:
            yield say("trial.left-out", years=words.listed(each.year for each in study.window.exclude))
        if study.data.persons is not None:
            yield say("trial.follow", follow=say(f"follow.{study.population.follow}"))

    return here(), [] if study.intervention.announced else ["intervention.announced"]


def _outcomes(result: StudyResult, words: Words) -> Said:
    asked = [each for each in result.study.outcomes if not each.negative_control]

    def told(outcome: Outcome) -> str:
        return words.say(
            "trial.outcome",
            outcome=at_the_start(words.called(outcome)),
            unit=unit_words(outcome, words),
            margin=scale_of(outcome, words.catalogue).size(outcome.minimal_important_difference),
            lag=outcome.expected_lag,
        )

    missing = [f"outcomes: {each.name}: plausible_effect" for each in asked if each.plausible_effect is None]
    return map(told, asked), missing


def _contrast(result: StudyResult, words: Words) -> Said:
    study, say = result.study, words.say

    def here() -> Iterator[str]:
        yield say("trial.att")
        yield say("trial.itt" if study.population.level is Level.POPULATION else "trial.meant")
        if ratios := [words.called(o) for o in study.outcomes if o.scale is EffectScale.RATIO]:
            yield say("trial.ratio", outcomes=words.listed(ratios))

    return here(), []


def _analysis(result: StudyResult, words: Words) -> Said:
    study, say = result.study, words.say

    def here() -> Iterator[str]:
        primary = [choice for choice in study.designs if choice.primary]
        yield say("trial.primary", designs=words.listed(design_words(each.use, words) for each in primary))
        for how in dict.fromkeys(judged_words(each, study, words) for each in primary):
            yield say("trial.judged", how=how)

    return here(), [f"arguments: {name}" for name in sorted(_unassessed(result) - study.arguments.keys())]


def _unassessed(result: StudyResult) -> set[str]:
    """Assumptions that no data test and nobody argues for."""
    return {
        entry.assumption.name
        for finding in result.findings
        if isinstance(finding.result, Answered)
        for entry in finding.result.ledger.entries
        if entry.status is Status.NOT_ASSESSED
    }


def _source(result: StudyResult, words: Words) -> Said:
    say, study = words.say, result.study

    def here() -> Iterator[str]:
        yield say("trial.file-plain" if len(result.files) == 1 else "trial.files-plain", n=len(result.files))
        kinds = dict.fromkeys(say(f"provenance.{each.provenance}") for each in study.outcomes)
        yield say("trial.provenance", provenance=words.listed(kinds))

    return here(), []


def _exposure(result: StudyResult, words: Words) -> Said:
    done, say = result.study.intervention, words.say

    def here() -> Iterator[str]:
        yield say("trial.exposed")
        if done.reach:
            yield say("trial.reach", reach="; ".join(reach_words(result.study, words)))
        if done.programme_cost:
            yield say("trial.cost", cost="; ".join(cost_words(result.study, words)))

    keys = {"intervention.reach": done.reach, "intervention.programme_cost": done.programme_cost}
    return here(), [key for key, stated in keys.items() if not stated]


def _covariates(result: StudyResult, words: Words) -> Said:
    study, say = result.study, words.say
    matched = (*study.comparator.match_on, *study.comparator.match_persons_on)

    def here() -> Iterator[str]:
        named = say("trial.matched", covariates=_columns(matched, words))
        yield named if matched else say("trial.matched-none")
        if study.causal_graph is not None:
            yield say("trial.graph")

    return here(), [] if study.causal_graph is not None else ["causal_graph"]


def _sensitivity(result: StudyResult, words: Words) -> Said:
    study, say = result.study, words.say
    others = [choice for choice in study.designs if not choice.primary]
    controls = [words.called(each) for each in study.outcomes if each.negative_control]

    def here() -> Iterator[str]:
        if others:
            named = words.listed(dict.fromkeys(design_words(each.use, words) for each in others))
            yield say("trial.other-designs", designs=named)
        yield say("trial.every")
        if controls:
            yield say("trial.controls", outcomes=words.listed(controls))

    missing = [] if others else ["designs (a second one)"]
    return here(), missing if controls else [*missing, "outcomes: negative_control"]


def _subgroups(result: StudyResult, words: Words) -> Said:
    found = result.study.subgroups
    named = [f"{each.by} ({', '.join(each.groups)})" for each in found]
    said = [words.say("trial.named-groups", groups="; ".join(named))] if named else []
    return iter(said), [] if found else ["subgroups"]


def _missing(result: StudyResult, words: Words) -> Said:
    dropped = {(f.cell.outcome.name, unit) for f in result.findings for unit, _ in f.dropped}
    return iter([words.say("trial.complete", n=_number(len(dropped), words))]), []


def _registration(result: StudyResult, words: Words) -> Said:
    plan = told_protocol(result.protocol, result.study, words)
    return iter([words.say("trial.registered", plan=plan, hash=result.study_hash)]), []


def _outside(result: StudyResult, words: Words) -> Said:
    return iter([words.say("trial.outside-text")]), []


ELEMENTS: dict[str, Callable[[StudyResult, Words], Said]] = {
    "eligibility": _eligibility,
    "strategies": _strategies,
    "assignment": _assignment,
    "time-zero": _time_zero,
    "outcomes": _outcomes,
    "contrast": _contrast,
    "analysis": _analysis,
    "source": _source,
    "exposure": _exposure,
    "covariates": _covariates,
    "sensitivity": _sensitivity,
    "subgroups": _subgroups,
    "missing": _missing,
    "registration": _registration,
    "outside": _outside,
}
"""The elements in the order in which they are shown: seven of a target trial, then those of HARPER."""


def _columns(names: Iterable[str], words: Words) -> str:
    return words.listed(words.catalogue.column(name) for name in names)


def _number(n: int, words: Words) -> str:
    return plain(n, 0, words.numerals)
