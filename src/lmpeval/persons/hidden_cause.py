"""A cause of exposure and outcome that nobody measured, as strong as one that was."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lmpeval.cohort import Cohort
from lmpeval.estimate import counted_years
from lmpeval.panel import Floats
from lmpeval.persons.shuffled import shuffled


@dataclass(frozen=True, eq=False)
class Cause:
    """A covariate as a cause of exposure and of the outcome's change.

    Attributes
    ----------
    name : str
    apart : float
        Mean in the treated less that in the compared, in standard deviations.
    slope : float
        What one standard deviation more does to the outcome's change among the compared, all other covariates
        alike, in the unit of the outcome.
    """

    name: str
    apart: float
    slope: float

    @property
    def bias(self) -> float:
        """What it would do to the effect if nobody had measured it (Cornfield and others 1959)."""
        return self.apart * self.slope

    def taken_off(self, cohort: Cohort, rng: np.random.Generator) -> Cohort:
        """Draw a cause as strong as this one, apart from all covariates, and take off what it did."""
        drawn = np.empty(len(cohort.treated))
        drawn[shuffled(cohort, 0)] = rng.standard_normal(len(drawn))
        hidden = drawn + self.apart * cohort.treated
        return replace(cohort, outcome=cohort.outcome - self.slope * np.outer(~cohort.before, hidden))


def strongest_cause(cohort: Cohort, lag: int) -> Cause | None:
    """Covariate that would bias the effect most if it had not been measured; None without covariates."""
    if not cohort.covariate_names:
        return None
    spread = cohort.covariates.std(axis=0)
    varies = spread > 0
    scaled = (cohort.covariates - cohort.covariates.mean(axis=0)) / np.where(varies, spread, 1.0)
    apart = scaled[cohort.treated].mean(axis=0) - scaled[~cohort.treated].mean(axis=0)
    slopes = _slopes(cohort, scaled, lag)
    strongest = int(np.argmax(np.abs(apart * slopes)))
    return Cause(cohort.covariate_names[strongest], float(apart[strongest]), float(slopes[strongest]))


def _slopes(cohort: Cohort, scaled: Floats, lag: int) -> Floats:
    """Least squares of the change on covariates, among the compared who were there before and after."""
    before, after = cohort.before, counted_years(cohort, lag)
    weight = [cohort.exposure[years].sum(axis=0) for years in (before, after)]
    there = ~cohort.treated & (weight[0] > 0) & (weight[1] > 0)
    means = [
        cohort.amounts[years][:, there].sum(axis=0) / total[there]
        for years, total in zip((before, after), weight, strict=True)
    ]
    design = np.column_stack([np.ones(there.sum()), scaled[there]])
    return np.asarray(np.linalg.lstsq(design, means[1] - means[0], rcond=None)[0][1:])
