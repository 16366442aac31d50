"""What a design could see where sites start in different years: blind to them, injected for real."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from lmpeval.ahead import calibrating
from lmpeval.calibration import Calibration
from lmpeval.design import Circumstances
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.engine.planning import plan
from lmpeval.inference import PlaceboGroups
from lmpeval.placebo_trial import NotCalibrated
from lmpeval.segments import Together
from lmpeval.starts.assigned import as_if
from lmpeval.starts.placebo import (
    blinded_starts,
    placebo_starts,
    refuse_unmoved_starts,
    trial_of_starts,
)
from lmpeval.starts.staggered import pool
from several_starts import Plain, delivered, drawn, three_starts
from simulation.curious_design import CuriousDesign
from simulation.small_country import prepared, study

DESIGN = DifferenceInDifferences(inference=PlaceboGroups(draws=99))
SEEN = Circumstances(margin=20.0, lag=1)


def rng(seed=0):
    return np.random.default_rng(seed)


def many(effect=0.0, seed=3):
    return drawn(seed, (2013, 2015), effect=effect, neighbourhoods=40)


def test_nothing_of_the_sites_is_seen_from_their_start_on():
    with_it, without = (blinded_starts(many(effect)) for effect in (-500.0, 0.0))
    for one, other in zip(with_it, without, strict=True):
        np.testing.assert_array_equal(one.outcome, other.outcome)
        assert one.outcome is with_it[0].outcome
        before = one.outcome[np.ix_(one.before, one.treated)]
        after = one.outcome[np.ix_(~one.before, one.treated)]
        np.testing.assert_allclose(after, np.broadcast_to(before.mean(axis=0), after.shape))


def test_places_are_of_the_pool_and_of_one_start_each():
    cohorts = blinded_starts(many())
    places = placebo_starts(cohorts, rng(), most=30)
    assert 20 <= len(places) <= 30
    assert [place for place in places] == sorted(places, key=lambda place: [sorted(s) for s in place])
    of_start = [{label for place in places for label in place[c]} for c in range(2)]
    assert not of_start[0] & of_start[1]
    for place in places:
        for sites in place:
            assert all(cohorts[0].compared[members].all() for members in sites.values())


def test_too_few_stand_ins_are_told_for_every_start():
    with pytest.raises(NotCalibrated, match=r"started in 2013, 3 needed; .* started in 2015, 3 needed"):
        placebo_starts(drawn(3, (2013, 2015), neighbourhoods=6), rng())


def test_a_trial_is_what_the_study_would_say_of_these_places():
    cohorts = blinded_starts(many())
    place = placebo_starts(cohorts, rng(), most=5)[2]
    told = trial_of_starts(DESIGN, cohorts, place, SEEN, rng(4))
    found = pool(DESIGN, as_if(cohorts, place), 1, rng(4)).estimate
    assert (told.effect, told.low, told.high) == (found.effect, *found.uncertainty.interval)
    assert told.counterfactual == found.counterfactual_mean
    assert told.label == " | ".join(" + ".join(sorted(sites)) for sites in place)


@pytest.mark.parametrize("together", [Together(), Together(later_serve=True)])
def test_sites_play_no_part_where_places_are_judged(together):
    design, cohorts = Plain(inference=PlaceboGroups(draws=49)), many()
    exposed = {p.units[i] for p in cohorts for i in np.flatnonzero(p.treated)}
    place = placebo_starts(blinded_starts(cohorts), rng(), most=3)[0]
    seen = replace(SEEN, together=together)
    trial_of_starts(design, blinded_starts(cohorts), place, seen, rng())
    assert design.compared
    assert not design.compared & exposed


def test_a_place_among_the_sites_is_refused():
    cohorts = blinded_starts(many())
    own = tuple({"own": np.flatnonzero(panel.treated)} for panel in cohorts)
    with pytest.raises(ValueError, match="must be in the pool"):
        trial_of_starts(DESIGN, cohorts, own, SEEN, rng())


def test_an_effect_moves_the_answer_or_is_refused():
    cohorts = blinded_starts(many())
    place = placebo_starts(cohorts, rng(), most=3)[0]
    refuse_unmoved_starts(DESIGN, cohorts, place, SEEN, (1,))
    with pytest.raises(NotCalibrated, match="moved what CuriousDesign says of them by"):
        refuse_unmoved_starts(CuriousDesign(), cohorts, place, SEEN, (1,))


def test_a_study_of_three_starts_is_calibrated(monkeypatch):
    """Blind to the sites: an effect on them changes no number."""
    monkeypatch.setattr(calibrating, "placebo_starts", partial(placebo_starts, most=12))
    asked = replace(three_starts(), outcomes=study().outcomes[:1], designs=study().designs[:1])
    results = [
        next(calibrating.calibrate_studies([plan(prepared(asked, delivered(effect)))], 1)).cells[0]
        for effect in (-60.0, 0.0)
    ]
    for each in results:
        assert isinstance(each.result, Calibration), each.result
        assert len(each.result.effects) == 12
        assert each.site_size == pytest.approx(results[0].site_size)
    one, other = ({k: n.value for k, n in each.result.numbers().items()} for each in results)
    assert one == other
    assert np.abs(results[0].result.effects).max() < 60
