"""Who is asked: person-years drawn from those who are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lmpeval.panel import Bools, Floats
from lmpeval.simulation.country.drawn import Singles

LARGEST_SHARE = 0.25
"""Of the adults that a survey asks in a year, however small the country."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Person-years that are asked: positions of year and person, and what programmes do to the answer."""

    year: NDArray[np.intp]
    person: NDArray[np.intp]
    shift: Floats


def sample(there: Bools, share: float, shift: Singles, rng: np.random.Generator) -> Sample:
    """Draw a share of the person-years that are there, each with what programmes shift in its answer."""
    chosen = there & (rng.random(there.shape, dtype=np.float32) < min(share, LARGEST_SHARE))
    year, person = np.nonzero(chosen)
    return Sample(year, person, shift[year, person].astype(float))


def coded(position: NDArray[np.integer[Any]], names: Sequence[str]) -> pd.Categorical[str]:
    """Texts by their positions in `names`, held as positions."""
    return pd.Categorical.from_codes(position, pd.Index(names))
