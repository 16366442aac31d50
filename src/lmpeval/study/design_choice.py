"""How: the designs that answer, and how their uncertainty is judged."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import Annotated, Any

from pydantic import StringConstraints
from pydantic.dataclasses import dataclass

from lmpeval.study.values import CLOSED


class InferenceChoice(StrEnum):
    """How uncertainty is judged."""

    PLACEBO_GROUPS = "placebo groups"
    MULTIPLIER_BOOTSTRAP = "multiplier bootstrap"
    CLUSTER_ROBUST = "cluster robust"


class Over(StrEnum):
    """Whose figures a design compares."""

    UNITS = "units"
    PERSONS = "persons"


@dataclass(frozen=True, config=CLOSED)
class DesignChoice:
    """How: a design by the name of its module, with its settings."""

    use: Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_.]*$")]
    settings: dict[str, Any] = field(default_factory=dict)
    inference: InferenceChoice | None = None
    """How uncertainty is judged; by the number of treated groups where left out."""
    primary: bool = False
    over: Over | None = None
    """Whose figures: those of the units delivered, or those of the persons, added up by region. Where left
    out, a design that weighs persons gets persons, another one units if units were delivered."""

    @property
    def settings_in_words(self) -> dict[str, str]:
        """Each setting by name, its value as a reader is shown it.

        >>> asked = DesignChoice("synthetic_control", {"predictors": [{"column": "income", "first": 2012}]})
        >>> asked.settings_in_words
        {'predictors': 'income 2012'}
        """
        return {name: _in_words(value) for name, value in self.settings.items()}


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(map(_in_words, value.values()))
    return ", ".join(map(_in_words, value)) if isinstance(value, list) else str(value)
