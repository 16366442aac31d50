"""Published figures by way of study files and the command line, as the experiment's README tells them."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

HERE = Path(__file__).resolve().parents[2] / "experiments" / "replication"
PUBLISHED = pd.read_csv(HERE / "published.csv").to_dict("records")
TAKE_MINUTES = {"kansas", "proposition_99_searched"}


def figures(*, long):
    """Names of the published figures of studies that take minutes each, or of all others."""
    return [name_of(row) for row in PUBLISHED if (row["study"] in TAKE_MINUTES) is long]


def name_of(row):
    return f"{row['study']}: {row['figure']}"


@pytest.fixture(scope="module")
def experiment():
    spec = importlib.util.spec_from_file_location("replication_experiment", HERE / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(HERE))
    del sys.modules["deliveries"], sys.modules["place_by_ratio"]


@pytest.fixture(scope="module")
def ran(experiment, real_data, tmp_path_factory):
    """All results but of what takes minutes, and the folder with the pages."""
    scratch = tmp_path_factory.mktemp("replication")
    quick = experiment.named(lambda study: study not in TAKE_MINUTES)
    return experiment.results(real_data / "replication", scratch, scratch / "out", quick), scratch / "out"


@pytest.fixture(scope="module")
def found(experiment, ran):
    return experiment.compared(ran[0])


@pytest.fixture(scope="module")
def found_in_minutes(experiment, real_data, tmp_path_factory):
    scratch = tmp_path_factory.mktemp("replication_long")
    long = experiment.named(TAKE_MINUTES.__contains__)
    return experiment.compared(experiment.results(real_data / "replication", scratch, scratch / "out", long))


def is_as_expected(experiment, found, figure):
    row = found.iloc[[name_of(each) for each in found.to_dict("records")].index(figure)]
    assert row["outcome_of_comparison"] == experiment.AS_EXPECTED[row["expected"]], row["found"]


@pytest.mark.parametrize("figure", figures(long=False))
def test_figure(found, experiment, figure):
    is_as_expected(experiment, found, figure)


@pytest.mark.slow
@pytest.mark.parametrize("figure", figures(long=True))
def test_figure_that_takes_minutes(found_in_minutes, experiment, figure):
    is_as_expected(experiment, found_in_minutes, figure)


def test_the_committed_result_is_what_was_found(found):
    kept = pd.read_csv(HERE / "result.csv")
    kept = kept[~kept["study"].isin(TAKE_MINUTES)].reset_index(drop=True)
    assert list(kept) == list(found)
    np.testing.assert_allclose(kept["found"], found["found"], rtol=1e-9, atol=1e-12)
    assert list(kept["outcome_of_comparison"]) == list(found["outcome_of_comparison"])


def test_the_readme_holds_the_committed_result(experiment):
    assert experiment.markdown(pd.read_csv(HERE / "result.csv")) in (HERE / "README.md").read_text()


def test_every_study_has_a_figure_and_every_figure_a_study():
    studies = {path.stem for path in (HERE / "studies").glob("*.yaml")}
    assert studies == {row["study"] for row in PUBLISHED}


def test_two_way_effects_over_several_starts_are_refused_with_the_reason(experiment, real_data, tmp_path):
    experiment.DELIVERIES["castle"](real_data / "replication").to_csv(tmp_path / "castle.csv", index=False)
    study = HERE / "refused" / "castle_two_way.yaml"
    done = experiment.lmpeval(tmp_path, "run", study, "--data", tmp_path)
    assert done.returncode == 2
    assert "compares later sites with earlier ones" in done.stderr
    assert "a weight below zero (Goodman-Bacon 2021" in done.stderr


def test_the_page_says_what_such_a_regression_would_have_weighed(ran):
    _, out = ran
    told = "None of these weights would have been below zero here."
    assert told in (out / "castle.html").read_text(encoding="utf-8")


def test_a_start_of_fewer_than_three_states_has_no_error(ran):
    results, _ = ran
    few = {"castle": [2005, 2008, 2009], "medicaid": [2016, 2017, 2019]}
    for study, starts in few.items():
        rows = results[(results["study"] == study) & (results["quantity"] == "effect_of_start")]
        alone = rows["start"].isin(starts)
        assert rows.loc[alone, ["low", "high", "standard_error", "p"]].isna().all(axis=None)
        assert rows.loc[~alone, ["low", "high", "standard_error", "p"]].notna().all(axis=None)


@pytest.mark.parametrize("study", ["card_krueger", "incinerator", "injury_comp"])
def test_two_units_bound_nothing(ran, study):
    results, _ = ran
    effects = results[(results["study"] == study) & (results["quantity"] == "effect")]
    assert effects[["low", "high", "standard_error", "p"]].isna().all(axis=None)
    assert effects["method"].str.startswith("none: ").all()
    assert effects["method"].str.contains("in the pool|the pool is so small").all()
    assert set(effects["answer"]) == {"cannot tell"}


def test_the_page_of_one_treated_state_says_what_its_error_rests_on(ran):
    results, out = ran
    effect = results[(results["study"] == "organ_donations") & (results["quantity"] == "effect")].iloc[0]
    assert (effect["rank"], effect["ranked"]) == (5, 27)
    assert np.isnan(effect["p"])
    assert effect["low"] < 0 < effect["high"]
    assert effect["answer"] == "cannot tell"
    page = (out / "organ_donations.html").read_text(encoding="utf-8")
    assert "It is a rank and no p-value" in page


def test_a_figure_that_is_off_is_told(experiment, found):
    exact = found["tolerance"] == 0  # ranks: off by one
    wrong = found.assign(difference=found["difference"] + 3 * found["tolerance"] + exact)
    told = wrong[wrong["expected"] == "same"].to_dict("records")
    judged = [experiment._judged(row) for row in told]
    assert set(judged) == {"not as expected: another number"}
