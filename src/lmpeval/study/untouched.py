"""An outcome that the intervention cannot touch is another than those that it is asked about."""

from __future__ import annotations

from lmpeval.study.contradiction import Contradiction, Found
from lmpeval.study.parts import DesignChoice, Outcome


def untouched_is_another(designs: tuple[DesignChoice, ...], outcomes: tuple[Outcome, ...]) -> Found:
    """No design takes an outcome of the study for one that the intervention leaves alone."""
    called = {outcome.column or outcome.name: outcome.name for outcome in outcomes}
    for position, design in enumerate(designs):
        column = design.settings.get("untouched")
        if isinstance(column, str) and column in called:
            yield Contradiction(
                ("designs", position, "settings", "untouched"),
                f"'{column}' is the outcome '{called[column]}' itself: name a column that the intervention "
                "cannot touch and that is no outcome of this study",
            )
