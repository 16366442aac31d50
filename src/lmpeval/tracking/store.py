"""Runs in MLflow: one experiment a portfolio, a parent run a study, a child run a cell."""

from __future__ import annotations

import logging
import os
import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lmpeval.ahead.calibrating import StudyCalibration
from lmpeval.calibration import Calibration
from lmpeval.engine.running import StudyResult
from lmpeval.errors import UserError
from lmpeval.finding import Finding
from lmpeval.portfolio.comparing import SideBySide
from lmpeval.tracking.artifacts import write_calibrated, write_cell, write_study
from lmpeval.tracking.comparisons import (
    ComparisonPages,
    comparison_metrics,
    comparison_params,
    comparison_table,
    comparison_tags,
    experiment_name,
)
from lmpeval.tracking.records import (
    calibration_metrics,
    cell_params,
    cell_tags,
    glimpse_metrics,
    mark_of,
    metric_part,
    metrics_of,
    study_params,
    study_tags,
)

# before mlflow is first imported
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")  # seven take minutes to say "no server"

DEFAULT_STORE = "sqlite:///mlflow.db"
LONGEST_VALUE = 500  # characters of a parameter or tag
MARK = "findings"
"""Tag of a study's run that tells its findings from all others: their hash."""
WHOLE = frozenset({"FINISHED", "FAILED"})
"""How a run ends that was logged to its end."""
LONGEST_NOTE = 5000  # of a description, which servers keep as a tag of up to 8,000


class TrackingError(UserError):
    """The tracking server cannot be used."""


@dataclass(frozen=True)
class Pages:
    """What people look at: files beside the numbers.

    Attributes
    ----------
    report : Path or None
        The study's report; None in a brief run, of which only the primary designs have runs of their own:
        the others stand in the tables of the study's run, for a run costs more than an estimate.
    results : Path
        All its figures as a table.
    figures : mapping of cell name to the text of an SVG file
    calibrations : mapping of cell name to Calibration
    glimpses : mapping of cell name to Calibration
        What a look ahead found where there is no calibration.
    """

    report: Path | None
    results: Path
    figures: Mapping[str, str] = field(default_factory=dict)
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)
    glimpses: Mapping[str, Calibration] = field(default_factory=dict)


def tracking_store() -> str:
    """Where runs go: the server named by `MLFLOW_TRACKING_URI`, else a SQLite file in this folder."""
    return os.environ.get("MLFLOW_TRACKING_URI", DEFAULT_STORE)


def refuse_unreachable(store: str) -> None:
    """Ask a store for what it has.

    Raises
    ------
    TrackingError
        If it cannot be used.
    """
    with _connected(store) as client:
        client.search_experiments(max_results=1)


def track(result: StudyResult, pages: Pages, store: str) -> str:
    """Log one study and its cells, once; returns the parent run's id.

    One process writes, in the order of the findings. What is logged is aggregated: estimates,
    diagnostics and tables by region, never rows of persons. Where the same findings were logged before,
    nothing is; where that was cut short, what was logged of them is deleted and all is logged again.

    Raises
    ------
    TrackingError
        If the store cannot be reached or written.
    """
    with _connected(store) as client:
        experiment = _experiment(client, result.study.portfolio, store)
        mark = mark_of(result, pages.report.read_bytes() if pages.report else b"")
        whole = _logged_before(client, experiment, mark) if mark else None
        return whole or _log_study(client, experiment, result, pages, mark)


def track_calibration(told: StudyCalibration, page: Path, store: str) -> str:
    """Log the calibration of one study as one run; returns the run's id.

    Raises
    ------
    TrackingError
        If the store cannot be reached or written.
    """
    study = told.of.study
    tags = {**study_tags(told.of), "level": study.population.level, "kind": "calibration"}
    tags["mlflow.note.content"] = f"What can be seen: {study.title}"
    metrics: dict[str, float] = {}
    for each in told.cells:
        if isinstance(each.result, Calibration):
            metrics |= calibration_metrics(each.result, "", f"/{metric_part(each.cell.name)}")
    with _connected(store) as client:
        experiment, name = _experiment(client, study.portfolio, store), f"{study.study} calibration"
        with _run(client, experiment, name, tags, failed=any(each.failed for each in told.cells)) as run_id:
            _log_batch(client, run_id, metrics, study_params(told.of))
            with tempfile.TemporaryDirectory() as folder:
                write_calibrated(Path(folder), told, page)
                client.log_artifacts(run_id, folder)
        return run_id


def track_comparison(compared: SideBySide, pages: ComparisonPages, store: str) -> str:
    """Log a comparison of studies as one run beside theirs; returns the run's id.

    Raises
    ------
    TrackingError
        If the store cannot be reached or written.
    """
    name = f"{compared.file.portfolio.comparison} comparison"
    failed = any(finding.failed for result in compared.results for finding in result.findings)
    with _connected(store) as client:
        experiment = _experiment(client, experiment_name(compared), store)
        tags = comparison_tags(compared, pages.note)
        with _run(client, experiment, name, tags, failed=failed) as run_id:
            _log_batch(client, run_id, comparison_metrics(compared), comparison_params(compared))
            for path in (pages.page, pages.table):
                client.log_artifact(run_id, str(path))
            client.log_table(run_id, comparison_table(compared), "comparison.json")
        return run_id


