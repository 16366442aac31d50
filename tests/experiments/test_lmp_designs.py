"""The experiment on designs: the same places for all, ratios counted right, its README up to date."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lmpeval.calibration import Sought
from lmpeval.design import AlsoRead
from lmpeval.placebo_trial import Trial
from lmpeval.study_files.designs import build_design
from lmpeval.study_files.reading import load_study

HERE = Path(__file__).resolve().parents[2] / "experiments" / "lmp_designs"


@pytest.fixture(scope="module")
def run(experiment_named):
    yield experiment_named("lmp_designs")
    sys.path.remove(str(HERE))
    del sys.modules["figure"]


@pytest.fixture(scope="module")
def kept():
    return pd.read_csv(HERE / "result.csv")


def trials(errors):
    return [Trial("", e, e - 40, e + 40, 0.5, 0.95, 2000.0) for e in errors]


def test_every_site_of_the_studies_is_asked_and_its_designs_can_be_built(run):
    assert [path.stem for path in run.SITES] == ["blauwe_zorg", "goedleven", "mijnzorg", "vitaal_vechtdal"]
    study = load_study(run.SITES[0])
    built = {name: build_design(choice, study.comparator) for name, choice in run.DESIGNS.items()}
    assert AlsoRead.by(built["joint, 4 outcomes"]).companions == run.OUTCOMES_OF_COST
    own = [outcome.column for outcome in study.outcomes if outcome.aim == "cost"]
    assert sorted(own) == sorted(run.OUTCOMES_OF_COST)


def test_designs_are_judged_by_the_same_places(run):
    places = [{f"place {i}": np.array([i])} for i in range(40)]
    assert run.some_of(places, 24) == run.some_of(places, 24)
    assert len(run.some_of(places, 24)) == 24
    assert run.some_of(places[:5], 24) == tuple(places[:5])


def test_ratio_of_spreads_has_the_error_of_paired_places(run):
    rng = np.random.default_rng(1)
    plain = rng.normal(0, 10, 200)
    assert run.against(0.8 * plain, plain) == pytest.approx((0.8, 0.0), abs=1e-9)
    ratios, errors = [], []
    for _ in range(200):
        plain = rng.normal(0, 10, 60)
        ratio, error = run.against(plain + rng.normal(0, 5, 60), plain)
        ratios.append(ratio)
        errors.append(error)
    assert np.mean(errors) == pytest.approx(np.std(ratios), rel=0.15)


def test_row_is_in_percent_of_the_mean(run):
    errors = 10.0 * np.arange(-5, 6)
    row = run.row(trials(errors), Sought(20.0, less_is_better=True), 2 * errors)
    assert row["sd_percent"] == pytest.approx(100 * errors.std(ddof=1) / 2000, abs=0.001)
    assert row["mde_percent"] == 3.5  # the ninth of eleven ends: 30 + 40
    assert row["matters_percent"] == 1.0
    assert row["sd_over_plain"] == 0.5


def test_the_readme_holds_the_committed_result_and_the_picture_is_of_it(run, kept, tmp_path):
    assert run.markdown(kept) in (HERE / "README.md").read_text()
    run.draw_designs(kept, tmp_path / "designs.svg")
    assert (tmp_path / "designs.svg").read_text() == (HERE / "designs.svg").read_text()


@pytest.mark.slow
def test_what_was_kept_comes_out_again(run, kept, real_data):
    """One design on one outcome of every site, which is a row of the result."""
    rows = []
    for study in run.SITES:
        asked = list(run.asked_of(study, real_data, 24))[:2]
        judged = [[run.judged(run.Place(each, i)) for i in range(len(each.places))] for each in asked]
        rows.append([run.effects(found) for found in judged])
    plain, mixed = (np.concatenate(each) for each in zip(*rows, strict=True))
    [row] = kept[(kept["outcome"] == "cost_core") & (kept["design"] == "synthetic_control")].to_dict(
        "records"
    )
    assert run.against(mixed, plain)[0] == pytest.approx(row["sd_over_plain"], abs=0.001)
