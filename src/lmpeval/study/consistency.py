"""What cannot both be so in one study.

Each rule reads the parts that it needs and names the place of what is wrong, so that a file with one
unreadable part still gets every other contradiction reported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lmpeval.study.contradiction import Contradiction, Found
from lmpeval.study.costs import cut_is_another_cost
from lmpeval.study.parts import (
    Aim,
    Assigned,
    Data,
    Delineation,
    DesignChoice,
    InferenceChoice,
    Intervention,
    Level,
    Outcome,
    Population,
    Provenance,
    Status,
    Window,
)
from lmpeval.study.plausible import controls_answer_nothing, improvement_is_plausible
from lmpeval.study.starts import (
    NOT_STARTED,
    life_in_order,
    no_two_way_over_starts,
    several_to_put_together,
    sites_agree,
    start_within_window,
    years_left,
)
from lmpeval.study.untouched import untouched_is_another

__all__ = ["ASSUMPTIONS", "Contradiction", "contradictions"]

ASSUMPTIONS = (
    "well_defined_intervention",
    "no_anticipation",
    "parallel_trends",
    "donor_fit",
    "stable_composition",
    "no_spillover",
    "no_other_change",
    "overlap",
    "observed_balance",
    "selection_not_by_chance",
    "same_measurement",
    "valid_uncertainty",
    "right_scale",
)
"""Names under which any study may give an argument; its designs may bring others (`study_designs`)."""


def one_primary_design(designs: tuple[DesignChoice, ...]) -> Found:
    """Exactly one design is primary, and none stands twice."""
    primary = sum(design.primary for design in designs)
    if primary != 1:
        yield Contradiction(
            ("designs",), f"{primary} of {len(designs)} are primary: mark exactly one with `primary: true`"
        )
    seen: list[tuple[str, dict[str, Any]]] = []
    for position, design in enumerate(designs):
        if (design.use, design.settings) in seen:
            yield Contradiction(("designs", position), f"'{design.use}' stands twice with the same settings")
        seen.append((design.use, design.settings))


FEWEST_CLUSTERS = 10  # under ten treated clusters permutation (MacKinnon and Webb 2020)


def inference_can_bear(designs: tuple[DesignChoice, ...]) -> Found:
    """Cluster-robust errors are refused with the reason."""
    for position, design in enumerate(designs):
        if design.inference is InferenceChoice.CLUSTER_ROBUST:
            yield Contradiction(
                ("designs", position, "inference"),
                "cluster-robust errors need at least "
                f"{FEWEST_CLUSTERS} treated groups and a study has few sites: with so few they call a "
                "difference real far too often where there is none (MacKinnon and Webb 2020); "
                "leave the line out for 'placebo groups'",
            )


def enough_for_influence(
    designs: tuple[DesignChoice, ...], intervention: Intervention, population: Population
) -> Found:
    """Errors from influence functions need many treated groups."""
    by_member = intervention.assigned is Assigned.MEMBER
    n = len(population.members) if by_member else max(1, len(intervention.sites))
    for position, design in enumerate(designs):
        if design.inference is InferenceChoice.MULTIPLIER_BOOTSTRAP and n < FEWEST_CLUSTERS:
            yield Contradiction(
                ("designs", position, "inference"),
                f"'{design.inference}' rests on influence functions, which need {FEWEST_CLUSTERS} treated "
                f"groups or more; found {n}, with each {intervention.assigned} as one: with so few their "
                "errors are too small (MacKinnon and Webb 2020); leave the line out for 'placebo groups'",
            )


def outcomes_fit(outcomes: tuple[Outcome, ...]) -> Found:
    """Names are unique, an aim has one primary outcome, euros have a price, modelled ones a reason."""
    twice = [name for name, count in Counter(outcome.name for outcome in outcomes).items() if count > 1]
    for position, outcome in enumerate(outcomes):
        at = ("outcomes", position)
        if outcome.name in twice:
            yield Contradiction((*at, "name"), f"'{outcome.name}' stands more than once")
        if outcome.aim is Aim.COST and outcome.price is None:
            yield Contradiction(at, f"'{outcome.name}' is in euro: add `price` with its year and index")
        if outcome.price and isinstance(outcome.price.index, dict) and not outcome.price.source:
            yield Contradiction((*at, "price", "index"), "a price series needs its `source`")
        if outcome.provenance is Provenance.MODELLED and not outcome.override:
            yield Contradiction(
                (*at, "provenance"),
                "modelled small-area figures are built from background traits and cannot show a local "
                "effect: use a registered or surveyed outcome, or say in `override` why this one serves",
            )
    for aim in Aim:
        of_aim = [outcome for outcome in outcomes if outcome.aim is aim and not outcome.negative_control]
        primaries = [position for position, o in enumerate(outcomes) if o.aim is aim and o.primary]
        for position in primaries[1:]:
            yield Contradiction(
                ("outcomes", position, "primary"),
                f"aim '{aim}' has {len(primaries)} primary outcomes: keep one",
            )
        if of_aim and not primaries:
            names = ", ".join(outcome.name for outcome in of_aim)
            yield Contradiction(("outcomes",), f"aim '{aim}' has no primary outcome: mark one of {names}")


def price_covers(outcomes: tuple[Outcome, ...], window: Window) -> Found:
    """The price year, or every year of a price series, is at hand."""
    years = set(range(window.first, window.last + 1)) - {dated.year for dated in window.exclude}
    for position, outcome in enumerate(outcomes):
        if outcome.price is None or outcome.price.index == "none":
            continue
        at = ("outcomes", position, "price")
        if outcome.price.index == "national":
            if outcome.price.year not in years:
                yield Contradiction(
                    (*at, "year"),
                    f"{outcome.price.year} is not a year of the window; with index 'national' it must be",
                )
        elif missing := sorted((years | {outcome.price.year}) - set(outcome.price.index)):
            yield Contradiction((*at, "index"), f"no figure for {', '.join(map(str, missing))}")


PANDEMIC = (2020, 2021)


def pandemic_declared(outcomes: tuple[Outcome, ...], window: Window) -> Found:
    """Years of the pandemic in the window of a cost outcome are named by the study."""
    if all(outcome.aim is not Aim.COST for outcome in outcomes):
        return
    named = {dated.year for dated in (*window.exclude, *window.breaks)}
    hidden = [year for year in PANDEMIC if window.first <= year <= window.last and year not in named]
    if hidden:
        years = " and ".join(map(str, hidden))
        yield Contradiction(
            ("window",),
            f"{years} in the window of a cost outcome: care was put off, and part of it was paid outside "
            "the claims, unevenly over regions; name each year in `exclude` (not used) or in `breaks` (used, "
            "with the effect without it beside)",
        )


SAVINGS = re.compile(r"\bsav(e|es|ed|ings?)\b", re.IGNORECASE)


def savings_are_net(intervention: Intervention, outcomes: tuple[Outcome, ...], window: Window) -> Found:
    """Who speaks of savings says what the programme cost in every year from its start on."""
    stopped = intervention.status is Status.STOPPED and intervention.ended is not None
    last = min(window.last, intervention.ended or window.last) if stopped else window.last
    absent = [year for year in range(intervention.start, last + 1) if year not in intervention.programme_cost]
    if intervention.status in NOT_STARTED or not absent:
        return
    for position, outcome in enumerate(outcomes):
        if outcome.aim is Aim.COST and SAVINGS.search(outcome.called):
            yield Contradiction(
                ("outcomes", position, "label" if outcome.label else "name"),
                f"'{outcome.called}' speaks of savings, and `programme_cost` is not given for "
                f"{', '.join(map(str, absent))}: a difference in the cost of care is gross of what the "
                "programme cost; give it for every year from the start on, or call the outcome cost of care",
            )


def one_delivery(data: Data) -> Found:
    """One road to the panel, with what belongs to it; a survey stands beside it, or alone."""
    roads = (data.panel is not None) + (data.vektis is not None)
    if roads > 1 or not (roads or data.survey):
        yield Contradiction(
            ("data",), "give either `panel` (a tidy table) or `vektis` (the yearly files), or only a `survey`"
        )
        return
    if data.vektis and not data.municipalities:
        yield Contradiction(("data",), "`vektis` needs `municipalities`, which says what neighbours what")
    for key in ("municipalities", "key_figures", "deaths"):
        if not data.vektis and getattr(data, key):
            other = "panel" if data.panel else "survey"
            yield Contradiction(("data", key), f"`{key}` goes with `vektis`, not with `{other}`")
    if data.table and not (data.panel or data.survey or "").endswith((".duckdb", ".db")):
        road = "survey" if not data.panel and data.survey else "panel"
        yield Contradiction(("data", "table"), f"`table` goes with a DuckDB file (.duckdb) in `{road}`")


def population_can_be_built(population: Population, data: Data) -> Found:
    """Aggregated deliveries know municipalities and everybody in them, nothing finer."""
    if data.vektis and population.delineation is not Delineation.MUNICIPALITIES:
        yield Contradiction(
            ("population", "delineation"),
            f"the Vektis files know municipalities, not '{population.delineation}': deliver a panel of them",
        )
    if population.subpopulation:
        yield Contradiction(
            ("population", "subpopulation"),
            "a subpopulation rule needs person-level data; region tables hold whole populations",
        )
    if data.vektis and population.level is Level.INTERVENTION:
        yield Contradiction(
            ("population", "level"),
            "the Vektis files hold everybody: level 'intervention' needs a panel of the people reached",
        )


@dataclass(frozen=True)
class Rule:
    """A check and the parts of a study that it reads."""

    needs: tuple[str, ...]
    check: Callable[..., Found]


RULES = (
    Rule(("intervention", "window"), start_within_window),
    Rule(("intervention", "population"), sites_agree),
    Rule(("intervention", "window"), years_left),
    Rule(("intervention",), life_in_order),
    Rule(("designs",), one_primary_design),
    Rule(("designs",), inference_can_bear),
    Rule(("designs", "intervention", "population"), enough_for_influence),
    Rule(("designs", "intervention"), no_two_way_over_starts),
    Rule(("designs", "outcomes"), untouched_is_another),
    Rule(("comparator", "intervention", "window"), several_to_put_together),
    Rule(("outcomes",), outcomes_fit),
    Rule(("outcomes",), cut_is_another_cost),
    Rule(("outcomes",), improvement_is_plausible),
    Rule(("outcomes",), controls_answer_nothing),
    Rule(("outcomes", "window"), price_covers),
    Rule(("outcomes", "window"), pandemic_declared),
    Rule(("intervention", "outcomes", "window"), savings_are_net),
    Rule(("data",), one_delivery),
    Rule(("population", "data"), population_can_be_built),
)


def contradictions(parts: Mapping[str, Any]) -> list[Contradiction]:
    """Find all that cannot be so among the parts of a study that are known.

    Parameters
    ----------
    parts : mapping of field name to value
        Any subset of a `Study`'s fields; a rule that needs a missing part is skipped.
    """
    return [
        found
        for rule in RULES
        if all(need in parts for need in rule.needs)
        for found in rule.check(*(parts[need] for need in rule.needs))
    ]
