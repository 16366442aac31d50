"""What outcomes that nothing could have moved say of the error that no interval shows.

Estimates of negative controls scatter more than their errors allow where something other than chance is in
them. A normal law of that systematic error is fitted, and other estimates are judged against it (Schuemie and
others 2014, 2018).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import ndtr

from lmpeval.panel import Floats


@dataclass(frozen=True)
class EmpiricalNull:
    """Law of the systematic error: normal, in the unit of the estimates.

    Attributes
    ----------
    mean, deviation : float
    """

    mean: float
    deviation: float

    @property
    def expected_error(self) -> float:
        """Mean absolute systematic error (EASE of OHDSI): that of a folded normal law."""
        if self.deviation == 0:
            return abs(self.mean)
        z = self.mean / self.deviation
        return float(
            self.deviation * np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2) + self.mean * (1 - 2 * ndtr(-z))
        )

    def p(self, estimate: float, error: float) -> float:
        """Of no effect, two-sided, where an estimate errs by chance and by this law."""
        z = (estimate - self.mean) / np.sqrt(self.deviation**2 + error**2)
        return float(2 * ndtr(-abs(z)))


def empirical_null(estimates: Floats, errors: Floats) -> EmpiricalNull:
    """Fit by maximum likelihood to negative controls.

    Parameters
    ----------
    estimates, errors : array, shape (n_controls,)
        With their standard errors; of one unit.
    """
    begin = np.array([estimates.mean(), np.log(max(float(estimates.std()), 1e-6 * errors.mean()))])

    def unlikely(at: Floats) -> float:
        variance = np.exp(2 * at[1]) + errors**2
        return float((np.log(variance) + (estimates - at[0]) ** 2 / variance).sum() / 2)

    exactly = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4_000}
    found = minimize(unlikely, begin, method="Nelder-Mead", options=exactly)
    return EmpiricalNull(float(found.x[0]), float(np.exp(found.x[1])))
