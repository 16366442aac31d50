"""A design from outside with an assumption of its own, for tests of study files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lmpeval.assumptions import COMMON
from lmpeval.design import Assumption

OWN_PREMISE = Assumption(
    number=3,
    name="own_premise",
    claim="The treated would have stayed as they were.",
    matters="Whatever moves them is taken for the effect.",
    source="nobody: a premise for tests",
    critical=True,
)


@dataclass(frozen=True)
class AsTheyWere:
    inference: str = "placebo"
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, OWN_PREMISE)

    def compare(self, panel: object) -> object:
        return panel
