"""What leaves the question as it is must leave the answer as it is (after the tests of synthdid).

Each check takes a design and a world and says what it saw and what it allows. A design that fails one
estimates something else than the effect on the treated.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lmpeval.conformance.draws import rng_of
from lmpeval.conformance.seen import ROUNDING, Exact, Seen, drawn_panel, equal, estimated, moved, numbers
from lmpeval.design import Design
from lmpeval.simulation.world import World


def does_not_read_the_outcome(design: Design, world: World) -> Seen:
    """What happens to the treated from the start on leaves their counterfactual as it is."""
    panel = drawn_panel(world)
    path = 300 * np.cos(np.arange(len(panel.years))) * ~panel.before
    changed = replace(panel, outcome=panel.outcome + np.outer(path, panel.treated))
    return equal(
        design.compare(panel).counterfactual, design.compare(changed).counterfactual, panel, "counterfactual"
    )


def fixes_weights_before_the_start(design: Design, world: World) -> Seen:
    """What happens to anybody from the start on, in any figures, leaves the weights as they are.

    Of a design that reads those years of comparison units, what happens to the others and to exposure does.
    """
    panel = drawn_panel(world)
    later = np.random.default_rng(2).lognormal(0, 0.5, panel.outcome.shape)
    later[panel.before] = 1.0
    answer = design.compare(panel)
    moved_on = np.where(panel.compared, 1.0, later) if answer.reads_after else later
    changed = replace(
        panel,
        outcome=panel.outcome * moved_on,
        exposure=panel.exposure * later,
        companions={name: known * later for name, known in panel.companions.items()},
    )
    weights, other = answer.weights, design.compare(changed).weights
    apart = float(np.abs(weights - other).max())
    return Seen(apart <= ROUNDING, f"a weight moved by {apart:.3g}", f"{ROUNDING:.3g}, rounding")


def compares_by_its_weights(design: Design, world: World) -> Seen:
    """A comparison unit that rises from the start on lifts the counterfactual by its weight.

    Of a design that reads those years to find weights or level, one unit's rise says nothing; that of all
    does.
    """
    panel = drawn_panel(world)
    plain = design.compare(panel)
    if plain.reads_after:
        risen = replace(panel, outcome=panel.outcome + 100 * np.outer(~panel.before, panel.compared))
        return equal(
            plain.counterfactual + 100 * ~panel.before,
            design.compare(risen).counterfactual,
            panel,
            "counterfactual",
        )
    order = np.argsort(plain.weights, kind="stable")
    lifts, expected = [], []
    for k in (0, len(order) // 2, len(order) - 1):  # the least, a middling and the largest weight
        unit = np.arange(len(panel.units)) == np.flatnonzero(panel.compared)[order[k]]
        lifted = replace(panel, outcome=panel.outcome + 100 * np.outer(~panel.before, unit))
        lifts.append(design.compare(lifted).counterfactual - plain.counterfactual)
        expected.append(100 * plain.weights[order[k]] * ~panel.before)
    return equal(np.array(expected), np.array(lifts), panel, "counterfactual")


def leaves_aside_alone(design: Design, world: World) -> Seen:
    """Units that were set aside play no part."""
    panel = drawn_panel(world)
    far = max(panel.groups[i] for i in np.flatnonzero(panel.compared))
    aside = panel.aside | (np.asarray(panel.groups) == far)
    plain = panel.with_aside(aside)
    other = replace(plain, outcome=np.where(aside, 3 * plain.outcome + 500, plain.outcome))
    return equal(
        design.compare(plain).counterfactual, design.compare(other).counterfactual, panel, "counterfactual"
    )


def an_effect_adds(design: Design, world: World) -> Seen:
    """Five euro more for the treated from the start on move effect and interval by five euro."""
    panel = drawn_panel(world)
    return moved(
        estimated(design, world, panel), estimated(design, world, panel.plus_effect(5.0)), 5.0, panel
    )


def follows_the_unit(design: Design, world: World) -> Seen:
    """In cents, effect, error and interval are a hundred times what they are in euro."""
    panel = drawn_panel(world)
    euro, cents = (numbers(estimated(design, world, p)) for p in (panel, panel.times(100)))
    return equal(100 * euro, cents, panel.times(100), "effect, error and interval in cents")


def ignores_what_all_share(design: Design, world: World) -> Seen:
    """A shock in a year that hits every unit alike changes nothing."""
    panel = drawn_panel(world)
    shocked = panel.plus_year_shocks(80 * np.sin(panel.years.astype(float)))
    return moved(estimated(design, world, panel), estimated(design, world, shocked), 0.0, panel)


def ignores_a_constant(design: Design, world: World) -> Seen:
    """A constant added everywhere changes nothing."""
    panel = drawn_panel(world)
    lifted = panel.plus_year_shocks(np.full(len(panel.years), 1000.0))
    return moved(estimated(design, world, panel), estimated(design, world, lifted), 0.0, panel)


def ignores_order(design: Design, world: World) -> Seen:
    """Units in another order give the same answer."""
    panel = drawn_panel(world)
    order = np.random.default_rng(1).permutation(len(panel.units))
    return moved(estimated(design, world, panel), estimated(design, world, panel.in_order(order)), 0.0, panel)


def ignores_names(design: Design, world: World) -> Seen:
    """Units and neighbourhoods under other names give the same effect."""
    panel = drawn_panel(world)
    renamed = replace(
        panel,
        units=tuple(name[::-1] for name in panel.units),
        groups=tuple(f"named {name[::-1]}" for name in panel.groups),
    )
    gaps = [p.treated_mean - design.compare(p).counterfactual for p in (panel, renamed)]
    return equal(gaps[0], gaps[1], panel, "gap")


def weighs_by_exposure(design: Design, world: World) -> Seen:
    """A treated unit told as two, each with half its exposure, is the same unit."""
    panel = drawn_panel(world)
    unit = int(np.flatnonzero(panel.treated)[0])
    twice = panel.in_order(np.append(np.arange(len(panel.units)), unit))
    exposure = twice.exposure.copy()
    exposure[:, [unit, -1]] /= 2
    told = replace(twice, exposure=exposure, units=(*twice.units[:-1], f"{twice.units[-1]} twin"))
    gaps = [p.treated_mean - design.compare(p).counterfactual for p in (panel, told)]
    return equal(gaps[0], gaps[1], panel, "gap")


def finds_what_is_certain(design: Design, world: World) -> Seen:
    """Without any noise the effect is found exactly, in every year."""
    truths = [world.draw(rng_of(world, k, 0)) for k in range(8)]
    gaps = np.array([t.panel.treated_mean - design.compare(t.panel).counterfactual for t in truths])
    return equal(np.array([t.effect for t in truths]), gaps, truths[0].panel, "gap")


def reads_covariates(design: Design, world: World) -> bool:
    """Whether the answer changes when the covariates go to other units."""
    panel = drawn_panel(world)
    order = np.random.default_rng(3).permutation(len(panel.units))
    moved_on = replace(panel, covariates=panel.covariates[order])
    return not np.array_equal(design.compare(panel).weights, design.compare(moved_on).weights)


INVARIANCES: tuple[Exact, ...] = (
    does_not_read_the_outcome,
    fixes_weights_before_the_start,
    compares_by_its_weights,
    leaves_aside_alone,
    an_effect_adds,
    follows_the_unit,
    ignores_what_all_share,
    ignores_a_constant,
    ignores_order,
    ignores_names,
    weighs_by_exposure,
)
