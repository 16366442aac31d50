"""Views of the table of runs: few columns, one order, and what belongs in it.

The page of MLflow reads a view from a tag of the experiment that the address names (`viewStateShareKey`),
as it does for a view that somebody shares by hand. The keys of the text are those of its own state; what is
left out stays as it is by default. Tried with MLflow 3.17; a server that does not know the tag shows its
usual table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

TAG = "mlflow.sharedViewState."
KIND_OF_EXPERIMENT = ("mlflow.experimentKind", "custom_model_development")
"""Says that there are runs here: else the page asks what they are for, or opens another."""
NAME = "attributes.`Run Name`"


@dataclass(frozen=True)
class View:
    """What of an experiment stands in one table.

    Attributes
    ----------
    key : str
        In the address.
    about : str
        What is seen there, in the terminal.
    only : str
        Which runs, as MLflow filters them.
    columns : mapping of tag to width in pixels
    charts : tuple of str
        Metrics that are drawn as bars.
    order : str
        Tag that the rows are ordered by: never a result.
    name : int
        Pixels for the name of a run.
    """

    key: str
    about: str
    only: str
    columns: Mapping[str, int]
    charts: tuple[str, ...] = ()
    order: str = "place"
    name: int = 300


VIEWS = (
    View(
        "interventions",
        "each intervention, its answers on the three aims",
        "tags.kind = 'study'",
        {"health": 290, "experience": 290, "cost": 290, "theme": 100, "protocol": 100, "life_cycle": 100},
    ),
    View(
        "outcomes",
        "each headline outcome, how sure and why not surer",
        "tags.kind = 'cell' and tags.headline_outcome = 'true'",
        {"aim": 90, "difference": 380, "certainty": 90, "main doubt": 420, "protocol": 110},
        charts=("effect", "low", "high"),
        name=460,
    ),
    View(
        "cost",
        "cost alone, as charts can be read only where all have one unit",
        "tags.kind = 'cell' and tags.headline_outcome = 'true' and tags.aim = 'cost'",
        {"difference": 380, "certainty": 90, "main doubt": 420},
        charts=("effect", "low", "high"),
        name=460,
    ),
    View(
        "comparisons",
        "studies side by side: what can be told from chance",
        "tags.kind = 'comparison'",
        {"answer": 470, "studied": 170, "protocol": 180, "comparison": 180},
        name=460,
    ),
)


def view_tags() -> dict[str, str]:
    """Tags that an experiment needs for its views."""
    return {TAG + each.key: json.dumps(_state(each), sort_keys=True) for each in VIEWS} | dict(
        [KIND_OF_EXPERIMENT]
    )


def address(server: str, experiment: str, view: View, mode: str = "TABLE") -> str:
    """Where a view of an experiment is seen.

    >>> address("http://127.0.0.1:5000", "3", VIEWS[0])
    'http://127.0.0.1:5000/#/experiments/3/runs?workflowType=machine_learning&viewStateShareKey=interventions'
    """
    asked = {"workflowType": "machine_learning", "viewStateShareKey": view.key}
    asked |= {} if mode == "TABLE" else {"compareRunsMode": mode}
    return f"{server}/#/experiments/{quote(experiment)}/runs?{urlencode(asked)}"


def _state(view: View) -> dict[str, Any]:
    names = [f"tags.`{name}`" for name in view.columns]
    return {
        "searchFilter": view.only,
        "orderByKey": f"tags.`{view.order}`",
        "orderByAsc": True,
        "selectedColumns": names,
        "columnOrder": [NAME, *names],  # the width of a column that is not in it is not heard
        "columnWidths": {NAME: view.name, **dict(zip(names, view.columns.values(), strict=True))},
        "runsHiddenMode": "SHOWALL",
        "autoRefreshEnabled": False,
        **_charts(view.charts),
    }


def _charts(metrics: tuple[str, ...]) -> dict[str, Any]:
    """Bars of a few metrics; those of all others lie in a section that is closed."""
    if not metrics:
        return {}
    bars = [
        {
            "type": "BAR", "uuid": f"bar-{name}", "metricKey": name, "dataAccessKey": name,
            "metricSectionId": "answers", "runsCountToCompare": 100, "deleted": False, "isGenerated": False,
        }
        for name in metrics
    ]  # fmt: skip
    sections = [
        {"uuid": "answers", "name": "Difference and its range", "display": True},
        {"uuid": "rest", "name": "Model metrics", "display": False},
    ]
    closed = {"isReordered": False, "deleted": False, "isGenerated": False}
    return {"compareRunCharts": bars, "compareRunSections": [each | closed for each in sections]}
