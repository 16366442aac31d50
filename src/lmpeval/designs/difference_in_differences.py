"""Difference-in-differences against units that are matched, weighted or regressed on covariates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import ClassVar, Literal, get_args

import numpy as np

from lmpeval.adjusted_weights import Units, by_odds, corrected
from lmpeval.assumptions import COMMON, PARALLEL_TRENDS
from lmpeval.design import Assumption, Inference
from lmpeval.estimate import Comparison
from lmpeval.group_time.nuisance import NotEstimable, Separated
from lmpeval.group_time.two_by_two import (
    Changes,
    Effect,
    doubly_robust,
    inverse_probability,
    outcome_regression,
)
from lmpeval.inference import NoReference, PlaceboGroups
from lmpeval.matching import nearest_many, share_all_but_roles
from lmpeval.panel import Floats, Panel
from lmpeval.weighting import nearest

Adjustment = Literal["matching", "regression", "weighting", "doubly robust"]
"""What makes the comparison units comparable."""

ESTIMATORS: dict[str, Callable[[Changes], Effect]] = {
    "regression": outcome_regression,
    "weighting": inverse_probability,
    "doubly robust": doubly_robust,
}

Base = Literal["all years before", "last year before"]
"""From which years before the start changes count."""


@dataclass(frozen=True)
class DifferenceInDifferences:
    """Change in the treated minus change in comparison units like them, weighted by exposure.

    Every way to make them alike rests on baseline covariates and comes down to one weight a comparison unit,
    the same in every year. Regression and doubly robust weights may be below zero: there the comparison
    extrapolates. Using the outcome before the start as well invites regression to the mean (Daw and Hatfield
    2018): it is done only on request.

    Parameters
    ----------
    matches : int
        Comparison units kept for each treated unit, with replacement, where `adjust` is matching; of no
        matter elsewhere.
    match_on_outcome : bool
        Let the mean outcome before the start be one of the covariates, however they are used.
    adjust : str
        "matching" on the nearest units; "regression" of the comparison units' change on the covariates,
        carried to the treated (Heckman, Ichimura and Todd 1997); "weighting" by the odds of being treated
        (Abadie 2005); "doubly robust", weighting that a regression corrects (Sant'Anna and Zhao 2020).
    shrinkage : float
        Holds the odds of "weighting" and "doubly robust" to even ones: so many comparison units of mean size,
        for each covariate, speak for no relation (m of the log-F(m, m) prior of Greenland and Mansournia
        2015). 0 is maximum likelihood, which a handful of treated units often leaves without an answer.
    base : str
        Changes count from the mean of "all years before" the start, or from the "last year before" alone, as
        in most event studies: noisier, but a trend that differed long ago leaves it alone.

    References
    ----------
    Angrist and Pischke (2009), Mostly Harmless Econometrics, chapter 5; Daw and Hatfield (2018), Matching and
    regression to the mean in difference-in-differences analysis, Health Services Research 53; Heckman,
    Ichimura and Todd (1997), Review of Economic Studies 64; Abadie (2005), Review of Economic Studies 72;
    Sant'Anna and Zhao (2020), Journal of Econometrics 219; Greenland and Mansournia (2015), Statistics in
    Medicine 34.
    """

    matches: int = 10
    match_on_outcome: bool = False
    adjust: Adjustment = "matching"
    shrinkage: float = 1.0
    base: Base = "all years before"
    inference: Inference = PlaceboGroups()
    formula: ClassVar[str] = "Ŷ(t) = Σ wⱼ Yⱼ(t) + (Ȳ_T - Σ wⱼ Ȳⱼ)"
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, PARALLEL_TRENDS)

    def __post_init__(self) -> None:
        """Refuse a comparison with nobody, unknown words, and shrinkage that is no amount."""
        wrong = []
        if self.matches < 1:
            wrong.append(f"matches is {self.matches}; each treated unit needs at least 1")
        if self.adjust not in get_args(Adjustment):
            known = ", ".join(get_args(Adjustment))
            wrong.append(f"adjust is '{self.adjust}', expected one of: {known}")
        if not (isfinite(self.shrinkage) and self.shrinkage >= 0):
            wrong.append(f"shrinkage is {self.shrinkage:g}, expected 0 or more")
        if self.base not in get_args(Base):
            wrong.append(f"base is '{self.base}', expected one of: {', '.join(get_args(Base))}")
        if wrong:
            raise ValueError("; ".join(wrong))

    def compare(self, panel: Panel) -> Comparison:
        """Weighted mean of comparison units, lifted by its distance to the treated mean in the base years.

        Raises
        ------
        NoReference
            Where the comparison units cannot tell what the covariates do: collinear or constant ones, or with
            `shrinkage` 0 odds that have no maximum of likelihood.
        """
        weights = self._weights(panel)
        mixture = panel.controls @ weights
        apart = (panel.treated_mean - mixture)[panel.before]
        lift = apart.mean() if self.base == "all years before" else apart[-1]
        return Comparison(mixture + lift, weights, self.adjust in ("regression", "doubly robust"))

    @property
    def needs_covariates(self) -> bool:
        """Whether nothing says who is alike where there is no covariate."""
        return self.adjust == "matching" and not self.match_on_outcome

    @property
    def without_influence(self) -> str:
        """Why there are no influence functions; empty where there are."""
        if self.adjust == "matching":
            return "matching has no influence function: choose regression, weighting or doubly robust"
        if self.adjust != "regression" and self.shrinkage:
            return (
                f"odds that are shrunken have no influence function: shrinkage is {self.shrinkage:g}, not 0"
            )
        return ""

    def influence(self, panel: Panel) -> Effect:
        """Gap by year with the influence of every unit, as `group_time` finds them.

        Raises
        ------
        NoReference
            As `compare`.
        """
        used = panel.treated | panel.compared
        outcome, last = panel.outcome[:, used], int(panel.before.sum()) - 1
        base = outcome[: last + 1].mean(axis=0) if self.base == "all years before" else outcome[last]
        changes = Changes(
            (outcome - base).T, panel.treated[used], self._covariates(panel)[0][used], panel.size[used]
        )
        try:
            found = ESTIMATORS[self.adjust](changes)
        except NotEstimable as reason:
            raise self._refusal(panel, reason) from reason
        influence = np.zeros((len(used), len(panel.years)))
        influence[used] = found.influence * (len(used) / used.sum())
        return Effect(found.effect, influence)

    def compare_many(self, panels: Sequence[Panel]) -> list[Comparison]:
        """Equal `compare` of each panel; stand-ins that are matched are answered in one stroke."""
        if self.adjust != "matching" or len(panels) < 2 or not share_all_but_roles(panels):
            return [self.compare(panel) for panel in panels]
        outcome, before = panels[0].outcome, panels[0].before
        weights = nearest_many(panels, self._covariates(panels[0])[0], self.matches)
        size = np.array([panel.treated for panel in panels]) * panels[0].size
        own = size / size.sum(axis=1, keepdims=True)
        mixture, apart = weights @ outcome.T, (own - weights) @ outcome[before].T
        lift = apart.mean(axis=1) if self.base == "all years before" else apart[:, -1]
        paths = mixture + lift[:, None]
        return [
            Comparison(path, each[panel.compared])
            for path, each, panel in zip(paths, weights, panels, strict=True)
        ]

    def _covariates(self, panel: Panel) -> tuple[Floats, tuple[str, ...]]:
        """What units are to be alike in, and its names."""
        if not self.match_on_outcome:
            return panel.covariates, panel.covariate_names
        outcome = panel.outcome[panel.before].mean(axis=0)
        names = (*panel.covariate_names, "mean outcome before the start")
        return np.column_stack([panel.covariates, outcome]), names

    def _weights(self, panel: Panel) -> Floats:
        covariates, _ = self._covariates(panel)
        if self.adjust == "matching":
            return nearest(panel, covariates, self.matches)
        used = panel.treated | panel.compared
        units = Units(covariates[used], panel.treated[used], panel.size[used])
        try:
            weights = self._adjusted(units)
        except NotEstimable as reason:
            raise self._refusal(panel, reason) from reason
        return weights[~units.treated]

    def _refusal(self, panel: Panel, reason: NotEstimable) -> NoReference:
        names = ", ".join(self._covariates(panel)[1])
        hint = "; shrinkage above 0 bounds the odds" if isinstance(reason, Separated) else ""
        return NoReference(
            f"{' and '.join(panel.sites)}: no comparison by {self.adjust}, {reason} "
            f"(covariates: {names}){hint}"
        )

    def _adjusted(self, units: Units) -> Floats:
        if self.adjust == "regression":
            return corrected(units, np.zeros(len(units.size)))
        weights = by_odds(units, self.shrinkage)
        return weights if self.adjust == "weighting" else corrected(units, weights)
