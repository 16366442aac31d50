"""What outcomes that nothing could have moved say of the error that no interval shows.

Estimates of negative controls scatter more than their errors allow where something other than chance is in
them. A normal law of that systematic error is fitted, and other estimates are judged against it (Schuemie and
others 2014, 2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import ndtr, stdtr, stdtrit

from lmpeval.panel import Floats

STEPS = 400
"""Standard deviations that are tried before the best of them is made exact."""


@dataclass(frozen=True)
class Calibrated:
    """An estimate as systematic error like that of the controls leaves it.

    Attributes
    ----------
    effect, low, high : float
        In the unit of the estimate.
    p : float
        Of no effect, two-sided; below ``1 - level`` where the interval leaves out zero.
    """

    effect: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class EmpiricalNull:
    """Law of the systematic error: normal, in the unit of the estimates.

    Attributes
    ----------
    mean, deviation : float
    mean_error : float
        Standard error of the mean.
    n_controls : float
        On how many negative controls it rests; infinite for a law that is taken as known.
    """

    mean: float
    deviation: float
    mean_error: float = 0.0
    n_controls: float = inf

    @property
    def expected_error(self) -> float:
        """Mean absolute systematic error (EASE of OHDSI): that of a folded normal law."""
        if self.deviation == 0:
            return abs(self.mean)
        z = self.mean / self.deviation
        return float(
            self.deviation * np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2) + self.mean * (1 - 2 * ndtr(-z))
        )

    def calibrated(
        self, estimate: float, error: float, quantile: float = 0.0, level: float = 0.95
    ) -> Calibrated:
        """Take the mean off an estimate and let its error grow by the law's deviation.

        With the law taken as known this is Schuemie and others (2014, 2018). Of few controls the law is known
        little itself: its mean has an error, its deviation is that of a sample, and the interval is one of
        prediction, by t of one degree of freedom fewer than controls (Higgins, Thompson and Spiegelhalter
        2009).

        Parameters
        ----------
        estimate, error : float
        quantile : float
            Half the estimate's own interval over its error, where that is wider than the law's: an error of
            few regions keeps its tails.
        level : float
        """
        n = self.n_controls
        freedom, of_sample = n - 1, n / (n - 1) if n < inf else 1.0
        spread = float(np.sqrt(of_sample * self.deviation**2 + self.mean_error**2 + error**2))
        of_law = float(stdtrit(freedom, (1 + level) / 2))
        wider = max(quantile, of_law)
        effect, reach = estimate - self.mean, wider * spread
        p = 2 * stdtr(freedom, -abs(effect) / spread * of_law / wider)
        return Calibrated(effect, effect - reach, effect + reach, float(p))


def empirical_null(estimates: Floats, errors: Floats) -> EmpiricalNull:
    """Fit by maximum likelihood to negative controls.

    For a given deviation the mean is the weighted one, so that the deviation alone is searched for: over a
    grid up to the range of the estimates, which it cannot exceed, and then between the best one's neighbours.

    Parameters
    ----------
    estimates, errors : array, shape (n_controls,)
        With their standard errors, above 0; of one unit. Two or more.
    """
    grid = np.linspace(0.0, np.ptp(estimates) or float(errors.mean()), STEPS)
    best = int(np.argmin(_unlikely(grid, estimates, errors)))

    def unlikely(deviation: float) -> float:
        return float(_unlikely(np.array([deviation]), estimates, errors)[0])

    ends = (grid[max(best - 1, 0)], grid[min(best + 1, STEPS - 1)])
    found = float(minimize_scalar(unlikely, bounds=ends, method="bounded", options={"xatol": 1e-9}).x)
    deviation = found if unlikely(found) < unlikely(0.0) else 0.0
    weights = 1 / (deviation**2 + errors**2)
    return EmpiricalNull(
        mean=float(weights @ estimates / weights.sum()),
        deviation=deviation,
        mean_error=float(1 / np.sqrt(weights.sum())),
        n_controls=len(estimates),
    )


def _unlikely(deviations: Floats, estimates: Floats, errors: Floats) -> Floats:
    """Less the log-likelihood at each deviation, the mean at its best; shape (n_deviations,)."""
    variance = deviations[:, None] ** 2 + errors**2
    mean = (estimates / variance).sum(axis=1) / (1 / variance).sum(axis=1)
    apart = (estimates - mean[:, None]) ** 2
    return np.asarray((np.log(variance) + apart / variance).sum(axis=1) / 2)
