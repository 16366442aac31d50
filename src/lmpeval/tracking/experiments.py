"""The experiment of a portfolio, with the views that its table of runs is read in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lmpeval.tracking.views import view_tags


def experiment_of(client: Any, name: str, store: str) -> str:
    """The id of a portfolio's experiment, which is made where there is none yet."""
    found = client.get_experiment_by_name(name) or _made(client, name, store)
    lay_out_views(client, found)
    return str(found.experiment_id)


def lay_out_views(client: Any, experiment: Any) -> None:
    """Give an experiment its views, unless it has them."""
    for key, value in view_tags().items():
        if experiment.tags.get(key) != value:
            client.set_experiment_tag(experiment.experiment_id, key, value)


def _made(client: Any, name: str, store: str) -> Any:
    from mlflow.exceptions import MlflowException

    # a server knows where files go; of a database it is nobody's business but the writer's
    place = None if store.startswith("http") else Path("mlartifacts", name).resolve().as_uri()
    try:
        return client.get_experiment(client.create_experiment(name, artifact_location=place))
    except MlflowException:
        found = client.get_experiment_by_name(name)  # another process made it a moment ago
        if found is None:
            raise
        return found
