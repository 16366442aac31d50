"""How many of the living have each chronic condition, by age."""

from __future__ import annotations

import numpy as np

from lmpeval.panel import Floats
from lmpeval.simulation.country.drawn import CONDITIONS

OLDEST = 115
_AGES = (0, 30, 40, 50, 60, 65, 70, 75, 80, 85, 90)
_PERCENT = {
    "diabetes": (0.2, 0.8, 2.0, 4.5, 9.5, 13.0, 16.0, 18.5, 20.5, 21.0, 21.0),
    "copd": (0.1, 0.4, 1.0, 2.8, 5.5, 7.5, 9.5, 11.5, 12.5, 12.5, 12.5),
    "heart_failure": (0.01, 0.03, 0.1, 0.3, 1.0, 2.0, 3.5, 6.0, 10.0, 15.0, 21.0),
    "frail": (0.01, 0.02, 0.1, 0.4, 1.5, 4.0, 8.0, 15.0, 26.0, 42.0, 60.0),
}
"""Prevalence at ages, rounded, of the order of registrations by Dutch general practices."""


def prevalence() -> Floats:
    """Share of people with each condition by age, shape (n_conditions, OLDEST + 1)."""
    ages = np.arange(OLDEST + 1)
    return np.array([np.interp(ages, _AGES, _PERCENT[name]) / 100 for name in CONDITIONS])
