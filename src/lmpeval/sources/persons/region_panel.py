"""Persons added up by municipality and year: a region panel that may leave where persons may not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lmpeval.contracts import load_contract
from lmpeval.contracts.counted import quoted
from lmpeval.disclosure import CBS, Profile
from lmpeval.errors import UserError
from lmpeval.sources.case_mix import age_structure, standardise
from lmpeval.sources.persons.delivered import PersonDelivery
from lmpeval.sources.persons.national import MORTALITY, TRUNCATED, amount_sql

CLASS, LAST_CLASS = 5, 90
"""Years of age in a class, and the first of the last class."""
TRAIT = "ses"
PERSONS = "persons"
ADDED = (PERSONS, "insured_years", TRAIT)


def region_panel(delivery: PersonDelivery, profile: Profile = CBS) -> pd.DataFrame:
    """Add everybody up on the latest map, in one pass over the persons and one for the 99th percentiles.

    Parameters
    ----------
    delivery : PersonDelivery
    profile : Profile
        Whose rules say how few persons are too few.

    Returns
    -------
    DataFrame
        Contract region_panel, by unit and year: insured years and their logarithm, shares of ages, mean
        socio-economic score, and for every cost, all of them together (``cost``), that cut at each year's
        99th percentile (``cost_truncated``) and ``mortality`` four columns, see
        `lmpeval.sources.case_mix.compared`: classes of age are five years wide. Figures of a municipality in
        which fewer persons than the profile's least live in a year are missing.

    Raises
    ------
    UserError
        Nobody lives where the map places anybody, or the database cannot do it.
    """
    costs = [name for name, _ in delivery.persons.types if name.startswith("cost_")]
    outcomes = ["cost", f"cost{TRUNCATED}", *costs, MORTALITY]
    cells = _cells(delivery, outcomes)
    if cells.empty:
        raise UserError(f"{delivery.persons.path}: nobody lives in a municipality that the map places")
    by_year = {year: cells[cells["year"] == year] for year in delivery.years}
    years = {
        year: age_structure(of_year).join(_means(of_year)).join(standardise(of_year, outcomes))
        for year, of_year in by_year.items()
        if len(of_year)
    }
    table = pd.concat(years, names=["year"]).reset_index()
    table.insert(4, "log_insured_years", np.log(table["insured_years"]))
    figures = [name for name in table.columns if name not in ("unit", "year")]
    table.loc[table[PERSONS] < profile.least, figures] = np.nan
    whole = delivery.units.merge(table.drop(columns=PERSONS), on="unit")
    return load_contract("region_panel").check(
        whole.sort_values(["unit", "year"], ignore_index=True), "the region panel as added up"
    )


def _cells(delivery: PersonDelivery, outcomes: list[str]) -> pd.DataFrame:
    """Sums by year, municipality, sex and class of age."""
    sums = ", ".join(
        f"sum({amount_sql(delivery, name, delivery.years)}) AS {quoted(name)}" for name in outcomes
    )
    names = ", ".join(f"sum({quoted(name)}) AS {quoted(name)}" for name in (*ADDED, *outcomes))
    with delivery.persons.opened() as connection:
        connection.register("places", delivery.places[["code", "unit"]])
        # municipalities are placed once they are added up: few rows are joined, not all
        return connection.execute(
            f"SELECT p.unit, c.year, c.sex, c.age, {names} FROM (SELECT y.municipality, y.year, y.sex, "
            f"least((y.year - y.birth_year) // {CLASS} * {CLASS}, {LAST_CLASS}) AS age, "
            f"count(*) AS {PERSONS}, sum(y.insured_years) AS insured_years, "
            f"sum(y.{TRAIT} * y.insured_years) AS {TRAIT}, {sums} FROM person_year y GROUP BY ALL) c "
            "JOIN places p ON p.code = c.municipality GROUP BY p.unit, c.year, c.sex, c.age ORDER BY ALL"
        ).df()


def _means(cells: pd.DataFrame) -> pd.DataFrame:
    """Mean of the trait by unit."""
    sums = cells.groupby("unit")[[TRAIT, "insured_years"]].sum()
    return pd.DataFrame({TRAIT: sums[TRAIT] / sums["insured_years"]})
