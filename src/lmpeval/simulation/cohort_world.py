"""Worlds of persons: who is treated, who is ill, who leaves, and what the programme does, all known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmpeval.cohort import Cohort
from lmpeval.design import Circumstances
from lmpeval.panel import Bools, Floats, Years

FIRST_YEAR = 2011
NAMES = ("need", "age", "woman")


@dataclass(frozen=True)
class CohortWorld:
    """How cohorts are drawn.

    A person's outcome is a level that need and age explain in part, a path that all share, what the region's
    year adds, and chance. Whole regions are treated; in them people have more need.

    Attributes
    ----------
    name : str
    breaks : frozenset of str
        Assumptions that do not hold.
    visible : frozenset of str
        Those of them whose break stands out from chance.
    effect : float
        Of the programme, from the start on.
    persons, regions, sites : int
        Persons and regions in all, and treated regions.
    before, after : int
        Years before the start, and from it on.
    shared : float
        Standard deviation of what a region's persons share in a year.
    noise : float
        That of a person's own year.
    apart : float
        By how much more need the treated have, in standard deviations.
    by_need : float
        Growth a year for one standard deviation of need: what sets the unmatched apart.
    bent : float
        Growth a year for the square of need, which no logit and no straight line knows of.
    hidden : float
        Growth a year of the treated alone, from a trait that nobody measured.
    chosen_high : str
        Of whom only those are in the cohort who were among the dearer half in the last year before the start:
        "nobody", "everybody", or "treated" for a rule that the compared were spared.
    leaving : float
        Share of the treated, the dearest, who leave after the start.
    margin : float
        Smallest difference that matters, for the ledger.
    """

    name: str
    breaks: frozenset[str] = frozenset()
    visible: frozenset[str] = frozenset()
    effect: float = -0.6
    persons: int = 2_400
    regions: int = 36
    sites: int = 6
    before: int = 4
    after: int = 2
    shared: float = 0.05
    noise: float = 0.5
    apart: float = 0.6
    by_need: float = 0.1
    bent: float = 0.0
    hidden: float = 0.0
    chosen_high: str = "nobody"
    leaving: float = 0.0
    margin: float = 0.5

    @property
    def start(self) -> int:
        """First year of the programme."""
        return FIRST_YEAR + self.before

    @property
    def circumstances(self) -> Circumstances:
        """What a study of this world would say."""
        return Circumstances(margin=self.margin)

    def draw(self, rng: np.random.Generator) -> Cohort:
        """Draw one cohort."""
        years = np.arange(FIRST_YEAR, self.start + self.after)
        regions = rng.integers(0, self.regions, self.persons)
        treated = regions < self.sites
        need = rng.normal(size=self.persons) + self.apart * treated
        age = 0.5 * need + rng.normal(size=self.persons)
        woman = (rng.random(self.persons) < 0.5).astype(float)
        outcome = self._outcome(years, need, regions, rng) + 0.3 * age + 0.2 * woman
        # a trait that is not measured here spreads as one of the treated over years
        outcome += np.outer(years - FIRST_YEAR, self.hidden * treated)
        kept = np.flatnonzero(self._chosen(outcome[self.before - 1], treated))
        drawn = Cohort(
            outcome=outcome + self.effect * np.outer(years >= self.start, treated),
            exposure=self._exposure(outcome, treated),
            years=years,
            start=self.start,
            treated=treated,
            covariates=np.column_stack([need, age, woman]),
            covariate_names=NAMES,
            strata=np.zeros(self.persons, dtype=np.intp),
            regions=regions,
            region_names=tuple(f"region {g:02d}" for g in range(self.regions)),
        )
        return drawn.in_order(kept)

    def _outcome(
        self, years: Years, need: Floats, regions: NDArray[np.intp], rng: np.random.Generator
    ) -> Floats:
        since = np.arange(len(years), dtype=float)
        level = 10 + need + rng.normal(0, 0.5, self.persons)
        moved = self.by_need * need + self.bent * need**2
        shared = self.shared * rng.normal(size=(len(years), self.regions))[:, regions]
        noise = self.noise * rng.normal(size=(len(years), self.persons))
        drift = 0.3 * since + np.sin(since)
        return np.asarray(level + drift[:, None] + np.outer(since, moved) + shared + noise)

    def _chosen(self, last: Floats, treated: Bools) -> Bools:
        high = last > np.median(last)
        return {"nobody": high | True, "everybody": high, "treated": high | ~treated}[self.chosen_high]

    def _exposure(self, outcome: Floats, treated: Bools) -> Floats:
        exposure = np.ones_like(outcome)
        if self.leaving:
            high = outcome[self.before - 1]
            gone = treated & (high > np.quantile(high[treated], 1 - self.leaving))
            exposure[self.before :, gone] = 0.2
        return exposure


COHORT_WORLDS = (
    CohortWorld("persons_steady"),
    CohortWorld("persons_no_effect", effect=0.0),
    CohortWorld("persons_large_shocks", shared=0.3),
    CohortWorld("persons_three_sites", sites=3, shared=0.2),
    CohortWorld("persons_one_site", sites=1, regions=30, effect=0.0),
    CohortWorld("persons_bent_need", bent=0.05),
    CohortWorld("persons_chosen_by_one_rule", chosen_high="everybody", noise=1.0),
    CohortWorld(
        "persons_poor_overlap", frozenset({"overlap"}), frozenset({"overlap"}), apart=4.0, by_need=0.02
    ),
    CohortWorld(
        "persons_hidden_trait", frozenset({"parallel_trends"}), frozenset({"parallel_trends"}), hidden=0.4
    ),
    CohortWorld(
        "persons_leaving", frozenset({"stable_composition"}), frozenset({"stable_composition"}), leaving=0.25
    ),
    CohortWorld(
        "persons_chosen_for_a_high",
        frozenset({"selection_not_by_chance"}),
        frozenset({"selection_not_by_chance"}),
        chosen_high="treated",
        noise=2.0,
    ),
)
"""Those that break nothing first; then those that break an assumption, which they name."""
