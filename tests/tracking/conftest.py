"""One store for all tests of tracking: making its tables takes seconds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lmpeval.engine.planning import plan
from lmpeval.engine.running import StudyResult, run
from lmpeval.report import figures_of, write_report
from lmpeval.results.file import results_text
from lmpeval.study import DesignChoice
from lmpeval.tracking import Pages, track
from lmpeval.whole_file import write_whole
from simulation.small_country import FEW, prepared, study, table

REACH = {2014: 7, 2015: 1237, 2016: 3, 2017: 0}


@dataclass(frozen=True)
class Tracked:
    """A store with the runs of three studies, and what was tracked."""

    uri: str
    folder: Path
    results: dict[str, StudyResult]
    parents: dict[str, str]
    client: Any
    pages: dict[str, Pages]

    def runs(self, name: str) -> dict[str, Any]:
        """Cells' runs of a study by name."""
        found = self.client.search_runs(
            [self.client.get_run(self.parents[name]).info.experiment_id],
            filter_string=f"tags.`mlflow.parentRunId` = '{self.parents[name]}'",
        )
        return {run.info.run_name: run for run in found}

    def texts(self) -> dict[str, str]:
        """Every parameter, tag and artifact of every run."""
        found = {}
        for each_run in self.client.search_runs(
            [each.experiment_id for each in self.client.search_experiments()], max_results=1000
        ):
            for kind in ("params", "tags"):
                held = getattr(each_run.data, kind)
                found |= {f"{each_run.info.run_name} {kind} {name}": f"{name}={held[name]}" for name in held}
        for path in self.folder.rglob("artifacts/**/*"):
            if path.is_file():
                found[str(path.relative_to(self.folder))] = path.read_text(encoding="utf-8")
        return found


def _studies():
    steep = table().assign(
        cost=lambda t: t["cost"] + 80 * (t["year"] - 2010) * t["unit"].isin(study().population.members)
    )
    designs = (*study().designs, DesignChoice("simulation.broken_design"))
    return [
        (study("intervention", reach=REACH), table()),
        (study(study="unlike", title="Kant, but costs ran away before", designs=designs), steep),
        (study(study="few", portfolio="other"), table(FEW)),
    ]


@pytest.fixture(scope="session")
def tracked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    uri = f"sqlite:///{folder / 'runs.db'}"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        from mlflow import MlflowClient  # noqa: PLC0415

        results, parents, pages = {}, {}, {}
        for asked, data in _studies():
            (found,) = run([plan(prepared(asked, data))], 1)
            report = write_report(found, folder / f"{asked.study}.html")
            results[asked.study] = found
            results_file = write_whole(report.with_suffix(".results.csv"), results_text(found))
            pages[asked.study] = Pages(report, results_file, figures=partial(figures_of, found))
            parents[asked.study] = track(found, pages[asked.study], uri)
        yield Tracked(uri, folder / "mlartifacts", results, parents, MlflowClient(uri), pages)
