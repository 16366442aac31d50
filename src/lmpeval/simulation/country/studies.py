"""What an evaluator of the synthetic country would write: registers, and a study file an intervention."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from lmpeval.simulation.country.areas import Area, areas
from lmpeval.simulation.country.drawn import Geography
from lmpeval.simulation.country.interventions import Eligible, Programme
from lmpeval.simulation.country.tally import Tally

if TYPE_CHECKING:
    from lmpeval.simulation.country.settings import Country

StudyText = dict[str, Any]
"""A study file as YAML reads it: keys to values, comments kept."""

TEMPLATE = Path(__file__).parent / "study.yaml"
SOURCE = "drawn by lmpeval simulate"
EVERYBODY = {"en": "everybody who lives there", "nl": "iedereen die er woont"}
"""At the end of a title: whose outcomes they are, by language."""


def intervention_register(country: Country, total: Tally) -> pd.DataFrame:
    """List every intervention by year, with its reach and cost (contract intervention_register)."""
    rows = []
    for k, programme in enumerate(country.programmes):
        if not programme.registered:
            continue
        for t, year in enumerate(range(country.first, country.last + 1)):
            if year < programme.start or (programme.delivered and programme.uptake_in(year) == 0):
                continue
            reach = round(total.exposure[k, 0, t, 0])
            rows.append(
                {
                    "programme": programme.name,
                    "year": year,
                    "title": programme.title,
                    "site": programme.site.name,
                    "theme": str(programme.theme),
                    "status": str(programme.status),
                    "delineation": str(programme.site.delineation),
                    "eligible": rule_in_words(programme.eligible),
                    "start": programme.start,
                    "ended": programme.ended,
                    "reach": reach,
                    "programme_cost": reach * programme.price,
                }
            )
    return pd.DataFrame(rows).astype({"ended": "Int64"})


def initiative_register(country: Country, geography: Geography) -> pd.DataFrame:
    """List the municipalities of every site that anybody knows of (contract initiative_register)."""
    rows = []
    for area in areas(country.programmes, geography):
        mine = [p for p in country.programmes if p.site == area.site and p.registered and p.delivered]
        for unit in np.flatnonzero(area.inside) if mine else ():
            rows.append(
                {
                    "initiative": area.site.name,
                    "unit": geography.units[unit],
                    "start": min(programme.start for programme in mine),
                    "end": None,
                    "status": "verified",
                    "source": SOURCE,
                }
            )
    return pd.DataFrame(rows, columns=["initiative", "unit", "start", "end", "status", "source"])


def studies(country: Country, geography: Geography, total: Tally) -> Mapping[str, StudyText]:
    """Write a study for each intervention that was delivered and is known, by its name.

    The population is everybody in the site's municipalities, reached or not.
    """
    placed = {area.site: area for area in areas(country.programmes, geography)}
    return {
        programme.name: _study(
            country, geography, programme, placed[programme.site], total.exposure[k, 0, :, 0]
        )
        for k, programme in enumerate(country.programmes)
        if programme.registered and programme.delivered
    }


def written(study: StudyText) -> str:
    """A study as the text of a file."""
    writer: Any = YAML()
    writer.width = 100
    stream = StringIO()
    writer.dump(study, stream)
    return stream.getvalue()


def _study(
    country: Country, geography: Geography, programme: Programme, area: Area, persons: Any
) -> StudyText:
    study: StudyText = YAML().load(TEMPLATE.read_text(encoding="utf-8"))
    site = programme.site.name
    study["study"] = programme.name
    study["title"] = f"{programme.title} in {site} of a country that does not exist, {EVERYBODY['en']}"
    in_dutch = programme.title_nl or programme.title
    study["title_nl"] = f"{in_dutch} in {site} van een land dat niet bestaat, {EVERYBODY['nl']}"
    what = study["intervention"]
    what |= {"name": programme.title, "name_nl": in_dutch, "site": site, "theme": str(programme.theme)}
    what |= {"status": str(programme.status), "start": programme.start}
    if programme.ended is not None:
        what.insert(list(what).index("start") + 1, "ended", programme.ended)
    years = range(country.first, country.last + 1)
    reach = {year: round(n) for year, n in zip(years, persons, strict=True) if programme.uptake_in(year)}
    what["reach"] = reach
    what["programme_cost"] = {year: n * programme.price for year, n in reach.items()}
    study["population"]["members"] = [geography.units[unit] for unit in np.flatnonzero(area.inside)]
    study["window"] |= {"first": country.first, "last": country.last}
    for outcome in study["outcomes"]:
        if "price" in outcome:
            outcome["price"]["year"] = min(country.last, 2018)
    others = [f"{p.title} from {p.start} on" for p in country.programmes
              if p.site == programme.site and p.delivered and p.registered and p != programme]  # fmt: skip
    about = (
        f"{programme.title}: for people with {rule_in_words(programme.eligible)}, delineated by "
        f"{programme.site.delineation}. "
        f"The figures are of everybody in the site, who also have: {'; '.join(others) or 'nothing else'}."
    )
    study.yaml_set_start_comment(_wrapped(about))  # type: ignore[attr-defined]
    return study


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 105)) + "\n"


def rule_in_words(rule: Eligible) -> str:
    """Who is eligible, for readers."""
    said = [rule.condition.replace("_", " ")] if rule.condition and rule.condition != "frail" else []
    said += ["frailty"] if rule.condition == "frail" else []
    if rule.from_age or rule.to_age < 120:
        said.append(
            f"an age of {rule.from_age} to {rule.to_age}"
            if rule.to_age < 120
            else f"an age from {rule.from_age}"
        )
    if np.isfinite(rule.ses_below):
        said.append(f"a socio-economic score below {rule.ses_below:g}")
    if rule.cost_above:
        said.append(f"cost above {rule.cost_above:,.0f} euro in the year before")
    return ", ".join(said) or "any health"
