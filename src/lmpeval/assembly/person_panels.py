"""Persons of an open cohort or of repeated cross-sections as the panel of regions that they add up to."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lmpeval.assembly.cohorts import left_out_note, levels_of, person_column
from lmpeval.assembly.panels import usable_years
from lmpeval.cohort import Cohort
from lmpeval.comparators import Selection
from lmpeval.disclosure import NOBODY, Refusal, Withheld, judge
from lmpeval.errors import CannotEstimate
from lmpeval.panel import Bools, Panel
from lmpeval.persons.support import Behind, thinnest
from lmpeval.sources.persons.asked import Asked
from lmpeval.sources.persons.delivered import PersonDelivery
from lmpeval.sources.persons.flow import Flow
from lmpeval.sources.persons.yearly import Yearly, count_yearly
from lmpeval.study import Follow, Outcome, Study

NOT_FIXED = (
    "weighs persons whose membership is fixed before the start, and the study follows {}: nobody can be "
    "matched who is not there yet"
)


@dataclass(frozen=True, eq=False)
class YearlyPersons:
    """The persons of a study, selected anew in every year.

    Attributes
    ----------
    study : Study
    delivery : PersonDelivery
    selection : Selection
        Municipalities in their places.
    asked : Asked
    kept : dict
        Sums by outcome column, each counted once.
    """

    study: Study
    delivery: PersonDelivery
    selection: Selection
    asked: Asked
    kept: dict[str, Yearly] = field(default_factory=dict)

    @property
    def flow(self) -> Flow:
        """How many count in each year, and how many of them are new."""
        return self._sums("cost").flow

    def cohort(self, outcome: Outcome) -> tuple[Cohort, tuple[str, ...]]:
        """Refuse: there is none.

        Raises
        ------
        CannotEstimate
        """
        follow = self.study.population.follow
        article = "an " if follow is Follow.OPEN_COHORT else "a "
        raise CannotEstimate(f"the design {NOT_FIXED.format(article + follow)}")

    def panel(self, outcome: Outcome) -> tuple[Panel, Behind, tuple[str, ...]]:
        """The outcome's means by region and year.

        Raises
        ------
        CannotEstimate
            The data hold no such figure of persons, a side of the start has no year, or (`Withheld`) what
            the persons of a site, or of every region compared with, add up to may not be told.
        """
        column = person_column(outcome, self.delivery)
        if column is None:
            raise CannotEstimate(f"the person-level data hold no '{outcome.column or outcome.name}'")
        sums = self._sums(column)
        years, notes = usable_years(self.study, set(sums.years), outcome.name)
        rows = np.searchsorted(sums.years, years)
        broken = [self._broken(sums, rows, region) for region in range(len(self.asked.region_names))]
        shown = np.array([not each for each in broken])
        enough: Bools = shown & np.isfinite(sums.covariates).all(axis=1)
        of_sites = np.arange(len(enough)) < self.asked.n_sites
        if not enough[of_sites].all() or not enough[~of_sites].any():
            sides = broken[: self.asked.n_sites] if not enough[of_sites].all() else broken
            raise Withheld(refusal for each in sides for refusal in each)
        kept = np.flatnonzero(enough)
        exposure = sums.exposure[np.ix_(rows, kept)]
        level = levels_of(outcome, column, years, self.delivery)
        names = tuple(self.asked.region_names[int(i)] for i in kept)
        panel = Panel(
            outcome=sums.amounts[0][np.ix_(rows, kept)] / exposure * level[:, None],
            exposure=exposure,
            years=np.asarray(years, dtype=np.int64),
            units=names,
            treated=of_sites[kept],
            start=self.asked.start,
            covariates=sums.covariates[kept],
            covariate_names=self.asked.covariates,
            groups=names,
            aside=np.zeros(len(kept), dtype=bool),
            extent=np.ones(len(kept)),
        )
        sites = [sums.supports[0][int(t), region] for t in rows for region in range(self.asked.n_sites)]
        persons = tuple(int(n) for n in sums.persons[rows][:, of_sites].max(axis=0))
        stands = Behind(thinnest(sites), persons, self.study.gate.profile)
        return panel, stands, (*notes, *left_out_note(int((~shown).sum())))

    def _broken(self, sums: Yearly, rows: NDArray[np.intp], region: int) -> tuple[Refusal, ...]:
        """What keeps the path of a region from leaving; in a year without anybody they are too few."""
        cells = (sums.supports[0].get((int(t), region), NOBODY) for t in rows)
        return tuple(dict.fromkeys(each for cell in cells for each in judge(cell, self.study.gate.profile)))

    def _sums(self, column: str) -> Yearly:
        if column not in self.kept:
            window = self.study.window
            years = [year for year in range(window.first, window.last + 1) if year in self.delivery.years]
            staying = self.study.population.follow is Follow.OPEN_COHORT
            self.kept[column] = count_yearly(
                self.delivery, self.asked, years, [column], self.study.gate, staying=staying
            )
        return self.kept[column]
