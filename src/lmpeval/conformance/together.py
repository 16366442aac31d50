"""What a design must do where sites start in different years: by itself, and put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lmpeval.conformance.pooling import pooled
from lmpeval.conformance.seen import ROUNDING, Seen, equal
from lmpeval.design import Design
from lmpeval.panel import Floats, Panel
from lmpeval.segments import Together
from lmpeval.simulation.staggered_world import StaggeredWorld
from lmpeval.simulation.world import World
from lmpeval.starts.gaps import answered, gaps_of

RAISED = 1000.0


def never_compares_with_the_exposed(design: Design, world: World) -> Seen:
    """What happens to a start from its own first year on moves its own gaps from then on, and no other."""
    panels = _drawn(world)
    years, worst = panels[0].years, 0.0
    for together in (Together(), Together(later_serve=True)):
        before = _gaps(design, panels, together)
        for raised, panel in enumerate(panels):
            outcome = panel.plus_effect(RAISED).outcome
            after = _gaps(design, [replace(each, outcome=outcome) for each in panels], together)
            expected = np.zeros_like(before)
            expected[raised, years >= panel.start] = RAISED
            worst = max(worst, float(np.abs(after - before - expected).max()))
    return Seen(worst <= RAISED * ROUNDING, f"gaps off by {worst:.3g} of {RAISED:g}", "rounding")


def answers_one_start_alone(design: Design, world: World) -> Seen:
    """A single start has the gaps that it has by itself."""
    panel = _drawn(world)[0]
    alone = panel.treated_mean - design.compare(panel).counterfactual
    return equal(alone, _gaps(design, [panel], Together())[0], panel, "gaps")


def pools_in_any_order(design: Design, world: World) -> Seen:
    """The effect over all starts does not depend on the order of units."""
    panels = _drawn(world)
    order = np.random.default_rng(5).permutation(len(panels[0].units))
    moved = [panel.in_order(order) for panel in panels]
    return equal(_numbers(design, world, panels), _numbers(design, world, moved), panels[0], "figures")


def pools_beside_what_all_share(design: Design, world: World) -> Seen:
    """Shocks that all units share move no figure over all starts."""
    panels = _drawn(world)
    shocks = 500 * np.sin(np.arange(len(panels[0].years)))
    moved = [panel.plus_year_shocks(shocks) for panel in panels]
    return equal(_numbers(design, world, panels), _numbers(design, world, moved), panels[0], "figures")


def pools_in_the_unit(design: Design, world: World) -> Seen:
    """A hundred times the outcome gives a hundred times each figure over all starts."""
    panels = _drawn(world)
    times = [panel.times(100) for panel in panels]
    return equal(100 * _numbers(design, world, panels), _numbers(design, world, times), times[0], "figures")


TOGETHER = (
    never_compares_with_the_exposed,
    answers_one_start_alone,
    pools_in_any_order,
    pools_beside_what_all_share,
    pools_in_the_unit,
)


def _drawn(world: World) -> tuple[Panel, ...]:
    assert isinstance(world, StaggeredWorld)
    return world.draw_starts(np.random.default_rng([0, 0, *world.name.encode()])).panels


def _gaps(design: Design, panels: Sequence[Panel], together: Together) -> Floats:
    """By cohort and year, shape (n_cohorts, n_years)."""
    return np.asarray(gaps_of(answered(design, [panels], together), panels[0].years)[0])


def _numbers(design: Design, world: World, panels: Sequence[Panel]) -> Floats:
    """Effect, error and interval over all starts, shape (4,)."""
    assert isinstance(world, StaggeredWorld)
    found = pooled(design, world, panels, np.random.default_rng(1)).estimate
    return np.array([found.effect, found.uncertainty.standard_error, *found.uncertainty.interval])
