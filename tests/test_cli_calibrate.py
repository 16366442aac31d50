"""`lmpeval calibrate`, and what `lmpeval run` makes of what it leaves."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from lmpeval.study import DesignChoice
from simulation.small_country import laid_out, study

TESTS = Path(__file__).parent
COMMAND = (sys.executable, "-m", "lmpeval.cli")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def light(**changes):
    return study(**{"outcomes": study().outcomes[:1], "designs": study().designs[:1], **changes})


@pytest.fixture
def called(called_in, monkeypatch):
    def call(folder, *arguments):
        monkeypatch.setenv("COLUMNS", "140")
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'runs.db'}")
        return called_in(folder, *arguments)

    return call


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A study of one cell and one whose design breaks."""
    folder = tmp_path_factory.mktemp("calibrate")
    laid_out(folder, light())
    laid_out(
        folder, light(study="broken", designs=(*light().designs, DesignChoice("simulation.broken_design")))
    )
    return folder


SHORT_TEXTS = (("glance", "summary"), ("nl", "en"), ("html", "docx"))
CALIBRATE = ("calibrate", "demo.yaml", "--data", ".", "--jobs", 1)
RUN = ("run", "demo.yaml", "--data", ".", "--jobs", 1)


def test_calibrate_then_run_then_change_the_study(called, folder):
    """One story, because each step rests on what the one before left."""
    done = called(folder, *RUN)
    assert done.returncode == 0, done.stderr
    results = folder / "results"
    report = results / "demo.html"
    assert "Nobody has calibrated these designs on this panel" in report.read_text(encoding="utf-8")

    done = called(folder, *CALIBRATE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "What can be seen: One-and-a-half-line care" in done.stdout
    assert "Page: results/demo.calibration.html" in done.stdout
    short = {f"demo.{kind}.{language}.{end}" for kind, language, end in product(*SHORT_TEXTS)}
    names = {"demo.html", "demo.results.csv", "demo.calibration.html", "demo.calibration.json", ".lmpeval"}
    dutch = {"demo.nl.html", "demo.calibration.nl.html"}
    protocol = {"demo.protocol.nl.docx", "demo.protocol.en.docx"}
    assert {path.name for path in results.iterdir()} == names | dutch | protocol | short
    pages = [path.read_bytes() for path in sorted(results.glob("*.calibration.*"))]

    done = called(folder, *RUN)
    assert done.returncode == 0
    text = report.read_text(encoding="utf-8")
    assert text.index("Before the answers: what this study can see") < text.index(
        "1. The answers at a glance"
    )
    _runs_carry_the_calibration(folder)

    called(folder, *CALIBRATE)
    assert [path.read_bytes() for path in sorted(results.glob("*.calibration.*"))] == pages

    file = folder / "demo.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("matches: 20", "matches: 10"), encoding="utf-8")
    assert called(folder, *RUN).returncode == 0
    assert "The calibration beside this page is out of date" in report.read_text(encoding="utf-8")


def _runs_carry_the_calibration(folder):
    from mlflow import MlflowClient  # noqa: PLC0415

    kept = json.loads((folder / "results" / "demo.calibration.json").read_text(encoding="utf-8"))
    (cell,) = kept["cells"]
    mde, error = cell["told"]["mde"]
    client = MlflowClient(f"sqlite:///{folder / 'runs.db'}")
    ids = [each.experiment_id for each in client.search_experiments()]
    (run,) = client.search_runs(ids, "tags.kind = 'calibration'")
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "demo calibration"
    assert run.data.tags["site"] == "Kant"
    assert run.data.params["study_hash"] == kept["study_hash"]
    assert run.data.params["data.1"] == " ".join(kept["files"][0])
    name = "cost - difference_in_differences"
    assert {key for key in run.data.metrics if not key.endswith(f"_mc_error/{name}")} == {
        f"{number}/{name}" for number in (*cell["told"], "n_places")
    }
    assert run.data.metrics[f"mde/{name}"] == mde
    assert run.data.metrics[f"mde_mc_error/{name}"] == error
    artifacts = {each.path for each in client.list_artifacts(run.info.run_id)}
    assert artifacts == {
        "study.yaml", "demo.calibration.html", "demo.calibration.nl.html", "calibration.csv",
        "not_calibrated.csv",
    }  # fmt: skip
    table = Path(client.download_artifacts(run.info.run_id, "calibration.csv")).read_text(encoding="utf-8")
    rows = {row["number"]: row for row in csv.DictReader(table.splitlines())}
    assert (rows["mde"]["cell"], float(rows["mde"]["value"])) == (name, mde)
    before, after = sorted(
        client.search_runs(ids, "tags.kind = 'cell'"), key=lambda each: "calibration.mde" in each.data.metrics
    )
    assert not [key for key in before.data.metrics if key.startswith("calibration.")]
    assert after.data.metrics["calibration.mde"] == pytest.approx(mde)
    asked = f"metrics.`calibration.mde` < {mde + 1}"  # as the guide says
    assert [each.info.run_id for each in client.search_runs(ids, asked)] == [after.info.run_id]
    assert after.data.metrics["calibration.coverage"] == cell["told"]["coverage"][0]


def test_design_that_breaks_gives_1_and_the_rest_is_written(called, folder):
    done = called(folder, "calibrate", "broken.yaml", "--data", ".", "--out", "aside", "--jobs", 1)
    assert done.returncode == 1
    assert done.stderr == ""
    assert "cost - simulation.broken_design failed:" in done.stdout
    page = (folder / "aside" / "broken.calibration.html").read_text(encoding="utf-8")
    assert "could not be measured: ArithmeticError in broken_design.py" in page
    written = page + (folder / "aside" / "broken.calibration.json").read_text(encoding="utf-8")
    # as a number of its own: its digits may stand in the decimals of a figure
    assert not re.search(r"\b900123\b", written)
    from mlflow import MlflowClient  # noqa: PLC0415

    client = MlflowClient(f"sqlite:///{folder / 'runs.db'}")
    ids = [each.experiment_id for each in client.search_experiments()]
    (run,) = client.search_runs(ids, "tags.kind = 'calibration' and tags.study = 'broken'")
    assert run.info.status == "FAILED"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("calibrate",), "STUDIES requires an argument"),
        (("calibrate", "demo.yaml"), "--data requires an argument"),
        (("calibrate", "none.yaml", "--data", "."), "none.yaml:1:1: no such file"),
        (("calibrate", "demo.yaml", "--data", ".", "--jobs", "0"), "0 found, expected 1 or more"),
        (("calibrate", "demo.yaml", "--data", ".", "--out", "panel.csv"), "panel.csv: cannot be made"),
    ],
)  # fmt: skip
def test_wrong_call_is_one_message(called, folder, arguments, message):
    done = called(folder, *arguments)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


