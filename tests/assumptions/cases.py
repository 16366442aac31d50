"""A design's answer in a world, laid open for one check."""

from dataclasses import replace

import numpy as np

from lmpeval.design import Case, Circumstances, estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.estimate import Comparison, Estimate, Uncertainty

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


def estimate_of(gap, stand_ins, start, years=None, lag=0, interval=(-1.0, 1.0)):
    """An estimate with this gap, whose stand-ins have those."""
    gap, stand_ins = np.asarray(gap, dtype=float), np.asarray(stand_ins, dtype=float)
    years = np.arange(2010, 2010 + len(gap)) if years is None else np.asarray(years)
    return Estimate(
        years=years,
        start=start,
        counted=years >= start + lag,
        observed=2000 + gap,
        comparison=Comparison(np.full(len(gap), 2000.0), np.ones(1)),
        control_names=("a",),
        uncertainty=Uncertainty(
            method="permutation",
            level=0.95,
            standard_error=1.0,
            interval=interval,
            path_interval=np.zeros((len(gap), 2)),
            p=0.5,
            smallest_p=1 / (1 + len(stand_ins)),
            rank=1,
            placebo=stand_ins,
            placebo_labels=tuple(map(str, range(len(stand_ins)))),
        ),
    )
