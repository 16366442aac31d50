"""Runs as they are found again: experiments, parents, children, metrics, tags, files."""

from __future__ import annotations

import csv
import getpass
import io
import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import replace
from math import isfinite
from pathlib import Path

import mlflow
import pytest

from lmpeval.finding import Answered
from lmpeval.report import figures_of
from lmpeval.study_files.reading import load_study
from lmpeval.tracking import TrackingError, outbox, track, tracking_store, without_password
from simulation.broken_design import ROW
from simulation.small_country import FEW, SMALL, table

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def cells(tracked):
    """Every cell of every study: its study, its finding and its run."""
    return [
        (found, finding, tracked.runs(name)[finding.cell.name])
        for name, found in tracked.results.items()
        for finding in found.findings
    ]


def test_one_experiment_a_portfolio(tracked):
    names = {each.name for each in tracked.client.search_experiments()}
    assert {"demo", "other"} <= names <= {"demo", "other", "Default"}


def test_parent_carries_the_study_and_children_the_cells(tracked):
    for name, found in tracked.results.items():
        parent = tracked.client.get_run(tracked.parents[name])
        assert parent.info.run_name == name
        assert parent.data.tags["kind"] == "study"
        assert parent.data.tags["mlflow.note.content"] == found.study.title
        assert parent.data.metrics["cells"] == len(found.findings)
        assert parent.data.metrics["cells_failed"] == sum(f.failed for f in found.findings)
        units = sum(v for key, v in parent.data.metrics.items() if key.startswith("units_"))
        assert units == len(found.selection.placements)
        assert set(tracked.runs(name)) == {finding.cell.name for finding in found.findings}
        assert all(run.data.tags["kind"] == "cell" for run in tracked.runs(name).values())


def test_runs_end_as_their_cells_did(tracked):
    statuses = {run.info.status for _, finding, run in cells(tracked) if finding.failed}
    assert statuses == {"FAILED"}
    assert {run.info.status for _, f, run in cells(tracked) if not f.failed} == {"FINISHED"}
    ends = {name: tracked.client.get_run(run).info.status for name, run in tracked.parents.items()}
    assert ends == {"demo": "FINISHED", "unlike": "FAILED", "few": "FINISHED"}


def test_parameters_say_what_was_run(tracked):
    for found, finding, run in cells(tracked):
        params = run.data.params
        assert params["study_hash"] == found.study_hash
        assert params["seed"] == str(found.study.seed)
        assert (params["window"], params["start"]) == ("2010-2017", "2014")
        assert params["unit"] == finding.cell.outcome.unit
        if finding.cell.label == "difference_in_differences":
            assert params["design.matches"] == "20"


def test_what_is_the_same_for_all_cells_stands_once(tracked):
    for name in tracked.results:
        params = tracked.client.get_run(tracked.parents[name]).data.params
        assert {"version.lmpeval", "version.numpy", "version.scipy", "version.pandas"} <= set(params)
        assert re.fullmatch(r"[0-9a-f]{40}(, changed since)?|none", params["git_commit"])
        for run in tracked.runs(name).values():
            assert not any(key.startswith(("version.", "data.")) for key in run.data.params)


def test_metrics_are_those_of_the_estimate(tracked):
    for _, finding, run in cells(tracked):
        if isinstance(finding.result, Answered):
            stated = finding.verdict.effect is not None and not finding.verdict.blocked
            name = "effect" if stated else "withheld.effect"
            assert run.data.metrics[name] == finding.result.estimate.effect
            assert ("effect" in run.data.metrics) is stated
            assert run.data.metrics["n_treated_units"] == 4
        else:
            assert run.data.metrics == {}


def test_numbers_of_a_result_that_is_not_credible_are_withheld(tracked):
    states = {finding.verdict.state for _, finding, _ in cells(tracked)}
    assert "NOT-CREDIBLE" in states, "the fixture must hold one"
    for _, finding, run in cells(tracked):
        if finding.verdict.state == "NOT-CREDIBLE":
            numbers = {"effect", "low", "high", "p", "smallest_p", "standard_error"}
            assert not numbers & set(run.data.metrics)
            assert numbers <= {name.removeprefix("withheld.") for name in run.data.metrics}


def test_no_metric_is_infinite(tracked):
    bounds = [f.result.estimate.uncertainty.interval for f in tracked.results["few"].findings]
    assert not all(isfinite(low) for low, _ in bounds), "the fixture must hold an unbounded interval"
    for _, _, run in cells(tracked):
        assert all(isfinite(value) for value in run.data.metrics.values())
    assert "low" not in tracked.runs("few")["cost - difference_in_differences"].data.metrics


