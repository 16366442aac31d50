"""What a design of persons sees: one outcome of people chosen before the start, by year and person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lmpeval.panel import Bools, Floats, Years


@dataclass(frozen=True, eq=False)
class Grouping:
    """Persons told apart by one characteristic, as it was before the start.

    Attributes
    ----------
    by : str
        The characteristic.
    groups : tuple of str, length n_groups
    of : array of int, shape (n_persons,)
        Position in `groups`; -1 for whoever is in none.
    """

    by: str
    groups: tuple[str, ...]
    of: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Cohort:
    """Persons of a subpopulation, membership fixed at baseline, by year around one start of exposure.

    It holds no identifiers: a person is a position. Neither does anything that is made of it and leaves the
    process.

    Attributes
    ----------
    outcome : array, shape (n_years, n_persons)
        Per unit of exposure (euro per insured year, say); not a number where exposure is 0.
    exposure : array, shape (n_years, n_persons)
        Insured years, within 0 and 1; 0 once dead, moved away or not insured.
    years : array of int, shape (n_years,)
        Calendar years, rising; gaps are allowed.
    start : int
        First year of the intervention.
    treated : array of bool, shape (n_persons,)
    covariates : array, shape (n_persons, n_covariates)
        Measured before `start`, complete.
    covariate_names : tuple of str, length n_covariates
    strata : array of int, shape (n_persons,)
        Persons are compared within a stratum only (sex, age band, condition); zeros where there is one.
    regions : array of int, shape (n_persons,)
        Position in `region_names`: where the intervention was assigned.
    region_names : tuple of str, length n_regions
    practices, insurers : array of int, shape (n_persons,), or None
        Who cares for them and who insures them before the start, where that is known.
    subgroups : tuple of Grouping
        Ways to tell persons apart whose effects are asked for beside that on all.
    by_site : bool
        Whether the effect on every treated region by itself is asked for too.

    Raises
    ------
    ValueError
        Where the data cannot be what it says it is; messages quote no person's figures.
    """

    outcome: Floats
    exposure: Floats
    years: Years
    start: int
    treated: Bools
    covariates: Floats
    covariate_names: tuple[str, ...]
    strata: NDArray[np.intp]
    regions: NDArray[np.intp]
    region_names: tuple[str, ...]
    practices: NDArray[np.intp] | None = None
    insurers: NDArray[np.intp] | None = None
    subgroups: tuple[Grouping, ...] = ()
    by_site: bool = False

    def __post_init__(self) -> None:
        """Refuse what no design can use."""
        self._refuse_shapes()
        if not (
            np.isfinite(self.exposure).all() and (self.exposure >= 0).all() and (self.exposure <= 1).all()
        ):
            raise ValueError("exposure must lie within 0 and 1 everywhere")
        if not np.isfinite(self.outcome[self.exposure > 0]).all():
            raise ValueError("outcome has missing cells where a person was exposed: decide on them before")
        if not np.isfinite(self.covariates).all():
            raise ValueError("covariates have missing cells: decide on them before")
        if (np.diff(self.years) <= 0).any():
            raise ValueError("years must rise")
        if not self.years[0] < self.start <= self.years[-1]:
            raise ValueError(f"start {self.start} leaves no year before or none from it on")
        if self.treated.all() or not self.treated.any():
            raise ValueError("a cohort needs treated persons and persons to compare them with")
        if self.regions.min() < 0 or self.regions.max() >= len(self.region_names):
            raise ValueError("regions point outside region_names")
        if mixed := self._regions_on_both_sides():
            raise ValueError(
                f"{', '.join(mixed)}: treated and compared persons live in the same region, in which the "
                "intervention was assigned: set those who did not take part aside"
            )

    def _refuse_shapes(self) -> None:
        n_persons = len(self.treated)
        for name in ("outcome", "exposure"):
            if (found := getattr(self, name).shape) != (shape := (len(self.years), n_persons)):
                raise ValueError(f"{name} is {found}, not (years, persons) = {shape}")
        each = {name: getattr(self, name) for name in ("strata", "regions", "practices", "insurers")}
        each |= {f"subgroups by {grouping.by}": grouping.of for grouping in self.subgroups}
        for name, values in each.items():
            if values is not None and values.shape != (n_persons,):
                raise ValueError(f"{name} is {values.shape}, not ({n_persons},), one a person")
        if self.covariates.shape != (expected := (n_persons, len(self.covariate_names))):
            raise ValueError(f"covariates are {self.covariates.shape}, not (persons, names) = {expected}")

    def _regions_on_both_sides(self) -> list[str]:
        n_regions = len(self.region_names)
        sides = [
            np.bincount(self.regions[side], minlength=n_regions) > 0 for side in (self.treated, ~self.treated)
        ]
        return [self.region_names[i] for i in np.flatnonzero(sides[0] & sides[1])]

    @cached_property
    def before(self) -> Bools:
        """True for the years before `start`; shape (n_years,)."""
        return np.asarray(self.years < self.start)

    @cached_property
    def amounts(self) -> Floats:
        """Outcome times exposure, zero where there is no exposure; shape (n_years, n_persons)."""
        return np.where(self.exposure > 0, self.outcome * self.exposure, 0.0)

    # Transformations, shared by the ledger's checks and simulation.

    def in_order(self, order: NDArray[np.intp], treated: Bools | None = None) -> Cohort:
        """Put the persons in another order, or keep some of them; others may be treated, (n_kept,)."""
        return replace(
            self,
            outcome=self.outcome[:, order],
            exposure=self.exposure[:, order],
            treated=self.treated[order] if treated is None else treated,
            covariates=self.covariates[order],
            strata=self.strata[order],
            regions=self.regions[order],
            practices=None if self.practices is None else self.practices[order],
            insurers=None if self.insurers is None else self.insurers[order],
            subgroups=tuple(replace(grouping, of=grouping.of[order]) for grouping in self.subgroups),
        )

    def plus_effect(self, effect: float) -> Cohort:
        """Add `effect` to the treated from `start` on."""
        return replace(self, outcome=self.outcome + effect * np.outer(~self.before, self.treated))

    def plus_year_shocks(self, shocks: Floats) -> Cohort:
        """Move everybody by `shocks`; shape (n_years,)."""
        return replace(self, outcome=self.outcome + shocks[:, None])

    def times(self, factor: float) -> Cohort:
        """Express the outcome in another unit of account (euro in cents: `times(100)`)."""
        return replace(self, outcome=self.outcome * factor)
