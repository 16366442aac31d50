"""Effect on the exposed between one period before and one after, from each unit's change.

Three estimators of ``E[change | exposed] - E[change without exposure | exposed]`` under parallel trends given
covariates measured before. They differ in what they model: how the compared change with the covariates, who
gets exposed, or both, where either may be wrong (the `drdid_panel` estimator of Sant'Anna and Zhao 2020, by
least squares and maximum likelihood; not their "improved" one). No unit is trimmed: a compared unit that is
almost surely exposed gets the weight that goes with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lmpeval.group_time.nuisance import EmptyGroup, design_of, logit, regress
from lmpeval.panel import Bools, Floats


@dataclass(frozen=True, eq=False)
class Changes:
    """Units observed before and after, exposed in between or not.

    Attributes
    ----------
    change : array, shape (n_units, n_changes)
        After minus before; several periods or outcomes of the same units are cheaper together.
    exposed : array of bool, shape (n_units,)
    covariates : array, shape (n_units, n_covariates)
        Measured before; without a constant. May have no columns.
    weights : array, shape (n_units,)
        Observation weights, not negative; their scale is of no matter.

    Raises
    ------
    ValueError
        For shapes that do not agree, figures that are not finite, negative weights.
    EmptyGroup
        Where nobody with weight is exposed, or everybody.
    """

    change: Floats
    exposed: Bools
    covariates: Floats
    weights: Floats

    def __post_init__(self) -> None:
        """Refuse what cannot be compared."""
        if self.change.ndim != 2:
            raise ValueError(f"change has shape {self.change.shape}, not (units, changes)")
        refuse_unsound({"change": self.change, "covariates": self.covariates}, self.exposed, self.weights)

    @cached_property
    def design(self) -> Floats:
        """Constant and standardised covariates; shape (n_units, 1 + n_covariates)."""
        return design_of(self.covariates, self.weights)

    @cached_property
    def on_exposed(self) -> Floats:
        """Weights of the exposed, zero for others; shape (n_units,)."""
        return np.where(self.exposed, self.weights, 0.0)

    @cached_property
    def on_compared(self) -> Floats:
        """Weights of the compared, zero for others; shape (n_units,)."""
        return np.where(self.exposed, 0.0, self.weights)


def refuse_unsound(figures: dict[str, Floats], exposed: Bools, weights: Floats) -> None:
    """Refuse arrays of different length, missing figures, negative weights and empty groups.

    Raises
    ------
    ValueError
        Naming all that is wrong.
    EmptyGroup
    """
    n = len(exposed)
    found = {**figures, "weights": weights}
    wrong = [
        f"{name} has {len(array)} units, exposed {n}" for name, array in found.items() if len(array) != n
    ]
    wrong += [
        f"{name} has {int((~np.isfinite(array)).sum())} figures that are not finite"
        for name, array in found.items()
        if not np.isfinite(array).all()
    ]
    if exposed.dtype != np.bool_:
        wrong.append(f"exposed is {exposed.dtype}, not bool")
    if (weights < 0).any():
        wrong.append(f"{int((weights < 0).sum())} weights are negative")
    if wrong:
        raise ValueError("; ".join(wrong))
    if not weights[exposed].sum() > 0 or not weights[~exposed].sum() > 0:
        raise EmptyGroup(
            f"{int(exposed.sum())} exposed and {int((~exposed).sum())} compared units with weight"
        )


@dataclass(frozen=True, eq=False)
class Effect:
    """Estimates with what each unit has to do with them.

    Attributes
    ----------
    effect : array, shape (k,)
        In the unit of the outcome.
    influence : array, shape (n_units, k)
        ``n w_i d effect / d w_i``; columns have mean zero.
    """

    effect: Floats
    influence: Floats

    @property
    def standard_error(self) -> Floats:
        """Root of the sum of squared influence, over the number of units; shape (k,)."""
        return np.asarray(
            np.sqrt(np.einsum("ij,ij->j", self.influence, self.influence)) / len(self.influence)
        )


def weighted_mean(values: Floats, weights: Floats) -> Effect:
    """Mean of each column with weights that sum to one (Hajek 1971), and its influence.

    values, shape (n_units, k); weights, shape (n_units,).
    """
    total = weights.sum()
    mean = weights @ values / total
    return Effect(mean, (len(weights) / total * weights)[:, None] * (values - mean))


def outcome_regression(data: Changes) -> Effect:
    """Mean change of the exposed minus what the compared's regression expects of them.

    ``sum_i w_i D_i (change_i - x_i b) / sum_i w_i D_i`` with b fitted among the compared (Heckman, Ichimura
    and Todd 1997).

    Raises
    ------
    Singular
        Where the compared do not pin down b.
    """
    regression = regress(data.design, data.change, data.on_compared)
    exposed = weighted_mean(regression.residual, data.on_exposed)
    expected = data.on_exposed @ data.design / data.on_exposed.sum()
    return Effect(exposed.effect, exposed.influence - regression.influence(expected))


def inverse_probability(data: Changes) -> Effect:
    """Mean change of the exposed minus that of the compared, weighted by their odds of exposure.

    Abadie (2005) with weights that sum to one.

    Raises
    ------
    Separated, Singular
        Where the odds cannot be fitted.
    """
    model = logit(data.design, data.exposed, data.weights)
    exposed = weighted_mean(data.change, data.on_exposed)
    compared = weighted_mean(data.change, data.on_compared * model.odds)
    slope = data.design.T @ compared.influence / len(data.weights)
    influence = exposed.influence - compared.influence - model.influence(slope)
    return Effect(exposed.effect - compared.effect, influence)


def doubly_robust(data: Changes) -> Effect:
    """Odds-weighted comparison of what the compared's regression leaves unexplained.

    Equation (3.1) of Sant'Anna and Zhao (2020): right where the regression is or the odds are. The influence
    function carries the estimation of both, so that it holds too where one of them is wrong.

    Raises
    ------
    Separated, Singular
        Where the odds or the regression cannot be fitted.
    """
    regression = regress(data.design, data.change, data.on_compared)
    model = logit(data.design, data.exposed, data.weights)
    odds = data.on_compared * model.odds
    exposed = weighted_mean(regression.residual, data.on_exposed)
    compared = weighted_mean(regression.residual, odds)
    gap = data.on_exposed @ data.design / data.on_exposed.sum() - odds @ data.design / odds.sum()
    slope = data.design.T @ compared.influence / len(data.weights)
    influence = exposed.influence - compared.influence
    influence -= regression.influence(gap)
    influence -= model.influence(slope)
    return Effect(exposed.effect - compared.effect, influence)
