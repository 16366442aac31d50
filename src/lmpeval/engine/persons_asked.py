"""What a study asks of person-level data that they do not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from lmpeval.assembly.cohorts import MEMBER_COLUMNS, person_figures
from lmpeval.population import unknown
from lmpeval.sources.persons.delivered import PersonDelivery
from lmpeval.sources.persons.known import anybody_in_both, known_before, known_members
from lmpeval.study import Contradiction, Intervention, Outcome, Population, Subgroups
from lmpeval.study.rule_reading import UnreadableRule, read_rule
from lmpeval.study.selection_rule import Percentile, Rule, Term, Value, comparisons
from lmpeval.study_files.plain_words import listed, nearest

SUBPOPULATION = ("population", "subpopulation")
EXPOSURE = "insured_years"
DEATH = "died"


def person_contradictions(parts: Mapping[str, Any], delivery: PersonDelivery) -> list[Contradiction]:
    """Find what a study asks of persons that was not delivered.

    Parameters
    ----------
    parts : mapping
        Those fields of a `Study` that could be read.
    delivery : PersonDelivery
    """
    found: list[Contradiction] = []
    intervention, population = parts.get("intervention"), parts.get("population")
    if intervention is not None and intervention.start - 1 not in delivery.years:
        message = (
            f"persons are selected in the year before it, {intervention.start - 1}: the data have "
            f"{delivery.years[0]}-{delivery.years[-1]}"
        )
        return [Contradiction(("intervention", "start"), message)]
    if population is not None:
        found += _unknown_places(population, delivery)
        if intervention is not None:
            baseline = intervention.start - 1
            found += _unfit_rule(population.subpopulation, SUBPOPULATION, baseline, delivery)
            found += _unknown_people(population, intervention, delivery)
    if intervention is not None:
        found += _unfit_groups(parts.get("subgroups", ()), intervention.start - 1, delivery)
    if "comparator" in parts and intervention is not None:
        found += _late_or_unknown(parts["comparator"].match_persons_on, intervention.start, delivery)
    if "outcomes" in parts and "data" in parts and not parts["data"].reads_units:
        found += _unknown_outcomes(parts["outcomes"], delivery)
    return found


def _unknown_places(population: Population, delivery: PersonDelivery) -> Iterator[Contradiction]:
    key = "within" if population.within else "members"
    yield from unknown(population.units, set(delivery.places["unit"]), ("population", key), "municipality")


def _unknown_people(
    population: Population, intervention: Intervention, delivery: PersonDelivery
) -> Iterator[Contradiction]:
    """Practices, insurers and interventions that nobody belongs to."""
    column = MEMBER_COLUMNS.get(population.delineation)
    if column is not None:
        known = known_members(delivery.persons, column, intervention.start - 1)
        yield from unknown(population.members, known, ("population", "members"), column.replace("_id", ""))
    if population.participants is not None and delivery.participants is not None:
        programmes = set(delivery.participants["programme"])
        for each in unknown([population.participants], programmes, (), "intervention"):
            yield Contradiction(("population", "participants"), each.message)


def _unfit_rule(
    text: str | None, at: tuple[str | int, ...], baseline: int, delivery: PersonDelivery
) -> Iterator[Contradiction]:
    """Columns and years that a rule reads in vain, and values of another kind than their column."""
    rule = _rule(text)
    for term, values in comparisons(rule) if rule else ():
        for message in _unfit(term, values, baseline, delivery):
            yield Contradiction(at, message)


def _rule(text: str | None) -> Rule | None:
    try:
        return read_rule(text) if text else None
    except UnreadableRule:  # told with the study file
        return None


def _unfit_groups(
    subgroups: tuple[Subgroups, ...], baseline: int, delivery: PersonDelivery
) -> Iterator[Contradiction]:
    """Rules of groups that read in vain, and groups that somebody would be in twice."""
    for i, each in enumerate(subgroups):
        unfit = [
            found
            for name, text in each.groups.items()
            for found in _unfit_rule(text, ("subgroups", i, "groups", name), baseline, delivery)
        ]
        yield from unfit
        rules = [(name, rule) for name, text in each.groups.items() if (rule := _rule(text)) is not None]
        for (one, first), (other, second) in combinations(rules, 2) if not unfit else ():
            if anybody_in_both(delivery.persons, (first, second), baseline):
                yield Contradiction(
                    ("subgroups", i, "groups", other),
                    f"somebody is in both '{one}' and '{other}': groups must not overlap",
                )


def _unfit(term: Term, values: tuple[Value, ...], baseline: int, delivery: PersonDelivery) -> Iterator[str]:
    columns = delivery.persons.selectable
    if term.name not in columns:
        near = nearest(term.name, list(columns))
        hint = f"did you mean '{near}'?" if near else f"expected one of {listed(sorted(columns))}"
        yield f"no column '{term.name}' that a rule may read: {hint}"
        return
    if baseline + term.shift not in delivery.years:
        first, last = delivery.years[0], delivery.years[-1]
        yield f"{term.name}({term.shift}) is of {baseline + term.shift}: the data have {first}-{last}"
    for value in values:
        if columns[term.name] != isinstance(value, str):
            kind = "a text in quotes" if columns[term.name] else "a number"
            told = f"p{value.percent:g}" if isinstance(value, Percentile) else repr(value)
            yield f"{term.name} is held against {told}, expected {kind}"


def _late_or_unknown(names: tuple[str, ...], start: int, delivery: PersonDelivery) -> Iterator[Contradiction]:
    """Covariates are figures that are known of persons in the year before the start."""
    at = ("comparator", "match_persons_on")
    figures = delivery.persons.figures
    yield from unknown(names, set(figures), at, "figure of persons")
    if DEATH in names:
        yield Contradiction(
            (*at, names.index(DEATH)),
            f"'{DEATH}' is measured after the start, for whoever is followed was alive until it: it is an "
            "outcome (`mortality`) and nothing to match on",
        )
    asked = tuple(name for name in names if name in figures)
    for name, first in known_before(delivery.persons, asked, start - 1).items():
        since = f"known only from {first} on" if first is not None else "never known"
        yield Contradiction(
            (*at, names.index(name)),
            f"'{name}' is {since}, not in the year before the start in {start}: the intervention may have "
            "changed it",
        )


def _unknown_outcomes(outcomes: tuple[Outcome, ...], delivery: PersonDelivery) -> Iterator[Contradiction]:
    known = set(person_figures(delivery))
    for position, outcome in enumerate(outcomes):
        at = ("outcomes", position)
        column = "name" if outcome.column is None else "column"
        asked = [(column, outcome.column or outcome.name)]
        asked += [("truncated", outcome.truncated)] if outcome.truncated is not None else []
        for key, name in asked:
            for each in unknown([name], known, (), "figure of persons"):
                yield Contradiction((*at, key), each.message)
        if outcome.exposure != EXPOSURE:
            yield Contradiction(
                (*at, "exposure"), f"'{outcome.exposure}': persons are counted in `{EXPOSURE}`"
            )
