"""The experiment on verdicts: what counts as wrong, and a README that says what was found."""

from pathlib import Path

import pandas as pd
import pytest

from lmpeval.verdict import State

HERE = Path(__file__).resolve().parents[2] / "experiments" / "verdicts"


@pytest.fixture(scope="module")
def run(experiment_named):
    return experiment_named("verdicts")


@pytest.fixture(scope="module")
def kept():
    return pd.read_csv(HERE / "result.csv")


def test_what_a_state_says_is_wrong_at_its_edges_and_right_beyond(run):
    beyond = {
        State.BETTER: -3.0, State.LEAN_BETTER: -1.0, State.NO_MATERIAL_DIFFERENCE: 0.0,
        State.LEAN_WORSE: 1.0, State.WORSE: 3.0,
    }  # fmt: skip
    for state, wrong in run.WRONG.items():
        assert all(wrong(edge) for edge in run.EDGES[state])
        assert not wrong(beyond[state])


def test_a_country_is_judged_by_the_interval_that_its_state_came_from(run):
    row = run.judged(run.Asked("quiet", -3.0, 1))
    assert (row["state"], row["wrong"], row["interval_holds"]) == ("BETTER", False, True)


def test_every_state_and_truth_was_drawn_equally_often(run, kept):
    counts = kept.groupby(["country", "true_effect"]).size()
    assert len(counts) == len(run.COUNTRIES) * len(run.MARGINS)
    assert counts.nunique() == 1


def test_the_readme_has_the_table_of_the_kept_result(run, kept):
    page = (HERE / "README.md").read_text(encoding="utf-8")
    kept["certainty"] = kept["certainty"].fillna("")
    for line in run.told(kept):
        assert line in page


def test_no_state_is_wrong_more_often_than_stated(run, kept):
    """Each is one end of an interval at 95 %: 2.5 %, give or take three Monte Carlo errors."""
    for state, edges in run.EDGES.items():
        at = kept[(kept["true_effect"] / run.MARGIN).isin(edges)]
        for _, rows in at.groupby(["country", "true_effect"]):
            assert (rows["state"] == str(state)).mean() <= 0.025 + 3 * (0.025 * 0.975 / len(rows)) ** 0.5
