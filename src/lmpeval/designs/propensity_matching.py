"""Persons matched or weighted on the propensity to be treated, compared in how they changed."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import ClassVar, Literal, get_args

import numpy as np

from lmpeval.assumptions.persons import OF_PERSONS
from lmpeval.cohort import Cohort
from lmpeval.design import Inference
from lmpeval.group_time.nuisance import NotEstimable
from lmpeval.inference import NoReference
from lmpeval.panel import Floats
from lmpeval.persons.design import CohortAssumption, Matched
from lmpeval.persons.full_matching import full_classes
from lmpeval.persons.mahalanobis import matched_within, whitened
from lmpeval.persons.nearest_neighbours import Rule, matched
from lmpeval.persons.outcome_slopes import enough_for_slopes, outcome_slopes
from lmpeval.persons.propensity import Order, boosted, given, logistic
from lmpeval.persons.region_means import RegionErrors, RegionMeans
from lmpeval.persons.shuffled import shuffled
from lmpeval.persons.weights import Target, by_classes, by_membership, by_moments, by_odds, by_pairs

By = Literal["pairs", "full", "classes", "odds", "moments"]
"""What makes the compared like the treated."""

Distance = Literal["propensity", "mahalanobis"]
"""What the nearest person within the caliper is nearest in."""

Propensity = Literal["logistic", "boosting", "given"]
"""Where the probability of being treated comes from."""


@dataclass(frozen=True)
class PropensityMatching:
    """Change in the treated minus change in persons who were as likely to be treated.

    Persons are compared within strata. Outcomes are adjusted by a regression on the covariates among the
    compared, so that it is enough if either the propensity or the regression is right. The interval rests on
    the spread between regions, where the intervention was assigned, never on that between persons.

    Parameters
    ----------
    by : str
        "pairs" of nearest persons; "full", classes of one treated and some compared persons or the reverse
        that are nearest in all (Rosenbaum 1991; Hansen 2004); "classes" of like propensity (Rosenbaum and
        Rubin 1984); "odds" of being treated (Hirano, Imbens and Ridder 2003); "moments", weights that make
        all means equal (Hainmueller 2012).
    target : str
        Whom both sides are made like, and so whom the effect is on, where `by` is odds: the "treated";
        the "overlap", those who might have been on either side, each by how even the chance was (Li, Morgan
        and Zaslavsky 2018); "everybody", by inverse probabilities. Elsewhere it is the treated.
    matches : int
        Persons for each treated one, where `by` is pairs; of no matter elsewhere.
    caliper : float
        Largest distance in a pair, in standard deviations of the logit of the propensity (Austin 2011).
        Treated persons without anybody so near are left out, and the effect is not on them.
    distance : str
        Of pairs: in the "propensity" itself, or by "mahalanobis" in all covariates within the caliper on the
        propensity (Rubin and Thomas 2000).
    replacement : bool
        Whether a compared person may serve several treated ones.
    classes : int
        Where `by` is classes.
    propensity : str
        "logistic" regression; "boosting", trees that learn each person's from others; "given", by `score`.
    score : str
        Covariate that holds the propensity that is given.
    shrinkage : float
        Of the logistic regression's slopes; 0 is maximum likelihood.
    folds : int
        Into which persons are split for boosting.
    regression : bool
        Whether outcomes are adjusted by a regression on the covariates (Abadie and Imbens 2011); it is left
        out where fewer than ten compared persons a covariate count in a year.
    differences : bool
        Whether changes from the years before the start are compared, or the years after it as they are.
    seed : int
        Breaks ties and deals persons to folds.
    learner : bool
        Whether the ledger also tells the effect by the doubly robust learner of econml, which takes seconds.
    forest : bool
        Whether a causal forest of econml looks for persons on whom the effect is larger, which takes half a
        minute an outcome; exploratory.

    References
    ----------
    Rosenbaum and Rubin (1983), Biometrika 70; Heckman, Ichimura and Todd (1997), Review of Economic Studies
    64; Smith and Todd (2005), Journal of Econometrics 125; Abadie and Imbens (2011), Journal of Business and
    Economic Statistics 29; Stuart (2010), Statistical Science 25.
    """

    by: By = "pairs"
    target: Target = "treated"
    matches: int = 1
    caliper: float = 0.2
    distance: Distance = "propensity"
    replacement: bool = False
    classes: int = 10
    propensity: Propensity = "logistic"
    score: str = ""
    shrinkage: float = 1.0
    folds: int = 5
    regression: bool = True
    differences: bool = True
    seed: int = 0
    learner: bool = False
    forest: bool = False
    inference: Inference = RegionErrors()
    formula: ClassVar[str] = "Y_T(t) - Ŷ(t) = R_T(t) - R_C(t) - h (R̄_T - R̄_C), R = Σ w e (y - x·b) / Σ w e"
    assumptions: ClassVar[tuple[CohortAssumption, ...]] = OF_PERSONS

    def __post_init__(self) -> None:
        """Refuse unknown words, and amounts that are none."""
        wrong = []
        words = (("by", By), ("target", Target), ("propensity", Propensity), ("distance", Distance))
        for name, kinds in words:
            if getattr(self, name) not in get_args(kinds):
                wrong.append(
                    f"{name} is '{getattr(self, name)}', expected one of: {', '.join(get_args(kinds))}"
                )
        for name, least in (("matches", 1), ("classes", 2), ("folds", 2), ("seed", 0)):
            if getattr(self, name) < least:
                wrong.append(f"{name} is {getattr(self, name)}, expected {least} or more")
        if not self.caliper > 0:
            wrong.append(f"caliper is {self.caliper:g}, expected above 0")
        if not 0 <= self.shrinkage < inf:
            wrong.append(f"shrinkage is {self.shrinkage:g}, expected 0 or more")
        if self.target != "treated" and self.by != "odds":
            wrong.append(
                f"target is '{self.target}', which weights by odds alone can make: by is '{self.by}'"
            )
        if bool(self.score) != (self.propensity == "given"):
            wrong.append(
                "score names the covariate that holds the propensity where that is 'given', and only then"
            )
        if wrong:
            raise ValueError("; ".join(wrong))

    @property
    def regions(self) -> RegionMeans:
        """Means of regions, in changes or as they are."""
        return RegionMeans(self.differences, inference=self.inference)

    def compare(self, cohort: Cohort) -> Matched:
        """Weigh the compared persons so that they are like the treated.

        Raises
        ------
        NoReference
            Where nobody is like the treated, or the propensity cannot be told.
        """
        order = shuffled(cohort, self.seed)
        try:
            logit = self._logit(cohort, order)
            weights = self._weights(cohort, logit, order)
        except NotEstimable as reason:
            raise NoReference(f"no comparison by {self.by}: {reason}") from reason
        if not weights[cohort.treated].any():
            raise NoReference(
                "none of the treated persons has anybody like them in the same "
                f"stratum within {self.caliper:g} standard deviations of the logit"
            )
        if not self.regression:
            return Matched(weights, logit)
        if not enough_for_slopes(cohort, weights):
            return Matched(weights, logit, too_few_for_slopes=True)
        return Matched(weights, logit, outcome_slopes(cohort, weights))

    def _logit(self, cohort: Cohort, order: Order) -> Floats:
        if self.propensity == "given":
            return given(cohort.covariates[:, self._position(cohort)])
        if self.propensity == "boosting":
            return boosted(cohort.covariates, cohort.treated, order, self.folds, self.seed)
        fitted = logistic(cohort.covariates, cohort.treated, self.shrinkage, order)
        return fitted.logit(cohort.covariates)

    def _position(self, cohort: Cohort) -> int:
        if self.score not in cohort.covariate_names:
            raise NotEstimable(f"there is no covariate '{self.score}' to take the propensity from")
        return cohort.covariate_names.index(self.score)

    def _weights(self, cohort: Cohort, logit: Floats, order: Order) -> Floats:
        treated, strata = cohort.treated, cohort.strata
        if self.by == "classes":
            return by_classes(logit, treated, strata, self.classes)
        if self.by == "odds":
            return by_odds(logit, treated, strata, self.target)
        if self.by == "moments":
            return by_moments(cohort.covariates, treated, strata)
        # rounded, so that persons who are alike tie in whatever order sums are taken
        score = np.round(logit, 9)
        reach = self.caliper * float(logit[order].std(ddof=1))
        if self.by == "full":
            return by_membership(full_classes(score, treated, strata, order, reach), treated)
        rule = Rule(self.matches, reach, self.replacement)
        if self.distance == "propensity":
            return by_pairs(*matched(score, treated, strata, order, rule), len(treated))
        places = whitened(cohort.covariates, treated)
        return by_pairs(*matched_within(score, places, treated, strata, order, rule), len(treated))
