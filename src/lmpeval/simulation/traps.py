"""Twenty silent traps of regional evaluations, planted in the synthetic country or in its study files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce

from lmpeval.errors import UserError
from lmpeval.simulation import planting
from lmpeval.simulation.country.disturbances import HospitalBills, Leavers, OneCostlyPatient, OwnTrend
from lmpeval.simulation.country.panel_disturbances import ModelledEstimate, RiskScore, TakenOver
from lmpeval.simulation.country.settings import Country
from lmpeval.simulation.planting import CountryChange, StudyChange, each_programme, same_country, same_study
from lmpeval.study_files.plain_words import nearest


@dataclass(frozen=True)
class Trap:
    """One way to be wrong without noticing.

    Attributes
    ----------
    number : int
        From 1 to 20, as in the table of docs/synthetic-country.md.
    name : str
        As `--trap` takes it.
    line : str
        What is planted, in one line.
    country : callable
        Gives the country with the trap in it.
    study : callable
        Changes a study file in place, where the mistake lies in the analysis.
    """

    number: int
    name: str
    line: str
    country: CountryChange = same_country
    study: StudyChange = same_study


TRAPS = (
    Trap(1, "regression_to_the_mean",
         "People are chosen for a high cost the year before; the programme does nothing",
         planting.with_the_costliest, planting.only_the_costliest),
    Trap(2, "few_treated_clusters",
         "The study files ask for cluster-robust errors with one site",
         study=planting.first_design(inference="cluster robust")),
    Trap(3, "person_level_errors",
         "The study files ask for errors as if persons were independent",
         study=planting.first_design(inference="independent persons")),
    Trap(4, "matching_on_level",
         "The study files match on the outcome before the start",
         study=planting.first_design(settings={"match_on_outcome": True})),
    Trap(5, "pretrend_not_significant",
         "Cost in the sites drifts by half a percent a year, from the first year on",
         planting.planting(OwnTrend(0.005))),
    Trap(6, "post_start_covariates",
         "The study files match on a score of need that is known from the start on only",
         planting.planting(RiskScore("risk_score")), planting.matched_on("risk_score")),
    Trap(7, "contaminated_pool",
         "Ten more regions run a programme, and the study files name no register",
         planting.ten_more_regions, planting.without("comparator", "register")),
    Trap(8, "neighbour_spillover",
         "Municipalities that border on a site feel half of the effect",
         each_programme(lambda p: replace(p, beyond=0.5))),
    Trap(9, "billing_reform_2015",
         "The shorter hospital claims of 2015 take 6 % more off the sites than elsewhere",
         planting.planting(HospitalBills(0.06))),
    Trap(10, "covid_years",
         "The data go on to 2021; claims of 2020 and 2021 fall, unevenly, and nobody says so",
         planting.until_2021),
    Trap(11, "boundary_vintages",
         "Municipalities of sites take over a neighbour and keep their name",
         planting.planting(TakenOver(6))),
    Trap(12, "modelled_outcome",
         "Health is a modelled small-area figure that cannot show a local effect",
         planting.planting(ModelledEstimate("good_health_modelled")), planting.modelled_health),
    Trap(13, "nominal_euros",
         "Euros have no price year, and the last year misses 7 % of its claims",
         planting.last_year_incomplete, planting.without_price),
    Trap(14, "top_costs",
         "One patient of the first site costs five million euro a year",
         planting.planting(OneCostlyPatient(5e6))),
    Trap(15, "dilution",
         "Programmes reach a tenth of the people that they would reach",
         each_programme(lambda p: replace(p, uptake=0.1 * p.uptake))),
    Trap(16, "participants_as_population",
         "Most of what participants no longer use is used by others who are eligible",
         each_programme(planting.with_induced_demand)),
    Trap(17, "gross_as_net",
         "A programme costs more than it takes off the bills, and the study files speak of savings",
         each_programme(lambda p: replace(p, price=10 * p.price)), planting.called_savings),
    Trap(18, "many_outcomes",
         "Thirty indicators that no programme touches are looked at beside",
         planting.with_indicators, planting.thirty_indicators),
    Trap(19, "composition",
         "Half of those who cost most move out of the sites when the programmes start",
         planting.planting(Leavers(0.5, 10_000)), planting.without("arguments", "stable_composition")),
    Trap(20, "short_follow_up",
         "Every programme starts in the last year", planting.in_the_last_year),
)  # fmt: skip
"""All of them, by number."""


def with_traps(country: Country, traps: Iterable[Trap]) -> Country:
    """Plant traps in a country, one after the other."""
    return reduce(lambda changed, trap: trap.country(changed), traps, country)


def trap_named(name: str) -> Trap:
    """Find a trap.

    Raises
    ------
    UserError
        No trap has this name.
    """
    for trap in TRAPS:
        if trap.name == name:
            return trap
    near = nearest(name, [trap.name for trap in TRAPS])
    hint = f"did you mean '{near}'? " if near else ""
    raise UserError(f"no trap '{name}': {hint}`lmpeval simulate --traps` lists all {len(TRAPS)}")
