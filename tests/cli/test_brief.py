"""`lmpeval run --brief`: the same answers, without what nobody reads of many studies."""

from __future__ import annotations

import pandas as pd
import pytest
from mlflow import MlflowClient

from simulation.small_country import laid_out, study

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
RUN = ("run", "demo.yaml", "--data", ".", "--jobs", 1)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'runs.db'}")
    laid_out(tmp_path, study(outcomes=study().outcomes[:1]))
    return tmp_path


def test_answers_are_the_same_and_stand_alone(called_in, folder):
    brief = called_in(folder, *RUN, "--out", "brief", "--brief")
    assert (brief.returncode, brief.stderr) == (0, "")
    assert "Figures of demo: brief/demo.results.csv" in brief.stdout
    assert {path.name for path in (folder / "brief").iterdir()} == {".lmpeval", "demo.results.csv"}
    client = MlflowClient(f"sqlite:///{folder / 'runs.db'}")
    (experiment,) = [each for each in client.search_experiments() if each.name != "Default"]
    runs = client.search_runs([experiment.experiment_id])
    assert sorted(run.data.tags["kind"] for run in runs) == ["cell", "study"]
    (cell,) = [run for run in runs if run.data.tags["kind"] == "cell"]
    assert cell.data.tags["primary"] == "true"

    whole = called_in(folder, *RUN, "--out", "whole")
    assert whole.returncode == 0
    assert "were there already" not in whole.stdout
    short, long = (pd.read_csv(folder / name / "demo.results.csv") for name in ("brief", "whole"))
    kept = long[long["quantity"].isin(set(short["quantity"]))].reset_index(drop=True)
    pd.testing.assert_frame_equal(short, kept, check_exact=True)
    assert len(short) < len(long)
    assert (folder / "whole" / "demo.html").exists()


def test_doctor_knows_what_a_brief_run_has_done(called_in, folder):
    called_in(folder, *RUN, "--brief")
    asked = ("doctor", "demo.yaml", "--data", ".")
    brief, whole = (called_in(folder, *asked, *more).stdout for more in (("--brief",), ()))
    assert "0 of them to compute" in brief
    assert "2 of them to compute, about" in whole
