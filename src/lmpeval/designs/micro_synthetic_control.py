"""Micro synthetic control: comparison units weighted to the totals of many small treated units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from lmpeval.assumptions import COMMON, DONOR_FIT, OVERLAP
from lmpeval.design import Assumption, Case, Evidence, Inference, Status
from lmpeval.donors.paths import Levels, at_once, mixed, wrong_with
from lmpeval.estimate import Comparison
from lmpeval.inference import PlaceboGroups
from lmpeval.mixtures.simplex import Mixtures, mixtures
from lmpeval.panel import Bools, Floats, Panel

TRACE = 1e-12
"""Price of a weight's distance from its base, beside totals in standard deviations: it only breaks ties."""
EXACT = 1e-6
"""Standard deviations by which a total may be off and count as reproduced."""


def totals_reproduced(case: Case) -> Evidence | None:
    """See on how few units the calibration leans, and which total of the treated no weights reproduce."""
    leans = OVERLAP.check(case) if OVERLAP.check else None
    if leans is None or not isinstance(case.design, MicroSyntheticControl):
        return leans
    totals = Totals.of([case.panel], case.design.levels)
    weights = case.estimate.comparison.weights
    off = totals.counts[0] * (totals.targets[0] - totals.figures[:, case.panel.compared] @ weights)
    worst = int(np.abs(off).argmax())
    if abs(off[worst]) <= EXACT:
        return replace(leans, finding=f"all {len(off)} totals of the treated are reproduced; {leans.finding}")
    return replace(
        leans,
        status=Status.UNCERTAIN,
        finding=f"no weights from zero up reproduce all {len(off)} totals of the treated: the nearest are "
        f"off by up to {abs(off[worst]):.2g} standard deviations, in {totals.names[worst]}; {leans.finding}",
    )


CALIBRATED_OVERLAP = replace(
    OVERLAP,
    claim="The totals of the treated are those of comparison units with weights from zero up, and these do "
    "not lean on one or two.",
    source="Robbins, Saunders and Kilmer (2017); Deville and Sarndal (1992)",
    check=totals_reproduced,
)


@dataclass(frozen=True)
class MicroSyntheticControl:
    """Mean of all comparison units, calibrated to the treated before the start.

    Each comparison unit starts from a weight in proportion to its size, its base. Of all weights from zero up
    with which the covariates and the outcome in every year before the start have the same mean (total, at
    equal size) as in the treated, those nearest to the base are taken: linear calibration bounded at zero,
    with the distance ``sum((w - base)**2 / base)``. Where no weights reproduce all totals the nearest in
    least squares are taken, each total in its standard deviation over the treated and the compared, and the
    check of overlap says so.

    Made for many small treated units, whose totals lie amid those of the comparison units, not at their edge.

    Parameters
    ----------
    levels : str
        "apart" calibrates the outcome's changes, each unit relative to its own mean before the start, and
        lifts the result to the level of the treated; "together" the outcome as it stands, as published.

    References
    ----------
    Robbins, Saunders and Kilmer (2017), A framework for synthetic control methods with high-dimensional,
    micro-level data, Journal of the American Statistical Association 112; Deville and Sarndal (1992),
    Calibration estimators in survey sampling, Journal of the American Statistical Association 87.
    """

    levels: Levels = "apart"
    inference: Inference = PlaceboGroups()
    formula: ClassVar[str] = "Ŷ(t) = Σ wⱼ Yⱼ(t) + h (Ȳ_T - Σ wⱼ Ȳⱼ)"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        *(CALIBRATED_OVERLAP if common is OVERLAP else common for common in COMMON),
        DONOR_FIT,
    )

    def __post_init__(self) -> None:
        """Refuse unknown levels."""
        if wrong := wrong_with(TRACE, self.levels):
            raise ValueError("; ".join(wrong))

    def compare(self, panel: Panel) -> Comparison:
        """Calibrated mean of the comparison units."""
        return self.compare_many([panel])[0]

    def compare_many(self, panels: Sequence[Panel]) -> list[Comparison]:
        """Compare in many panels: at once where they differ in roles alone, else one by one."""
        return at_once(panels, self._together)

    def _together(self, panels: Sequence[Panel]) -> list[Comparison]:
        size = panels[0].size
        totals = Totals.of(panels, self.levels)
        # brought to about one first, so that a total in millions costs one in shares no digits
        unit = np.abs(totals.figures).max(axis=1)
        unit = np.where(unit > 0, unit, 1.0)
        allowed = np.array([panel.compared for panel in panels])
        # with a sum of one, the distance from base weights in proportion to size is sum(w^2 / size) but for
        # a constant: the price of noise in a mixture
        problems = Mixtures(
            donors=totals.figures / unit[:, None],
            noise=size.mean() / size,
            targets=totals.targets / unit,
            allowed=allowed,
            penalty=np.full(len(panels), TRACE),
            rows=(totals.counts * unit)[:, :, None] * np.eye(len(unit)),
        )
        return [
            Comparison(mixed(panel, row[panel.compared], self.levels), row[panel.compared])
            for panel, row in zip(panels, mixtures(problems), strict=True)
        ]


@dataclass(frozen=True, eq=False)
class Totals:
    """What weights are calibrated to.

    Attributes
    ----------
    figures : array, shape (n_totals, n_units)
    targets : array, shape (n_panels, n_totals)
        Means of the treated by size.
    counts : array, shape (n_panels, n_totals)
        One over the standard deviation over the treated and the compared of each panel, by size: units that
        are set aside have no say. Zero where they differ by rounding alone.
    names : tuple of str, length n_totals
    """

    figures: Floats
    targets: Floats
    counts: Floats
    names: tuple[str, ...]

    @classmethod
    def of(cls, panels: Sequence[Panel], levels: Levels) -> Totals:
        """Take them from panels that share their figures."""
        first = panels[0]
        outcome, covariates = first.outcome[first.before], first.covariates.T
        path = outcome - outcome[:, first.compared].mean(axis=1)[:, None]
        if levels == "apart":
            path = path - path.mean(axis=0)
        about = covariates - covariates[:, first.compared].mean(axis=1)[:, None]
        figures = np.vstack([about, path])
        treated = _shares([panel.treated for panel in panels], first.size)
        members = _shares([panel.treated | panel.compared for panel in panels], first.size)
        variance = np.maximum(members @ (figures**2).T - (members @ figures.T) ** 2, 0.0)
        variance[:, len(about) :] = variance[:, len(about) :].mean(axis=1, keepdims=True)
        largest = np.abs(np.vstack([covariates, outcome])).max(axis=1)
        largest[len(about) :] = largest[len(about) :].max()
        differs = np.sqrt(variance) > 1e-12 * largest
        counts = np.where(differs, 1 / np.sqrt(np.where(differs, variance, 1.0)), 0.0)
        years = (f"the outcome in {year}" for year in first.years[first.before])
        return cls(figures, treated @ figures.T, counts, (*first.covariate_names, *years))


def _shares(members: Sequence[Bools], size: Floats) -> Floats:
    """Size of each unit in that of the members, shape (n_panels, n_units)."""
    sizes = np.array(members) * size
    return np.asarray(sizes / sizes.sum(axis=1, keepdims=True))
