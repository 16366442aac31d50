"""Donors that are to follow several outcomes of the treated at once, by one set of weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lmpeval.donors.paths import Donors, Levels
from lmpeval.mixtures.simplex import Mixtures, mixtures
from lmpeval.panel import Floats, Panel

By = Literal["concatenated", "averaged"]
"""Whether every outcome is followed, or the mean of all."""
Scale = Literal["apart from what donors share", "as published"]
"""How far donors are apart in an outcome: in what sets one apart from others, or in all that moves them."""
CONSTANT = 1e-10
"""An outcome in which donors are apart by less than this share of it tells nothing but rounding."""
DEALT = 999
"""Times that neighbourhoods are dealt out at random."""
ROUNDING = 1e-9
"""Share by which equal sums of squares may differ."""


@dataclass(frozen=True, eq=False)
class JointDonors:
    """What synthetic controls of several panels are made from where several outcomes count.

    Attributes
    ----------
    each : tuple of Donors
        Of the outcome, then of its companions.
    counts : array, shape (n_panels, n_outcomes)
        What a misfit of one counts for in each outcome: one over its scale.
    """

    each: tuple[Donors, ...]
    counts: Floats

    @classmethod
    def of(cls, panels: Sequence[Panel], levels: Levels, scale: Scale) -> JointDonors:
        """Take the paths from panels that share their figures."""
        found, counts = [], []
        for name in (None, *panels[0].companions):
            donors = Donors.of(panels, levels, name)
            # a first step to the same size for all panels keeps the digits; the scale itself is each panel's
            size = float(np.sqrt(np.mean(donors.path**2))) or 1.0
            donors = replace(donors, path=donors.path / size, targets=donors.targets / size)
            figures = panels[0].outcome if name is None else panels[0].companions[name]
            figures = figures[panels[0].before] / size
            apart = (
                _apart(donors) if scale == "apart from what donors share" else _moved(donors, figures, levels)
            )
            told = apart > CONSTANT * float(np.abs(figures).max())
            found.append(donors)
            counts.append(np.divide(1.0, apart, out=np.zeros_like(apart), where=told))
        stacked = np.array(counts).T
        stacked[~stacked.any(axis=1), 0] = 1.0
        return cls(tuple(found), stacked)

    def mixed(self, by: By, ridge: float) -> Floats:
        """Weights of the mixtures that follow the targets; shape (n_panels, n_units)."""
        first, n_years = self.each[0], len(self.each[0].path)
        if by == "concatenated":
            rows = np.array([np.diag(np.repeat(counts, n_years)) for counts in self.counts])
            price = np.sum([donors.noise for donors in self.each] * self.counts.T**2, axis=0)
        else:
            share = self.counts / self.counts.shape[1]
            rows = np.array([np.kron(counts, np.eye(n_years)) for counts in share])
            price = np.array([self._of_mean(p, share[p]).noise[0] for p in range(len(share))])
        problems = Mixtures(
            donors=np.vstack([donors.path for donors in self.each]),
            noise=first.size.mean() / first.size,
            targets=np.hstack([donors.targets for donors in self.each]),
            allowed=first.allowed,
            penalty=n_years * ridge**2 * price,
            rows=rows,
        )
        return mixtures(problems)

    def _of_mean(self, panel: int, share: Floats) -> Donors:
        """Donors of one panel in the mean of the outcomes."""
        first = self.each[0]
        path = np.einsum("k,ktu->tu", share, [donors.path for donors in self.each])
        targets = np.einsum("k,kt->t", share, [donors.targets[panel] for donors in self.each])
        return Donors(path, targets[None], first.allowed[[panel]], first.size)


def chance_of_going_along(panel: Panel) -> dict[str, float]:
    """Chance that places are set apart alike in a companion and in the outcome, did they not share anything.

    Neighbourhoods before the start, net of their own means and of that of all in a year, give a cross product
    between every year of the outcome and every year of the companion: a factor that sets places apart in both
    shows there whatever path it takes in either. The sum of their squares is placed among those with the
    companion's neighbourhoods dealt out at random (Escoufier 1973, Biometrics 29; Heo and Gabriel 1998,
    Communications in Statistics B 27). Shocks of each outcome's own, however long they last, make it no
    larger than chance does.

    Returns
    -------
    dict of companion to p-value
        The same for the same panel, whatever the order of units.
    """
    used = panel.treated | panel.compared
    home = np.unique(np.asarray(panel.groups)[used], return_inverse=True)[1]
    size, chance = panel.size[used], np.random.default_rng(1973)
    dealt = np.array([chance.permutation(home.max() + 1) for _ in range(DEALT)])

    def apart(figures: Floats) -> Floats:
        rows = figures[panel.before][:, used]
        rows = rows - rows[:, :1]  # a level far from zero costs no digits
        means = np.array([np.bincount(home, row * size) / np.bincount(home, size) for row in rows])
        means -= means.mean(axis=0)
        return np.asarray(means - means.mean(axis=1, keepdims=True))

    own, told = apart(panel.outcome), {}
    for name, figures in panel.companions.items():
        other = apart(figures)
        found = float(((own @ other.T) ** 2).sum())
        by_chance = ((own @ other.T[dealt]) ** 2).sum(axis=(1, 2))
        told[name] = (1 + int((by_chance >= found * (1 - ROUNDING)).sum())) / (1 + DEALT)
    return told


def _apart(donors: Donors) -> Floats:
    """Standard deviation of donors about what they share in a year, by size; shape (n_panels,)."""
    share = donors.allowed * donors.size
    share = share / share.sum(axis=1, keepdims=True)
    about = share @ np.square(donors.path).mean(axis=0) - np.square(share @ donors.path.T).mean(axis=1)
    return np.asarray(np.sqrt(np.maximum(about, 0.0)))


def _moved(donors: Donors, figures: Floats, levels: Levels) -> Floats:
    """Standard deviation over donors and years, what they share included; shape (n_panels,)."""
    own = figures - figures.mean(axis=0) if levels == "apart" else figures - figures.mean()
    n = donors.allowed.sum(axis=1) * len(own)
    sums, squares = donors.allowed @ own.sum(axis=0), donors.allowed @ np.square(own).sum(axis=0)
    return np.asarray(np.sqrt(np.maximum(squares - sums**2 / n, 0.0) / np.maximum(n - 1, 1)))
