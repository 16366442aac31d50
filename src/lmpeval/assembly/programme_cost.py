"""What a programme cost by year, in the prices of the outcome that it is set against."""

from __future__ import annotations

import pandas as pd

from lmpeval.assembly.cohorts import levels_of, person_column
from lmpeval.assembly.price_level import price_level
from lmpeval.economics import GrossOnly, Spent
from lmpeval.errors import CannotEstimate
from lmpeval.sources.persons.delivered import PersonDelivery
from lmpeval.study import Aim, Outcome, Study


def spent_on(
    study: Study, outcome: Outcome, data: pd.DataFrame | PersonDelivery | None
) -> Spent | GrossOnly | None:
    """Bring the study's programme cost to the prices of an outcome.

    Parameters
    ----------
    study : Study
    outcome : Outcome
    data : DataFrame, PersonDelivery or None
        Contract region_panel, or the persons, of which an index may be made; None where nothing was
        delivered.

    Returns
    -------
    Spent, GrossOnly or None
        None where the outcome is no cost that the study asks about.
    """
    if outcome.aim is not Aim.COST or outcome.negative_control:
        return None
    if not outcome.primary:
        return GrossOnly("the programme is paid once, and set against the headline of cost")
    spent = study.intervention.programme_cost
    if not spent:
        return GrossOnly("what the programme cost is not given")
    try:
        level = _level(pd.Index(sorted(spent)), outcome, data)
    except CannotEstimate as reason:
        return GrossOnly(f"what the programme cost cannot be brought to the prices of the outcome: {reason}")
    euro = {year: amount * float(level[year]) for year, amount in spent.items()}
    took_part = isinstance(data, PersonDelivery) and study.population.participants is not None
    return Spent(euro, {year: float(n) for year, n in study.intervention.reach.items()} if took_part else {})


def _level(
    years: pd.Index[int], outcome: Outcome, data: pd.DataFrame | PersonDelivery | None
) -> pd.Series[float]:
    if isinstance(data, pd.DataFrame):
        return price_level(years, data, outcome)
    column = person_column(outcome, data) if data is not None else None
    if data is None or column is None:
        raise CannotEstimate("nothing is delivered of which an index could be made")
    return pd.Series(levels_of(outcome, column, years.tolist(), data), years)
