"""Synthetic difference-in-differences: donors that move like the treated, years that are like those after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal, get_args

import numpy as np

from lmpeval.assumptions import COMMON, DONOR_FIT
from lmpeval.design import Assumption, Inference
from lmpeval.donors.paths import Donors, at_once, wrong_with
from lmpeval.estimate import Comparison
from lmpeval.inference import PlaceboGroups
from lmpeval.mixtures.simplex import on_simplex
from lmpeval.panel import Bools, Floats, Panel

Noise = Literal["apart from what donors share", "as published"]
"""What the price of uneven weights on donors is measured by."""
YEARS_PRICE = 1e-6
"""Price of uneven weights on years, in units of the noise: just enough to make them unique."""


@dataclass(frozen=True)
class SyntheticDifferenceInDifferences:
    """Change since years that are like those after the start, in the treated and in donors that move alike.

    Donors are weighted to move like the treated before the start (Doudchenko and Imbens 2016), years before
    the start so that their weighted mean is as far from the mean of the years after in one donor as in
    another. The former helps where trends are not parallel, the latter where a year was unlike all others;
    the estimate is difference-in-differences with both weights (Arkhangelsky and others 2021, algorithm 1).

    The weights on years rest on the donors' years from the start on too; nothing of the treated after the
    start is used.

    Parameters
    ----------
    ridge : float
        Price of uneven weights on donors; 1 is the published one, ``(treated units x years after)^(1/4)``
        times the noise. The number of treated units is counted in donors of mean size.
    noise : str
        "apart from what donors share" measures it as `synthetic_control` does: what all units or some of
        them share in a year is no noise; "as published" is the spread of the steps from each year to the
        next, whoever shares them.

    References
    ----------
    Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), Synthetic difference-in-differences, American
    Economic Review 111; Doudchenko and Imbens (2016), NBER working paper 22791.
    """

    ridge: float = 1.0
    noise: Noise = "apart from what donors share"
    inference: Inference = PlaceboGroups()
    formula: ClassVar[str] = "Ŷ(t) = Σ wⱼ Yⱼ(t) + Σ vₛ (Y_T(s) - Σ wⱼ Yⱼ(s))"
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, DONOR_FIT)

    def __post_init__(self) -> None:
        """Refuse free noise, and a way to measure it that is not known."""
        wrong = wrong_with(self.ridge)
        if self.noise not in get_args(Noise):
            wrong.append(f"noise is '{self.noise}', expected one of: {', '.join(get_args(Noise))}")
        if wrong:
            raise ValueError("; ".join(wrong))

    def compare(self, panel: Panel) -> Comparison:
        """Mixture of donors, lifted by its distance to the treated in the years that are like those after."""
        return self.compare_many([panel])[0]

    def compare_many(self, panels: Sequence[Panel]) -> list[Comparison]:
        """Compare in many panels: at once where they differ in roles alone, else one by one."""
        return at_once(panels, self._together)

    def _together(self, panels: Sequence[Panel]) -> list[Comparison]:
        first, donors = panels[0], Donors.of(panels, "apart")
        counted = _Counted(first, donors.allowed)
        noise = donors.noise if self.noise == "apart from what donors share" else counted.steps
        treated = np.array([panel.size[panel.treated].sum() for panel in panels]) / counted.mean_size
        weights = donors.mixed(self.ridge**2 * np.sqrt(treated * (~first.before).sum()) * noise)
        years = counted.years_like_those_after(YEARS_PRICE**2 * noise)
        mixtures = weights @ first.outcome.T
        apart = np.array([panel.treated_mean for panel in panels]) - mixtures
        paths = mixtures + (years * apart[:, first.before]).sum(axis=1, keepdims=True)
        return [
            Comparison(path, row[panel.compared], reads_after=True)
            for panel, row, path in zip(panels, weights, paths, strict=True)
        ]


@dataclass(frozen=True, eq=False)
class _Counted:
    """Figures of a panel with several pools of donors, each counting by its size.

    Attributes
    ----------
    panel : Panel
    allowed : array of bool, shape (n_pools, n_units)
    """

    panel: Panel
    allowed: Bools

    @cached_property
    def mean_size(self) -> Floats:
        """Of the donors of each pool; shape (n_pools,)."""
        return np.asarray((self.allowed @ self.panel.size) / self.allowed.sum(axis=1))

    @cached_property
    def weight(self) -> Floats:
        """Of donors, their mean being one; shape (n_pools, n_units)."""
        return np.asarray(self.allowed * self.panel.size / self.mean_size[:, None])

    @property
    def steps(self) -> Floats:
        """Variance of a unit of mean size from one year before the start to the next; shape (n_pools,)."""
        steps = np.diff(self.panel.outcome[self.panel.before], axis=0)
        n_steps = self.allowed.sum(axis=1) * len(steps)
        if not len(steps):
            return np.ones(len(self.allowed))
        mean = self.weight @ steps.sum(axis=0) / n_steps
        squares = self.weight @ np.square(steps).sum(axis=0) - n_steps * mean**2
        return np.asarray(squares / (n_steps - 1) * self.mean_size / self.panel.size.mean())

    def years_like_those_after(self, price: Floats) -> Floats:
        """Weights with which years before foretell the mean of those after; shape (n_pools, n_before).

        price, shape (n_pools,), is that of uneven weights, for each donor.
        """
        before = self.panel.before
        outcome = self.panel.outcome - self.panel.controls.mean(axis=1)[:, None]
        ahead = (outcome[before] - outcome[~before].mean(axis=0)).T
        n_donors, n_before = self.allowed.sum(axis=1), ahead.shape[1]
        products = (ahead[:, :, None] * ahead[:, None, :]).reshape(len(ahead), -1)
        mean = self.weight @ ahead / n_donors[:, None]
        spread = (self.weight @ products).reshape(-1, n_before, n_before)
        spread -= n_donors[:, None, None] * mean[:, :, None] * mean[:, None, :]
        values, vectors = np.linalg.eigh(spread)
        cost = np.maximum(values, 0) + (n_donors * price)[:, None]
        roots = np.sqrt(cost)[:, :, None] * np.swapaxes(vectors, 1, 2)
        return on_simplex(roots)
