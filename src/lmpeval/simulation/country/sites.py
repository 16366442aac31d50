"""Nine sites and what each of them runs: made up, in regions where no real site is known to lie.

Effects are of the size that papers on such programmes claim for those who take part; uptake is of the size
that registers of such programmes show. No number here is a finding about any programme.
"""

from __future__ import annotations

from dataclasses import dataclass

from lmpeval.simulation.country.interventions import Effect, Eligible, Programme, Site
from lmpeval.study import Delineation, Status, Theme


@dataclass(frozen=True)
class Kind:
    """A kind of intervention, as several sites run it."""

    title: str
    title_nl: str
    theme: Theme
    eligible: Eligible
    effect: Effect
    price: float
    spillover: float = 0.0


KINDS = {
    "diabetes_care": Kind(
        "Diabetes care by the GP", "Diabeteszorg bij de huisarts", Theme.SUBSTITUTION,
        Eligible("diabetes"),
        Effect({"gp": 0.25, "hospital": -0.12}, health=0.05), 90, 0.05),
    "outpatient_near_home": Kind(
        "Specialist consultations near home", "De specialist dicht bij huis", Theme.SUBSTITUTION,
        Eligible(from_age=40),
        Effect({"gp": 0.05, "hospital": -0.05}, experience=0.10), 15),
    "formulary": Kind(
        "One formulary for the region", "Eén formularium voor de regio", Theme.SUBSTITUTION,
        Eligible(from_age=18),
        Effect({"pharmacy": -0.06}), 2, 0.20),
    "mental_care_by_gp": Kind(
        "Mental care in general practice", "Psychische zorg in de huisartsenpraktijk", Theme.SUBSTITUTION,
        Eligible(from_age=18, to_age=64, ses_below=-0.5),
        Effect({"gp": 0.10, "mental": -0.15}, health=0.05), 40),
    "frail_elderly": Kind(
        "Network for frail elderly people", "Netwerk voor kwetsbare ouderen", Theme.INTEGRATION,
        Eligible("frail"),
        Effect({"hospital": -0.08, "nursing": 0.05}, mortality=-0.08, experience=0.15), 350, 0.10),
    "heart_failure_at_home": Kind(
        "Heart failure followed at home", "Hartfalen thuis gevolgd", Theme.INTEGRATION,
        Eligible("heart_failure"),
        Effect({"hospital": -0.15, "pharmacy": 0.05}, mortality=-0.10, health=0.10), 300),
    "copd_breathing": Kind(
        "Breathing and exercise with COPD", "Ademen en bewegen met COPD", Theme.INTEGRATION,
        Eligible("copd"),
        Effect({"hospital": -0.06, "other": 0.20}, health=0.30), 220),
    "one_care_plan": Kind(
        "One care plan a person", "Eén zorgplan per persoon", Theme.INTEGRATION,
        Eligible(from_age=65),
        Effect({"gp": 0.04}, experience=0.30), 60),
    "lifestyle": Kind(
        "Lifestyle coaching in the neighbourhood", "Leefstijlcoach in de wijk", Theme.PREVENTION,
        Eligible(from_age=40, to_age=74, ses_below=0.0),
        Effect({"gp": 0.03, "hospital": -0.02}, health=0.12), 120),
    "early_help_for_families": Kind(
        "Early help for young families", "Vroege hulp voor jonge gezinnen", Theme.PREVENTION,
        Eligible(to_age=4),
        Effect({"hospital": -0.05, "other": 0.05}), 80),
}  # fmt: skip

SITES = (
    Site("Site 1", "Achterhoek", 4),
    Site("Site 2", "Twente", 5),
    Site("Site 3", "Veluwe", 3, Delineation.GP_CATCHMENT),
    Site("Site 4", "Utrecht", 4, Delineation.INSURED),
    Site("Site 5", "Kop van Noord-Holland", 5),
    Site("Site 6", "Oost-Zuid-Holland", 3, Delineation.GP_CATCHMENT),
    Site("Site 7", "West-Noord-Brabant", 6),
    Site("Site 8", "Noord-Limburg", 4),
    Site("Site 9", "Overig Zeeland", 4, Delineation.INSURED),
)


def _run(
    site: int, kind: str, start: int, uptake: float, status: Status = Status.RUNNING, ended: int | None = None
) -> Programme:
    """One intervention: a kind, at a site, from a year on."""
    of, where = KINDS[kind], SITES[site - 1]
    return Programme(
        name=f"site_{site}_{kind}", title=of.title, site=where, theme=of.theme, status=status, start=start,
        eligible=of.eligible, uptake=uptake, effect=of.effect, price=of.price, spillover=of.spillover,
        ended=ended, title_nl=of.title_nl,
    )  # fmt: skip


STOPPED, ABSORBED = Status.STOPPED, Status.ABSORBED

PROGRAMMES = (
    _run(1, "diabetes_care", 2013, 0.70),
    _run(1, "frail_elderly", 2014, 0.35),
    _run(1, "formulary", 2015, 0.60, status=ABSORBED, ended=2017),
    _run(2, "outpatient_near_home", 2013, 0.15),
    _run(2, "heart_failure_at_home", 2014, 0.30),
    _run(2, "lifestyle", 2016, 0.05),
    _run(2, "early_help_for_families", 2014, 0.20, status=STOPPED, ended=2016),
    _run(3, "diabetes_care", 2014, 0.60),
    _run(3, "mental_care_by_gp", 2015, 0.20),
    _run(4, "one_care_plan", 2014, 0.25),
    _run(4, "copd_breathing", 2015, 0.40),
    _run(4, "lifestyle", 2014, 0.04, status=STOPPED, ended=2015),
    _run(5, "frail_elderly", 2013, 0.45),
    _run(5, "copd_breathing", 2014, 0.35),
    _run(5, "diabetes_care", 2016, 0.50),
    _run(6, "formulary", 2014, 0.80),
    _run(6, "one_care_plan", 2016, 0.30),
    _run(7, "outpatient_near_home", 2014, 0.20),
    _run(7, "heart_failure_at_home", 2015, 0.25),
    _run(7, "mental_care_by_gp", 2013, 0.15, status=ABSORBED, ended=2016),
    _run(7, "early_help_for_families", 2015, 0.00, status=Status.NEVER_DELIVERED),
    _run(8, "frail_elderly", 2015, 0.40),
    _run(8, "lifestyle", 2014, 0.06),
    _run(9, "diabetes_care", 2013, 0.55),
    _run(9, "one_care_plan", 2015, 0.35),
)
"""All interventions of the nine sites, running, absorbed, stopped, and one that never came to be."""
