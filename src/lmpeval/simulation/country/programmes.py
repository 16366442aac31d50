"""The programmes of the synthetic country."""

from lmpeval.simulation.country.areas import Area, areas
from lmpeval.simulation.country.interventions import Effect, Eligible, Programme, Site
from lmpeval.simulation.country.participation import Acts, act
from lmpeval.simulation.country.sites import PROGRAMMES

__all__ = [
    "PROGRAMMES",
    "Acts",
    "Area",
    "Effect",
    "Eligible",
    "Programme",
    "Site",
    "act",
    "areas",
]