@pytest.mark.parametrize("status", ["not supported", "uncertain", "argued", "supported", "not assessed"])
@pytest.mark.parametrize("name", ["parallel_trends", "overlap", "stable_composition"])
def test_search_by_assumption_finds_exactly_the_right_runs(tracked, name, status):
    expected = {
        run.info.run_id
        for _, finding, run in cells(tracked)
        if isinstance(finding.result, Answered)
        for entry in finding.result.ledger.entries
        if (entry.assumption.name, entry.status) == (name, status)
    }
    asked = f"tags.assumption.{name} = '{status}'"
    mlflow.set_tracking_uri(tracked.uri)
    try:
        found = mlflow.search_runs(search_all_experiments=True, filter_string=asked, output_format="list")
    finally:
        mlflow.set_tracking_uri(None)
    assert {run.info.run_id for run in found} == expected


def test_runaway_trend_is_found_as_not_supported(tracked):
    ids = [each.experiment_id for each in tracked.client.search_experiments()]
    found = tracked.client.search_runs(ids, "tags.assumption.parallel_trends = 'not supported'")
    assert {run.data.tags["study"] for run in found} == {"unlike"}


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("tags.verdict = 'FAILED'", 2),
        ("tags.aim = 'health' and tags.kind = 'cell'", 7),
        ("tags.primary = 'true'", 6),
        ("tags.site = 'Kant'", 17),
    ],
)
def test_search_by_tag(tracked, asked, number):
    ids = [each.experiment_id for each in tracked.client.search_experiments()]
    assert len(tracked.client.search_runs(ids, asked)) == number


# Files


def files_of(tracked, run_id):
    return {each.path for each in tracked.client.list_artifacts(run_id)}


def text_of(tracked, run_id, name):
    return Path(tracked.client.download_artifacts(run_id, name)).read_text(encoding="utf-8")


def test_parent_keeps_its_files_and_they_can_be_read(tracked, tmp_path):
    for name, found in tracked.results.items():
        run_id = tracked.parents[name]
        assert files_of(tracked, run_id) == {
            "study.yaml", f"{name}.html", f"{name}.nl.html", "flow.csv", "units.csv", "findings.csv",
            "results.csv",
        }  # fmt: skip
        flow = list(csv.DictReader(io.StringIO(text_of(tracked, run_id, "flow.csv"))))
        assert sum(int(row["units"]) for row in flow) == len(found.selection.placements)
        rows = list(csv.DictReader(io.StringIO(text_of(tracked, run_id, "findings.csv"))))
        assert [row["cell"] for row in rows] == [finding.cell.name for finding in found.findings]
        for row, finding in zip(rows, found.findings, strict=True):
            assert bool(row["effect"]) is (finding.verdict.effect is not None and not finding.verdict.blocked)
        path = tmp_path / "study.yaml"
        path.write_text(text_of(tracked, run_id, "study.yaml"), encoding="utf-8")
        assert load_study(path).outcomes == found.study.outcomes


def test_cells_keep_their_files_and_they_can_be_read(tracked):
    for found, finding, run in cells(tracked):
        names = files_of(tracked, run.info.run_id)
        verdict = json.loads(text_of(tracked, run.info.run_id, "verdict.json"), parse_constant=pytest.fail)
        assert verdict["state"] == finding.verdict.state
        if not isinstance(finding.result, Answered):
            assert names == {"verdict.json", "failure.txt"}
            continue
        apart = finding.verdict.blocked or finding.verdict.effect is None
        place = "withheld/" if apart else ""
        told = {"effect_path.csv", "leave_one_out.csv", "other_methods.csv"}
        told |= {"other_ranks.csv"} if finding.result.ranks else set()
        numbers = {"withheld"} if apart else told
        always = {"verdict.json", "ledger.json", "ledger.csv", "weights.csv"}
        assert names - {"effect_path.svg"} == always | numbers
        drawn = finding.cell.name in figures_of(found) and not finding.verdict.blocked
        assert ("effect_path.svg" in names) is drawn
        assert not apart or verdict["effect"] is verdict["low"] is verdict["high"] is None
        ledger = json.loads(text_of(tracked, run.info.run_id, "ledger.json"), parse_constant=pytest.fail)
        assert [row["assumption_number"] for row in ledger] == list(range(1, 13))
        path = list(csv.DictReader(io.StringIO(text_of(tracked, run.info.run_id, f"{place}effect_path.csv"))))
        assert [float(row["gap"]) for row in path] == finding.result.estimate.gap.tolist()
        others = list(
            csv.DictReader(io.StringIO(text_of(tracked, run.info.run_id, f"{place}other_methods.csv")))
        )
        assert [row["method"] for row in others] == [other.method for other in finding.result.others]
        assert [row["reason"] for row in others] == [other.reason or "" for other in finding.result.others]
        weights = list(csv.DictReader(io.StringIO(text_of(tracked, run.info.run_id, "weights.csv"))))
        assert sum(float(row["weight"]) for row in weights) == pytest.approx(1)
        if "effect_path.svg" in names:
            svg = text_of(tracked, run.info.run_id, "effect_path.svg")
            assert svg.lstrip().startswith(("<?xml", "<svg"))


