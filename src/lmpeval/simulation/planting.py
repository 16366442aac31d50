"""What each trap changes: the country that is drawn, or the study files that an evaluator would write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lmpeval.simulation.country.disturbances import Disturbance, Fall
from lmpeval.simulation.country.interventions import Effect, Eligible, Programme, Site
from lmpeval.simulation.country.panel_disturbances import Indicators
from lmpeval.simulation.country.person_studies import ask_of_persons, only_persons
from lmpeval.simulation.country.settings import Country
from lmpeval.study import Status, Theme

Study = dict[str, Any]
"""A study file as YAML reads it."""
CountryChange = Callable[[Country], Country]
StudyChange = Callable[[Study], None]
"""Changes a study in place."""

COSTLIEST, HIGH_COST = "case_management", 10_000.0
UNKNOWN_REGIONS = (
    "Noord-Friesland", "Oost-Groningen", "Noord-Drenthe", "Zuidwest-Gelderland", "Groot-Rijnmond",
    "Noordoost-Noord-Brabant", "Zuidoost-Noord-Brabant", "Midden-Limburg", "Zuidoost-Zuid-Holland",
    "Agglomeratie Leiden en Bollenstreek",
)  # fmt: skip
INDICATORS = tuple(f"indicator_{k:02d}" for k in range(1, 31))
INDICATOR = {
    "aim": "experience",
    "unit": "percent",
    "better": "higher",
    "exposure": "insured_years",
    "minimal_important_difference": 1,
    "expected_lag": 0,
    "provenance": "simulated",
}


def same_country(country: Country) -> Country:
    """Change nothing."""
    return country


def same_study(study: Study) -> None:
    """Change nothing."""


def planting(*disturbances: Disturbance) -> CountryChange:
    """Add disturbances to a country."""
    return lambda country: replace(country, disturbances=(*country.disturbances, *disturbances))


def each_programme(change: Callable[[Programme], Programme]) -> CountryChange:
    """Change every programme that is delivered."""

    def changed(country: Country) -> Country:
        programmes = tuple(change(p) if p.delivered else p for p in country.programmes)
        return replace(country, programmes=programmes)

    return changed


def with_the_costliest(country: Country) -> Country:
    """Add a tenth site with case management of those who cost most the year before; it does nothing."""
    chosen = Programme(
        COSTLIEST, "Case management of the costliest", Site("Site 10", "Groot-Amsterdam", 8),
        Theme.INTEGRATION, Status.RUNNING, 2014, Eligible(cost_above=HIGH_COST), 0.8, Effect(),
    )  # fmt: skip
    return replace(country, programmes=(*country.programmes, chosen))


def only_the_costliest(study: Study) -> None:
    """Ask about the participants of case management alone, by the rule that chose them."""
    if study["study"] == COSTLIEST:
        study["population"]["level"] = "intervention"
        ask_of_persons(study, f"cost > {HIGH_COST:.0f}")
        only_persons(study)


def ten_more_regions(country: Country) -> Country:
    """Let ten more regions run what the first site runs, which no register knows."""
    model = country.programmes[0]
    more = (
        replace(model, name=f"unknown_{k}", site=Site(f"Unknown {k}", group, 5), start=2014, registered=False)
        for k, group in enumerate(UNKNOWN_REGIONS, start=1)
    )
    return replace(country, programmes=(*country.programmes, *more))


def with_induced_demand(programme: Programme) -> Programme:
    """Let the eligible who do not take part use four fifths of what the participants no longer use."""
    return replace(programme, spillover=-0.8 * programme.uptake / (1 - programme.uptake))


def until_2021(country: Country) -> Country:
    """Go on to 2021: claims fall in the pandemic, more here than there."""
    longer = replace(country, last=max(country.last, 2021))
    return planting(Fall({2020: 0.06, 2021: 0.03}, spread=0.015))(longer)


def last_year_incomplete(country: Country) -> Country:
    """Deliver the last year before all its claims are in."""
    return planting(Fall({country.last: 0.07}))(country)


def in_the_last_year(country: Country) -> Country:
    """Let every programme start in the last year."""
    late = each_programme(lambda p: replace(p, start=country.last, status=Status.RUNNING, ended=None))
    return late(country)


def first_design(**more: Any) -> StudyChange:
    """Change the primary design."""

    def change(study: Study) -> None:
        study["designs"][0] |= more

    return change


def without(part: str, key: str) -> StudyChange:
    """Leave something unsaid."""

    def change(study: Study) -> None:
        del study[part][key]

    return change


def matched_on(column: str) -> StudyChange:
    """Match on one more column."""

    def change(study: Study) -> None:
        study["comparator"]["match_on"].append(column)

    return change


def modelled_health(study: Study) -> None:
    """Take modelled small-area figures for the health of the population, where the study asks for it."""
    for outcome in study["outcomes"]:
        if outcome["name"] == "good_health":
            outcome |= {"column": "good_health_modelled", "provenance": "modelled"}


def without_price(study: Study) -> None:
    """Leave euros nominal, without a word."""
    for outcome in study["outcomes"]:
        outcome.pop("price", None)


def called_savings(study: Study) -> None:
    """Call a difference in cost of care savings, and leave out what the programme cost."""
    study["outcomes"][0]["label"] = "savings on care"
    del study["intervention"]["programme_cost"]


def thirty_indicators(study: Study) -> None:
    """Look at thirty indicators of the process of care beside."""
    for name in INDICATORS:
        study["outcomes"].append({"name": name, **INDICATOR})


def with_indicators(country: Country) -> Country:
    """Deliver thirty indicators that no programme touches."""
    return planting(Indicators(INDICATORS))(country)
