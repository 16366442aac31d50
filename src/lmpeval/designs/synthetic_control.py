"""Synthetic control: a weighted mean of donors that moves with the treated before the start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmpeval.assumptions import COMMON, DONOR_FIT
from lmpeval.design import Assumption, Inference
from lmpeval.estimate import Comparison
from lmpeval.inference import PlaceboGroups
from lmpeval.panel import Floats, Panel
from lmpeval.weighting import Mixtures, donor_noise, mixtures


@dataclass(frozen=True)
class SyntheticControl:
    """Observed minus synthetic outcome of the treated, levels apart (Doudchenko and Imbens 2016).

    Every unit is taken relative to its own mean before the start (Ferman and Pinto 2021); weights are
    not negative and sum to one (Abadie, Diamond and Hainmueller 2010). With a few hundred donors and a
    handful of years many weightings fit equally well, so noise is priced in: the weights minimise the
    squared misfit a year plus the variance that the donors' own noise gives the mixture, which is small
    for large donors and for many of them. That makes the weights unique and free of the donors' order.

    Parameters
    ----------
    ridge : float
        Price of noise; 1 takes it at its measured value.

    References
    ----------
    Abadie, Diamond and Hainmueller (2010), Synthetic control methods for comparative case studies, Journal of
    the American Statistical Association 105; Doudchenko and Imbens (2016), NBER working paper 22791; Ferman
    and Pinto (2021), Synthetic controls with imperfect pretreatment fit, Quantitative Economics 12.
    """

    ridge: float = 1.0
    inference: Inference = PlaceboGroups()
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, DONOR_FIT)

    def __post_init__(self) -> None:
        """Refuse free noise: the weights would not be unique."""
        if not self.ridge > 0:
            raise ValueError(f"ridge is {self.ridge:g}; without a price above 0 the weights are not unique")

    def compare(self, panel: Panel) -> Comparison:
        """Mixture of donors, lifted by its distance to the treated mean before the start."""
        return self.compare_many([panel])[0]

    def compare_many(self, panels: Sequence[Panel]) -> list[Comparison]:
        """Compare in many panels: at once where they differ in roles alone, else one by one."""
        first = panels[0]
        if not all(panel.shares_figures(first) for panel in panels):
            return [self.compare(panel) for panel in panels]
        before = first.before
        path = first.outcome[before] - first.outcome[before].mean(axis=0)
        relative_noise = first.size.mean() / first.size
        targets = np.array([p.treated_mean[before] - p.treated_mean[before].mean() for p in panels])
        allowed = np.array([p.compared for p in panels])
        price = len(path) * self.ridge**2 * donor_noise(path, first.size, allowed)
        weights = mixtures(Mixtures(path, relative_noise, targets, allowed, price))
        return [self._mixed(panel, row[panel.compared]) for panel, row in zip(panels, weights, strict=True)]

    def _mixed(self, panel: Panel, weights: Floats) -> Comparison:
        mixture = panel.controls @ weights
        lift = (panel.treated_mean - mixture)[panel.before].mean()
        return Comparison(mixture + lift, weights)
