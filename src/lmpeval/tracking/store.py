"""Runs in MLflow: one experiment a portfolio, a parent run a study, a child run a cell."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lmpeval.ahead.calibrating import StudyCalibration
from lmpeval.calibration import Calibration
from lmpeval.engine.running import StudyResult
from lmpeval.finding import Finding
from lmpeval.portfolio.comparing import SideBySide
from lmpeval.tracking.artifacts import in_every_language, write_calibrated, write_cell, write_study
from lmpeval.tracking.comparisons import (
    comparison_metrics,
    comparison_params,
    comparison_table,
    comparison_tags,
    experiment_name,
)
from lmpeval.tracking.connection import connected
from lmpeval.tracking.experiments import experiment_of
from lmpeval.tracking.metrics import calibration_metrics, glimpse_metrics, metric_part, metrics_of
from lmpeval.tracking.pages import ComparisonPages, Pages, Said
from lmpeval.tracking.params import cell_params, study_params
from lmpeval.tracking.tags import cell_tags, mark_of, study_tags
from lmpeval.tracking.together import together_metrics

LONGEST_VALUE = 500  # characters of a parameter or tag
NOTE = "mlflow.note.content"
"""Tag that is shown as a description, in Markdown."""
MARK = "findings"
"""Tag of a study's run that tells its findings from all others: their hash."""
WHOLE = frozenset({"FINISHED", "FAILED"})
"""How a run ends that was logged to its end."""
OF_EVERY_CELL = ("study_hash", "seed", "window", "start")
"""Parameters of a study that its cells carry too; the others, the same for all, stand once."""
LONGEST_NOTE = 5000  # of a description; servers keep no longer tag of an experiment


def refuse_unreachable(store: str) -> None:
    """Ask a store for what it has.

    Raises
    ------
    TrackingError
        If it cannot be used.
    """
    with connected(store) as client:
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
    with connected(store) as client:
        experiment = experiment_of(client, result.study.portfolio, store)
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
    tags[NOTE] = f"What can be seen: {study.title}"
    metrics: dict[str, float] = {}
    for each in told.cells:
        if isinstance(each.result, Calibration):
            metrics |= calibration_metrics(each.result, "", f"/{metric_part(each.cell.name)}")
    with connected(store) as client:
        experiment, name = experiment_of(client, study.portfolio, store), f"{study.study} calibration"
        with _run(client, experiment, name, tags, failed=any(each.failed for each in told.cells)) as run_id:
            _log_batch(client, run_id, metrics, study_params(told.of))
            with tempfile.TemporaryDirectory() as folder:
                write_calibrated(Path(folder), told, page)
                client.log_artifacts(run_id, folder)
        return run_id


def track_comparison(compared: SideBySide, pages: ComparisonPages, store: str) -> str:
    """Log a comparison of studies as one run beside theirs, once; returns the run's id.

    What it says becomes the description of the experiment.

    Raises
    ------
    TrackingError
        If the store cannot be reached or written.
    """
    name = compared.file.portfolio.title
    mark = hashlib.sha256(pages.page.read_bytes() + pages.table.read_bytes()).hexdigest()
    failed = any(finding.failed for result in compared.results for finding in result.findings)
    with connected(store) as client:
        experiment = experiment_of(client, experiment_name(compared), store)
        tags = {**comparison_tags(compared, pages.note), MARK: mark}
        if before := _logged_before(client, experiment, mark):
            return before
        client.set_experiment_tag(experiment, NOTE, _short({NOTE: pages.note})[NOTE])
        with _run(client, experiment, name, tags, failed=failed) as run_id:
            _log_batch(client, run_id, comparison_metrics(compared), comparison_params(compared))
            for path in (*in_every_language(pages.page), pages.table):
                client.log_artifact(run_id, str(path))
            client.log_table(run_id, comparison_table(compared), "comparison.json")
        return run_id


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
    study, figures, words = result.study, pages.figures(), pages.words()
    of_study = study_tags(result)
    tags = {**of_study, "level": study.population.level, "kind": "study", MARK: mark}
    tags = _with_words(tags, words.study, study.title)
    params, failed = study_params(result), any(finding.failed for finding in result.findings)
    with _run(client, experiment, words.study.name or study.study, tags, failed=failed) as parent:
        _log_parent(client, parent, params, result, pages)
        for finding in result.findings:
            if pages.report is None and not finding.cell.primary:
                continue
            said = words.cells.get(finding.cell.name, Said())
            tags = {**of_study, **cell_tags(finding, result), "mlflow.parentRunId": parent, "kind": "cell"}
            tags, name = _with_words(tags, said, ""), said.name or finding.cell.name
            with _run(client, experiment, name, tags, failed=finding.failed) as run_id:
                known = {name: params[name] for name in OF_EVERY_CELL}
                _log_batch(client, run_id, _metrics(finding, pages), {**known, **cell_params(finding.cell)})
                _log_files(client, run_id, finding, figures.get(finding.cell.name))
    return parent


def _with_words(tags: Mapping[str, str], said: Said, note: str) -> dict[str, str]:
    """Tags, and what is said in words; a note of the code's own where there is none."""
    found = said.note or note
    return {**tags, **said.columns, **({NOTE: found} if found else {})}


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


def _log_parent(
    client: Any, run_id: str, params: Mapping[str, str], result: StudyResult, pages: Pages
) -> None:
    metrics = {f"units_{role.replace(' ', '_')}": 0.0 for role, _, _ in result.selection.flow()}
    for role, _, count in result.selection.flow():
        metrics[f"units_{role.replace(' ', '_')}"] += count
    metrics["cells"] = float(len(result.findings))
    metrics["cells_failed"] = float(sum(finding.failed for finding in result.findings))
    _log_batch(client, run_id, metrics | together_metrics(result), params)
    pages_of_report = in_every_language(pages.report) if pages.report else []
    texts = sorted({*pages_of_report, *pages.sheets})
    with tempfile.TemporaryDirectory() as folder:
        write_study(Path(folder), result, texts, pages.results)
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
    """Values that a server keeps: a description that is too long ends with a line, another value anywhere."""
    found = {name: str(value)[:LONGEST_VALUE] for name, value in values.items()}
    if len(note := values.get(NOTE, "")) > LONGEST_NOTE:
        note = note[:LONGEST_NOTE].rpartition("\n")[0]
    return found | ({NOTE: note} if note else {})
