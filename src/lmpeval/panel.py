"""What a design sees: one outcome of treated and comparison units over years, around one start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lmpeval.effect_scale import EffectScale
from lmpeval.once import once
from lmpeval.predictors import Measured

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Years = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Panel:
    """One outcome in one population, by year and unit, around one start of exposure.

    Attributes
    ----------
    outcome : array, shape (n_years, n_units)
        In the unit of the outcome (euro per insured year, say), on the `scale`; complete.
    exposure : array, shape (n_years, n_units)
        What the outcome is per (insured years, persons); positive.
    years : array of int, shape (n_years,)
        Calendar years, rising; gaps are allowed.
    units : tuple of str, length n_units
    treated : array of bool, shape (n_units,)
        Units exposed from `start` on.
    start : int
        First year of exposure.
    covariates : array, shape (n_units, n_covariates)
        Measured before `start`.
    covariate_names : tuple of str, length n_covariates
    groups : tuple of str, length n_units
        Neighbourhood of a comparison unit, site of a treated one.
    aside : array of bool, shape (n_units,)
        Units that are compared with nothing: neighbours that the intervention may have reached and, in
        a placebo panel, the real site.
    apart : bool
        Whether the neighbourhood of a site is set aside. What is done for the site is done for its
        stand-ins: one that kept its neighbours as donors would be predicted better than the site.
    extent : array, shape (n_units,), or None
        How large units are, where every unit counts once and `exposure` does not say it.
    untouched : array, shape (n_years, n_units), or None
        A second outcome of the same units that the intervention cannot touch, in the unit of the first.
    predictors : Measured or None
        What a mixture of donors is to match beside the outcome's path; measured before `start`.
    companions : mapping of a column's name to an array, shape (n_years, n_units)
        What else is known of the same units, each in a unit of its own: complete before `start`, and not
        a number from it on where nobody may read it.
    scale : EffectScale
        Whether the outcomes are levels, so that designs compare differences, or their logarithms.

    Raises
    ------
    ValueError
        Where the data cannot be what it says it is: shapes, missing cells, no year on a side of the start.
    """

    outcome: Floats
    exposure: Floats
    years: Years
    units: tuple[str, ...]
    treated: Bools
    start: int
    covariates: Floats
    covariate_names: tuple[str, ...]
    groups: tuple[str, ...]
    aside: Bools
    apart: bool = True
    extent: Floats | None = None
    untouched: Floats | None = None
    predictors: Measured | None = None
    companions: Mapping[str, Floats] = field(default_factory=dict)
    scale: EffectScale = EffectScale.DIFFERENCE

    def __post_init__(self) -> None:
        """Refuse what no design can use."""
        self._refuse_shapes()
        if not np.isfinite(self.outcome).all() or not np.isfinite(self.covariates).all():
            raise ValueError("outcome or covariates have missing cells: decide on them before")
        if self.untouched is not None and not np.isfinite(self.untouched).all():
            raise ValueError("the untouched outcome has missing cells: decide on them before")
        for name, figures in self.companions.items():
            if not np.isfinite(figures[self.before]).all():
                raise ValueError(
                    f"companion {name} has missing cells before the start: decide on them before"
                )
        if not (np.isfinite(self.exposure).all() and (self.exposure > 0).all()):
            raise ValueError("exposure must be positive everywhere")
        if (np.diff(self.years) <= 0).any():
            raise ValueError("years must rise")
        if not self.years[0] < self.start <= self.years[-1]:
            raise ValueError(f"start {self.start} leaves no year before or none from it on")
        self._refuse_roles()

    def _refuse_roles(self) -> None:
        if not self.treated.any() or not self.compared.any() or (self.treated & self.aside).any():
            raise ValueError("a panel needs treated units, comparison units, and no treated unit aside")

    def _refuse_shapes(self) -> None:
        shape = (len(self.years), len(self.units))
        for name in ("outcome", "exposure"):
            if (found := getattr(self, name).shape) != shape:
                raise ValueError(f"{name} is {found}, not (years, units) = {shape}")
        beside = {f"companion {name}": figures.shape for name, figures in self.companions.items()}
        for name in ("untouched", "predictors"):
            if (known := getattr(self, name)) is not None:
                beside[name] = known.shape
        for name, found in beside.items():
            if found != shape:
                raise ValueError(f"{name} is {found}, not (years, units) = {shape}")
        for name in ("treated", "aside", "groups"):
            if (length := len(getattr(self, name))) != len(self.units):
                raise ValueError(f"{name} has length {length}, not {len(self.units)} (units)")
        if self.covariates.shape != (expected := (len(self.units), len(self.covariate_names))):
            raise ValueError(f"covariates are {self.covariates.shape}, not (units, names) = {expected}")

    @cached_property
    def before(self) -> Bools:
        """True for the years before `start`; shape (n_years,)."""
        return np.asarray(self.years < self.start)

    @cached_property
    def compared(self) -> Bools:
        """True for the comparison units; shape (n_units,)."""
        return ~self.treated & ~self.aside

    @cached_property
    def size(self) -> Floats:
        """Mean exposure before the start; shape (n_units,).

        Fixed before the start because the intervention may change who lives where.
        """
        return np.asarray(self.exposure[self.before].mean(axis=0))

    @property
    def magnitude(self) -> Floats:
        """How large a unit is, whatever it counts for: sites and their stand-ins must be alike in it."""
        return self.size if self.extent is None else self.extent

    @cached_property
    def treated_mean(self) -> Floats:
        """Mean outcome of the treated units, weighted by `size`; shape (n_years,)."""
        return self.over_treated(self.outcome)

    def over_treated(self, figures: Floats) -> Floats:
        """Mean over the treated units, weighted by `size`, of figures of shape (n_rows, n_units)."""
        size = self.size[self.treated]
        return np.asarray(figures[:, self.treated] @ (size / size.sum()))

    @cached_property
    def controls(self) -> Floats:
        """Outcomes of the comparison units; shape (n_years, n_controls)."""
        return self.outcome[:, self.compared]

    @cached_property
    def control_names(self) -> tuple[str, ...]:
        """Names of the comparison units; length n_controls."""
        return tuple(np.asarray(self.units)[self.compared].tolist())

    @cached_property
    def sites(self) -> tuple[str, ...]:
        """Distinct groups among the treated units: what was assigned to the intervention."""
        return tuple(sorted({self.groups[i] for i in np.flatnonzero(self.treated)}))

    def shares_figures(self, other: Panel) -> bool:
        """Whether the two differ at most in who is treated, compared and aside."""
        shared = self.outcome is other.outcome and self.exposure is other.exposure
        shared &= self.companions is other.companions and self.predictors is other.predictors
        return shared and self.years is other.years and self.start == other.start

    # Transformations, shared by inference, the ledger's checks and simulation.

    def plus_effect(self, effect: float) -> Panel:
        """Add `effect` to the treated from `start` on."""
        return replace(self, outcome=self.outcome + effect * np.outer(~self.before, self.treated))

    def plus_year_shocks(self, shocks: Floats) -> Panel:
        """Move every unit by `shocks`; shape (n_years,)."""
        return replace(self, outcome=self.outcome + shocks[:, None])

    def units_alike(self) -> Panel:
        """Let every unit count once in every mean; stand-ins remain those of the site's size."""
        return replace(self, exposure=np.ones_like(self.exposure), extent=self.magnitude)

    def can_lie_on(self, scale: EffectScale) -> bool:
        """Whether `on_scale` is possible: ratios need positive levels."""
        if scale is self.scale or scale is EffectScale.DIFFERENCE:
            return True
        return bool((self.outcome > 0).all() and (self.untouched is None or (self.untouched > 0).all()))

    def on_scale(self, scale: EffectScale) -> Panel:
        """Let designs compare ratios of the units' means, or differences; each is the other's inverse."""
        if scale is self.scale:
            return self

        def brought(figures: Floats) -> Floats:
            return scale.working(self.scale.level(figures))

        return replace(
            self, outcome=brought(self.outcome), untouched=_each(self.untouched, brought), scale=scale
        )

    def times(self, factor: float) -> Panel:
        """Express the outcome in another unit of account (euro in cents: `times(100)`).

        Companions keep their own.
        """

        def multiplied(figures: Floats) -> Floats:
            return self.scale.working(self.scale.level(figures) * factor)

        return replace(self, outcome=multiplied(self.outcome), untouched=_each(self.untouched, multiplied))

    def in_order(self, order: NDArray[np.intp]) -> Panel:
        """Put the units in another order, or keep some of them."""
        return replace(
            self,
            outcome=self.outcome[:, order],
            exposure=self.exposure[:, order],
            units=tuple(self.units[i] for i in order),
            treated=self.treated[order],
            covariates=self.covariates[order],
            groups=tuple(self.groups[i] for i in order),
            aside=self.aside[order],
            extent=None if self.extent is None else self.extent[order],
            untouched=_each(self.untouched, lambda u: u[:, order]),
            predictors=None if self.predictors is None else self.predictors.in_order(order),
            companions={name: figures[:, order] for name, figures in self.companions.items()},
        )

    def placebo_start(self, year: int) -> Panel:
        """Keep the years before exposure, as if it had begun in `year`; predictors forget later ones."""
        kept = np.flatnonzero(self.before)
        return once(
            ("placebo start", id(self), year),
            lambda: self._in_years(kept, self.years[kept], year, np.arange(year, self.start)),
            self,
        )

    def held_out(self, position: int) -> Panel:
        """Keep the years before exposure and let the one at `position` play the year after the start."""
        kept = np.flatnonzero(self.before)
        order = np.r_[np.delete(kept, position), kept[position]]
        return self._in_years(order, np.arange(len(order)), len(order) - 1, self.years[order[-1:]])

    def placebo_sites(self, sites: Mapping[str, NDArray[np.intp]]) -> Panel:
        """Let other units stand in for the treated; treated units that are not among them step aside.

        Outcomes are shared with this panel, not copied.

        Parameters
        ----------
        sites : mapping of a stand-in site's label to the positions of its units
        """
        treated, groups = np.zeros(len(self.units), dtype=bool), list(self.groups)
        for label, members in sites.items():
            treated[members] = True
            for i in members.tolist():
                groups[i] = label
        near = ~treated & self.sharing_neighbourhood(treated) if self.apart else treated & False
        return self._in_roles(treated, self.aside | (self.treated & ~treated) | near, tuple(groups))

    def _in_roles(self, treated: Bools, aside: Bools, groups: tuple[str, ...]) -> Panel:
        """The same figures with other units treated and aside.

        As `replace`, but figures that were looked at when this panel was made are not looked at again, nor
        is worked out anew what does not depend on who is treated: a site has a hundred stand-ins.
        """
        other = object.__new__(type(self))
        kept = {name: self.__dict__[name] for name in self.__dataclass_fields__}
        kept |= {
            "before": self.before,
            "size": self.size,
            "treated": treated,
            "aside": aside,
            "groups": groups,
        }
        other.__dict__.update(kept)
        other._refuse_roles()
        return other

    def sharing_neighbourhood(self, chosen: Bools) -> Bools:
        """Units in a neighbourhood with any of the chosen ones; shape (n_units,)."""
        home = self._neighbourhoods
        return np.asarray((np.bincount(home, chosen, minlength=len(home)) > 0)[home])

    @cached_property
    def _neighbourhoods(self) -> NDArray[np.intp]:
        """Number of each unit's neighbourhood; shape (n_units,)."""
        return np.asarray(np.unique(self.groups, return_inverse=True)[1])

    def with_aside(self, aside: Bools) -> Panel:
        """Set other units aside; shape (n_units,)."""
        if aside.shape != self.aside.shape:
            raise ValueError(f"aside has shape {aside.shape}, not {self.aside.shape} (units)")
        return self._in_roles(self.treated, aside, self.groups)

    def without_years(self, years: Iterable[int]) -> Panel:
        """Leave years out."""
        left_out = np.array(list(years), dtype=np.int64)
        kept = np.flatnonzero(~np.isin(self.years, left_out))
        return self._in_years(kept, self.years[kept], self.start, left_out)

    def _in_years(self, rows: NDArray[np.intp], years: Years, start: int, unread: Years) -> Panel:
        """The years at these rows, called `years`, around another start; predictors forget those `unread`."""
        return replace(
            self,
            outcome=self.outcome[rows],
            exposure=self.exposure[rows],
            untouched=_each(self.untouched, lambda u: u[rows]),
            predictors=None if self.predictors is None else self.predictors.in_years(rows, unread),
            companions={name: figures[rows] for name, figures in self.companions.items()},
            years=years,
            start=start,
        )


def _each(values: Floats | None, change: Callable[[Floats], Floats]) -> Floats | None:
    """What becomes of figures that a panel may not have."""
    return None if values is None else change(values)
