"""A small synthetic country in memory, and the participants of a site beside the eligible elsewhere.

The cohort is the one that a study file of `lmpeval simulate` gets from the files of the same country; the
test of this experiment holds them equal. Here nothing is written, so that hundreds of countries can be drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lmpeval.assembly.cohorts import BAND
from lmpeval.cohort import Cohort
from lmpeval.disclosure import CBS
from lmpeval.panel import Bools, Floats
from lmpeval.simulation.country.areas import Area, areas
from lmpeval.simulation.country.drawn import CONDITIONS, Geography, Integers
from lmpeval.simulation.country.geography import draw_geography
from lmpeval.simulation.country.interventions import CATEGORIES, Eligible, Programme
from lmpeval.simulation.country.one_chunk import CHUNK, Chunk, draw_lives
from lmpeval.simulation.country.participation import Lived
from lmpeval.simulation.country.person_studies import participating_practices
from lmpeval.simulation.country.region_noise import draw_noise
from lmpeval.simulation.country.settings import Country
from lmpeval.simulation.country.sites import PROGRAMMES
from lmpeval.simulation.planting import with_the_costliest
from lmpeval.study import Delineation

FIRST, LAST = 2010, 2016
OUTCOMES = ("cost", "mortality")
UPTAKE = 0.9


class TooFew(Exception):
    """A site has too few participants to be shown."""


def small_country(persons: int, seed: int) -> Country:
    """The country of `lmpeval simulate`, and a tenth site that chooses people by their cost and does nothing.

    A small country has few who are eligible: programmes have their full size from the first year on, and
    those for people with a condition or for the old reach nine in ten.
    """
    return with_the_costliest(Country(persons, seed, FIRST, LAST, tuple(map(_enlarged, PROGRAMMES))))


def _enlarged(programme: Programme) -> Programme:
    few = bool(programme.eligible.condition) or programme.eligible.from_age >= 65
    return replace(programme, ramp=(1.0,), uptake=UPTAKE if few else programme.uptake)


@dataclass(frozen=True, eq=False)
class Drawn:
    """People of a country by year; arrays are of shape (n_years, n_people) or (n_people,).

    Attributes
    ----------
    amounts : mapping of an outcome to array
        Euro of the year, or deaths times 1,000.
    due : mapping of an outcome to array
        What of that is there because of a programme; of deaths, what is expected.
    participates : array of int8
        Number of the programme that somebody is in, from 1; 0 for none.
    """

    country: Country
    geography: Geography
    years: Integers
    born: Integers
    woman: Bools
    ses: Floats
    conditions: Mapping[str, Bools]
    unit: Integers
    practice: Integers
    insurer: Integers
    insured: Floats
    died: Bools
    participates: NDArray[np.int8]
    amounts: Mapping[str, Floats]
    due: Mapping[str, Floats]


def draw(country: Country) -> Drawn:
    """Draw everybody."""
    geography = draw_geography(country)
    noise = draw_noise(country, geography)
    parts = range(-(-country.persons // CHUNK))
    lived = [draw_lives(Chunk(country, geography, noise, part, Path())) for part in parts]
    of = [each.people for each in lived]
    sums = [_amounts(each) for each in lived]
    return Drawn(
        country, geography, of[0].years,
        born=np.concatenate([each.born for each in of]),
        woman=np.concatenate([each.woman for each in of]),
        ses=np.concatenate([each.ses for each in of]).astype(float),
        conditions={name: np.hstack([each.conditions[name] for each in of]) for name in CONDITIONS},
        unit=np.hstack([each.unit for each in of]),
        practice=np.hstack([each.practice for each in of]),
        insurer=np.hstack([each.insurer for each in of]),
        insured=np.hstack([each.lives.insured for each in lived]).astype(float),
        died=np.hstack([each.lives.died for each in lived]),
        participates=np.hstack([each.acts.participates for each in lived]),
        amounts={name: np.hstack([each[0][name] for each in sums]) for name in OUTCOMES},
        due={name: np.hstack([each[1][name] for each in sums]) for name in OUTCOMES},
    )  # fmt: skip


def _amounts(lived: Lived) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Outcomes, and what of them is there because of programmes: 1 - 1/f of what is multiplied by f."""
    costs = {name: cost.astype(float) for name, cost in lived.lives.costs.items()}
    factor = {name: each.astype(float) for name, each in lived.acts.cost_factor.items()}
    due = {name: cost * (1 - 1 / factor[name]) for name, cost in costs.items() if name in factor}
    dying = lived.hazard.astype(float) * (lived.acts.mortality_factor.astype(float) - 1)
    there = lived.lives.insured > 0
    return (
        {"cost": sum(costs[name] for name in CATEGORIES), "mortality": 1000.0 * lived.lives.died},
        {"cost": sum(due.values()), "mortality": 1000.0 * dying * there},
    )


