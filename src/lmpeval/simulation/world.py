"""Small worlds in which the effect is known, each saying which premises it breaks.

A world is a country of a few dozen neighbourhoods, of which one or more are the sites. Everything that the
sites and the others could differ in is drawn alike for both until a field says otherwise, so that what a
design claims holds exactly in a world that breaks nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from lmpeval.design import Circumstances
from lmpeval.panel import Floats, Panel, Years
from lmpeval.predictors import Predictor
from lmpeval.simulation.layout import Layout, Roles
from lmpeval.simulation.predictor_readings import measured
from lmpeval.simulation.untreated import Untreated

FIRST_YEAR = 2006
COMPANIONS = {"nights": 0.01, "visits": 0.4}
"""Other outcomes that a world draws, and their units in that of the outcome."""
MATURE = 3
"""Years after which an effect that grows is as large as it gets."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A panel and the truth about it.

    Attributes
    ----------
    panel : Panel
    effect : array, shape (n_years,)
        True mean effect on the treated, weighted by size; zero before the start.
    """

    panel: Panel
    effect: Floats


@dataclass(frozen=True)
class World:
    """Outcome = level + drift + loading x factor + shocks + noise + effect, in euro.

    Attributes
    ----------
    name : str
    breaks : frozenset of str
        Names of the assumptions that do not hold here.
    visible : frozenset of str
        Those among them that stand out from chance in the years before the start.
    unmatched : frozenset of str
        Names of the assumptions that do not hold for a design that takes no notice of the covariates.
    effect : float
        Of the intervention, in every year from the start on; its last size where it `grows`.
    grows : bool
        Whether the effect grows evenly over the first `MATURE` years.
    lag : int
        Years after the start before an effect is expected.
    groups, units : int
        Neighbourhoods, and units in each.
    sites, site_units : int
        Neighbourhoods that are sites, and treated units in each; the other units there are set aside.
    before, after : int
        Years on either side of the start.
    between, shock, noise : float
        Standard deviations of a unit's lasting level, of what a neighbourhood shares in a year, and of a
        unit of mean size in a year by itself.
    persistence : float
        Correlation of a neighbourhood's shock with that of the year before.
    tails : float
        Degrees of freedom of shocks and noise (Student); infinite for normal ones.
    size_spread : float
        Standard deviation of the logarithm of a unit's exposure, cut off at one and a half times it: a site
        without any group of its size is refused, and shows nothing here.
    level_gap : float
        Of the sites, above what the others are drawn from.
    factor : float
        What a factor has moved the sites by in the last year. Half of the other neighbourhoods feel about
        as much of it, some more and some less, and half feel little.
    own_trend : float
        Of the sites alone, a year.
    class_trend : float
        Of a quarter of the neighbourhoods, the site among them, a year; the others have none, as much
        downwards, or twice as much. Both covariates tell which quarter a unit is of.
    inflow : float
        Growth of a unit's exposure from the start on: its standard deviation over units.
    early : int
        Years before the start in which the effect is there already.
    leak, reached : float and int
        Share of the effect felt by the units set aside and by this number of other neighbourhoods.
    composition : float
        Change in who lives in the sites, in euro, from the start on; no effect on anybody.
    donor_shock : float
        What hits two other neighbourhoods from the start on.
    common_break : float
        What hits everybody alike from the year after the start on.
    chosen_high : bool
        The sites are those that happened to be highest in the year before the start.
    cohorts : tuple of int
        Starts of other programmes, in years after the start; each has one neighbourhood, which is compared
        with nobody.
    margin : float
        Smallest difference that matters, for the ledger.
    alike : float
        Part of trends and factors that moves the untouched outcome too. It has levels, shocks and noise of
        its own, drawn like those of the outcome.
    touched : float
        Part of the effect that falls on the outcome called untouched.
    astray : float
        What a factor of their own has moved the companions by in the last year, in the unit of the outcome;
        then nothing that moves the outcome moves them. Neighbourhoods feel it whatever they feel of the
        outcome's. Companions have levels, shocks and noise of their own, and units of their own.
    shared_shocks : float
        Correlation of the shocks of companions with those of the outcome, in the same neighbourhood and year.
    predictors : tuple of Predictor
        What a design may match. The column "feels" says what a unit feels of the factor, with an error of a
        tenth of what the neighbourhoods differ by; any other column says nothing.
    """

    name: str
    breaks: frozenset[str] = frozenset()
    visible: frozenset[str] = frozenset()
    unmatched: frozenset[str] = frozenset()
    effect: float = -60.0
    grows: bool = False
    lag: int = 0
    groups: int = 24
    units: int = 3
    sites: int = 1
    site_units: int = 3
    before: int = 7
    after: int = 4
    between: float = 100.0
    shock: float = 8.0
    noise: float = 10.0
    persistence: float = 0.3
    tails: float = float("inf")
    size_spread: float = 0.2
    level_gap: float = 0.0
    factor: float = 0.0
    own_trend: float = 0.0
    class_trend: float = 0.0
    inflow: float = 0.0
    early: int = 0
    leak: float = 0.0
    reached: int = 0
    composition: float = 0.0
    donor_shock: float = 0.0
    common_break: float = 0.0
    chosen_high: bool = False
    cohorts: tuple[int, ...] = ()
    margin: float = 30.0
    alike: float = 1.0
    touched: float = 0.0
    astray: float = 0.0
    shared_shocks: float = 0.0
    predictors: tuple[Predictor, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a world that cannot be drawn, or in which fields would undo each other."""
        if not self.tails > 2:
            raise ValueError(f"tails is {self.tails:g}; noise has a standard deviation above 2 only")
        if not 0 <= self.shared_shocks <= 1:
            raise ValueError(f"shared_shocks is {self.shared_shocks:g}, expected 0 to 1")
        if not 0 <= self.persistence < 1:
            raise ValueError(f"persistence is {self.persistence:g}, expected 0 or more and below 1")
        if self.chosen_high and (self.level_gap or self.factor):
            raise ValueError("sites that are chosen for a high cannot have a level or a factor of their own")
        if self.sites + len(self.cohorts) + self.reached >= self.groups:
            raise ValueError(f"{self.groups} neighbourhoods leave none that nothing happens to")

    @property
    def start(self) -> int:
        """First year of exposure."""
        return FIRST_YEAR + self.before

    @property
    def circumstances(self) -> Circumstances:
        """What a study of this world would say."""
        return Circumstances(
            margin=self.margin,
            lag=self.lag,
            announced=self.start - self.early if self.early else None,
            breaks=(self.start + 1,) if self.common_break else (),
        )

    def draw(self, rng: np.random.Generator) -> Drawn:
        """Draw one panel."""
        at = self._layout(rng)
        # of the untouched outcome and companions: the other draws are what they are without them
        apart, *others_apart = rng.spawn(1 + len(COMPANIONS))
        path = self._untreated.draw(at, rng)
        roles = self._roles(at, path.outcome)
        exposed, treated = at.years >= self.start, roles.treated
        effect = self._effect(at.years, self.start)
        kind = np.array([1, 0, -1, 2])[at.home % 4]
        trends = np.outer(at.years - at.years[0], self.own_trend * treated + self.class_trend * kind)
        outcome = path.outcome + np.outer(effect, treated) + trends
        outcome += self.composition * np.outer(exposed, treated)
        outcome += self._reached(at.years, roles)
        untouched = replace(self._untreated, factor=0.0).draw(at, apart).outcome
        untouched += self.alike * (path.moved + trends) + self.touched * np.outer(effect, treated)
        moved = path.moved + trends + self.shared_shocks * path.shocks
        covariates = rng.normal(size=(len(at.home), 2))
        if self.class_trend:
            covariates = kind[:, None] + 0.01 * covariates  # no ties, which names would have to break
        growth = 1 + np.abs(self.inflow * rng.normal(size=len(at.home))) if self.inflow else 1.0
        feels = path.moved[-1] / (self.factor or 1.0)
        panel = Panel(
            outcome=outcome,
            exposure=np.where(exposed[:, None], at.size * growth, at.size),
            years=at.years,
            units=tuple(f"unit {g:02d}-{i % self.units:02d}" for i, g in enumerate(at.home)),
            treated=treated,
            start=self.start,
            covariates=covariates,
            covariate_names=("age", "income"),
            groups=tuple(
                f"site {g:02d}" if t else f"group {g:02d}" for g, t in zip(at.home, treated, strict=True)
            ),
            aside=roles.aside,
            untouched=untouched,
            companions={
                name: unit * self._companion(at, moved, other)
                for (name, unit), other in zip(COMPANIONS.items(), others_apart, strict=True)
            },
            predictors=measured(self.predictors, at.years, feels, *rng.spawn(1)) if self.predictors else None,
        )
        return Drawn(panel, np.where(panel.before, 0.0, effect))

    def _layout(self, rng: np.random.Generator) -> Layout:
        home = np.repeat(np.arange(self.groups), self.units)
        size = 1000 * np.exp(self.size_spread * np.clip(rng.normal(size=len(home)), -1.5, 1.5))
        years = np.arange(FIRST_YEAR, self.start + self.after)
        return Layout(years, self.start, home, self.sites, self.groups, size)

    @property
    def _untreated(self) -> Untreated:
        """How outcomes move without any intervention."""
        return Untreated(**{each.name: getattr(self, each.name) for each in fields(Untreated)})

    def _roles(self, at: Layout, outcome: Floats) -> Roles:
        """Who plays what part; `outcome` is that without any intervention."""
        rank = at.ranked(outcome[self.before - 1]) if self.chosen_high else at.home
        in_sites = rank < self.sites
        treated = in_sites & (np.tile(np.arange(self.units), self.groups) < self.site_units)
        others = np.zeros(len(rank), dtype=np.intp)
        for k, later in enumerate(self.cohorts):
            others[rank == self.sites + k] = self.start + later
        return Roles(rank, treated, (in_sites & ~treated) | (others > 0), others)

    def _companion(self, at: Layout, moved: Floats, rng: np.random.Generator) -> Floats:
        """Another outcome of the same units, shape (n_years, n_units); `moved` is what moves the outcome."""
        if not self.astray:
            own = replace(self._untreated, factor=0.0, shock=self.shock * np.sqrt(1 - self.shared_shocks**2))
            return own.draw(at, rng).outcome + moved
        # feels it as another neighbourhood does the outcome's
        elsewhere = replace(at, home=rng.permutation(self.groups)[at.home])
        return replace(self._untreated, factor=self.astray).draw(elsewhere, rng).outcome

    def _effect(self, years: Years, start: int) -> Floats:
        """Effect by year on a neighbourhood exposed from `start` on, shape (n_years,)."""
        since = years - (start - self.early) + 1
        share = np.clip(since / MATURE, 0.0, 1.0) if self.grows else (since > 0).astype(float)
        return np.asarray(self.effect * share, dtype=np.float64)

    def _reached(self, years: Years, roles: Roles) -> Floats:
        """What hits units that are not treated, shape (n_years, n_units)."""
        rank, others = roles.rank, roles.others
        alone = ~roles.treated & (others == 0)
        near = alone & ((rank < self.sites) | (rank >= self.groups - self.reached))
        first = self.sites + len(self.cohorts)
        struck = np.isin(rank, (first, first + 1)) * self.donor_shock
        reached = np.outer(self._effect(years, self.start), self.leak * near)
        reached += np.outer(years >= self.start, struck)
        for start in np.unique(others[others > 0]):
            reached += np.outer(self._effect(years, int(start)), others == start)
        return np.asarray(reached)
