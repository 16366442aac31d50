"""Conformal inference: the site's error after the start among its errors in other years."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

import numpy as np

from lmpeval.design import Design, compare_all
from lmpeval.panel import Bools, Floats, Panel

REACH = 4.0 ** np.arange(-3, 8)
"""Distances from the effect at which an interval's end is looked for first, in errors of the design."""
REFINED = np.arange(1, 16) / 16
"""Places between the last effect that is not rejected and the next one that is."""


class TooFewYears(ValueError):
    """No effect, however large, could be rejected."""


@dataclass(frozen=True, eq=False)
class Nulls:
    """Panels in which every year is fitted, each with another effect taken off the site.

    Attributes
    ----------
    base : Panel
        Comparison units, the site as a single unit, and one more year, which is a copy of the last one and
        serves as the year after the start that a panel must have.
    after : array of bool, shape (n_years,)
        Years in which an effect is hypothesised, without the copy.
    """

    base: Panel
    after: Bools

    @classmethod
    def of(cls, panel: Panel, counted: Bools) -> Nulls:
        """Keep the years before the start and the counted ones."""
        rows = np.flatnonzero(panel.before | counted)
        kept, size = panel.compared, panel.size
        share = size[panel.treated] / size[panel.treated].sum()
        outcome = np.column_stack([panel.outcome[rows][:, kept], panel.treated_mean[rows]])
        exposure = np.append(size[kept], size[panel.treated].sum())
        n_units = len(exposure)
        base = Panel(
            outcome=np.vstack([outcome, outcome[-1:]]),
            exposure=np.tile(exposure, (len(rows) + 1, 1)),
            years=np.arange(len(rows) + 1),
            units=(*panel.control_names, "site"),
            treated=np.arange(n_units) == n_units - 1,
            start=len(rows),
            covariates=np.vstack([panel.covariates[kept], share @ panel.covariates[panel.treated]]),
            covariate_names=panel.covariate_names,
            groups=(*(panel.groups[i] for i in np.flatnonzero(kept)), "site"),
            aside=np.zeros(n_units, dtype=bool),
            apart=False,
            scale=panel.scale,
        )
        return cls(base, np.asarray(counted[rows]))

    def panels(self, effects: Floats) -> list[Panel]:
        """One panel an effect, over outcomes that all share, so that a design can answer at once."""
        base, n_donors = self.base, len(self.base.units) - 1
        order = np.r_[np.arange(n_donors), np.full(len(effects), n_donors)]
        shared = base.in_order(order)
        outcome = shared.outcome.copy()
        rows = np.append(self.after, self.after[-1])
        outcome[:, n_donors:] -= np.outer(rows, effects)
        sites = np.arange(len(order)) >= n_donors
        shared = replace(
            shared,
            outcome=outcome,
            treated=sites,
            units=tuple(f"{u} {i}" for i, u in enumerate(shared.units)),
        )
        each = [np.arange(len(order)) == n_donors + k for k in range(len(effects))]
        return [replace(shared, treated=one, aside=sites & ~one) for one in each]


def p_values(design: Design, nulls: Nulls, effects: Floats) -> Floats:
    """P-value of every hypothesised effect, the same in all years counted; shape (n_effects,).

    With the effect taken off, the design is fitted to all years; the mean absolute residual over the years
    counted is placed among those of all runs of as many years, the last year followed by the first (the
    moving-block permutations of Chernozhukov, Wuethrich and Zhu 2021, equations 3 to 6, with q = 1). None is
    smaller than one over the number of years.
    """
    panels, n = nulls.panels(effects), int(nulls.after.sum())
    answers = compare_all(design, panels)
    residual = np.array([p.treated_mean - a.counterfactual for p, a in zip(panels, answers, strict=True)])
    size = np.abs(residual[:, :-1])
    runs = np.lib.stride_tricks.sliding_window_view(np.hstack([size, size[:, : n - 1]]), n, axis=1).mean(
        axis=2
    )
    own = runs[:, -n][:, None]  # the last run that does not go round: the years counted
    return np.asarray((runs >= own * (1 - 1e-9)).mean(axis=1))


def conformal_interval(
    design: Design, panel: Panel, counted: Bools, effect: float, level: float
) -> tuple[float, float]:
    """Effects between the least and the largest that the test at 1 - `level` does not reject.

    Parameters
    ----------
    design : Design
        Whose weights do not rest on years after the start: here all years are before it.
    panel : Panel
    counted : array of bool, shape (n_years,)
    effect : float
        Where to begin looking.
    level : float

    Raises
    ------
    TooFewYears
    """
    nulls = Nulls.of(panel, counted)
    n_years = len(nulls.after)
    if 1 / n_years > 1 - level + 1e-9:
        raise TooFewYears(
            f"the smallest p-value that {n_years} years can give is 1/{n_years}, and no effect is rejected"
        )
    fitted = panel.treated_mean - design.compare(panel).counterfactual
    error = float(np.sqrt(np.mean(fitted[panel.before] ** 2))) or float(np.abs(fitted).max()) or 1.0
    ends = []
    for sign in (-1.0, 1.0):
        inside, outside = _bracket(design, nulls, (effect, sign * error), level)
        for _ in range(3 if np.isfinite(outside) else 0):
            tried = np.r_[inside, inside + (outside - inside) * REFINED, outside]
            last = int(np.flatnonzero(_kept(design, nulls, tried, level) | (np.arange(len(tried)) == 0))[-1])
            inside, outside = tried[last], tried[min(last + 1, len(tried) - 1)]
        ends.append(inside if np.isfinite(outside) else sign * inf)
    return float(ends[0]), float(ends[1])


def _bracket(design: Design, nulls: Nulls, looked: tuple[float, float], level: float) -> tuple[float, float]:
    """The furthest effect tried on one side that is not rejected, and the next one; infinite beyond all."""
    effect, step = looked
    tried = effect + step * np.r_[0.0, REACH]
    kept = np.flatnonzero(_kept(design, nulls, tried, level))
    last = int(kept[-1]) if len(kept) else 0
    return float(tried[last]), float(tried[last + 1]) if last + 1 < len(tried) else step * inf


def _kept(design: Design, nulls: Nulls, effects: Floats, level: float) -> Bools:
    return np.asarray(p_values(design, nulls, effects) > 1 - level + 1e-9)
