"""Difference-in-differences against matched comparison units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmpeval.assumptions import COMMON, PARALLEL_TRENDS
from lmpeval.design import Assumption, Inference
from lmpeval.estimate import Comparison
from lmpeval.inference import PlaceboGroups
from lmpeval.panel import Panel
from lmpeval.weighting import nearest


@dataclass(frozen=True)
class DifferenceInDifferences:
    """Change in the treated minus change in their nearest comparison units, weighted by exposure.

    Units are matched on baseline covariates. Matching on the outcome before the start as well invites
    regression to the mean (Daw and Hatfield 2018): it is done only on request.

    Parameters
    ----------
    matches : int
        Comparison units kept for each treated unit, with replacement.
    match_on_outcome : bool
        Match on the mean outcome before the start too.

    References
    ----------
    Angrist and Pischke (2009), Mostly Harmless Econometrics, chapter 5; Daw and Hatfield (2018), Matching and
    regression to the mean in difference-in-differences analysis, Health Services Research 53.
    """

    matches: int = 10
    match_on_outcome: bool = False
    inference: Inference = PlaceboGroups()
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, PARALLEL_TRENDS)

    def __post_init__(self) -> None:
        """Refuse a comparison with nobody."""
        if self.matches < 1:
            raise ValueError(f"matches is {self.matches}; each treated unit needs at least 1")

    def compare(self, panel: Panel) -> Comparison:
        """Matched mean, lifted by its distance to the treated mean before the start."""
        covariates = panel.covariates
        if self.match_on_outcome:
            covariates = np.column_stack([covariates, panel.outcome[panel.before].mean(axis=0)])
        weights = nearest(panel, covariates, self.matches)
        matched = panel.controls @ weights
        lift = (panel.treated_mean - matched)[panel.before].mean()
        return Comparison(matched + lift, weights)
