"""The experiment on the size of every method: its draws are as it says, it counts right, its results hold."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from lmpeval.assumptions.uncertainty import LIKE_NEIGHBOURHOODS
from lmpeval.beside.start_methods import left_out_over_starts
from lmpeval.design import estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.inference import PlaceboGroups, not_rejected
from lmpeval.segments import BY_DEFAULT
from lmpeval.starts.staggered import pool
from lmpeval.uncertainty.clustered import collapse, cr3

HERE = Path(__file__).resolve().parents[2] / "experiments" / "inference_size"
RNG = np.random.default_rng
PLAIN = DifferenceInDifferences(adjust="regression", inference=PlaceboGroups(draws=399))


@pytest.fixture(scope="module")
def run(experiment_named):
    sys.path.insert(0, str(HERE))
    yield experiment_named("inference_size")
    sys.path.remove(str(HERE))
    for name in ("countries", "figure", "methods"):
        del sys.modules[name]


def test_noise_is_as_measured(run):
    panel = run.country(run.Setting(1), RNG(0))
    drawn = run.outcomes(panel, run.Setting(1), 2000, RNG(1))
    region = drawn.reshape(2000, run.YEARS, run.REGIONS, run.MEMBERS).mean(axis=3)
    assert drawn.std() == pytest.approx(0.023, abs=0.0005)
    assert region.std() == pytest.approx(0.0152, abs=0.0006)  # nine alike are calmer than the measured 0.016
    for noise, lag in ((drawn, 0.18), (region, 0.37)):
        assert (noise[:, 1:] * noise[:, :-1]).mean() / noise.var() == pytest.approx(lag, abs=0.02)
    town = drawn.reshape(2000, run.YEARS, -1)
    assert np.corrcoef(town[:, 0, 0], town[:, 0, run.MEMBERS])[0, 1] == pytest.approx(0, abs=0.07)


def test_sizes_are_as_the_setting_says(run):
    equal = run.country(run.Setting(3, factor=0.5), RNG(0))
    assert equal.size[equal.treated].mean() / equal.size[~equal.treated].mean() == pytest.approx(0.5)
    unequal = run.country(run.Setting(3, "unequal"), RNG(0))
    region = unequal.size.reshape(run.REGIONS, run.MEMBERS).sum(axis=1)
    assert 2 < region.max() / region.mean() < 6
    assert len(unequal.sites) == 3


@pytest.mark.parametrize("sites", [1, 3])
def test_p_values_are_those_of_the_engine(run, sites):
    setting = run.Setting(sites, "unequal")
    panel = run.country(setting, RNG(5))
    outcome = run.outcomes(panel, setting, 1, RNG(6))[0]
    change = outcome[run.BEFORE :].mean(axis=0) - outcome[: run.BEFORE].mean(axis=0)
    placed = run.contrasts(panel, RNG(7))
    found = estimate(PLAIN, replace(panel, outcome=outcome), 0, RNG(7))
    told = placed.p_values(change[None])
    assert told["permutation"][0] == pytest.approx(found.uncertainty.p)
    assert placed.weight[0] @ change == pytest.approx(found.effect)
    if sites > 1:
        clusters = collapse(change, panel.size, panel.treated, np.asarray(panel.groups))
        assert placed._errors(change[None])[0, 0] == pytest.approx(cr3(clusters))


@pytest.mark.parametrize("effect", [0.0, -0.1])
def test_several_starts_are_those_of_the_engine(run, effect):
    """The effect, its p-value and its interval, with an effect in the sites as well."""
    setting = run.Setting(5, "unequal", starts=3)
    panel = run.country(setting, RNG(5))
    outcome = run.outcomes(panel, setting, 1, RNG(6))[0]
    cohorts = run.one_a_start(panel, 3)
    placed = run.start_contrasts(cohorts, 199, RNG(7))
    begun = np.max([each.start * each.treated for each in cohorts], axis=0)
    moved = outcome + effect * ((begun > 0) & (panel.years[:, None] >= begun))
    design = replace(PLAIN, inference=PlaceboGroups(draws=199))
    panels = [replace(each, outcome=moved) for each in cohorts]
    pooled = pool(design, panels, 0, RNG(7))
    found, sure = placed.weight @ moved.ravel(), pooled.estimate.uncertainty
    assert found[0] == pytest.approx(pooled.estimate.effect)
    assert (1 + (np.abs(found[1:]) >= abs(found[0])).sum()) / len(found) == pytest.approx(sure.p)
    assert not_rejected(found[0], found[1:], placed.carried[1:], 0.95) == pytest.approx(sure.interval)
    told = placed.by_errors(moved, RNG(0))
    low, high = left_out_over_starts(design, panels, pooled, BY_DEFAULT).interval
    error = (high - low) / 2 / t.ppf(0.975, 4)
    assert told["CR3, t(G1-1)"] == pytest.approx(2 * t.sf(abs(found[0]) / error, 4))


def test_every_kind_of_setting_runs_and_is_counted(run, tmp_path, monkeypatch):
    chosen = [
        run.Setting(3), run.Setting(5, "unequal"), run.Setting(1, noise="by size", factor=2.0),
        run.Setting(3, starts=3), run.Setting(3, "unequal", design="matching"),
    ]  # fmt: skip
    monkeypatch.setattr(run, "settings", lambda: chosen)
    monkeypatch.setattr(sys, "argv", ["run.py", "--draws", "6", "--out", str(tmp_path)])
    run.main()
    result = pd.read_csv(tmp_path / "result.csv")
    assert result.groupby(["sites", "sizes", "starts", "design"]).size().tolist() == [4, 6, 5, 2, 6]
    assert (result["draws"] == np.where(result["design"] != "plain", 2, 6)).all()
    assert ((result["rejected"] * result["draws"]).round(3) % 1 == 0).all()
    assert "permutation (the answer's)" in (tmp_path / "size.svg").read_text()


@pytest.fixture(scope="module")
def kept():
    return pd.read_csv(HERE / "result.csv")


def test_p_values_that_are_shown_hold_what_they_promise(kept):
    shown = kept[(kept["method"] == "permutation") & (kept["sites"].between(2, 9))]
    assert len(shown) == 21
    assert (shown["rejected"] > 0.04 - 2 * shown["mc_error"]).all()
    assert (shown["rejected"] < 0.07 + 2 * shown["mc_error"]).all()


def test_intervals_over_several_starts_hold_no_effect_and_a_large_one(kept):
    missed = kept[kept["method"].str.startswith("interval, effect")]
    assert len(missed) == 18
    assert (missed["rejected"] < 0.05 + 3 * missed["mc_error"]).all()
    assert (missed["rejected"] > 0.05 - 3 * missed["mc_error"]).all()


def test_leaving_a_group_out_is_on_the_safe_side(kept):
    rows = kept[(kept["method"] == "CR3, t(G1-1)") & (kept["sites"] >= 3)]
    assert len(rows) >= 24
    assert (rows["rejected"] < 0.05 + 2 * rows["mc_error"]).all()


def test_nothing_is_reliable_across_sizes_with_one_site(kept):
    one = kept[(kept["sites"] == 1) & (kept["noise"] == "by size") & (kept["factor"] != 1)]
    for _, rows in one.groupby("method"):
        assert ((rows["rejected"] < 0.03) | (rows["rejected"] > 0.08)).any()


def test_the_ledgers_range_of_sizes_is_where_no_more_than_seven_percent_are_called_real():
    sized = pd.read_csv(HERE / "unusual.csv")
    assert len(sized) == 30
    least, most = LIKE_NEIGHBOURHOODS
    measured = sized[sized["noise"] == "as measured"]
    assert (measured["factor"].min(), measured["factor"].max()) == (least, most)
    assert (measured["rejected"] <= 0.07).all()
    by_size = sized[
        sized["noise"] == "by size"
    ]  # what is said beside: smaller sites too often, larger too seldom
    assert (by_size.loc[by_size["factor"] < 0.9, "rejected"] > 0.06).all()
    assert (by_size.loc[by_size["factor"] > 1.25, "rejected"] < 0.04).all()
