"""Effect on the exposed between two periods in which other people were asked.

The estimators of `two_by_two` for repeated cross-sections: who is asked before and who after are two samples
of one population, alike in covariates and in how many belong to the exposed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lmpeval.group_time.nuisance import EmptyGroup, Regression, design_of, logit, regress
from lmpeval.group_time.two_by_two import Effect, refuse_unsound, weighted_mean
from lmpeval.panel import Bools, Floats


@dataclass(frozen=True, eq=False)
class Samples:
    """People asked once, before or after; an answer a row.

    Attributes
    ----------
    outcome : array, shape (n,)
    exposed : array of bool, shape (n,)
        Belongs to those who are exposed in the later period.
    after : array of bool, shape (n,)
        Asked in the later period.
    covariates : array, shape (n, n_covariates)
        Not moved by exposure; without a constant.
    weights : array, shape (n,)
        Observation weights, not negative.

    Raises
    ------
    ValueError
        For shapes that do not agree, figures that are not finite, negative weights.
    EmptyGroup
        Where exposed or compared are not asked in both periods.
    """

    outcome: Floats
    exposed: Bools
    after: Bools
    covariates: Floats
    weights: Floats

    def __post_init__(self) -> None:
        """Refuse what cannot be compared."""
        figures = {"outcome": self.outcome, "covariates": self.covariates}
        refuse_unsound({**figures, "after": self.after.astype(np.float64)}, self.exposed, self.weights)
        empty = [
            f"no {'exposed' if exposed else 'compared'} {'after' if after else 'before'}"
            for exposed in (True, False)
            for after in (True, False)
            if not self.cell(exposed, after).any()
        ]
        if empty:
            raise EmptyGroup(", ".join(empty))

    @cached_property
    def design(self) -> Floats:
        """Constant and standardised covariates; shape (n, 1 + n_covariates)."""
        return design_of(self.covariates, self.weights)

    @cached_property
    def on_exposed(self) -> Floats:
        """Weights of the exposed in either period, zero for others; shape (n,)."""
        return np.where(self.exposed, self.weights, 0.0)

    def cell(self, exposed: bool, after: bool) -> Floats:
        """Weights of one of the four groups, zero for others; shape (n,)."""
        return np.where((self.exposed == exposed) & (self.after == after), self.weights, 0.0)

    def regression(self, exposed: bool, after: bool) -> Regression:
        """Outcome on covariates in one of the four groups."""
        return regress(self.design, self.outcome[:, None], self.cell(exposed, after))


def outcome_regression(data: Samples) -> Effect:
    """Change of the exposed minus the change that the compared's two regressions expect of them.

    Heckman, Ichimura and Todd (1997). Raises Singular where the compared do not pin the regressions down.
    """
    before, after = data.regression(False, after=False), data.regression(False, after=True)
    own = _change(data.outcome[:, None], data.cell(True, after=False), data.cell(True, after=True))
    expected = weighted_mean(data.design @ (after.coefficients - before.coefficients), data.on_exposed)
    typical = data.on_exposed @ data.design / data.on_exposed.sum()
    fitted = after.influence(typical) - before.influence(typical)
    return Effect(own.effect - expected.effect, own.influence - expected.influence - fitted)


def inverse_probability(data: Samples) -> Effect:
    """Change of the exposed minus that of the compared, weighted by their odds of exposure.

    Abadie (2005) with weights that sum to one in each of the four groups. Raises Separated or Singular where
    the odds cannot be fitted.
    """
    model = logit(data.design, data.exposed, data.weights)
    outcome = data.outcome[:, None]
    own = _change(outcome, data.cell(True, after=False), data.cell(True, after=True))
    others = _change(
        outcome, data.cell(False, after=False) * model.odds, data.cell(False, after=True) * model.odds
    )
    slope = data.design.T @ others.influence / len(data.weights)
    return Effect(own.effect - others.effect, own.influence - others.influence - model.influence(slope))


def doubly_robust(data: Samples) -> Effect:
    """Locally efficient and doubly robust: equation (3.4) of Sant'Anna and Zhao (2020), `drdid_rc`.

    With m(d, t) the regression in group d at time t and w the odds weights,
    ``mean over all exposed of [m(1,1) - m(1,0) - m(0,1) + m(0,0)]`` minus the change in the compared's
    w-weighted mean residual. The paper writes two more pairs of terms; they cancel because the exposed's own
    residuals have mean zero in each period, as their regressions have a constant. The influence function is
    the derivative in the weights; that of R's DRDID 1.2.3 has the part of m(0,0) with the other sign, which
    matters little where the odds are right.

    Raises
    ------
    Separated, Singular
        Where the odds or one of the four regressions cannot be fitted.
    """
    signs = {(True, True): 1.0, (True, False): -1.0, (False, True): -1.0, (False, False): 1.0}
    fits = {group: data.regression(*group) for group in signs}
    model = logit(data.design, data.exposed, data.weights)
    expected = data.design @ np.sum(
        [sign * fits[group].coefficients for group, sign in signs.items()], axis=0
    )
    own = weighted_mean(expected, data.on_exposed)
    odds = {after: data.cell(False, after=after) * model.odds for after in (False, True)}
    left = {after: weighted_mean(fits[False, after].residual, odds[after]) for after in (False, True)}
    influence = own.influence - left[True].influence + left[False].influence
    typical = data.on_exposed @ data.design / data.on_exposed.sum()
    for (exposed, after), sign in signs.items():
        seen = typical if exposed else typical - odds[after] @ data.design / odds[after].sum()
        influence += sign * fits[exposed, after].influence(seen)
    slope = data.design.T @ (left[True].influence - left[False].influence) / len(data.weights)
    effect = own.effect - left[True].effect + left[False].effect
    return Effect(effect, influence - model.influence(slope))


def _change(outcome: Floats, before: Floats, after: Floats) -> Effect:
    """Weighted mean after minus weighted mean before, with its influence."""
    late, early = weighted_mean(outcome, after), weighted_mean(outcome, before)
    return Effect(late.effect - early.effect, late.influence - early.influence)
