"""How strong something unmeasured would have to be to explain an effect away.

Three yardsticks: the robustness value, in shares of variance that measured covariates can be held against
(Cinelli and Hazlett 2020); the E-value, in risk ratios (VanderWeele and Ding 2017); and Rosenbaum's Gamma, in
odds of which region was chosen (Rosenbaum 2002).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import rankdata

from lmpeval.panel import Bools, Floats

RATIO_OF_DEVIATIONS = 0.91
"""Logarithm of the risk ratio for one standard deviation (VanderWeele and Ding 2017, after Chinn 2000)."""


def e_value(risk_ratio: float) -> float:
    """Risk ratio that a hidden trait needs, with treatment and with outcome, to explain `risk_ratio` away.

    >>> round(e_value(3.9), 2), round(e_value(1 / 3.9), 2), e_value(1.0)  # VanderWeele and Ding 2017
    (7.26, 7.26, 1.0)
    """
    above = max(risk_ratio, 1 / risk_ratio)
    return float(above + np.sqrt(above * (above - 1)))


def e_value_of_difference(effect: float, deviation: float) -> float:
    """The same for a difference of means, whose standard deviation among persons is `deviation`."""
    return e_value(float(np.exp(RATIO_OF_DEVIATIONS * effect / deviation))) if deviation > 0 else np.inf


def robustness_value(f: float) -> float:
    """Share of what is left of treatment and of outcome that a hidden trait needs to remove an effect.

    Cinelli and Hazlett (2020), equation 19. `f` is the t value of treatment in ordinary least squares over
    the root of the degrees of freedom, whether or not that t says how sure the effect is.

    >>> round(robustness_value(4.18 / 783**0.5), 3)  # Darfur, their table 1: 13.9 %
    0.139
    """
    return float((np.sqrt(f**4 + 4 * f**2) - f**2) / 2)


def as_strong_as(with_treatment: float, with_outcome: float) -> tuple[float, float]:
    """Strength of a hidden trait once as strong as a covariate, with treatment and outcome, both partial R2.

    Cinelli and Hazlett (2020), equations 23 and 24, whose bounds hold given the covariate too.
    """
    treatment = with_treatment / (1 - with_treatment)
    shared = with_treatment**2 / (1 - with_treatment) ** 2
    if treatment >= 1 or shared >= 1:
        return 1.0, 1.0
    outcome = (1 + np.sqrt(shared)) ** 2 / (1 - shared) * with_outcome / (1 - with_outcome)
    return treatment, float(min(outcome, 1.0))


@dataclass(frozen=True)
class Strength:
    """How strongly a measured covariate goes with treatment and outcome, given the other covariates.

    Attributes
    ----------
    covariate : str
    with_treatment, with_outcome : float
        Shares of what is left of each that it explains (partial R2).
    moves : float
        By how much a hidden trait as strong as it would move the effect at most, in the outcome's unit;
        infinite where nothing bounds it.
    """

    covariate: str
    with_treatment: float
    with_outcome: float
    moves: float


@dataclass(frozen=True)
class HiddenBias:
    """What it would take to explain an effect away.

    Attributes
    ----------
    robustness : float
        As `robustness_value`, of the regression of the outcome on treatment and covariates.
    strongest : Strength or None
        Of the covariates, the one that would move the effect most; None where there is none.
    e_value : float
    """

    robustness: float
    strongest: Strength | None
    e_value: float


def hidden_bias(
    outcome: Floats, treated: Bools, covariates: Floats, names: tuple[str, ...], weights: Floats
) -> HiddenBias:
    """Regress an outcome on treatment and covariates, and ask what a hidden trait would do to it.

    The robustness value is that of the weighted regression. What a covariate explains of treatment is taken
    before weighing, which has taken it away: the hidden trait was not weighed for.

    Parameters
    ----------
    outcome : array, shape (n_persons,)
    treated : array of bool, shape (n_persons,)
    covariates : array, shape (n_persons, n_covariates)
    names : tuple of str, length n_covariates
    weights : array, shape (n_persons,)
        Zero for persons who are not compared.
    """
    k = len(names)
    weighed = _moments(outcome, treated, covariates, weights)
    [[exposed, both], [_, moved]] = _left(weighed, [k, k + 1], list(range(k)))
    effect = both / exposed
    noise = moved - both**2 / exposed
    everybody = _moments(outcome, treated, covariates, np.ones(len(treated)))
    return HiddenBias(
        robustness=robustness_value(abs(both) / float(np.sqrt(exposed * noise))) if noise > 0 else 1.0,
        strongest=max(
            (_strength(everybody, j, name, np.sqrt(noise / exposed)) for j, name in enumerate(names)),
            key=lambda each: each.moves,
            default=None,
        ),
        e_value=e_value_of_difference(float(effect), float(np.sqrt(weighed[k + 1, k + 1]))),
    )


def _strength(moments: Floats, position: int, name: str, spread: float) -> Strength:
    k = len(moments) - 2
    rest = [j for j in range(k) if j != position]
    treatment = _explained(_left(moments, [position, k], rest))
    outcome = _explained(_left(moments, [position, k + 1], [*rest, k]))
    d, y = as_strong_as(treatment, outcome)
    return Strength(name, treatment, outcome, float(spread * np.sqrt(y * d / (1 - d))) if d < 1 else np.inf)


def _explained(left: Floats) -> float:
    """Squared correlation of two residuals; none where one does not vary."""
    scale = left[0, 0] * left[1, 1]
    return float(min(left[0, 1] ** 2 / scale, 1 - 1e-12)) if scale > 1e-20 else 0.0


def _left(moments: Floats, of: list[int], given: list[int]) -> Floats:
    """Moments of what a regression on the variables `given` leaves of two others."""
    inside = moments[np.ix_(given, given)]
    across = moments[np.ix_(given, of)]
    return np.asarray(
        moments[np.ix_(of, of)] - across.T @ np.linalg.pinv(inside, 1e-10, hermitian=True) @ across
    )


def _moments(outcome: Floats, treated: Bools, covariates: Floats, weights: Floats) -> Floats:
    """Weighted covariances of the covariates, each over its deviation, of treatment, and of the outcome."""
    used = np.flatnonzero(weights > 0)
    values = np.column_stack([covariates[used], treated[used], outcome[used]])
    share = weights[used] / weights[used].sum()
    values -= share @ values
    deviation = np.sqrt(share @ values[:, :-2] ** 2)
    values[:, :-2] *= np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 0)
    values *= np.sqrt(share)[:, None]
    return np.asarray(values.T @ values)


def signed_rank_bound(differences: Floats, gamma: float) -> float:
    """Largest p of Wilcoxon's signed ranks, one-sided, if hidden traits move the odds in a pair by `gamma`.

    Exact: the sum of ranks of positive differences is that of coins that fall heads with probability
    ``gamma / (1 + gamma)`` (Rosenbaum 2002, section 4.3). Differences of zero are left out; ties share ranks.

    Parameters
    ----------
    differences : array, shape (n_pairs,)
        Treated less compared; an effect is claimed to be positive.
    gamma : float
        1 or more; 1 is chance.
    """
    kept = differences[differences != 0]
    ranks = rankdata(np.abs(kept))
    doubled = np.rint(2 * ranks).astype(int)  # ties have halves
    chance = gamma / (1 + gamma)
    law = np.zeros(doubled.sum() + 1)
    law[0] = 1.0
    for rank in doubled:
        moved = np.zeros_like(law)
        moved[rank:] = law[: len(law) - rank]
        law = (1 - chance) * law + chance * moved
    return float(law[doubled[kept > 0].sum() :].sum())


def gamma_that_explains(differences: Floats, level: float = 0.05) -> float:
    """Odds from which on signed ranks no longer reject at `level`, one-sided; 1 where they never do."""
    sided = differences if differences.sum() >= 0 else -differences
    if signed_rank_bound(sided, 1.0) >= level:
        return 1.0
    log = brentq(lambda log: signed_rank_bound(sided, float(np.exp(log))) - level, 0.0, 20.0)
    return float(np.exp(log))
