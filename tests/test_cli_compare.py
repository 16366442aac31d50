"""`lmpeval compare` as a user meets it: a folder of studies in, a page, a table and a run out."""

from __future__ import annotations

import csv
import io
import json
import re
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest

from lmpeval.cli.compare import compare
from lmpeval.study import Theme
from simulation.small_country import laid_out, study

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

FILE = """comparison: pair
title: Two of them
studies:
  - file: demo.yaml
  - file: elsewhere.yaml
unstudied:
  - {name: Self-help, site: Ver, theme: prevention, status: planned, reason: It has not started.}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two studies of the small country, each of one cell, and a comparison of them."""
    within = tmp_path_factory.mktemp("pair")
    light = study(outcomes=study().outcomes[:1], designs=study().designs[:1])
    laid_out(within, light)
    other = tuple(f"streek07_{i:02d}" for i in range(1, 4))
    elsewhere = replace(
        light, study="elsewhere", population=replace(light.population, members=other),
        intervention=replace(light.intervention, site="Streek 7", theme=Theme.INTEGRATION),
    )  # fmt: skip
    laid_out(within, elsewhere)
    (within / "pair.yaml").write_text(FILE, encoding="utf-8")
    return within


@pytest.fixture(scope="module")
def compared(folder):
    store, told = f"sqlite:///{folder / 'runs.db'}", io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(told):
        patch.setenv("MLFLOW_TRACKING_URI", store)
        patch.chdir(folder)
        assert compare(Path("pair.yaml"), data=Path(), out=Path("out"), jobs=1) == 0
    return told.getvalue(), store


def test_the_page_and_its_table_are_there(folder, compared):
    assert "pair.html" in compared[0]
    assert "Two of them" in (folder / "out" / "pair.html").read_text(encoding="utf-8")
    with (folder / "out" / "pair.comparison.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["site"] for row in rows] == ["Kant"] * 3 + ["Streek 7"] * 3 + ["Ver"] * 3
    by_site = {row["site"]: float(row["effect"]) for row in rows if row["effect"]}
    assert by_site["Kant"] < -20  # the country's effect is a fall of 60
    assert abs(by_site["Streek 7"]) < abs(by_site["Kant"])
    assert {row["reasons"] for row in rows if row["site"] == "Ver"} == {"It has not started."}


def test_the_run_says_the_answer_first_and_keeps_page_and_table(compared):
    from mlflow import MlflowClient  # noqa: PLC0415

    client = MlflowClient(compared[1])
    [experiment] = [each for each in client.search_experiments() if each.name == "demo"]
    [run] = client.search_runs([experiment.experiment_id])
    assert (run.info.run_name, run.info.status) == ("Two of them", "FINISHED")
    assert run.data.tags["kind"] == "comparison"
    assert run.data.tags["studied"] == "2 of 3 interventions"
    assert re.fullmatch(
        r"\d of 2 told from chance; \d stood out, 0.1 would by chance", run.data.tags["answer"]
    )
    assert run.data.tags["protocol"] == "2 exploratory"
    note = run.data.tags["mlflow.note.content"]
    assert note.index("Cost per head") < note.index("by chance alone")
    assert "not studied: Kant, Streek 7, Ver" in note
    assert (run.data.metrics["interventions"], run.data.metrics["tests"]) == (3, 2)
    assert run.data.metrics["stand_out_by_chance"] == pytest.approx(0.1)
    assert {"study.demo", "study.elsewhere", "comparison_hash"} <= set(run.data.params)
    kept = {each.path for each in client.list_artifacts(run.info.run_id)}
    assert kept == {"pair.html", "pair.nl.html", "pair.comparison.csv", "comparison.json"}
    table = json.loads(Path(client.download_artifacts(run.info.run_id, "comparison.json")).read_text("utf-8"))
    at = table["columns"].index("site")
    assert [row[at] for row in table["data"]] == ["Kant"] * 3 + ["Streek 7"] * 3 + ["Ver"] * 3
    assert json.loads(run.data.tags["mlflow.loggedArtifacts"])[0]["type"] == "table"


def test_a_second_comparison_computes_and_logs_nothing_anew(folder, compared, called_in, monkeypatch):
    page = (folder / "out" / "pair.html").read_bytes()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", compared[1])
    again = called_in(folder, "compare", "pair.yaml", "--data", ".", "--out", "out")
    assert again.returncode == 0, again.stderr
    assert "2 of 2 cells were there already; nothing is computed again" in again.stdout
    assert (folder / "out" / "pair.html").read_bytes() == page
    from mlflow import MlflowClient  # noqa: PLC0415

    client = MlflowClient(compared[1])
    [experiment] = [each for each in client.search_experiments() if each.name == "demo"]
    assert len(client.search_runs([experiment.experiment_id])) == 1


def test_a_file_that_is_wrong_is_told_with_its_line(folder, called_in):
    (folder / "wrong.yaml").write_text(FILE.replace("elsewhere", "nowhere"), encoding="utf-8")
    done = called_in(folder, "compare", "wrong.yaml", "--data", ".")
    assert done.returncode == 2
    assert "wrong.yaml:5:5: studies[1].file: no study file 'nowhere.yaml'" in done.stderr
    assert "Traceback" not in done.stderr
