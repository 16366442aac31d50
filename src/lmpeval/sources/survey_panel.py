"""The region panel of a survey: its means alone, or beside the other figures of the same units."""

from pathlib import Path

import pandas as pd

from lmpeval.contracts import load_contract
from lmpeval.errors import UserError
from lmpeval.sources.survey import Waves

SHOWN = 5
"""Names that a message lists."""


def survey_alone(waves: Waves, path: Path) -> pd.DataFrame:
    """The region panel that a survey makes by itself.

    Parameters
    ----------
    waves : Waves
    path : Path
        Of the survey, for messages.

    Returns
    -------
    DataFrame
        Contract ``region_panel``; years are those of the waves.

    Raises
    ------
    UserError
        The survey does not say in which group a unit lies.
    """
    if "group" not in waves.places:
        raise UserError(
            f"{path}: no column `group`, which says what neighbours what: add it, or deliver `panel` or "
            "`vektis` beside the survey"
        )
    rows = waves.means.join(waves.places, on="unit").reset_index()
    rows = rows.sort_values(["unit", "year"], ignore_index=True)
    return load_contract("region_panel").check(rows, f"{path}, put together by unit and year")


def survey_beside(table: pd.DataFrame, waves: Waves, path: Path) -> pd.DataFrame:
    """Add a survey's means to a region panel; years without a wave are empty.

    Parameters
    ----------
    table : DataFrame
        Contract ``region_panel``.
    waves : Waves
        Its group and area are not read: those of the panel count.
    path : Path
        Of the survey, for messages.

    Returns
    -------
    DataFrame
        The rows of the panel, with a column more for every answer and its number.

    Raises
    ------
    UserError
        Units of the survey that the panel does not know, or a column that both have.
    """
    problems = []
    asked = set(waves.means.index.get_level_values("unit"))
    if strange := sorted(asked - set(table["unit"])):
        told = ", ".join(strange[:SHOWN]) + (f" and {len(strange) - SHOWN} more" if strange[SHOWN:] else "")
        problems.append(f"{path}: units that the other figures do not have: {told}")
    if both := sorted({str(name) for name in waves.means} & {str(name) for name in table}):
        problems.append(f"{path}: the other figures have {', '.join(both)} too: give them another name")
    if problems:
        raise UserError("\n".join(problems))
    return table.join(waves.means, on=["unit", "year"])
