"""The contract, kept to the letter: what the engine relies on whatever the design.

Each check takes a design and a world and says what it saw and what it allows.
"""

from __future__ import annotations

import pickle
from itertools import chain

import numpy as np

from lmpeval.conformance.draws import Chunk, drawn
from lmpeval.conformance.seen import Exact, Seen, drawn_panel, equal, estimated, identical
from lmpeval.design import Batched, Design
from lmpeval.parallel import in_order
from lmpeval.simulation.world import World
from lmpeval.uncertainty.placebo import stand_ins


def leaves_the_data_alone(design: Design, world: World) -> Seen:
    """Estimating writes to none of the panel's arrays."""
    panel = drawn_panel(world)
    names = ("outcome", "exposure", "years", "treated", "covariates", "aside", "untouched")
    arrays = {name: getattr(panel, name) for name in names} | dict(panel.companions)
    before = {name: array.copy() for name, array in arrays.items()}
    estimated(design, world, panel)
    changed = [name for name, array in arrays.items() if not np.array_equal(array, before[name])]
    return Seen(not changed, f"changed: {', '.join(changed) or 'nothing'}", "nothing changed")


def repeats_itself(design: Design, world: World) -> Seen:
    """The same panel and seed give the same answer, to the last bit."""
    panel = drawn_panel(world)
    return identical(estimated(design, world, panel), estimated(design, world, panel))


def survives_pickling(design: Design, world: World) -> Seen:
    """A copy that went through pickle, as to another process, gives the same answer."""
    panel = drawn_panel(world)
    copy: Design = pickle.loads(pickle.dumps(design))
    return identical(estimated(design, world, panel), estimated(copy, world, panel))


def same_in_two_processes(design: Design, world: World) -> Seen:
    """Two processes give the answers that one gives."""
    chunks = [Chunk(design, world, 0, ((k, False),)) for k in range(2)]
    here, there = (list(in_order(drawn, chunks, jobs)) for jobs in (1, 2))
    apart = max(abs(a.error - b.error) for a, b in zip(chain(*here), chain(*there), strict=True))
    return Seen(here == there, f"effects apart by {apart:.3g}", "the same to the last bit")


def answers_in_full(design: Design, world: World) -> Seen:
    """Finite figures, weights not below zero that sum to one, an interval around the effect, a p-value."""
    panel = drawn_panel(world)
    found = estimated(design, world, panel)
    sure, (low, high) = found.uncertainty, found.uncertainty.interval
    around = f"{low:.3g} to {high:.3g} around {found.effect:.3g}"
    suspects = {
        f"a standard error of {sure.standard_error:.3g}": not sure.standard_error >= 0,
        f"the interval {around}": not low <= found.effect <= high,
        f"p = {sure.p:.3g}, where {sure.smallest_p:.3g} is the least": not sure.smallest_p <= sure.p <= 1,
    }
    wrong = [what for what, is_wrong in suspects.items() if is_wrong]
    return Seen(not wrong, "; ".join(wrong) or "a full answer", "a full answer")


def answers_many_as_one(design: Design, world: World) -> Seen:
    """`compare_many` over the stand-ins equals `compare` of each."""
    assert isinstance(design, Batched)
    panel = drawn_panel(world)
    panels = [panel.placebo_sites({label: units}) for label, units in stand_ins(panel).items()]
    many = np.array([found.counterfactual for found in design.compare_many(panels)])
    return equal(np.array([design.compare(p).counterfactual for p in panels]), many, panel, "counterfactual")


CONTRACT: tuple[Exact, ...] = (leaves_the_data_alone, repeats_itself, answers_in_full)
ONCE: tuple[Exact, ...] = (survives_pickling, same_in_two_processes)
"""Checks that one world is enough for."""