# What may not leave


def test_failure_names_code_and_not_data(tracked):
    failed = [(finding, run) for _, finding, run in cells(tracked) if finding.failed]
    assert len(failed) == 2
    for finding, run in failed:
        assert ROW in finding.result.trace, "the fixture's message must quote the data"
        assert run.data.tags["error"] == "ArithmeticError in broken_design.py, line 26"
        assert "broken_design.py, line 26, in compare" in text_of(tracked, run.info.run_id, "failure.txt")
    for place, text in tracked.texts().items():
        for secret in (ROW, "900123", "48211"):
            assert secret not in text, place


def test_reach_under_ten_appears_nowhere(tracked):
    """No run tells that 7 and 3 people were reached, in whatever words, nor that 1237 were."""
    texts = tracked.texts()
    assert texts["demo params reach.2014"] == "reach.2014=fewer than 10"
    assert texts["demo params reach.2015"] == "reach.2015=1,240"
    assert texts["demo params reach.2017"] == "reach.2017=0"
    small = re.compile(
        r"(?i)(2014|2016|reach\w*)[\s'\"]*[:=][\s'\"]*(7|3)\b(?![.,\d])|\b(7|3) (people|persons)"
    )
    for place, text in texts.items():
        assert not re.search(r"\b1[,.]?237\b", text), f"{place}: a number that was not rounded"
        if (found := small.search(text)) and not place.endswith(".svg"):
            pytest.fail(f"{place}: {found.group()}")
    (artifact,) = [text for place, text in texts.items() if place.endswith("study.yaml") and "1240" in text]
    assert "# reach in 2014: fewer than 10\n# reach in 2016: fewer than 10\n" in artifact


def test_hash_does_not_give_small_reach_away(tracked):
    """Of nine possible numbers the hash of the file would tell which one it is."""
    from dataclasses import replace  # noqa: PLC0415

    found = tracked.results["demo"]
    done = found.study.intervention
    hashes = {
        replace(
            found,
            study=replace(found.study, intervention=replace(done, reach={**done.reach, 2014: persons})),
        ).study_hash
        for persons in range(1, 10)
    }
    assert hashes == {found.study_hash}


def test_no_machine_and_no_user_is_named(tracked):
    repository = Path(__file__).parents[2]
    named = {
        str(repository),
        str(Path.home()) + "/",
        str(tracked.folder.parent),
        socket.gethostname(),
        sys.prefix,
    }
    named = {name for name in named if len(name) > 3}
    user = re.compile(rf"(?i)(user|author|owner)\S*[=: ]+['\"]?{re.escape(getpass.getuser())}\b")
    for place, text in tracked.texts().items():
        assert not any(name in text for name in named), place
        assert not user.search(text), place
    for _, _, run in cells(tracked):
        assert "mlflow.user" not in run.data.tags
        assert "mlflow.source.name" not in run.data.tags
        assert run.info.user_id in ("", "unknown", None)


def test_runs_hold_no_rows_of_the_table(tracked):
    """What is logged is about the region: no municipality's figure of a year is among it."""
    rows = {value for country in (SMALL, FEW) for value in table(country)["cost"].tolist()}
    for place, text in tracked.texts().items():
        if place.endswith((".csv", ".json")):
            numbers = {float(found) for found in re.findall(r"-?\d+\.\d+", text)}
            assert not numbers & rows, place


# The store


def test_store_is_named_by_the_environment(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert tracking_store() == "sqlite:///mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://runs.example.org")
    assert tracking_store() == "https://runs.example.org"


@pytest.mark.parametrize(
    ("store", "printed"),
    [
        ("sqlite:///mlflow.db", "sqlite:///mlflow.db"),
        ("https://lmp:secret@runs.example.org/x", "https://***@runs.example.org/x"),
        ("postgresql://lmp:se:cr@et@server/runs", "postgresql://***@server/runs"),
    ],
)
def test_password_of_a_store_is_not_printed(store, printed):
    assert without_password(store) == printed


