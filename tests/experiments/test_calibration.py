"""The experiment on what can be seen: its sites are what the README says, and its rows count right."""

from pathlib import Path

import numpy as np
import pytest

from lmpeval.calibration import Sought, calibrate
from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.placebo_trial import Trial, placebo_sets
from lmpeval.uncertainty.placebo import stand_ins

HERE = Path(__file__).resolve().parents[2] / "experiments" / "calibration"


@pytest.fixture(scope="module")
def experiment(experiment_named):
    return experiment_named("calibration")


@pytest.fixture(scope="module")
def task(experiment, real_data):
    return plan(prepare([experiment.STUDY], real_data)[0]).tasks[0]


@pytest.mark.parametrize("size", [50_000, 200_000])
def test_stand_ins_are_of_the_size_that_is_asked(experiment, task, size):
    panel = experiment.of_size(task.panels[0], size)
    assert panel.size[panel.treated].sum() == pytest.approx(size)
    sizes = [panel.size[members].sum() for members in stand_ins(panel).values()]
    assert len(sizes) > 20
    assert size / 2 <= min(sizes) <= max(sizes) <= size * 2


def test_size_of_a_site_that_stands_aside_changes_no_trial(experiment, task):
    """Another size only chooses other places: what is said of one place stays the same."""
    panel, other = task.panels[0], experiment.of_size(task.panels[0], 30_000)
    sites = placebo_sets(panel, np.random.default_rng(1))[0]
    asked = [
        experiment.Setting("x", task.cell.outcome, task.cell.design, 1, each, (sites,))
        for each in (panel, other)
    ]
    one, two = (experiment.judged(experiment.Place(each, 0)) for each in asked)
    assert (one.effect, one.low, one.high) == pytest.approx((two.effect, two.low, two.high), rel=1e-9)


def test_nine_are_nine_neighbourhoods(experiment, task):
    panel = experiment.of_size(task.panels[0], experiment.POOLED_SIZE)
    drawn = list(experiment.pooled_sets(panel, 5, np.random.default_rng(2)))
    assert len({tuple(sorted(each)) for each in drawn}) == 5
    for each in drawn:
        assert len(each) == 9
        assert len({panel.groups[members[0]] for members in each.values()}) == 9


def test_row_is_in_percent_of_the_mean(experiment, task):
    setting = experiment.Setting("x", task.cell.outcome, task.cell.design, 1, task.panels[0], ())
    trials = [Trial("", 10.0 * k, 10.0 * k - 30, 10.0 * k + 30, 0.5, 0.95, 2000.0) for k in range(-5, 6)]
    told = experiment.row(setting, calibrate(trials, Sought(20.0, less_is_better=True)))
    assert told["bias_percent"] == 0.0
    assert told["sd_percent"] == pytest.approx(100 * np.std(np.arange(-5, 6) * 10, ddof=1) / 2000, abs=0.005)
    assert told["mde_percent"] == 3.0  # the ninth of eleven ends: 30 + 30
    assert told["matters_percent"] == 1.0
    assert told["coverage"] == pytest.approx(7 / 11, abs=0.001)
    assert told["power_2"] == pytest.approx(6 / 11, abs=0.001)
