"""Study files of the synthetic country that ask about persons, beside everybody in the site or alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lmpeval.simulation.country.areas import Area, areas
from lmpeval.simulation.country.drawn import Geography
from lmpeval.simulation.country.interventions import Eligible
from lmpeval.simulation.country.participation import PRACTICES_IN_FIVE
from lmpeval.simulation.country.studies import EVERYBODY
from lmpeval.study import Aim, Delineation

if TYPE_CHECKING:
    from lmpeval.simulation.country.settings import Country

StudyText = dict[str, Any]
TRAITS = ["age", "woman", "ses", "diabetes", "copd", "heart_failure", "frail", "cost"]
"""What persons are matched on."""
MEASURED = ("cost", "cost_hospital", "mortality")
"""Outcomes that are known of persons."""
MADE_UP = {
    "organisations_agreed": True,
    "because": "A country that does not exist: no practice and no insurer can be recognised.",
}
"""One insurer has most of a region there, as in the Netherlands: much of it would be withheld otherwise."""
TABLES = {
    "persons": "person_year",
    "participants": "participants",
    "municipalities": "municipalities.csv",
    "municipality_codes": "municipality_codes.csv",
}


def person_studies(
    country: Country, geography: Geography, of_units: Mapping[str, StudyText]
) -> dict[str, StudyText]:
    """Ask about the participants of each intervention that reached anybody, beside everybody in the site.

    Parameters
    ----------
    country : Country
    geography : Geography
    of_units : mapping of an intervention's name to its study of everybody
        They are changed in place.
    """
    placed = {area.site: area for area in areas(country.programmes, geography)}
    made = {}
    for programme in country.programmes:
        study = of_units.get(programme.name)
        if study is None or not any(study["intervention"]["reach"].values()):
            continue  # in a small country some interventions reach nobody
        study["title"] = study["title"].replace(EVERYBODY["en"], "participants and everybody")
        study["title_nl"] = study["title_nl"].replace(EVERYBODY["nl"], "deelnemers en iedereen")
        study["population"] |= {"participants": programme.name}
        study["data"] |= TABLES
        rated = [outcome for outcome in study["outcomes"] if outcome["aim"] == Aim.EXPERIENCE]
        ask_of_persons(study, rule_text(programme.eligible))
        study["outcomes"] += rated  # of everybody: whose ratings they are is not known
        _delineate(study, placed[programme.site], geography)
        study["designs"] = [study["designs"][0], {"use": "propensity_matching"}]
        made[programme.name] = study
    return made


def ask_of_persons(study: StudyText, rule: str) -> None:
    """Select persons by a rule, match them on what they are like, and keep outcomes known of persons."""
    if rule:
        study["population"]["subpopulation"] = rule
    if "cost" in rule:
        study["population"]["selection"] = "risk"
    study["comparator"]["match_persons_on"] = list(TRAITS)
    study["disclosure"] = dict(MADE_UP)
    study["outcomes"] = [outcome for outcome in study["outcomes"] if outcome["name"] in MEASURED]


def only_persons(study: StudyText) -> None:
    """Leave everybody else in the site out of a study: its figures are those of persons."""
    study["data"] = {name: path for name, path in TABLES.items() if name != "participants"}
    study["comparator"]["match_on"] = []
    for outcome in study["outcomes"]:
        outcome.pop("column", None)
        if "truncated" in outcome:
            outcome["truncated"] = f"{outcome['name']}_truncated"


def rule_text(eligible: Eligible) -> str:
    """Who is eligible, as a rule of the study file; empty for everybody."""
    return " and ".join(_parts(eligible))


def _parts(eligible: Eligible) -> Iterator[str]:
    if eligible.condition:
        yield f"{eligible.condition} == 1"
    if eligible.from_age:
        yield f"age >= {eligible.from_age}"
    if eligible.to_age < 120:
        yield f"age <= {eligible.to_age}"
    if np.isfinite(eligible.ses_below):
        yield f"ses < {eligible.ses_below:g}"
    if eligible.cost_above:
        yield f"cost > {eligible.cost_above:.0f}"


def _delineate(study: StudyText, area: Area, geography: Geography) -> None:
    """Name the practices or the insurer whose people an intervention is for, and where they live."""
    who, kind = study["population"], area.site.delineation
    if kind is Delineation.MUNICIPALITIES:
        return
    who["within"] = who["members"]
    who["delineation"] = str(kind)
    if kind is Delineation.GP_CATCHMENT:
        who["members"] = [str(number) for number in participating_practices(area, geography)]
    else:
        province = geography.area[area.inside.argmax()]
        who["members"] = [geography.insurers[int(geography.insurer_share[province].argmax())]]


def participating_practices(area: Area, geography: Geography) -> list[int]:
    """Practices of the site's municipalities that take part."""
    first, among = geography.first_practice, PRACTICES_IN_FIVE
    return [
        int(number)
        for unit in np.flatnonzero(area.inside)
        for number in range(first[unit], first[unit + 1])
        if (number - first[unit]) % among[1] < among[0]
    ]
