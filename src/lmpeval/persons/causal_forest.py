"""For whom, explored: a causal forest of econml looks for persons on whom the effect is larger.

Nobody named these groups beforehand, so that what it finds is a question for the next study and no answer of
this one. It learns in some of the regions and is tried in the others: there persons are told apart by what it
foretells, both halves are matched and judged by region, and the difference is tested as that of any groups. A
forest that is tried where it has learned finds differences in pure chance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from lmpeval.cohort import Cohort, Grouping
from lmpeval.design import Circumstances
from lmpeval.panel import Floats
from lmpeval.persons.design import CohortDesign
from lmpeval.persons.doubly_robust_learner import changes
from lmpeval.persons.group_contrasts import Power, power_of
from lmpeval.persons.refutation import some_of
from lmpeval.persons.shuffled import shuffled
from lmpeval.persons.subgroups import GroupEffect, SubgroupEffects, of_grouping

SPLITS = 5
MOST_PERSONS = 20_000
"""Persons on whom it is tried; of more, a random part, which the answer says."""
TREES = 200
LEAF = 25
"""Persons in a leaf at least."""
GROUPS = ("foretold the lower half", "foretold the upper half")
LEVEL = 0.05
"""At which the halves are called different."""
SHIFT = 1_000
"""Between the seeds of two splits."""


@dataclass(frozen=True)
class Explored:
    """What the forest found; exploratory.

    Attributes
    ----------
    lower, upper : float
        Effects on the halves for whom the forest foretold less and more of the outcome, in regions from which
        it did not learn: medians over the splits, in the unit of the outcome.
    p : float
        Of no difference between them: twice the median over the splits (Meinshausen, Meier and Buehlmann
        2009), at most 1.
    splits, asked : int
        Ways of dividing the regions that gave an answer, of those asked for.
    leading : tuple of (str, float)
        Covariates by their part in the forest's splits, the largest first; they sum to one.
    persons : int
        On whom it was tried, both sides.
    why : str
        Why there is no answer; empty otherwise.
    power : Power or None
        What the test can find, of the split in the middle; regions are those of both halves.
    """

    lower: float = float("nan")
    upper: float = float("nan")
    p: float = 1.0
    splits: int = 0
    asked: int = SPLITS
    leading: tuple[tuple[str, float], ...] = ()
    persons: int = 0
    why: str = ""
    power: Power | None = None


def explored(
    design: CohortDesign, cohort: Cohort, circumstances: Circumstances, rng: np.random.Generator
) -> Explored:
    """Learn in half of the regions, try in the others, several times.

    References
    ----------
    Athey, Tibshirani and Wager (2019), Annals of Statistics 47; Chernozhukov, Demirer, Duflo and
    Fernandez-Val (2018), NBER working paper 24678, for groups by what was learned elsewhere.
    """
    if not cohort.covariate_names:
        return Explored(why="the study matches persons on nothing by which they could differ")
    if len(np.unique(cohort.regions[cohort.treated])) < 2:
        return Explored(why="one region was treated: nothing can be learned in one and tried in another")
    some = some_of(cohort, MOST_PERSONS)
    found, importance, powers = [], [], list[Power]()
    for number in range(SPLITS):
        learns, tries = _halves(some, rng)
        seen, foretold = _foretold(learns, tries.covariates, SHIFT * number)
        importance.append(seen)
        high = foretold > np.median(foretold[tries.treated])
        told = replace(tries, subgroups=(Grouping("forest", GROUPS, high.astype(np.intp)),))
        groups = of_grouping(design, told, told.subgroups[0], circumstances, rng)
        if groups.p is not None:
            found.append((*(_effect(each) for each in groups.groups), groups.p))
            powers.append(_power(groups, circumstances.margin))
    if 2 * len(found) <= SPLITS:
        return Explored(why="in most ways of dividing the regions the halves are too small to be compared")
    lower, upper, p = (median(values) for values in zip(*found, strict=True))
    order = np.argsort(-np.mean(importance, axis=0), kind="stable")
    leading = tuple((some.covariate_names[i], float(np.mean(importance, axis=0)[i])) for i in order)
    power = sorted(powers, key=lambda each: (each.detectable or 0.0, each.smallest_p))[len(powers) // 2]
    return Explored(
        lower, upper, min(1.0, 2 * p), len(found), SPLITS, leading, len(some.treated), power=power
    )


def _power(groups: SubgroupEffects, margin: float) -> Power:
    """What one split can find at half the level, for twice the median counts; in regions of both halves."""
    assert groups.power is not None
    apart = [each.apart for each in groups.groups if each.apart is not None]
    found = power_of(apart, groups.power.treated, margin, LEVEL / 2)
    return replace(
        found,
        treated=2 * found.treated,
        smallest_p=min(1.0, 2 * found.smallest_p),
        needed=None if found.needed is None else 2 * found.needed,
    )


def _effect(group: GroupEffect) -> float:
    assert group.own is not None
    return group.own.effect


def _halves(cohort: Cohort, rng: np.random.Generator) -> tuple[Cohort, Cohort]:
    """Persons of a random half of the regions on either side, and the others; the odd one is for trying."""
    learns = np.zeros(len(cohort.region_names), dtype=bool)
    for side in (cohort.treated, ~cohort.treated):
        # by name, so that the draw does not depend on the order of regions
        regions = sorted(np.unique(cohort.regions[side]).tolist(), key=lambda r: cohort.region_names[r])
        learns[rng.permutation(regions)[: len(regions) // 2]] = True
    of_learning = learns[cohort.regions]
    return cohort.in_order(np.flatnonzero(of_learning)), cohort.in_order(np.flatnonzero(~of_learning))


def _foretold(cohort: Cohort, covariates: Floats, seed: int) -> tuple[Floats, Floats]:
    """Part of each covariate in the forest, and the effect that it foretells of others, (n_others,)."""
    from econml.dml import CausalForestDML  # noqa: PLC0415 - several seconds that only this road pays
    from sklearn.linear_model import LinearRegression, LogisticRegression  # noqa: PLC0415

    change, used = changes(cohort)
    order = shuffled(cohort, seed)  # trees draw persons by their place, which is to be no file's
    order = order[used[order]]
    centre, spread = cohort.covariates[order].mean(axis=0), cohort.covariates[order].std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    forest = CausalForestDML(
        model_y=LinearRegression(),
        model_t=LogisticRegression(max_iter=1_000),
        discrete_treatment=True,
        cv=3,
        n_estimators=TREES,
        min_samples_leaf=LEAF,
        inference=False,
        n_jobs=1,
        random_state=seed,
    )
    forest.fit(
        change[order], cohort.treated[order].astype(int), X=(cohort.covariates[order] - centre) / spread
    )
    foretold = forest.effect((covariates - centre) / spread)
    return np.asarray(forest.feature_importances_, float), np.asarray(foretold, float).reshape(-1)
