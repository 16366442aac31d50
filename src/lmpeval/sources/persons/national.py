"""Figures of everybody insured, by year: means and 99th percentiles, each counted once a delivery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor
from typing import TYPE_CHECKING

from lmpeval.contracts.counted import quoted

if TYPE_CHECKING:
    from lmpeval.sources.persons.delivered import PersonDelivery

MORTALITY, PER = "mortality", 1000.0
"""Deaths per 1,000 insured years: the one figure that is no amount and no trait."""
TRUNCATED = "_truncated"
"""Ends the name of a cost with each person's cut at the 99th percentile of all in the year."""
CUT = 0.99


def amount_sql(delivery: PersonDelivery, column: str, years: Sequence[int]) -> str:
    """An outcome times exposure as SQL about a row ``y``.

    Parameters
    ----------
    delivery : PersonDelivery
    column : str
        A cost, in euro of the year; ``mortality``, deaths times 1,000; another figure, times insured years;
        or a cost with ``_truncated`` at its end.
    years : sequence of int
        Of the rows; only a cost that is cut differs by year.
    """
    if column == MORTALITY:
        return f"y.died * {PER}"
    if column.endswith(TRUNCATED):
        whole = column.removesuffix(TRUNCATED)
        cuts = percentiles(delivery, whole, years)
        cases = " ".join(f"WHEN {year} THEN {cut!r}" for year, cut in cuts.items())
        return f"least(y.{quoted(whole)}, CASE y.year {cases} END)" if cases else f"y.{quoted(whole)}"
    name = quoted(column)
    return f"y.{name}" if column == "cost" or column.startswith("cost_") else f"y.{name} * y.insured_years"


def national_means(delivery: PersonDelivery, column: str, years: Sequence[int]) -> dict[int, float]:
    """Mean of an outcome by year over everybody insured, per insured year; years without rows are absent."""
    count_means(delivery, [column], years)
    return _kept(delivery, _mean(column), years)


def count_means(delivery: PersonDelivery, columns: Sequence[str], years: Sequence[int]) -> None:
    """Count the means of several outcomes in one pass, so that `national_means` has them."""
    new = [
        name for name in columns if any((_mean(name), int(year)) not in delivery.national for year in years)
    ]
    if not new:
        return
    means = "".join(f", sum({amount_sql(delivery, name, years)}) / sum(y.insured_years)" for name in new)
    with delivery.persons.opened() as connection:
        rows = connection.execute(
            f"SELECT y.year{means} FROM person_year y WHERE y.year IN ({listed(years)}) GROUP BY y.year"
        ).fetchall()
    for position, name in enumerate(new, start=1):
        _keep(delivery, _mean(name), years, {row[0]: row[position] for row in rows})


def percentiles(delivery: PersonDelivery, column: str, years: Sequence[int]) -> dict[int, float]:
    """99th percentile of a figure by year over everybody insured, between two persons by their distance.

    Only the largest hundredth of a year is held in memory, and all years are counted in one pass. Years in
    which the figure is known of nobody are absent.
    """
    figure, name = f"percentile of {column}", quoted(column)
    if any((figure, int(year)) not in delivery.national for year in years):
        of_years = f"FROM person_year WHERE {name} IS NOT NULL AND year IN ({listed(years)}) GROUP BY year"
        with delivery.persons.opened() as connection:
            n = dict(connection.execute(f"SELECT year, count({name}) {of_years}").fetchall())
            most = max(map(_from_the_top, n.values()), default=0) + 2
            largest = connection.execute(f"SELECT year, max({name}, {most}) {of_years}").fetchall()
        _keep(delivery, figure, years, {year: _between(values, n[year]) for year, values in largest})
    return _kept(delivery, figure, years)


def listed(years: Sequence[int]) -> str:
    """Years as SQL lists them."""
    return ", ".join(str(int(year)) for year in years)


def _from_the_top(n: int) -> int:
    """Values above the two between which the percentile of n values lies."""
    return n - 2 - floor(CUT * (n - 1))


def _between(falling: Sequence[float], n: int) -> float:
    at = CUT * (n - 1)
    below = falling[n - 1 - floor(at)]
    above = falling[max(0, n - 2 - floor(at))]
    return float(below + (above - below) * (at - floor(at)))


def _mean(column: str) -> str:
    return f"mean of {column}"


def _keep(
    delivery: PersonDelivery, figure: str, years: Sequence[int], found: Mapping[int, float | None]
) -> None:
    delivery.national.update({(figure, int(year)): found.get(int(year)) for year in years})


def _kept(delivery: PersonDelivery, figure: str, years: Sequence[int]) -> dict[int, float]:
    known = {int(year): delivery.national[figure, int(year)] for year in sorted(years)}
    return {year: float(value) for year, value in known.items() if value is not None}
