"""The question that a study asks, and what became of the delivered units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lmpeval.comparators import NONE_KNOWN, Role, Selection
from lmpeval.effect_scale import EffectScale
from lmpeval.report.glance import design_words, population_words
from lmpeval.report.numbers import persons, plain, scale_of
from lmpeval.report.rule_words import rule_words
from lmpeval.report.series import unit_words
from lmpeval.report.starts import starts_of
from lmpeval.report.tables import Table
from lmpeval.report.words import Words, day_words
from lmpeval.study import DatedReason, DesignChoice, Level, Neighbours, Outcome, Study
from lmpeval.study.rule_reading import read_rule
from lmpeval.study_files.designs import build_design, judged_by


@dataclass(frozen=True)
class Fact:
    """One thing that the study says."""

    term: str
    text: tuple[str, ...]


def facts(study: Study, words: Words) -> tuple[Fact, ...]:
    """Population, intervention, comparator and window, in the order in which a reader asks."""
    return (*_who_and_what(study, words), *_with_whom_and_when(study, words))


def outcome_table(study: Study, words: Words) -> Table:
    """What is measured, what difference would matter, and from when one may be expected."""
    columns = ("outcome", "aim", "unit", "better", "matters", "lag", "figures")
    head = tuple(words.say(f"outcomes.{column}") for column in columns)
    rows = tuple(_outcome_row(outcome, study, words) for outcome in study.outcomes)
    return Table(words.say("outcomes.caption"), head, rows)


def _outcome_row(outcome: Outcome, study: Study, words: Words) -> tuple[str, ...]:
    say, called = words.say, words.called(outcome)
    called = say("outcomes.headline", outcome=called) if outcome.primary else called
    called = say("outcomes.control", outcome=called) if outcome.negative_control else called
    unit, source = unit_words(outcome, words), say(f"provenance.{outcome.provenance}")
    from_year = words.listed(start + outcome.expected_lag for start in starts_of(study))
    return (
        called,
        words.aims[outcome.aim],
        say("outcomes.ratio", unit=unit) if outcome.scale is EffectScale.RATIO else unit,
        say(f"outcomes.{outcome.better}"),
        scale_of(outcome, words.catalogue).size(outcome.minimal_important_difference),
        say("outcomes.from", lag=outcome.expected_lag, year=from_year),
        say("outcomes.because", figures=source, why=outcome.override) if outcome.override else source,
    )


def design_table(study: Study, words: Words) -> Table:
    """How the question is answered."""
    say = words.say
    rows = tuple(
        (
            design_words(choice.use, words),
            say("designs.primary" if choice.primary else "designs.exploratory"),
            "; ".join(f"{key.replace('_', ' ')}: {value}" for key, value in choice.settings_in_words.items())
            or say("designs.as-they-come"),
            judged_words(choice, study, words),
        )
        for choice in study.designs
    )
    head = tuple(say(f"designs.{column}") for column in ("design", "role", "settings", "judged"))
    return Table(say("designs.caption"), head, rows)


def judged_words(choice: DesignChoice, study: Study, words: Words) -> str:
    """How uncertainty is judged, and why where the study does not say."""
    if choice.inference is not None:
        return words.say(f"inference.{choice.inference}")
    n = study.treated_groups
    found = judged_by(choice, build_design(choice, study.comparator, n), n)
    how = words.say(f"inference.{found}")
    return words.say("designs.as-one" if n == 1 else "designs.as-many", how=how, n=n)


def flow_table(selection: Selection, words: Words) -> Table:
    """Units by role and reason, with their sum."""
    flow, say = selection.flow(), words.say
    counts = [plain(n, 0, words.numerals) for *_, n in flow]
    rows = [
        (words.roles[role], words.told(reason), n) for (role, reason, _), n in zip(flow, counts, strict=True)
    ]
    total = f"{' + '.join(counts)} = {plain(sum(n for *_, n in flow), 0, words.numerals)}"
    rows.append((say("flow.delivered"), say("flow.all"), total))
    head = (say("flow.role"), say("flow.reason"), say("flow.units"))
    return Table(say("flow.caption"), head, tuple(rows))


def set_aside(selection: Selection, words: Words) -> tuple[Fact, ...]:
    """Names of the units that are not compared with, by reason."""
    named: dict[str, list[str]] = {}
    for placed in selection.placements:
        if placed.role in (Role.LEFT_OUT, Role.NEIGHBOUR):
            named.setdefault(placed.reason, []).append(placed.unit)
    return tuple(Fact(words.told(reason), (", ".join(units),)) for reason, units in sorted(named.items()))


def _who_and_what(study: Study, words: Words) -> Iterator[Fact]:
    what, who, say = study.intervention, study.population, words.say
    drawn = say("facts.delineated", delineation=say(f"delineation.{who.delineation}"))
    yield Fact(say("facts.whose"), (*whose(study, words), drawn))
    yield Fact(say("facts.members", n=len(who.members)), (", ".join(who.members),))
    if who.subpopulation:
        told = rule_words(read_rule(who.subpopulation), words)
        yield Fact(say("facts.only"), (told, say("facts.rule", rule=who.subpopulation)))
    theme = say(f"theme.{what.theme}")
    yield Fact(say("facts.intervention"), (f"{what.named_in(words.language)} ({theme})",))
    status = say(f"life.{what.status}")
    ended = say("facts.ended", status=status, year=what.ended) if what.ended else status
    yield Fact(say("facts.status"), (ended,))
    yield _start(study, words)
    announced = day_words(what.announced, words) if what.announced else say("facts.not-stated")
    yield Fact(say("facts.announced"), (announced,))
    yield Fact(say("facts.reach"), reach_words(study, words) or (say("facts.reach-unknown"),))
    yield Fact(say("facts.cost"), cost_words(study, words) or (say("facts.cost-unknown"),))


def reach_words(study: Study, words: Words) -> tuple[str, ...]:
    """Persons reached, a year each."""
    return tuple(
        words.say("facts.reached", year=year, n=persons(n, words.numerals, study.gate.profile))
        for year, n in sorted(study.intervention.reach.items())
    )


def cost_words(study: Study, words: Words) -> tuple[str, ...]:
    """What the programme cost, a year each."""
    return tuple(
        f"{year}: {words.numerals.euro.format(number=plain(euro, 0, words.numerals))}"
        for year, euro in sorted(study.intervention.programme_cost.items())
    )


def whose(study: Study, words: Words) -> tuple[str, ...]:
    """The levels that a study asks about: persons beside units are those whom the intervention is for."""
    levels = [study.population.level]
    if study.data.persons is not None and study.data.reads_units:
        levels.append(Level.INTERVENTION)
    return tuple(population_words(study, level, words) for level in dict.fromkeys(levels))


def _start(study: Study, words: Words) -> Fact:
    if not study.intervention.sites:
        return Fact(words.say("facts.start"), (str(study.intervention.start),))
    sites = sorted(study.sites, key=lambda each: each.start)
    told = tuple(f"{each.start}: {each.site} ({', '.join(each.members)})" for each in sites)
    return Fact(words.say("facts.starts"), told)


def _with_whom_and_when(study: Study, words: Words) -> Iterator[Fact]:
    whom, window, say = study.comparator, study.window, words.say
    pool = say("facts.pool-all") if whom.pool == "all" else ", ".join(whom.pool)
    alike = ", ".join(map(words.catalogue.column, whom.match_on))
    matched = say("facts.matched", covariates=alike) if alike else say("facts.no-covariates")
    yield Fact(say("facts.compared"), (pool, matched, say("facts.matches", n=whom.matches)))
    known = whom.register != NONE_KNOWN
    register = say("facts.register", file=whom.register) if known else say("facts.none-known")
    yield Fact(say("facts.others"), (register,))
    aside = "left-out" if whom.neighbours is Neighbours.LEAVE_OUT else "kept"
    beside = say(f"facts.{aside}")
    if whom.borders:
        beside = say("facts.borders", neighbours=beside, file=whom.borders)
    yield Fact(say("facts.neighbours"), (beside,))
    left_out = tuple(exclusion.reason for exclusion in whom.exclude) or (say("facts.nothing"),)
    yield Fact(say("facts.excluded"), left_out)
    yield Fact(say("facts.years"), (f"{window.first}\u2013{window.last}",))
    yield Fact(say("facts.years-out"), _dated(window.exclude, words))
    yield Fact(say("facts.breaks"), _dated(window.breaks, words))


def _dated(some: tuple[DatedReason, ...], words: Words) -> tuple[str, ...]:
    return tuple(f"{dated.year}: {dated.reason_in(words.language)}" for dated in some) or (
        words.say("facts.none-named"),
    )
