"""A design's answer in a world, laid open for one check."""

from dataclasses import replace

import numpy as np

from lmpeval.design import Case, Circumstances, estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.synthetic_control import SyntheticControl

DIFFERENCES = DifferenceInDifferences(matches=20)
SYNTHETIC = SyntheticControl()


def case(panel, design=DIFFERENCES, margin=60.0, **said):
    circumstances = Circumstances(margin=margin, **said)
    found = estimate(design, panel, circumstances.lag, np.random.default_rng(0))
    return Case(design, panel, found, circumstances, np.random.default_rng(1))


def treated_moved(panel, by_year):
    """Add to the treated in the years named."""
    added = np.array([by_year.get(int(year), 0.0) for year in panel.years])
    return replace(panel, outcome=panel.outcome + np.outer(added, panel.treated))
