"""Years held out, against runs of the design by hand."""

from dataclasses import replace

import numpy as np
import pytest

from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.donors.held_out import foretold_from, held_out, spread_over
from lmpeval.once import remembering
from lmpeval.uncertainty.placebo import stand_ins
from worlds import World, draw

DESIGN = SyntheticControl()
SMALL = World(neighbourhoods=12, years=7, before=5, size_spread=0.1)


def missed(panel, rows, members=None):
    """Error in the last of these rows, foretold from the others."""
    seen = replace(panel, outcome=panel.outcome[rows], exposure=panel.exposure[rows],
                   years=np.arange(len(rows)), start=len(rows) - 1)  # fmt: skip
    if members is not None:
        seen = seen.placebo_sites({"one": members})
    return (seen.treated_mean - DESIGN.compare(seen).counterfactual)[-1]


def test_every_year_is_foretold_from_all_others():
    panel = draw(SMALL, 1)
    found = held_out(DESIGN, panel)
    for members, told in [
        (None, found.own),
        *zip(stand_ins(panel).values(), found.others, strict=True),
    ]:
        rows = [[*(y for y in range(5) if y != year), year] for year in range(5)]
        assert told == pytest.approx(np.sqrt(np.mean([missed(panel, row, members) ** 2 for row in rows])))
    assert found.labels == tuple(stand_ins(panel))
    assert found.median == pytest.approx(np.median(found.others))


def test_runs_of_years_foretell_the_next_of_the_median_stand_in():
    panel = draw(SMALL, 2)
    found = foretold_from(DESIGN, panel)
    assert list(found) == [2, 3, 4]
    errors = [
        np.sqrt(np.mean([missed(panel, list(range(last - 3, last + 1)), members) ** 2 for last in (3, 4)]))
        for members in stand_ins(panel).values()
    ]
    assert found[3] == pytest.approx(np.median(errors))


def test_what_happens_to_the_site_or_after_the_start_moves_no_stand_in():
    panel = draw(SMALL, 3)
    moved = replace(panel, outcome=panel.outcome + np.outer(np.arange(7.0) ** 3, panel.treated)).plus_effect(
        9.0
    )
    later = replace(moved, outcome=moved.outcome + np.where(panel.before, 0.0, 50.0)[:, None])
    assert held_out(DESIGN, later).others == pytest.approx(held_out(DESIGN, panel).others)
    assert foretold_from(DESIGN, later) == pytest.approx(foretold_from(DESIGN, panel))
    assert held_out(DESIGN, later).own > held_out(DESIGN, panel).own


def test_own_error_counts_itself_among_those_as_large():
    panel = draw(SMALL, 4)
    found = held_out(DESIGN, panel)
    larger = sum(other >= found.own for other in found.others)
    assert found.share_as_large == pytest.approx((1 + larger) / (1 + len(found.others)))


def test_two_years_foretell_nothing():
    assert foretold_from(DESIGN, draw(World(before=2), 1)) == {}


# A path of many years


def test_a_short_path_is_held_out_whole_and_a_long_one_in_years_spread_over_it(monkeypatch):
    panel = draw(World(neighbourhoods=12, years=11, before=9), 3)
    assert held_out(DESIGN, panel).tried == 9
    monkeypatch.setattr("lmpeval.donors.held_out.spread_over", lambda positions: spread_over(positions, 4))
    some = held_out(DESIGN, replace(panel))
    rows = [[*(r for r in range(9) if r != last), last] for last in (0, 3, 5, 8)]
    assert some.tried == 4
    assert some.own == pytest.approx(np.sqrt(np.mean(np.square([missed(panel, r) for r in rows]))), rel=1e-9)


def test_a_long_path_tells_of_eight_numbers_of_years_by_eight_runs_each(monkeypatch):
    panel = draw(World(neighbourhoods=12, years=15, before=13), 3)
    asked = []
    compare_all = type(DESIGN).compare_many
    monkeypatch.setattr(
        type(DESIGN), "compare_many", lambda self, panels: asked.append(1) or compare_all(self, panels)
    )
    told = foretold_from(DESIGN, panel)
    assert list(told) == [2, 3, 5, 6, 8, 9, 11, 12]
    assert len(asked) == sum(min(8, 13 - n) for n in told)


def test_it_is_worked_out_once_for_a_design_and_a_panel():
    panel = draw(SMALL, 5)
    with remembering():
        found = held_out(DESIGN, panel)
        assert held_out(DESIGN, panel) is found
        assert held_out(replace(DESIGN, ridge=2.0), panel) is not found
        assert held_out(DESIGN, replace(panel)) is not found


@pytest.mark.parametrize("n", [1, 24, 25, 89, 400])
def test_years_that_are_tried_hold_the_first_and_the_last_and_are_even(n):
    tried = spread_over(range(n))
    assert len(tried) == len(set(tried)) == min(n, 24)
    assert (tried[0], tried[-1]) == (0, n - 1)
    assert np.ptp(np.diff(tried)) <= 1 if n > 1 else True
