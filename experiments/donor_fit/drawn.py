"""Countries in which nothing was done and factors move regions, and what the ledger sees of each region."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lmpeval.design import compare_all
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.donors.held_out import held_out
from lmpeval.donors.hull import nearest_mixture
from lmpeval.panel import Panel
from lmpeval.simulation.world import World
from lmpeval.uncertainty.gap_statistics import misfit
from lmpeval.uncertainty.placebo import stand_ins

DESIGN = SyntheticControl()
AFTER = 4


@dataclass(frozen=True)
class Country:
    """One kind of country.

    Attributes
    ----------
    before : int
        Years before the start.
    factor : float
        How far two factors move a region from one year to the next, in the noise of a region.
    """

    before: int
    factor: float


KINDS = tuple(Country(before, factor) for before in (3, 5, 7, 12) for factor in (0.0, 0.5, 2.0))


def draw(kind: Country, rng: np.random.Generator) -> Panel:
    """Random walks, followed by every region in its own measure; a region in ten far more than others.

    Every region is drawn alike, the one called the site too: each serves as a site in which nothing was done.
    """
    world = World("country", effect=0.0, before=kind.before, after=AFTER)
    panel = world.draw(rng).panel
    noise = np.hypot(world.shock, world.noise / np.sqrt(world.units))
    paths = rng.normal(size=(len(panel.years), 2)).cumsum(axis=0)
    follows = rng.normal(size=(world.groups, 2)) * np.where(rng.random(world.groups) < 0.1, 2.5, 1.0)[:, None]
    moved = kind.factor * noise * (paths @ follows.T)[:, np.repeat(np.arange(world.groups), world.units)]
    return replace(panel, outcome=panel.outcome + moved)


def seen(panel: Panel, lag: int = 0) -> pd.DataFrame:
    """What the ledger can see of every stand-in of a panel, and how far its effect, truly none, is off.

    Columns: `hold_out` and `misfit` in medians of all stand-ins, `scaled` the misfit in standard deviations
    of donors around their own means, `largest` and `effective` weights, `outside` the hull in median hold-out
    errors, `error` in the root mean square of all, `real` whether it would be called real at 5 %.
    """
    groups = stand_ins(panel)
    panels = [panel.placebo_sites({label: members}) for label, members in groups.items()]
    answers = compare_all(DESIGN, panels)
    gaps = np.array([p.treated_mean - a.counterfactual for p, a in zip(panels, answers, strict=True)])
    counted = panel.years >= panel.start + lag
    errors, fit = held_out(DESIGN, panel).others, misfit(gaps, panel.before)
    effects = np.abs(gaps[:, counted].mean(axis=1))
    path = panel.controls[panel.before] - panel.controls[panel.before].mean(axis=1, keepdims=True)
    spread = float((path - path.mean(axis=0)).std())
    place = (effects[None, :] >= effects[:, None]).sum(axis=1)
    return pd.DataFrame(
        {
            "hold_out": errors / np.median(errors),
            "misfit": fit / np.median(fit),
            "scaled": fit / spread,
            "largest": [a.weights.max() for a in answers],
            "effective": [1 / (a.weights**2).sum() for a in answers],
            "outside": [nearest_mixture(p, "apart").distance for p in panels] / np.median(errors),
            "error": effects / np.sqrt(np.mean(effects**2)),
            "real": place <= 0.05 * len(effects) + 1e-9,
        }
    )
