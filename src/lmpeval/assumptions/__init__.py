"""The premises that designs rest on, one module each; the ledger holds twelve for every estimate."""

from lmpeval.assumptions.anticipation import NO_ANTICIPATION
from lmpeval.assumptions.argued import STABLE_COMPOSITION, WELL_DEFINED
from lmpeval.assumptions.balance import OBSERVED_BALANCE
from lmpeval.assumptions.donor_fit import DONOR_FIT
from lmpeval.assumptions.measurement import SAME_MEASUREMENT
from lmpeval.assumptions.other_change import NO_OTHER_CHANGE
from lmpeval.assumptions.overlap import OVERLAP
from lmpeval.assumptions.scale import RIGHT_SCALE
from lmpeval.assumptions.selection import SELECTION_NOT_BY_CHANCE
from lmpeval.assumptions.spillover import NO_SPILLOVER
from lmpeval.assumptions.trend import PARALLEL_TRENDS
from lmpeval.assumptions.uncertainty import VALID_UNCERTAINTY

COMMON = (
    WELL_DEFINED,
    NO_ANTICIPATION,
    STABLE_COMPOSITION,
    NO_SPILLOVER,
    NO_OTHER_CHANGE,
    OVERLAP,
    OBSERVED_BALANCE,
    SELECTION_NOT_BY_CHANCE,
    SAME_MEASUREMENT,
    VALID_UNCERTAINTY,
    RIGHT_SCALE,
)
"""All but the third, of which a design brings its own: parallel trends, or a fit by donors."""

__all__ = [
    "COMMON",
    "DONOR_FIT",
    "NO_ANTICIPATION",
    "NO_OTHER_CHANGE",
    "NO_SPILLOVER",
    "OBSERVED_BALANCE",
    "OVERLAP",
    "PARALLEL_TRENDS",
    "RIGHT_SCALE",
    "SAME_MEASUREMENT",
    "SELECTION_NOT_BY_CHANCE",
    "STABLE_COMPOSITION",
    "VALID_UNCERTAINTY",
    "WELL_DEFINED",
]