@pytest.mark.parametrize("kind", ["scheme", "file in place of a folder", "no database"])
def test_store_that_cannot_be_used_is_told_in_one_message(tracked, tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text("this is no database at all, however long it is", encoding="utf-8")
    store = {
        "scheme": "carrier-pigeon://loft",
        "file in place of a folder": f"sqlite:///{tmp_path / 'text' / 'runs.db'}",
        "no database": f"sqlite:///{tmp_path / 'text'}",
    }[kind]
    found = tracked.results["few"]
    with pytest.raises(TrackingError) as caught:
        track(found, tracked.pages["few"], store)
    message = str(caught.value)
    assert message.startswith(f"tracking store {store} cannot be used: ")
    assert len(message.splitlines()) == 1
    assert len(message.split("cannot be used: ")[1].strip()) > 5


def test_study_that_is_interrupted_does_not_seem_to_run_for_ever(tracked, monkeypatch, tmp_path):
    from lmpeval.tracking import store  # noqa: PLC0415

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "write_cell", interrupt)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "few.html").write_text("<html>told otherwise</html>", encoding="utf-8")
    pages = replace(tracked.pages["few"], report=tmp_path / "few.html")
    with pytest.raises(KeyboardInterrupt):
        track(tracked.results["few"], pages, tracked.uri)
    ids = [each.experiment_id for each in tracked.client.search_experiments()]
    (parent,) = tracked.client.search_runs(ids, "attributes.status = 'KILLED' and tags.kind = 'study'")
    assert parent.data.tags["study"] == "few"
    running = tracked.client.search_runs(ids, "attributes.status = 'RUNNING'")
    killed = tracked.client.search_runs(ids, "attributes.status = 'KILLED'")
    assert (len(running), len(killed)) == (0, 2)
    monkeypatch.undo()
    parent = track(tracked.results["few"], pages, tracked.uri)  # deletes what was cut short
    assert not tracked.client.search_runs(ids, "attributes.status = 'KILLED'")
    again = runs_of(tracked, ids, parent)
    assert len(again) == 1 + len(tracked.results["few"].findings)
    for run in again:
        tracked.client.delete_run(run)


def runs_of(tracked, experiments, parent):
    """A study's run and those of its cells."""
    children = tracked.client.search_runs(experiments, f"tags.`mlflow.parentRunId` = '{parent}'")
    return [parent, *(run.info.run_id for run in children)]


def test_the_same_findings_are_logged_once(tracked):
    ids = [each.experiment_id for each in tracked.client.search_experiments()]
    before = {run.info.run_id for run in tracked.client.search_runs(ids)}
    for name, found in tracked.results.items():
        assert track(found, tracked.pages[name], tracked.uri) == tracked.parents[name]
    assert {run.info.run_id for run in tracked.client.search_runs(ids)} == before


def test_a_store_that_is_gone_for_a_while_gets_every_study_once(tracked, monkeypatch):
    """The store says no twice; what waits is logged, in order, with the next study that it takes."""
    taken, refusals = [], iter([True, True, False, False, False, False])

    def say_no(result, pages, store):
        if next(refusals):
            raise TrackingError("gone")
        taken.append(result.study.study)

    monkeypatch.setattr(outbox, "track", say_no)
    box = outbox.Outbox("sqlite:///nowhere.db", patience=0.0)
    told = []
    for name in tracked.results:
        box.send(tracked.results[name], tracked.pages[name])
        told.append(box.trouble is not None)
    assert told == [True, True, False]
    assert taken == list(tracked.results)
    patient = outbox.Outbox("sqlite:///nowhere.db", patience=60.0)
    refusals = iter([True])
    for name in tracked.results:  # a dead server is not asked again for every study
        patient.send(tracked.results[name], tracked.pages[name])
    assert patient.trouble is not None


def test_telemetry_is_off_before_mlflow_is_imported():
    code = (
        "import sys, os, lmpeval.tracking\n"
        "assert 'mlflow' not in sys.modules\n"
        "assert os.environ['MLFLOW_DISABLE_TELEMETRY'] == 'true'\n"
        "import mlflow\n"
        "from mlflow.telemetry.utils import is_telemetry_disabled\n"
        "assert is_telemetry_disabled()\n"
    )
    names = ("MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK", "CI", "PYTEST_CURRENT_TEST", "GITHUB_ACTIONS")
    clean = {name: value for name, value in os.environ.items() if name not in names}
    done = subprocess.run(
        [sys.executable, "-c", code], env=clean, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
