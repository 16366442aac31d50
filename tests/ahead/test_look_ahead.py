"""A glimpse before the run: by hand, in known noise, blind to the site, and beside a calibration."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assumptions.cases import estimate_of
from lmpeval.ahead.calibrating import calibrate_studies
from lmpeval.ahead.calibration_file import Standing
from lmpeval.ahead.look_ahead import glimpse, look_ahead
from lmpeval.calibration import Sought
from lmpeval.cli.demonstration import lay_out
from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.finding import NotEstimable
from lmpeval.placebo_trial import NotCalibrated
from lmpeval.report.ahead import ahead_lines, told_ahead
from lmpeval.report.words import ENGLISH
from lmpeval.study import PlausibleEffect
from several_starts import drawn

CONFIGS = Path(__file__).parents[2] / "configs" / "lmp"
LESS = Sought(10.0, less_is_better=True)


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    (study,) = prepare([lay_out(folder, 3)], folder)
    return plan(study)


def changed_after_the_start(planned, amount):
    def moved(panel):
        added = np.outer(~panel.before, panel.treated) * amount
        return replace(panel, outcome=panel.outcome + added)

    return replace(
        planned,
        tasks=tuple(replace(task, panels=tuple(moved(p) for p in task.panels)) for task in planned.tasks),
    )


def with_plausible(planned, low, high):
    effect = PlausibleEffect(low, high, "a trial elsewhere")
    tasks = tuple(
        replace(t, cell=replace(t.cell, outcome=replace(t.cell.outcome, plausible_effect=effect)))
        for t in planned.tasks
    )
    return replace(planned, tasks=tasks)


def test_by_hand():
    # effects 1 to 40: among 39 others the second largest is 38, for the two largest 37 and 38
    gaps = np.column_stack([np.zeros((40, 2)), np.arange(1.0, 41.0)])
    found = glimpse(estimate_of([0, 0, 7], gaps, start=2012), LESS)
    assert found.effects.tolist() == list(range(1, 41))
    assert found.high[:38].tolist() == [effect + 39 for effect in range(1, 39)]
    assert found.high[38:].tolist() == [39 + 38, 40 + 38]
    # 80 % of 40 places is 32 of them: a fall of 32 + 39 is found in so many
    assert found.detectable.value == 32 + 39
    assert found.power(71.5).value == 0.8


def test_a_rise_is_sought_on_the_other_side():
    gaps = np.column_stack([np.zeros((40, 2)), np.arange(1.0, 41.0)])
    estimate = estimate_of([0, 0, 7], gaps, start=2012)
    more = glimpse(estimate, Sought(10.0, less_is_better=False))
    turned = glimpse(estimate_of([0, 0, 7], -gaps, start=2012), LESS)
    assert more.detectable == turned.detectable


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_in_normal_noise_it_is_the_textbook_s_sum_of_quantiles(seed):
    gaps = np.random.default_rng(seed).normal(0, 10, (4000, 1)) * [0, 0, 1]
    found = glimpse(estimate_of([0, 0, 0], gaps, start=2012), LESS)
    assert found.detectable.value == pytest.approx((1.960 + 0.842) * 10, rel=0.04)
    assert found.coverage.value == pytest.approx(0.95, abs=0.001)


def test_units_of_measure_and_order_do_not_matter():
    gaps = np.random.default_rng(0).normal(size=(50, 4))
    plain = glimpse(estimate_of([0] * 4, gaps, start=2012), LESS).detectable.value
    assert glimpse(estimate_of([0] * 4, gaps[::-1], start=2012), LESS).detectable.value == plain
    cents = glimpse(estimate_of([0] * 4, 100 * gaps, start=2012), LESS)
    assert cents.detectable.value == pytest.approx(100 * plain)


def test_too_few_stand_ins():
    nothing = glimpse(estimate_of([0, 0, 0], np.random.default_rng(0).normal(size=(19, 3)), start=2012), LESS)
    assert nothing.detectable.value == np.inf  # 18 others cannot reach 5 %
    with pytest.raises(NotCalibrated, match="0 stand-ins"):
        glimpse(estimate_of([0, 0, 0], np.empty((0, 3)), start=2012), LESS)


def test_nobody_looks_at_the_site_after_the_start(planned, tmp_path):
    (before,) = look_ahead([planned], tmp_path, 1)
    (after,) = look_ahead([changed_after_the_start(planned, 1e5)], tmp_path, 1)
    assert before.standing is Standing.ABSENT
    assert [g.cell.name for g in before.glimpses] == [t.cell.name for t in planned.tasks if t.cell.primary]
    for one, other in zip(before.glimpses, after.glimpses, strict=True):
        assert (one.result.effects == other.result.effects).all()
        assert one.result.numbers() == other.result.numbers()


def test_it_is_told_before_the_answers_where_nothing_plausible_can_be_seen(planned, tmp_path):
    study = planned.study.study
    (known,) = look_ahead([with_plausible(planned, -1e-6, 1e-6)], tmp_path, 1)
    lines = ahead_lines(known, study, ENGLISH)
    assert [line.cannot for line in lines] == [True] * len(lines)
    assert told_ahead(study, known).count("Cannot answer on") == len(lines) == len(known.glimpses)
    assert "(a trial elsewhere)" in lines[0].text
    (wide,) = look_ahead([with_plausible(planned, -1e6, 1e6)], tmp_path, 1)
    assert not any(line.cannot for line in ahead_lines(wide, study, ENGLISH))
    (silent,) = look_ahead([planned], tmp_path, 1)
    assert "this panel can show a" in told_ahead(study, silent)
    assert "plausible" not in told_ahead(study, silent)


def test_the_border_is_the_smallest_effect_that_can_be_seen(planned, tmp_path):
    (known,) = look_ahead([planned], tmp_path, 1)
    found = known.glimpses[0]
    less, at = found.cell.outcome.better == "lower", found.result.detectable.value

    def cannot(most):
        low, high = (-most, 0.0) if less else (0.0, most)
        outcome = replace(found.cell.outcome, plausible_effect=PlausibleEffect(low, high, "x"))
        one = replace(found, cell=replace(found.cell, outcome=outcome))
        (line,) = ahead_lines(replace(known, glimpses=(one,)), planned.study.study, ENGLISH)
        return line.cannot

    assert cannot(at * 0.999)
    assert not cannot(at)


def test_a_cell_that_cannot_be_looked_at_stays_silent_and_takes_nothing_down(planned, tmp_path):
    def two_left(panel):
        return panel.with_aside(panel.aside | (panel.compared & (panel.compared.cumsum() > 2)))

    alone = tuple(replace(t, panels=tuple(two_left(p) for p in t.panels)) for t in planned.tasks)
    (known,) = look_ahead([replace(planned, tasks=alone)], tmp_path, 1)
    assert all(isinstance(each.result, NotEstimable) for each in known.glimpses)
    assert told_ahead(planned.study.study, known) == ""


def test_it_agrees_with_a_calibration(real_data, tmp_path):
    (study,) = prepare([CONFIGS / "mijnzorg.yaml"], real_data)
    laid = plan(study)
    kept = tuple(task for task in laid.tasks if task.cell.primary)[:3]
    short = replace(laid, tasks=kept)
    (known,) = look_ahead([short], tmp_path, 1)
    (told,) = calibrate_studies([short], 1)
    for quick, full in zip(known.glimpses, told.cells, strict=True):
        apart = abs(quick.result.detectable.value - full.result.detectable.value)
        assert apart <= 2 * full.result.detectable.error
    assert "Cannot answer on core cost of care" in told_ahead(study.study, known)


def test_sites_of_several_starts_are_looked_at_blind_too(planned, tmp_path):
    task = planned.tasks[0]

    def glimpsed(effect):
        panels = tuple(drawn(1, (2013, 2015), effect))
        (known,) = look_ahead([replace(planned, tasks=(replace(task, panels=panels),))], tmp_path, 1)
        return known.glimpses[0].result.detectable

    assert glimpsed(0.0) == glimpsed(-1e5)
    assert 0 < glimpsed(0.0).value < np.inf
