"""Synthetic control: a weighted mean of donors that moves with the treated before the start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import ClassVar

import numpy as np

from lmpeval.assumptions import COMMON, DONOR_FIT
from lmpeval.design import Assumption, Inference
from lmpeval.donors.paths import Donors, Levels, at_once, mixed_in_each, wrong_with
from lmpeval.donors.predictor_fit import Importance, Pool, wrong_with_predictors
from lmpeval.estimate import Comparison
from lmpeval.inference import PlaceboGroups
from lmpeval.panel import Floats, Panel
from lmpeval.predictors import Predictor


@dataclass(frozen=True)
class SyntheticControl:
    """Observed minus synthetic outcome of the treated, levels apart (Doudchenko and Imbens 2016).

    Unless `levels` are together, every unit is taken relative to its own mean before the start (Ferman and
    Pinto 2021); weights are not negative and sum to one (Abadie, Diamond and Hainmueller 2010). With a few
    hundred donors and a handful of years many weightings fit equally well, so noise is priced in: the weights
    minimise the squared misfit a year plus the variance that the donors' own noise gives the mixture, which
    is small for large donors and for many of them. That makes the weights unique and free of the donors'
    order.

    With `predictors` the mixture matches these in place of the path, as the classical synthetic control does.
    A predictor is the mean of a column, or of the outcome itself, over years before the start. In a placebo
    test that moves the start back, it is the mean over those of its years that are left, and is dropped where
    none is; where no predictor is left, the path is matched.

    Parameters
    ----------
    ridge : float
        Price of noise; 1 takes it at its measured value. With fewer donors than years, next to nothing (1e-6)
        gives the classical weights.
    levels : str
        "apart" compares changes: the mixture is lifted to the level of the treated. "together" compares
        figures as they stand, as the classical synthetic control does: a site above or below all donors has
        no mixture then, and what it differs by is taken for effect.
    predictors : tuple of Predictor
        What to match in place of the path; each measured in its standard deviation over the donors and the
        treated, who count as one.
    v : str
        Importance of the predictors: that of a "regression" of the outcome before the start on all of them
        (Kaul and others 2022); "given" as their weights; "nested" for the one whose mixture follows the path
        best, found by search. The last is a choice among many and can follow noise: in the placebo tests of
        Proposition 99 one search that stops short of the best moves the p-value from .026 to .051.
    pairwise : float
        Price of donors that are themselves unlike the treated: the squared misfit of each, by its weight,
        times this is added to that of the mixture (Abadie and L'Hour 2021, equation 5). A large one leaves
        the nearest donor; any above zero keeps from averaging donors far on either side, and with next to no
        `ridge` leaves few donors.

    References
    ----------
    Abadie, Diamond and Hainmueller (2010), Synthetic control methods for comparative case studies, Journal of
    the American Statistical Association 105; Doudchenko and Imbens (2016), NBER working paper 22791; Ferman
    and Pinto (2021), Synthetic controls with imperfect pretreatment fit, Quantitative Economics 12; Kaul,
    Kloessner, Pfeifer and Schieler (2022), Standard synthetic control methods: the case of using all
    preintervention outcomes together with covariates, Journal of Business and Economic Statistics 40; Abadie
    and L'Hour (2021), A penalized synthetic control estimator for disaggregated data, Journal of the American
    Statistical Association 116.
    """

    ridge: float = 1.0
    levels: Levels = "apart"
    predictors: tuple[Predictor, ...] = ()
    v: Importance = "regression"
    pairwise: float = 0.0
    inference: Inference = PlaceboGroups()
    formula: ClassVar[str] = "Ŷ(t) = Σ wⱼ Yⱼ(t) + h (Ȳ_T - Σ wⱼ Ȳⱼ)"
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, DONOR_FIT)

    def __post_init__(self) -> None:
        """Refuse free noise, with which the weights would not be unique, and what cannot be matched."""
        wrong = wrong_with(self.ridge, self.levels) + wrong_with_predictors(self.predictors, self.v)
        if not 0 <= self.pairwise < inf:
            wrong.append(f"pairwise is {self.pairwise:g}, expected 0 or more")
        if self.pairwise and self.v == "nested":
            wrong.append("pairwise has no meaning where the importance that it is measured by is searched")
        if wrong:
            raise ValueError("; ".join(wrong))

    @property
    def follows_nothing_else(self) -> bool:
        """Whether the path and the price of noise alone decide on the weights."""
        return not (self.predictors or self.pairwise)

    def price(self, donors: Donors) -> Floats:
        """Variance that a mixture is charged for in every year; shape (n_panels,)."""
        return self.ridge**2 * donors.noise

    def compare(self, panel: Panel) -> Comparison:
        """Mixture of donors; with levels apart, lifted to the mean of the treated before the start."""
        return self.compare_many([panel])[0]

    def compare_many(self, panels: Sequence[Panel]) -> list[Comparison]:
        """Compare in many panels: at once where they differ in roles alone, else one by one."""
        return at_once(panels, self._together)

    def _together(self, panels: Sequence[Panel]) -> list[Comparison]:
        donors = Donors.of(panels, self.levels)
        price = self.price(donors)
        weights = (
            self._matching(panels, donors, price) if self.predictors else donors.mixed(price, self.pairwise)
        )
        return [
            Comparison(path, row[panel.compared])
            for panel, row, path in zip(
                panels, weights, mixed_in_each(panels, weights, self.levels), strict=True
            )
        ]

    def _matching(self, panels: Sequence[Panel], donors: Donors, price: Floats) -> Floats:
        """Weights that match predictors; shape (n_panels, n_units)."""
        pools = [Pool.of(donors, number, panel) for number, panel in enumerate(panels)]
        weights = np.zeros(donors.allowed.shape) if all(pools) else donors.mixed(price, self.pairwise)
        for row, allowed, pool, cost in zip(weights, donors.allowed, pools, price, strict=True):
            if pool is not None:
                row[allowed] = self._of_pool(pool, float(cost))
        return weights

    def _of_pool(self, pool: Pool, price: float) -> Floats:
        """Weights of the donors of one panel; shape (n_donors,)."""
        if self.v == "nested":
            return pool.searched(price)
        given = np.array([self.predictors[k].weight for k in pool.kept], dtype=float)
        return pool.weighed(given if self.v == "given" else pool.by_regression(), price, self.pairwise)
