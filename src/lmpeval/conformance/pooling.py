"""The starts of a world put together, as a study would, but among fewer sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lmpeval.design import Design
from lmpeval.inference import PlaceboGroups
from lmpeval.panel import Panel
from lmpeval.simulation.staggered_world import StaggeredWorld
from lmpeval.starts.path import Pooled
from lmpeval.starts.staggered import pool

SETS = 199
"""Sets drawn in the place of all starts: exact with any number, and thousands of comparisons with more."""


def pooled(
    design: Design, world: StaggeredWorld, panels: Sequence[Panel], rng: np.random.Generator
) -> Pooled:
    """Put the starts of a world together, among fewer sets than a study takes."""
    if isinstance(design.inference, PlaceboGroups):
        fewer = replace(design.inference, draws=min(SETS, design.inference.draws))
        design = replace(design, inference=fewer)  # type: ignore[type-var]
    return pool(design, panels, world.lag, rng, world.together)
