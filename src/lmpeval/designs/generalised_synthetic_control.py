"""Generalised synthetic control: factors that all follow, each in its own measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmpeval.assumptions import COMMON, DONOR_FIT
from lmpeval.design import Assumption, Inference
from lmpeval.donors.paths import at_once, mixed
from lmpeval.estimate import Comparison
from lmpeval.inference import PlaceboGroups
from lmpeval.panel import Floats, Panel

EMPTY = 1e-12
"""A direction with less than this share of the donors' variance holds rounding alone."""


@dataclass(frozen=True)
class GeneralisedSyntheticControl:
    """What the treated would have been by the factors that donors follow in all years (Xu 2017).

    Figures are a unit's level, a year's effect, a few factors that each unit follows in its own measure, and
    noise. Factors are found among donors in all years, by size; in what measure the treated follow them, in
    the years before the start. How many there are is told by leaving out each year before the start in turn.
    Without any it is difference-in-differences against all donors, by size. Written as weights these may be
    below zero: there the comparison extrapolates.

    Factors rest on the donors' years from the start on too; nothing of the treated after the start is used.

    Parameters
    ----------
    factors : int or None
        How many; None for as many as the years left out tell.
    most : int
        At most so many where they are to tell; always two fewer than there are years before the start.

    References
    ----------
    Xu (2017), Generalized synthetic control method, Political Analysis 25; Bai (2009), Panel data models with
    interactive fixed effects, Econometrica 77.
    """

    factors: int | None = None
    most: int = 5
    inference: Inference = PlaceboGroups()
    formula: ClassVar[str] = "Yᵢ(t) = aᵢ + l(t) + λᵢ·f(t) + e, Ŷ(t) = a_T + l(t) + λ_T·f(t)"
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, DONOR_FIT)

    def __post_init__(self) -> None:
        """Refuse numbers of factors that are none."""
        wrong = [
            f"{name} is {found}, expected 0 or more"
            for name, found in (("factors", self.factors), ("most", self.most))
            if found is not None and found < 0
        ]
        if wrong:
            raise ValueError("; ".join(wrong))

    def compare(self, panel: Panel) -> Comparison:
        """Level, year effects and factors, as the treated followed them before the start."""
        return self.compare_many([panel])[0]

    def compare_many(self, panels: Sequence[Panel]) -> list[Comparison]:
        """Compare in many panels: at once where they differ in roles alone, else one by one."""
        return at_once(panels, self._together)

    def _together(self, panels: Sequence[Panel]) -> list[Comparison]:
        weights = self._weights(panels)
        return [
            Comparison(
                mixed(panel, row[panel.compared], "apart"),
                row[panel.compared],
                extrapolates=True,
                reads_after=True,
            )
            for panel, row in zip(panels, weights, strict=True)
        ]

    def _weights(self, panels: Sequence[Panel]) -> Floats:
        """Weights of the donors in each panel; shape (n_panels, n_units)."""
        first, before = panels[0], panels[0].before
        weight = np.array([panel.size * panel.compared for panel in panels])
        weight /= weight.sum(axis=1, keepdims=True)
        outcome = first.outcome - first.controls.mean(axis=1)[:, None]
        path = outcome - outcome.mean(axis=0)
        year = weight @ path.T
        apart = path - year[:, :, None]  # (n_panels, n_years, n_units)
        variance, factors = np.linalg.eigh((weight[:, None] * apart) @ np.swapaxes(apart, 1, 2))
        variance, factors = variance[:, ::-1], factors[:, :, ::-1]  # the largest first
        real = variance > EMPTY * variance.sum(axis=1, keepdims=True)
        treated = np.array(
            [panel.treated_mean[before] - first.controls[before].mean(axis=1) for panel in panels]
        )
        followed = self._followed(treated - year[:, before], factors[:, before] * real[:, None])
        scaled = np.divide(followed, variance, out=np.zeros_like(followed), where=real)
        loading = (factors @ scaled[:, :, None])[:, :, 0]
        return np.asarray(weight * (1 + (loading[:, None] @ apart)[:, 0]))

    def _followed(self, treated: Floats, factors: Floats) -> Floats:
        """In what measure the treated follow each factor, zero for those left out; (n_panels, n_years).

        Parameters
        ----------
        treated : array, shape (n_panels, n_before)
            Less the effects of the years.
        factors : array, shape (n_panels, n_before, n_years)
            By the variance that they take, falling.
        """
        n_before = treated.shape[1]
        if self.factors is not None:
            tried = [min(self.factors, max(n_before - 2, 0))]
        else:
            tried = list(range(max(min(self.most, n_before - 2), 0) + 1))
        fits = [_fitted(treated, factors[:, :, :number]) for number in tried]
        best = np.argmin([error for _, error in fits], axis=0)
        found = np.zeros((len(treated), factors.shape[2]))
        for k, (slopes, _) in enumerate(fits):
            found[best == k, : slopes.shape[1]] = slopes[best == k]
        return found


def _fitted(treated: Floats, factors: Floats) -> tuple[Floats, Floats]:
    """Regression on a constant and factors: slopes, and the squared error in a year left out.

    Returns
    -------
    array, shape (n_panels, n_factors)
    array, shape (n_panels,)
        From the residual over one minus leverage; infinite where a year decides about itself.
    """
    n_panels, n_before, n_factors = factors.shape
    centred = factors - factors.mean(axis=1, keepdims=True)
    inverse = np.linalg.pinv(centred) if n_factors else np.zeros((n_panels, 0, n_before))
    slopes = (inverse @ treated[:, :, None])[:, :, 0]
    about = treated - treated.mean(axis=1, keepdims=True)
    residual = about - (centred @ slopes[:, :, None])[:, :, 0]
    free = 1 - 1 / n_before - np.einsum("ptk,pkt->pt", centred, inverse)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(free > 1e-9, residual / free, np.inf) ** 2
    return slopes, np.asarray(error.mean(axis=1))
