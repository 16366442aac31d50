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
from lmpeval.panel import Bools, Floats, Panel
from lmpeval.weighting import Mixtures, mixtures


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
        if not all(_same_figures(panel, first) for panel in panels):
            return [self.compare(panel) for panel in panels]
        before = first.before
        path = first.outcome[before] - first.outcome[before].mean(axis=0)
        relative_noise = first.size.mean() / first.size
        targets = np.array([p.treated_mean[before] - p.treated_mean[before].mean() for p in panels])
        allowed = np.array([p.compared for p in panels])
        price = len(path) * self.ridge**2 * _noise(path, first.size, allowed)
        weights = mixtures(Mixtures(path, relative_noise, targets, allowed, price))
        return [self._mixed(panel, row[panel.compared]) for panel, row in zip(panels, weights, strict=True)]

    def _mixed(self, panel: Panel, weights: Floats) -> Comparison:
        mixture = panel.controls @ weights
        lift = (panel.treated_mean - mixture)[panel.before].mean()
        return Comparison(mixture + lift, weights)


def _same_figures(panel: Panel, other: Panel) -> bool:
    shared = panel.outcome is other.outcome and panel.exposure is other.exposure
    return shared and panel.years is other.years and panel.start == other.start


def _noise(path: Floats, size: Floats, allowed: Bools) -> Floats:
    """Variance of a donor of mean size around what donors share, in a year; shape (n_panels,).

    The years before the start span directions in which donors differ; a factor that donors follow in
    different measure is large in one or two of them, noise is about equal in all. The median over the
    directions, net of the year effects, is the noise and not the factor: priced at the sum of both, a
    mixture would keep away from the donors that move like the treated.

    path has shape (n_years, n_units), each unit relative to its own mean; size (n_units,), allowed
    (n_panels, n_units).
    """
    shared = allowed * size / (allowed @ size)[:, None] @ path.T  # (n_panels, n_years)
    apart = path - shared.mean(axis=0)[:, None]
    shared = shared - shared.mean(axis=0)
    weight = allowed * (size / size.mean())
    products = (apart[:, None] * apart).reshape(-1, len(size))
    about_zero = (weight @ products.T).reshape(-1, len(path), len(path))
    cross = (weight @ apart.T)[:, :, None] * shared[:, None]
    own = about_zero - cross - np.swapaxes(cross, 1, 2)
    own += weight.sum(axis=1)[:, None, None] * shared[:, :, None] * shared[:, None]
    # rows sum to zero over the years: one direction is empty and is left out
    directions = np.linalg.eigvalsh(own)[:, 1:] / allowed.sum(axis=1)[:, None]
    if not directions.size:
        # one year before the start leaves no path to follow: any price gives the least noisy mixture
        return np.ones(len(allowed))
    # without any noise every exact weighting is as good; a trace of it, as large as rounding, picks the
    # most even one, and shared shocks however large do not raise it above real noise
    trace = 1e-24 * (allowed @ np.square(path).sum(axis=0)) / (len(path) * allowed.sum(axis=1))
    variance = np.maximum(np.median(directions, axis=1), trace)
    return np.where(variance > 0, variance, 1.0)
