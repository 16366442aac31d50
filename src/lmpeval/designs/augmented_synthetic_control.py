"""Augmented synthetic control: a regression takes what the mixture of donors leaves of the misfit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import ClassVar

import numpy as np

from lmpeval.assumptions import COMMON, DONOR_FIT
from lmpeval.design import Assumption, Inference
from lmpeval.donors.paths import Donors, Levels, at_once, mixed_in_each, wrong_with
from lmpeval.estimate import Comparison
from lmpeval.inference import PlaceboGroups
from lmpeval.panel import Floats, Panel

FEWEST_YEARS = 3
"""With fewer years before the start none can be held out to tell how much to correct."""
GRID = 1e-8 ** (np.arange(21) / 20)
"""Penalties tried, as shares of the largest variance that donors have in one direction."""
ROUNDING = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class AugmentedSyntheticControl:
    """Synthetic control whose misfit before the start a ridge regression takes away.

    Where no mixture moves like the treated, the outcome after the start is regressed on the path before it
    among donors, and the misfit times these slopes is taken off (Ben-Michael, Feller and Rothstein 2021).
    Written as weights these may be below zero: there the comparison extrapolates. How much is corrected is
    told by leaving out each year before the start in turn: the largest of all penalties whose error is within
    one standard error of the least.

    With fewer than three years before the start nothing is corrected.

    Parameters
    ----------
    ridge, levels
        Of the mixture, as in `synthetic_control`.
    penalty : float or None
        Of the regression, as a share of the largest variance of the donors in one direction; None for the
        one that the years left out tell.

    References
    ----------
    Ben-Michael, Feller and Rothstein (2021), The augmented synthetic control method, Journal of the American
    Statistical Association 116, equations 6 to 10 and section 5.3.
    """

    ridge: float = 1.0
    levels: Levels = "apart"
    penalty: float | None = None
    inference: Inference = PlaceboGroups()
    formula: ClassVar[str] = "Ŷ(t) = M(t) + b(t)·(X_T - X_M), M(t) = Σ wⱼ Yⱼ(t) + h (Ȳ_T - Σ wⱼ Ȳⱼ)"
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, DONOR_FIT)

    def __post_init__(self) -> None:
        """Refuse free noise, unknown levels, and a penalty that is no amount."""
        wrong = wrong_with(self.ridge, self.levels)
        if self.penalty is not None and not (isfinite(self.penalty) and self.penalty > 0):
            wrong.append(f"penalty is {self.penalty:g}, expected more than 0")
        if wrong:
            raise ValueError("; ".join(wrong))

    def compare(self, panel: Panel) -> Comparison:
        """Mixture of donors, its misfit corrected."""
        return self.compare_many([panel])[0]

    def compare_many(self, panels: Sequence[Panel]) -> list[Comparison]:
        """Compare in many panels: at once where they differ in roles alone, else one by one."""
        return at_once(panels, self._together)

    def _together(self, panels: Sequence[Panel]) -> list[Comparison]:
        donors = Donors.of(panels, self.levels)
        weights = self._augmented(donors)
        return [
            Comparison(path, row[panel.compared], extrapolates=True)
            for panel, row, path in zip(
                panels, weights, mixed_in_each(panels, weights, self.levels), strict=True
            )
        ]

    def _augmented(self, donors: Donors) -> Floats:
        """Weights of the donors in each panel; shape (n_panels, n_units)."""
        weights = donors.mixed(self.ridge**2 * donors.noise)
        if len(donors.path) < FEWEST_YEARS:
            return weights
        correction = _Correction.of(donors, weights)
        if self.penalty is not None:
            penalty = np.full(len(weights), self.penalty)
        else:
            penalty = self._told_by_years_left_out(donors, weights, correction.largest)
        return np.asarray(weights + correction.at(penalty * correction.largest))

    def _told_by_years_left_out(self, donors: Donors, whole: Floats, largest: Floats) -> Floats:
        """Share of `largest` of the one-standard-error rule; shape (n_panels,). From weights of all years."""
        price, errors = self.ridge**2 * donors.noise, []
        for year in range(len(donors.path)):
            kept = donors.without(year)
            weights = kept.mixed(price, near=whole)
            correction = _Correction.of(kept, weights)
            missed = donors.targets[:, year] - weights @ donors.path[year]
            errors.append((missed - correction.moves(donors.path[year], GRID[:, None] * largest)) ** 2)
        mean = np.mean(errors, axis=0)  # (n_penalties, n_panels)
        best = mean.argmin(axis=0), np.arange(mean.shape[1])
        allowed = mean[best] + (np.std(errors, axis=0, ddof=1) / np.sqrt(len(errors)))[best]
        return np.asarray(GRID[(mean <= allowed).argmax(axis=0)])


@dataclass(frozen=True, eq=False)
class _Correction:
    """Ridge regression among donors of any later year on the path before it, by size.

    With more years than units, along as many directions as there are units in place of years.

    Attributes
    ----------
    path : array, shape (n_years, n_units)
    weight : array, shape (n_panels, n_units)
        Size of donors, zero of others.
    mean : array, shape (n_panels, n_years)
        Of the donors' paths, by size.
    misfit : array, shape (n_panels, n_years)
        What the mixture leaves of the target, along the directions.
    values : array, shape (n_panels, n_years)
        Variance of the donors along each direction, rising.
    vectors : array, shape (n_panels, n_years, n_years)
        Directions, in columns.
    """

    path: Floats
    weight: Floats
    mean: Floats
    misfit: Floats
    values: Floats
    vectors: Floats

    @classmethod
    def of(cls, donors: Donors, weights: Floats) -> _Correction:
        path, targets = donors.path, donors.targets
        if len(path) > path.shape[1]:  # units differ in as many directions as there are units
            basis = np.linalg.qr(path)[0]
            path, targets = basis.T @ path, targets @ basis
        n_years = len(path)
        weight = donors.allowed * donors.size / donors.size.mean()
        total = weight.sum(axis=1)
        mean = weight @ path.T / total[:, None]
        # about the mean, without a path a panel: the mean of squares less the square of the mean
        products = (path[:, None] * path).reshape(n_years**2, -1)
        about = (weight @ products.T).reshape(-1, n_years, n_years)
        rounding = ROUNDING * path.shape[1] * np.trace(about, axis1=1, axis2=2)
        about -= total[:, None, None] * mean[:, :, None] * mean[:, None]
        values, vectors = np.linalg.eigh(about)
        misfit = targets - weights @ path.T
        along = (np.swapaxes(vectors, 1, 2) @ misfit[:, :, None])[:, :, 0]
        return cls(path, weight, mean, along, np.where(values > rounding[:, None], values, 0.0), vectors)

    @property
    def largest(self) -> Floats:
        """Variance along the direction in which donors differ most; shape (n_panels,)."""
        return self.values[:, -1]

    def _slopes(self, penalty: Floats) -> Floats:
        """Along the directions, for a penalty of shape (..., n_panels); shape (..., n_panels, n_years)."""
        scaled = self.values + penalty[..., None]
        return np.divide(self.misfit, scaled, out=np.zeros_like(scaled), where=scaled > 0)

    def at(self, penalty: Floats) -> Floats:
        """What is added to the weights; sums to zero, shape (n_panels, n_units)."""
        slopes = (self.vectors @ self._slopes(penalty)[:, :, None])[:, :, 0]
        return np.asarray(self.weight * (slopes @ self.path - (slopes * self.mean).sum(axis=1)[:, None]))

    def moves(self, figures: Floats, penalty: Floats) -> Floats:
        """What it adds to the mixture of `figures`, shape (n_units,); shape of `penalty`."""
        goes = self.weight @ (self.path * figures).T - self.mean * (self.weight @ figures)[:, None]
        along = (np.swapaxes(self.vectors, 1, 2) @ goes[:, :, None])[:, :, 0]
        return np.asarray((self._slopes(penalty) * along).sum(axis=-1))
