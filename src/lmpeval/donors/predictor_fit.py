"""Mixtures that match predictors: how much each predictor counts, and the weights that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from lmpeval.donors.paths import Donors
from lmpeval.donors.predictor_search import Search
from lmpeval.mixtures.simplex import Mixtures, mixtures, on_simplex
from lmpeval.panel import Floats, Panel
from lmpeval.predictors import Predictor

Importance = Literal["regression", "nested", "given"]
"""Where the importance of predictors comes from."""
ALIKE = 1e-12
"""Spread over units, as a share of the largest figure, below which a predictor tells nobody apart."""
MATCHED = 1e-7
"""Distance to the target, in standard deviations, that counts as none."""
NEXT_TO_NOTHING = 1e-6
"""Price of noise, as a share of the spread, below which active sets are faster than Newton's method."""
BEFORE_ALL = 1e4
"""What a predictor that can be matched counts beside the path, in standard deviations of both."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Paths and predictors of one panel's donors and of its treated.

    Attributes
    ----------
    path : array, shape (n_years, n_donors)
        Before the start, relative to what units share in each year; so are the other figures of the outcome.
    target : array, shape (n_years,)
    predictors : array, shape (n_predictors, n_donors)
        In standard deviations over the donors and the treated, who count as one.
    aim : array, shape (n_predictors,)
        Of the treated.
    kept : array of int, shape (n_predictors,)
        Positions of these predictors among all that the design asks for: one without a year left, or the
        same everywhere, is not among them.
    noise : array, shape (n_donors,)
        Relative noise variance.
    """

    path: Floats
    target: Floats
    predictors: Floats
    aim: Floats
    kept: NDArray[np.intp]
    noise: Floats

    @classmethod
    def of(cls, donors: Donors, number: int, panel: Panel) -> Self | None:
        """Of the panel at this position among those of `donors`; None where there is nothing to match."""
        if panel.predictors is None:
            return None
        allowed, target = donors.allowed[number], donors.targets[number]
        figures = panel.predictors.of_columns()
        share = panel.size[panel.treated] / panel.size[panel.treated].sum()
        aims = figures[:, panel.treated] @ share
        for k, years in enumerate(panel.predictors.in_path[:, panel.before]):
            if years.any():
                figures[k], aims[k] = donors.path[years].mean(axis=0), target[years].mean()
        both = np.column_stack([figures[:, allowed], aims])
        kept = np.flatnonzero(np.isfinite(both).all(axis=1))
        spread = both[kept].std(axis=1, ddof=1)
        kept = kept[spread > ALIKE * np.abs(both[kept]).max(axis=1)]
        if not kept.size:
            return None
        scaled = both[kept] / both[kept].std(axis=1, ddof=1, keepdims=True)
        relative = panel.size.mean() / panel.size[allowed]
        return cls(donors.path[:, allowed], target, scaled[:, :-1], scaled[:, -1], kept, relative)

    @property
    def spread(self) -> float:
        """Variance of the outcome over donors in a year before the start; one where there is none."""
        return float(self.path.var(axis=1, ddof=min(1, self.path.shape[1] - 1)).mean()) or 1.0

    def by_regression(self) -> Floats:
        """Importance of predictors for the outcome in the years before the start; sums to one.

        The outcome of every year is regressed on all predictors over donors and the treated; a predictor
        counts for the sum of its squared slopes (Kaul, Kloessner, Pfeifer and Schieler 2022; the start of the
        searches of the R package Synth, and all that the Stata command does unless it is told to search).
        """
        units = np.column_stack([self.predictors, self.aim]).T
        outcome = np.column_stack([self.path, self.target]).T
        constant = np.ones((len(units), 1))
        slopes = np.linalg.lstsq(np.hstack([constant, units]), outcome, rcond=None)[0][1:]
        found = (slopes**2).sum(axis=1)
        return np.asarray(found / found.sum()) if found.any() else np.full(len(found), 1 / len(found))

    def weighed(self, importance: Floats, price: float, pairwise: float = 0.0) -> Floats:
        """Weights of the mixture that matches the predictors by their importance; shape (n_donors,).

        A predictor that is missed by a standard deviation costs its share of the importance times what the
        outcome costs that is missed by one in a year: so noise has the price that it has beside a path.
        """
        rows = np.sqrt(importance / importance.sum() * self.spread)
        return self._mixed(rows[:, None] * self.predictors, rows * self.aim, price, pairwise)

    def searched(self, price: float) -> Floats:
        """Weights of the mixture that follows the outcome best among those that some importance gives.

        Where the predictors of the treated can be matched, whatever their importance, it is the best of the
        mixtures that match them.
        """
        apart = self.aim[:, None] - self.predictors
        if np.abs(apart @ on_simplex(apart)).max() < MATCHED:
            above = BEFORE_ALL * np.sqrt(len(self.path) * self.spread)
            rows = np.vstack([above * self.predictors, self.path])
            return self._mixed(rows, np.append(above * self.aim, self.target), len(self.path) * price)
        missed = (self.path - self.target[:, None]) / np.sqrt(len(self.path))
        rows = np.vstack([missed, np.diag(np.sqrt(price * self.noise))])
        return Search(apart, rows).best(self.by_regression()).weights

    def _mixed(self, rows: Floats, target: Floats, price: float, pairwise: float = 0.0) -> Floats:
        """Weights that minimise the misfit in the rows plus the price of the mixture's noise."""
        if price < NEXT_TO_NOTHING * self.spread and not pairwise:
            uneven = np.diag(np.sqrt(price * self.noise))
            return on_simplex(np.vstack([rows - target[:, None], uneven]))
        problem = Mixtures(
            donors=rows,
            noise=self.noise,
            targets=target[None],
            allowed=np.ones((1, rows.shape[1]), dtype=bool),
            penalty=np.array([price]),
            toll=pairwise * ((rows - target[:, None]) ** 2).sum(axis=0)[None] if pairwise else None,
        )
        return np.asarray(mixtures(problem)[0])


def wrong_with_predictors(predictors: Sequence[Predictor], v: str) -> list[str]:
    """Say what is wrong with what a mixture is to match and with how its importance is found."""
    wrong = []
    if v not in get_args(Importance):
        wrong.append(f"v is '{v}', expected one of: {', '.join(get_args(Importance))}")
    if v != "regression" and not predictors:
        wrong.append(f"v is '{v}', and there are no predictors whose importance it could tell")
    weighed = [each for each in predictors if each.weight is not None]
    if v == "given" and (lacking := [str(each) for each in predictors if each.weight is None]):
        wrong.append(f"v is 'given', and no weight is given to: {', '.join(lacking)}")
    if v != "given" and weighed:
        wrong.append(f"weight of {weighed[0]} is given, and v is '{v}', not 'given'")
    if below := [str(each) for each in weighed if not 0 < (each.weight or 0) < inf]:
        wrong.append(f"expected a weight above 0 for: {', '.join(below)}")
    names = [str(each) for each in predictors]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        wrong.append(f"predictors stand twice: {', '.join(twice)}")
    return wrong