@contextmanager
def _connected(store: str) -> Iterator[Any]:
    """A client of the store; whatever keeps it from being used becomes one message."""
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    logging.getLogger("mlflow").setLevel(logging.WARNING)  # not how it made its tables
    try:
        yield MlflowClient(tracking_uri=store)
    except (MlflowException, SQLAlchemyError, OSError, ImportError) as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise TrackingError(f"tracking store {without_password(store)} cannot be used: {first}") from error


def without_password(store: str) -> str:
    """A store's address as it may be printed.

    >>> without_password("postgresql://lmp:secret@server/runs")
    'postgresql://***@server/runs'
    """
    return re.sub(r"//[^/]*@", "//***@", store)


def _logged_before(client: Any, experiment: str, mark: str) -> str | None:
    """The run of a study whose findings were all logged; those that were cut short are deleted."""
    for run in client.search_runs([experiment], f"tags.`{MARK}` = '{mark}'"):
        if run.info.status in WHOLE:
            return str(run.info.run_id)
        cells = f"tags.`mlflow.parentRunId` = '{run.info.run_id}'"
        while some := client.search_runs([experiment], cells):
            for each in some:
                client.delete_run(each.info.run_id)
        client.delete_run(run.info.run_id)
    return None


def _log_study(client: Any, experiment: str, result: StudyResult, pages: Pages, mark: str) -> str:
    study, figures = result.study, pages.figures
    tags = {**study_tags(result), "level": study.population.level, "kind": "study", MARK: mark}
    tags["mlflow.note.content"] = study.title
    params, failed = study_params(result), any(finding.failed for finding in result.findings)
    with _run(client, experiment, study.study, tags, failed=failed) as parent:
        _log_parent(client, parent, params, result, pages)
        for finding in result.findings:
            if pages.report is None and not finding.cell.primary:
                continue
            tags = {**study_tags(result), **cell_tags(finding), "mlflow.parentRunId": parent, "kind": "cell"}
            with _run(client, experiment, finding.cell.name, tags, failed=finding.failed) as run_id:
                _log_batch(client, run_id, _metrics(finding, pages), {**params, **cell_params(finding.cell)})
                _log_files(client, run_id, finding, figures.get(finding.cell.name))
    return parent


@contextmanager
def _run(client: Any, experiment: str, name: str, tags: Mapping[str, str], *, failed: bool) -> Iterator[str]:
    """Begin a run and end it: whatever stops it, it must not seem to go on for ever."""
    run_id = str(client.create_run(experiment, run_name=name, tags=_short(tags)).info.run_id)
    try:
        yield run_id
    except BaseException:
        client.set_terminated(run_id, "KILLED")
        raise
    client.set_terminated(run_id, "FAILED" if failed else "FINISHED")


def _experiment(client: Any, name: str, store: str) -> str:
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    place = Path("mlartifacts", name).resolve().as_uri() if store.startswith("sqlite:") else None
    return str(client.create_experiment(name, artifact_location=place))


def _log_parent(
    client: Any, run_id: str, params: Mapping[str, str], result: StudyResult, pages: Pages
) -> None:
    metrics = {f"units_{role.replace(' ', '_')}": 0.0 for role, _, _ in result.selection.flow()}
    for role, _, count in result.selection.flow():
        metrics[f"units_{role.replace(' ', '_')}"] += count
    metrics["cells"] = float(len(result.findings))
    metrics["cells_failed"] = float(sum(finding.failed for finding in result.findings))
    _log_batch(client, run_id, metrics, params)
    with tempfile.TemporaryDirectory() as folder:
        write_study(Path(folder), result, pages.report, pages.results)
        client.log_artifacts(run_id, folder)


def _metrics(finding: Finding, pages: Pages) -> dict[str, float]:
    metrics, known = metrics_of(finding), pages.calibrations.get(finding.cell.name)
    metrics |= calibration_metrics(known, "calibration.") if known else {}
    return metrics | glimpse_metrics(pages.glimpses.get(finding.cell.name))


def _log_files(client: Any, run_id: str, finding: Finding, figure: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_cell(Path(folder), finding, figure)
        client.log_artifacts(run_id, folder)


def _log_batch(client: Any, run_id: str, metrics: Mapping[str, float], params: Mapping[str, str]) -> None:
    from mlflow.entities import Metric, Param

    now = int(time.time() * 1000)
    client.log_batch(
        run_id,
        metrics=[Metric(name, value, now, 0) for name, value in metrics.items()],
        params=[Param(name, value) for name, value in _short(params).items()],
    )


def _short(values: Mapping[str, str]) -> dict[str, str]:
    longest = {"mlflow.note.content": LONGEST_NOTE}
    return {name: str(value)[: longest.get(name, LONGEST_VALUE)] for name, value in values.items()}
