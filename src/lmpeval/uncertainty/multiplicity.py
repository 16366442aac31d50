"""Several tests at once: p-values that stay what they say however many are looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lmpeval.panel import Floats


def holm(p: Sequence[float]) -> Floats:
    """Adjust p-values so that one below 5 % arises by chance in one of twenty families at most.

    Step-down (Holm 1979, Scandinavian Journal of Statistics 6), whatever the tests have in common.

    Parameters
    ----------
    p : sequence of float, length n_tests

    Returns
    -------
    array, shape (n_tests,)
        In the order given.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    given = np.asarray(p, dtype=float)
    order = np.argsort(given, kind="stable")
    stepped = np.maximum.accumulate(given[order] * np.arange(len(given), 0, -1))
    adjusted = np.empty(len(given))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
