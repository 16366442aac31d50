"""The comparison file of the synthetic country: all its interventions side by side."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lmpeval.simulation.country.interventions import Programme
    from lmpeval.simulation.country.settings import Country

NAME = "side_by_side.yaml"


def comparison(country: Country, of_units: Iterable[str], of_persons: Container[str]) -> dict[str, Any]:
    """Hold every intervention that was delivered against the others, and keep the others in sight.

    Parameters
    ----------
    country : Country
    of_units : iterable of str
        Interventions with a study of everybody in the site.
    of_persons : container of str
        Those of them with a study that asks about participants too, which is taken instead.
    """
    folders = {name: "person_studies" if name in of_persons else "studies" for name in of_units}
    return {
        "comparison": "synthetic_country",
        "title": "Interventions of a country that does not exist, side by side",
        "title_nl": "Aanpakken van een land dat niet bestaat, naast elkaar",
        "studies": [{"file": f"{folder}/{name}.yaml"} for name, folder in folders.items()],
        "unstudied": [
            _unstudied(each) for each in country.programmes if each.registered and not each.delivered
        ],
    }


def _unstudied(programme: Programme) -> dict[str, str]:
    return {
        "name": programme.title,
        "name_nl": programme.title_nl or programme.title,
        "site": programme.site.name,
        "theme": str(programme.theme),
        "status": str(programme.status),
        "reason": "It was planned and never delivered.",
        "reason_nl": "Het was gepland en is nooit uitgevoerd.",
    }
