"""Runs in MLflow: one experiment a portfolio, a parent run a study, a child run a cell."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmpeval.engine import StudyResult
from lmpeval.errors import UserError
from lmpeval.finding import Finding
from lmpeval.tracking.artifacts import write_cell, write_study
from lmpeval.tracking.records import cell_params, cell_tags, metrics_of, study_params, study_tags

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # before mlflow is first imported

DEFAULT_STORE = "sqlite:///mlflow.db"
LONGEST_VALUE = 500  # characters of a parameter or tag


class TrackingError(UserError):
    """The tracking server cannot be used."""


@dataclass(frozen=True)
class Pages:
    """What people look at: files beside the numbers.

    Attributes
    ----------
    report : Path
        The study's report.
    figures : mapping of cell name to SVG text
    """

    report: Path
    figures: Mapping[str, str]


def tracking_store() -> str:
    """Where runs go: the server named by `MLFLOW_TRACKING_URI`, else a SQLite file in this folder."""
    return os.environ.get("MLFLOW_TRACKING_URI", DEFAULT_STORE)


def track(result: StudyResult, pages: Pages, store: str) -> str:
    """Log one study and its cells; returns the parent run's id.

    One process writes, in the order of the findings. What is logged is aggregated: estimates,
    diagnostics and tables by region, never rows of persons.

    Raises
    ------
    TrackingError
        If the store cannot be reached or written.
    """
    from mlflow import MlflowClient  # noqa: PLC0415 - two seconds that only tracking pays
    from mlflow.exceptions import MlflowException  # noqa: PLC0415

    logging.getLogger("mlflow").setLevel(logging.WARNING)  # not how it made its tables
    try:
        client = MlflowClient(tracking_uri=store)
        experiment = _experiment(client, result.study.portfolio, store)
        parent = _log_parent(client, experiment, result, pages)
        for finding in result.findings:
            _log_cell(client, experiment, parent, result, finding, pages)
        failed = any(finding.failed for finding in result.findings)
        client.set_terminated(parent, "FAILED" if failed else "FINISHED")
    except MlflowException as error:
        first = str(error).splitlines()[0]
        raise TrackingError(f"tracking store {store} cannot be used: {first}") from error
    return str(parent)


def _experiment(client: Any, name: str, store: str) -> str:
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    place = Path("mlartifacts", name).resolve().as_uri() if store.startswith("sqlite:") else None
    return str(client.create_experiment(name, artifact_location=place))


def _log_parent(client: Any, experiment: str, result: StudyResult, pages: Pages) -> str:
    study = result.study
    tags = {**study_tags(result), "level": study.population.level, "kind": "study"}
    tags["mlflow.note.content"] = study.title
    run_id = _begin(client, experiment, study.study, tags)
    metrics = {f"units_{role.replace(' ', '_')}": 0.0 for role, _, _ in result.selection.flow()}
    for role, _, count in result.selection.flow():
        metrics[f"units_{role.replace(' ', '_')}"] += count
    metrics["cells"] = float(len(result.findings))
    metrics["cells_failed"] = float(sum(finding.failed for finding in result.findings))
    _log_batch(client, run_id, metrics, study_params(result))
    with tempfile.TemporaryDirectory() as folder:
        write_study(Path(folder), result, pages.report)
        client.log_artifacts(run_id, folder)
    return run_id


def _log_cell(
    client: Any, experiment: str, parent: str, result: StudyResult, finding: Finding, pages: Pages
) -> None:
    name = finding.cell.name
    tags = {**study_tags(result), **cell_tags(finding), "mlflow.parentRunId": parent, "kind": "cell"}
    run_id = _begin(client, experiment, name, tags)
    _log_batch(client, run_id, metrics_of(finding), {**study_params(result), **cell_params(finding.cell)})
    with tempfile.TemporaryDirectory() as folder:
        write_cell(Path(folder), finding, pages.figures.get(name))
        client.log_artifacts(run_id, folder)
    client.set_terminated(run_id, "FAILED" if finding.failed else "FINISHED")


def _begin(client: Any, experiment: str, name: str, tags: Mapping[str, str]) -> str:
    return str(client.create_run(experiment, run_name=name, tags=_short(tags)).info.run_id)


def _log_batch(client: Any, run_id: str, metrics: Mapping[str, float], params: Mapping[str, str]) -> None:
    from mlflow.entities import Metric, Param  # noqa: PLC0415

    now = int(time.time() * 1000)
    client.log_batch(
        run_id,
        metrics=[Metric(name, value, now, 0) for name, value in metrics.items()],
        params=[Param(name, value) for name, value in _short(params).items()],
    )


def _short(values: Mapping[str, str]) -> dict[str, str]:
    return {name: str(value)[:LONGEST_VALUE] for name, value in values.items()}
