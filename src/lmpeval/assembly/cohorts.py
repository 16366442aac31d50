"""From person-level data and a study to the cohort of one outcome, or its sums by region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lmpeval.assembly.panels import usable_years
from lmpeval.assembly.price_level import price_level_by
from lmpeval.cohort import Cohort
from lmpeval.comparators import Role, Selection
from lmpeval.disclosure import Code, Refusal, Withheld
from lmpeval.errors import CannotEstimate
from lmpeval.panel import Floats, Panel, Years
from lmpeval.persons.region_means import mean_panel
from lmpeval.persons.support import Behind, behind, shown_regions
from lmpeval.sources.persons.asked import Asked, AskedGroups
from lmpeval.sources.persons.delivered import PersonDelivery
from lmpeval.sources.persons.flow import Flow
from lmpeval.sources.persons.following import Followed, amounts_of, follow
from lmpeval.sources.persons.national import MORTALITY, TRUNCATED, count_means, national_means
from lmpeval.study import Delineation, Follow, Outcome, Study
from lmpeval.study.rule_reading import read_rule

MEMBER_COLUMNS = {Delineation.GP_CATCHMENT: "practice_id", Delineation.INSURED: "insurer"}
BAND = 10.0
"""Years of age in a stratum."""
NOBODY_ELSEWHERE = "no region compared with has figures that may be told in every year"


@dataclass(frozen=True, eq=False)
class PersonStudy:
    """The persons of a study, here and elsewhere, followed through its years.

    Attributes
    ----------
    study : Study
    delivery : PersonDelivery
    selection : Selection
        Municipalities in their places.
    followed : Followed
    amounts : dict
        Outcomes of all years by their column; those of the study are read together at the first question.
    """

    study: Study
    delivery: PersonDelivery
    selection: Selection
    followed: Followed
    amounts: dict[str, Floats] = field(default_factory=dict)

    @property
    def flow(self) -> Flow:
        """What became of everybody."""
        return self.followed.flow

    def cohort(self, outcome: Outcome) -> tuple[Cohort, tuple[str, ...]]:
        """The persons with one outcome, and notes on years that are not used.

        Raises
        ------
        CannotEstimate
            The data hold no such figure of persons, or (`Withheld`) one of a site that may not be told.
        """
        column = person_column(outcome, self.delivery)
        if column is None:
            raise CannotEstimate(f"the person-level data hold no '{outcome.column or outcome.name}'")
        years, notes = usable_years(self.study, set(self.delivery.years), outcome.name)
        rows = np.searchsorted(self.followed.years, years)
        # a slice is no copy; that of all years is shared by all outcomes
        used = slice(rows[0], rows[-1] + 1) if (np.diff(rows) == 1).all() else rows
        exposure = self.followed.exposure[used]
        with np.errstate(invalid="ignore"):
            values = self._amounts(column)[used] / exposure  # not a number where nobody is there
        values *= levels_of(outcome, column, years, self.delivery)[:, None]
        whole = self._cohort(values, exposure, np.asarray(years, dtype=np.int64))
        if column == MORTALITY:
            notes = (*notes, SURVIVORS)
        kept, left = self._shown_regions(whole)
        return whole if len(kept) == len(whole.treated) else whole.in_order(kept), (*notes, *left)

    def panel(self, outcome: Outcome) -> tuple[Panel, Behind, tuple[str, ...]]:
        """The outcome's means by region over the persons of the cohort, for designs that compare units.

        Raises
        ------
        CannotEstimate
            As `cohort` says.
        NoReference
            Where a side is left without a region in which somebody counts in every year.
        """
        cohort, notes = self.cohort(outcome)
        found = mean_panel(cohort)
        kept = [cohort.region_names.index(unit) for unit in found.units]
        counts = np.bincount(cohort.regions, minlength=len(cohort.region_names))[kept]
        sums = [
            np.bincount(cohort.regions, column, len(cohort.region_names))[kept] / counts
            for column in cohort.covariates.T
        ]
        covariates = np.column_stack(sums) if sums else np.empty((len(kept), 0))
        panel = replace(found, covariates=covariates, covariate_names=cohort.covariate_names)
        return panel, behind(cohort, np.ones(len(cohort.treated)), self.study.gate), notes

    def _amounts(self, column: str) -> Floats:
        if column not in self.amounts:
            years = self.followed.years.tolist()
            columns = list(dict.fromkeys([column, *_columns(self.study, self.delivery)]))
            count_means(self.delivery, columns, years)
            self.amounts.update(amounts_of(self.delivery, self.followed, columns))
        return self.amounts[column]

    def _cohort(self, values: Floats, exposure: Floats, years: Years) -> Cohort:
        members, asked = self.followed.members, self.followed.asked
        if not members.treated.any():
            raise Withheld([Refusal(Code.FEW_PERSONS, self.study.gate.profile.least)])
        if members.treated.all():
            raise CannotEstimate(NOBODY_ELSEWHERE)
        return Cohort(
            outcome=values,
            exposure=exposure,
            years=years,
            start=asked.start,
            treated=members.treated,
            covariates=members.covariates,
            covariate_names=asked.covariates,
            strata=_strata(members.covariates, asked.covariates),
            regions=members.regions,
            region_names=asked.region_names,
            practices=np.unique(members.practices, return_inverse=True)[1],
            insurers=members.insurers.astype(np.intp),
            subgroups=members.subgroups,
            by_site=any(each.of_sites for each in self.study.subgroups),
        )

    def _shown_regions(self, cohort: Cohort) -> tuple[NDArray[np.intp], tuple[str, ...]]:
        """Persons of the regions whose path may leave, and a note on those that may not be compared with."""
        shown, refusals = shown_regions(cohort, self.study.gate)
        if refusals:
            raise Withheld(refusals)
        here = np.bincount(cohort.regions, minlength=len(shown)) > 0
        of_sites = np.arange(len(shown)) < self.followed.asked.n_sites
        if not shown[of_sites].all():
            raise Withheld([Refusal(Code.FEW_PERSONS, self.study.gate.profile.least)])
        if not shown[~of_sites].any():
            raise CannotEstimate(NOBODY_ELSEWHERE)
        return np.flatnonzero(shown[cohort.regions]), left_out_note(int((~shown & here).sum()))


def left_out_note(regions: int) -> tuple[str, ...]:
    """Say how many regions are not compared with; empty where all are."""
    told = f"{regions} region(s) are not compared with: what the persons there add up to may not be told"
    return (told,) if regions else ()


SURVIVORS = (
    "mortality: everybody in the cohort lived until the start, so the years before it say nothing about "
    "whether trends ran alike"
)


def levels_of(outcome: Outcome, column: str, years: Sequence[int], delivery: PersonDelivery) -> Floats:
    """What brings amounts of persons to the prices of the price year; shape (n_years,).

    A national index is the mean over everybody insured, not over those selected.

    Raises
    ------
    CannotEstimate
        Where an index lacks a year, or is zero in one.
    """
    followed = _followed(outcome, column, delivery)

    def national(wanted: set[int]) -> pd.Series[float]:
        return pd.Series(
            national_means(delivery, followed, sorted(wanted & set(delivery.years))), dtype=float
        )

    return np.array(price_level_by(pd.Index(years), outcome, national), dtype=np.float64)


def _followed(outcome: Outcome, column: str, delivery: PersonDelivery) -> str:
    """Whose mean over everybody insured a national index follows; of persons nothing is standardised."""
    if outcome.price is None or outcome.price.column is None:
        return column
    known, asked = person_figures(delivery), outcome.price.column
    for name in (asked, asked.removesuffix("_standardised")):
        if name in known:
            return name
    raise CannotEstimate(
        f"the person-level data hold no '{asked}' for the prices of {outcome.name} to follow"
    )


def cohort_study(study: Study, delivery: PersonDelivery, selection: Selection) -> PersonStudy:
    """Select the persons of a study whose municipalities have their places, and follow them.

    Raises
    ------
    UserError
        What the database cannot do.
    """
    years = [year for year in range(study.window.first, study.window.last + 1) if year in delivery.years]
    return PersonStudy(study, delivery, selection, follow(delivery, asked_of(study, selection), years))


def asked_of(study: Study, selection: Selection) -> Asked:
    """Whom a study asks about, once its municipalities are placed."""
    who, sites = study.population, [each.site for each in study.sites]
    regions = {unit: each.site for each in study.sites for unit in each.members}
    compared = {p.unit: p.group for p in selection.placements if p.role is Role.COMPARED}
    shown = {name: f"{name} (region)" if name in sites else name for name in sorted(set(compared.values()))}
    column = MEMBER_COLUMNS.get(who.delineation)
    return Asked(
        rule=read_rule(who.subpopulation) if who.subpopulation else None,
        start=study.intervention.start,
        regions=regions | {unit: shown[name] for unit, name in compared.items()},
        region_names=(*sites, *shown.values()),
        n_sites=len(sites),
        member_column=column,
        members=who.members if column else (),
        programme=who.participants,
        covariates=study.comparator.match_persons_on,
        wherever=who.follow is Follow.WHEREVER,
        subgroups=tuple(
            AskedGroups(each.by, tuple(each.groups), tuple(map(read_rule, each.groups.values())))
            for each in study.subgroups
            if not each.of_sites
        ),
    )


def person_column(outcome: Outcome, delivery: PersonDelivery) -> str | None:
    """Column of an outcome in person-level data: its column, or where units have another one its name."""
    known = person_figures(delivery)
    return next((name for name in (outcome.column, outcome.name) if name in known), None)


def _columns(study: Study, delivery: PersonDelivery) -> list[str]:
    """Columns of all outcomes of a study that persons have, and of costs that it also wants cut."""
    found = {each: person_column(each, delivery) for each in study.outcomes}
    cut = [f"{name}{TRUNCATED}" for each, name in found.items() if name is not None and each.truncated]
    known = person_figures(delivery)
    return [name for name in (*found.values(), *cut) if name in known]


def person_figures(delivery: PersonDelivery) -> tuple[str, ...]:
    """What may be an outcome of persons."""
    figures = delivery.persons.figures
    costs = [name for name in figures if name == "cost" or name.startswith("cost_")]
    return (*figures, MORTALITY, *(name + TRUNCATED for name in costs))


def _strata(covariates: NDArray[np.float64], names: Sequence[str]) -> NDArray[np.intp]:
    """Sex, and age in bands of ten years, as far as persons are matched on them."""
    parts = [covariates[:, i] for i, name in enumerate(names) if name == "woman"]
    parts += [covariates[:, i] // BAND for i, name in enumerate(names) if name == "age"]
    if not parts:
        return np.zeros(len(covariates), dtype=np.intp)
    return np.unique(np.column_stack(parts), axis=0, return_inverse=True)[1].reshape(-1).astype(np.intp)
