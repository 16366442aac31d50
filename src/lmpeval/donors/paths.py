"""Paths before the start of donors and of what they are to follow, in many panels at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Protocol, get_args, runtime_checkable

import numpy as np

from lmpeval.estimate import Comparison
from lmpeval.mixtures.simplex import Mixtures, mixtures
from lmpeval.panel import Bools, Floats, Panel

Levels = Literal["apart", "together"]
"""Whether paths are followed relative to their own means, or as high as they are."""


@dataclass(frozen=True, eq=False)
class Donors:
    """What synthetic controls of several panels with the same figures are made from.

    Attributes
    ----------
    path : array, shape (n_years, n_units)
        Before the start, relative to what the units share in each year.
    targets : array, shape (n_panels, n_years)
        The treated of each panel, the same way.
    allowed : array of bool, shape (n_panels, n_units)
        Comparison units of each panel.
    size : array, shape (n_units,)
    """

    path: Floats
    targets: Floats
    allowed: Bools
    size: Floats

    @classmethod
    def of(cls, panels: Sequence[Panel], levels: Levels, companion: str | None = None) -> Donors:
        """Take the paths of the outcome, or of a companion, from panels that share their figures."""
        first = panels[0]
        figures = (first.outcome if companion is None else first.companions[companion])[first.before]
        shared = figures[:, first.compared].mean(axis=1)
        path = figures - shared[:, None]
        if companion is None:
            targets = np.array([panel.treated_mean for panel in panels])[:, first.before] - shared
        else:
            targets = np.array([panel.over_treated(figures) for panel in panels]) - shared
        if levels == "apart":
            path, targets = path - path.mean(axis=0), targets - targets.mean(axis=1, keepdims=True)
        return cls(path, targets, np.array([panel.compared for panel in panels]), first.size)

    def without(self, year: int) -> Donors:
        """Leave out the year at this position."""
        return replace(self, path=np.delete(self.path, year, 0), targets=np.delete(self.targets, year, 1))

    @cached_property
    def noise(self) -> Floats:
        """Variance of a unit of mean size in a year; shape (n_panels,).

        One year tells no noise. Where there is a level to follow, the spread of the donors' levels is as good
        a measure of what it may cost; where not, any price gives the least noisy mixture.
        """
        if len(self.path) == 1:
            share = self.allowed / self.allowed.sum(axis=1, keepdims=True)
            spread = share @ self.path[0] ** 2 - (share @ self.path[0]) ** 2
            return np.where(spread > 0, spread, 1.0)
        return donor_noise(self.path - self.path.mean(axis=0), self.size, self.allowed)

    def mixed(self, price: Floats, pairwise: float = 0.0, near: Floats | None = None) -> Floats:
        """Weights of the mixtures that follow the targets; shape (n_panels, n_units).

        Parameters
        ----------
        price : array, shape (n_panels,)
            Noise variance of a unit of mean size that a mixture is charged for in every year; large donors
            are calm and cost less.
        pairwise : float
            Price of a donor's own squared distance to the target.
        near : array, shape (n_panels, n_units), or None
            Weights to set out from, as of nearly the same paths.
        """
        relative = self.size.mean() / self.size
        toll = pairwise * self.distances if pairwise else None
        problems = Mixtures(
            self.path, relative, self.targets, self.allowed, len(self.path) * price, toll=toll
        )
        return mixtures(problems, near)

    @property
    def distances(self) -> Floats:
        """Squared distance of every unit to every target, summed over years; shape (n_panels, n_units)."""
        return np.array([((self.path - each[:, None]) ** 2).sum(axis=0) for each in self.targets])


@runtime_checkable
class FollowsPath(Protocol):
    """A design that takes the mixture which follows the path before the start, noise priced."""

    @property
    def levels(self) -> Levels:
        """Whether paths are followed relative to their own means."""
        ...

    @property
    def follows_nothing_else(self) -> bool:
        """Whether the path and the price of noise alone decide on the weights."""
        ...

    def price(self, donors: Donors) -> Floats:
        """Variance that a mixture is charged for in every year; shape (n_panels,)."""
        ...


def at_once(
    panels: Sequence[Panel], answer: Callable[[Sequence[Panel]], list[Comparison]]
) -> list[Comparison]:
    """Answer for many panels together where they differ in roles alone, else one by one."""
    if all(panel.shares_figures(panels[0]) for panel in panels):
        return answer(panels)
    return [answer([panel])[0] for panel in panels]


def wrong_with(ridge: float, levels: Levels = "apart") -> list[str]:
    """Say what is wrong with the price of noise and with how levels are compared."""
    wrong = []
    if not ridge > 0:
        wrong.append(f"ridge is {ridge:g}; without a price above 0 the weights are not unique")
    if levels not in get_args(Levels):
        wrong.append(f"levels is '{levels}', expected one of: {', '.join(get_args(Levels))}")
    return wrong


def mixed(panel: Panel, weights: Floats, levels: Levels) -> Floats:
    """Counterfactual of a mixture of comparison units, in every year; shape (n_years,).

    With levels apart it is lifted to the mean of the treated before the start.
    """
    mixture = panel.controls @ weights
    lift = (panel.treated_mean - mixture)[panel.before].mean() if levels == "apart" else 0.0
    return np.asarray(mixture + lift)


def mixed_in_each(panels: Sequence[Panel], weights: Floats, levels: Levels) -> Floats:
    """As `mixed`, of panels that share their figures; shape (n_panels, n_years).

    weights, shape (n_panels, n_units), are zero for all but comparison units.
    """
    mixtures_of = weights @ panels[0].outcome.T
    if levels != "apart":
        return np.asarray(mixtures_of)
    apart = np.array([panel.treated_mean for panel in panels]) - mixtures_of
    return np.asarray(mixtures_of + apart[:, panels[0].before].mean(axis=1, keepdims=True))


def donor_noise(path: Floats, size: Floats, allowed: Bools) -> Floats:
    """Variance of a donor of mean size around what donors share, in a year; shape (n_panels,).

    The years before the start span directions in which donors differ; a factor that donors follow in
    different measure is large in one or two of them, noise is about equal in all. The median over the
    directions, net of the year effects, is the noise and not the factor: priced at the sum of both, a
    mixture would keep away from the donors that move like the treated.

    Parameters
    ----------
    path : array, shape (n_years, n_units)
        Each unit relative to its own mean before the start.
    size : array, shape (n_units,)
    allowed : array of bool, shape (n_panels, n_units)

    Returns
    -------
    array, shape (n_panels,)
    """
    shared = allowed * size / (allowed @ size)[:, None] @ path.T  # (n_panels, n_years)
    apart = path - shared.mean(axis=0)[:, None]
    shared = shared - shared.mean(axis=0)
    weight = allowed * (size / size.mean())
    products = (apart[:, None] * apart).reshape(-1, len(size))
    about_zero = (weight @ products.T).reshape(-1, len(path), len(path))
    cross = (weight @ apart.T)[:, :, None] * shared[:, None]
    own = about_zero - cross - np.swapaxes(cross, 1, 2)
    own += weight.sum(axis=1)[:, None, None] * shared[:, :, None] * shared[:, None]
    # rows sum to zero over the years: one direction is empty and is left out
    directions = np.linalg.eigvalsh(own)[:, 1:] / allowed.sum(axis=1)[:, None]
    # without any noise every exact weighting is as good; a trace of it, as large as rounding, picks the
    # most even one, and shared shocks however large do not raise it above real noise
    trace = 1e-24 * (allowed @ np.square(path).sum(axis=0)) / (len(path) * allowed.sum(axis=1))
    variance = np.maximum(np.median(directions, axis=1), trace)
    return np.where(variance > 0, variance, 1.0)
