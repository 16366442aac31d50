"""What a programme cost by year, in the prices of the outcome that it is set against."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lmpeval.assembly.price_level import price_level
from lmpeval.economics import GrossOnly
from lmpeval.errors import CannotEstimate
from lmpeval.study import Aim, Outcome, Study


def spent_on(
    study: Study, outcome: Outcome, table: pd.DataFrame | None
) -> Mapping[int, float] | GrossOnly | None:
    """Bring the study's programme cost to the prices of an outcome.

    Parameters
    ----------
    study : Study
    outcome : Outcome
    table : DataFrame or None
        Contract region_panel, of which an index may be made; None where the outcome is of persons.

    Returns
    -------
    mapping of year to float, GrossOnly or None
        None where the outcome is no headline of cost: a programme is paid once, not once a category.
    """
    if outcome.aim is not Aim.COST or not outcome.primary:
        return None
    if table is None:
        return GrossOnly(
            "the programme is set against the cost of everybody in the region, not of persons alone"
        )
    spent = study.intervention.programme_cost
    if not spent:
        return GrossOnly("what the programme cost is not given")
    try:
        level = price_level(pd.Index(sorted(spent)), table, outcome)
    except CannotEstimate as reason:
        return GrossOnly(f"what the programme cost cannot be brought to the prices of the outcome: {reason}")
    return {year: euro * float(level[year]) for year, euro in spent.items()}