@dataclass(frozen=True, eq=False)
class Participants:
    """Participants of one programme and the eligible elsewhere, followed."""

    drawn: Drawn
    programme: Programme
    members: NDArray[np.intp]
    regions: NDArray[np.intp]
    region_names: tuple[str, ...]
    exposure: Floats

    def cohort(self, outcome: str) -> tuple[Cohort, Floats]:
        """The cohort, in euro of the last year by the national mean; and what is due, by year and person.

        Raises
        ------
        TooFew
            Of the site's people in a year.
        """
        drawn, here = self.drawn, self.exposure > 0
        base = int(np.searchsorted(drawn.years, self.programme.start - 1))
        level = national_level(drawn, outcome)[:, None]
        amounts, due = (
            level * np.where(here, kind[outcome][:, self.members], 0.0) for kind in (drawn.amounts, drawn.due)
        )
        covariates = _covariates(drawn, base)[self.members]
        bands = np.column_stack([covariates[:, 1], covariates[:, 0] // BAND])
        whole = Cohort(
            outcome=np.divide(amounts, self.exposure, out=np.full(amounts.shape, np.nan), where=here),
            exposure=self.exposure,
            years=drawn.years.astype(np.int64),
            start=self.programme.start,
            treated=self.regions == 0,
            covariates=covariates,
            covariate_names=("age", "woman", "ses", *CONDITIONS, "cost"),
            strata=np.unique(bands, axis=0, return_inverse=True)[1].reshape(-1),
            regions=self.regions,
            region_names=self.region_names,
        )
        kept = self._shown(whole)
        return whole.in_order(kept), due[:, kept]

    def _shown(self, cohort: Cohort) -> NDArray[np.intp]:
        n_regions = len(cohort.region_names)
        present = [np.bincount(cohort.regions[here > 0], minlength=n_regions) for here in cohort.exposure]
        shown = np.min(present, axis=0) >= CBS.least
        if not shown[0]:
            raise TooFew
        return np.flatnonzero(shown[cohort.regions])


def national_level(drawn: Drawn, outcome: str) -> Floats:
    """What brings euro of a year to those of the last by the mean of everybody; ones for mortality."""
    if outcome == "mortality":
        return np.ones(len(drawn.years))
    mean = drawn.amounts[outcome].sum(axis=1) / drawn.insured.sum(axis=1)
    return np.asarray(mean[-1] / mean)


def participants(drawn: Drawn, name: str) -> Participants:
    """Who took part in a programme from its first year on, and who was eligible in regions without any."""
    country, geography = drawn.country, drawn.geography
    number, programme = next((k, p) for k, p in enumerate(country.programmes, 1) if p.name == name)
    placed = areas(country.programmes, geography)
    area = next(each for each in placed if each.site == programme.site)
    region, names = _regions(placed, area, geography)
    start = int(np.searchsorted(drawn.years, programme.start))
    base = start - 1
    chosen = (drawn.insured[base] > 0) & ~drawn.died[base] & (region[drawn.unit[base]] >= 0)
    chosen &= _eligible(programme.eligible, drawn, base)
    site = region[drawn.unit[base]] == 0
    if area.site.delineation is Delineation.GP_CATCHMENT:
        chosen &= ~site | np.isin(drawn.practice[base], participating_practices(area, geography))
    mine = _insured_there(drawn, area)
    chosen &= mine[base]
    begins = (drawn.participates[start] == number) & (drawn.participates[base] != number)
    members = np.flatnonzero(chosen & (~site | (begins & (drawn.insured[start] > 0))))
    regions = region[drawn.unit[base, members]].astype(np.intp)
    exposure = drawn.insured[:, members].copy()
    there = np.ones(len(members), dtype=bool)
    for t in range(start, len(drawn.years)):
        there &= (exposure[t] > 0) & (region[drawn.unit[t, members]] == regions) & mine[t, members]
        exposure[t, ~there] = 0.0
        there &= ~drawn.died[t, members]
    return Participants(drawn, programme, members, regions, names, exposure)


def _regions(placed: list[Area], area: Area, geography: Geography) -> tuple[Integers, tuple[str, ...]]:
    """Number of each municipality's region, 0 for the site and -1 for those that are left out; names."""
    elsewhere = ~np.any([each.inside for each in placed], axis=0)
    elsewhere &= ~np.isin(geography.group, geography.group[area.inside])
    names = sorted({geography.groups[g] for g in geography.group[elsewhere]})
    number = np.array([names.index(name) + 1 if name in names else -1 for name in geography.groups])
    region = np.where(area.inside, 0, np.where(elsewhere, number[geography.group], -1))
    return region, (area.site.name, *names)


def _insured_there(drawn: Drawn, area: Area) -> Bools:
    """Whether somebody is of the site's insurer, everybody where that does not matter."""
    if area.site.delineation is not Delineation.INSURED:
        return np.ones(drawn.unit.shape, dtype=bool)
    province = drawn.geography.area[area.inside.argmax()]
    return np.asarray(drawn.insurer == drawn.geography.insurer_share[province].argmax())


def _eligible(rule: Eligible, drawn: Drawn, year: int) -> Bools:
    age = drawn.years[year] - drawn.born
    fits = (age >= rule.from_age) & (age <= rule.to_age) & (drawn.ses < rule.ses_below)
    if rule.condition:
        fits = fits & drawn.conditions[rule.condition][year]
    return np.asarray(fits & (drawn.amounts["cost"][year] > rule.cost_above) if rule.cost_above else fits)


def _covariates(drawn: Drawn, year: int) -> Floats:
    """Of everybody, shape (n_people, n_covariates)."""
    ill = [drawn.conditions[name][year] for name in CONDITIONS]
    columns = [drawn.years[year] - drawn.born, drawn.woman, drawn.ses, *ill, drawn.amounts["cost"][year]]
    return np.column_stack(columns).astype(float)
