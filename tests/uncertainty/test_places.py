"""Sets are told apart by the units in them, whatever they are called."""

import numpy as np

from lmpeval.uncertainty.stand_in_sets import place_of
from worlds import World, draw


def test_a_place_is_its_units_in_any_order_and_no_others():
    panel = draw(World(), 3)
    turned = panel.in_order([*range(len(panel.units))][::-1])
    assert place_of(panel) == place_of(turned)
    [*_, one] = [i for i in range(len(panel.units)) if panel.compared[i]]
    assert place_of(panel.placebo_sites({panel.sites[0]: np.array([one])})) != place_of(panel)
