"""Twins of a cell: the same question with one thing changed, so that nobody takes it for the only one.

A design matched on the outcome before the start has a twin that is not, with a ledger of its own. Every
cell has estimates beside it that differ in the mean that they are of: each unit counts once whatever its
size; each person's cost is cut off; ratios are compared in place of differences, or the reverse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from lmpeval.cohort import Cohort
from lmpeval.design import Circumstances, Design, estimate
from lmpeval.effect_scale import NO_LOGARITHM, EffectScale
from lmpeval.finding import Failed, NotEstimable, Twin, TwinEffect
from lmpeval.panel import Panel
from lmpeval.persons.design import AnyDesign, of_persons, of_units
from lmpeval.persons.estimate import estimate_cohort
from lmpeval.persons.support import refuse_what_may_not_leave
from lmpeval.starts.staggered import pool
from lmpeval.study import DesignChoice, Outcome

Panels = tuple[Panel, ...]
"""One a start."""
TwinResult = TwinEffect | NotEstimable | Failed
OF_SCALE = {EffectScale.RATIO: Twin.RATIO, EffectScale.DIFFERENCE: Twin.DIFFERENCE}


@dataclass(frozen=True, eq=False)
class Beside:
    """One twin with the panels or persons that it is estimated on, or why there are none."""

    twin: Twin
    panels: Panels | Cohort | NotEstimable


def designs_of(choice: DesignChoice, design: Design) -> list[tuple[str, Design]]:
    """Show a design matched on the outcome before the start beside the same one that is not."""
    if getattr(design, "match_on_outcome", False):
        plain = replace(design, match_on_outcome=False)  # type: ignore[type-var]
        return [
            (_label(choice, "matched on the outcome"), design),
            (_label(choice, "not matched on the outcome"), plain),
        ]
    return [(_label(choice), design)]


def _label(choice: DesignChoice, matching: str = "") -> str:
    """A design's name with its settings: one design with two settings gives two cells."""
    said = [
        f"{name} {value}"
        for name, value in choice.settings_in_words.items()
        if name != "match_on_outcome" or not choice.settings[name]
    ]
    said += [matching] if matching else []
    return f"{choice.use} ({', '.join(said)})" if said else choice.use


def twins_of(
    outcome: Outcome, panels: Panels, assembled: Callable[[Outcome], Panels | NotEstimable]
) -> tuple[Beside, ...]:
    """Lay out what stands beside every cell of an outcome.

    Parameters
    ----------
    outcome : Outcome
    panels : tuple of Panel
        Of the outcome, one a start.
    assembled : callable
        Gives the panels of an outcome of the study, or why there are none.
    """
    other = outcome.scale.other
    possible = all(panel.can_lie_on(other) for panel in panels)
    scaled = tuple(panel.on_scale(other) for panel in panels) if possible else NotEstimable(NO_LOGARITHM)
    found = [Beside(Twin.MEAN_UNIT, tuple(panel.units_alike() for panel in panels))]
    if outcome.truncated is not None:
        cut = replace(outcome, column=outcome.truncated, truncated=None)
        found.append(Beside(Twin.TRUNCATED, _on_the_same(panels, assembled(cut), outcome.truncated)))
    return (*found, Beside(OF_SCALE[other], scaled))


def _on_the_same(panels: Panels, others: Panels | NotEstimable, column: str) -> Panels | NotEstimable:
    """Panels of the same units and years, or what they lack: another sample would be another question."""
    if isinstance(others, NotEstimable):
        return others
    whole, cut = panels[0], others[0]
    lacking = [str(year) for year in whole.years if year not in cut.years]
    lacking += [unit for unit in whole.units if unit not in cut.units]
    return NotEstimable(f"{column} has no complete figures for {', '.join(lacking)}") if lacking else others


def twin_effect(
    beside: Beside, design: AnyDesign, circumstances: Circumstances, rng: np.random.Generator
) -> TwinEffect | NotEstimable:
    """Estimate a twin as its cell is estimated; no ledger is made.

    Raises
    ------
    NoReference
        Where there is nothing to place the site among.
    Withheld
        Where what persons add up to may not leave.
    """
    panels = beside.panels
    if isinstance(panels, NotEstimable):
        return panels
    if isinstance(panels, Cohort):
        case = estimate_cohort(of_persons(design), panels, circumstances, rng)
        refuse_what_may_not_leave(case)
        found = case.answer.estimate
    elif len(panels) == 1:
        found = estimate(of_units(design), panels[0], circumstances.lag, rng)
    else:
        found = pool(of_units(design), panels, circumstances.lag, rng, circumstances.together).estimate
    return TwinEffect(found.told.effect, *found.told.interval, found.uncertainty.p)