def test_page_that_cannot_be_written_is_told(called, folder):
    (folder / "taken" / "demo.calibration.html").mkdir(parents=True, exist_ok=True)
    done = called(folder, *CALIBRATE, "--out", "taken")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert not (folder / "taken" / "demo.calibration.json").exists()


def test_store_that_cannot_be_used_leaves_the_pages_and_gives_2(called, folder, monkeypatch):
    from lmpeval import tracking  # noqa: PLC0415

    (folder / "text").write_text("this is no database, however long it is", encoding="utf-8")
    monkeypatch.setattr(tracking, "tracking_store", lambda: f"sqlite:///{folder / 'text'}")
    done = called(folder, *CALIBRATE, "--out", "untracked")
    assert done.returncode == 2
    assert "The pages in untracked are complete; runs are missing." in done.stderr
    assert (folder / "untracked" / "demo.calibration.json").is_file()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="reads the children of a process in /proc")
@pytest.mark.parametrize("jobs", [1, 2])
def test_interrupt_keeps_what_was_finished_and_leaves_nothing_behind(tmp_path, jobs):
    names = [f"s{i:02d}" for i in range(12)]
    for name in names:
        laid_out(tmp_path, replace(light(), study=name))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW")}
    running = subprocess.Popen(
        [*COMMAND, "calibrate", *(f"{n}.yaml" for n in names), "--data", ".", "--jobs", str(jobs)],
        cwd=tmp_path,
        env={
            **kept,
            "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent / "src")]),
            "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'runs.db'}",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    second, patience = tmp_path / "results" / "s01.calibration.json", time.monotonic() + 120
    while not second.exists() and time.monotonic() < patience and running.poll() is None:
        time.sleep(0.02)
    workers = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert said.endswith("interrupted: studies that were finished keep their reports and runs\n")
    left = sorted(path.name for path in (tmp_path / "results").iterdir())
    assert len(left) % 2 == 0
    assert 4 <= len(left) < 2 * len(names)
    gone = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < gone:
        time.sleep(0.1)
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
