"""Figures of everybody insured, by year: means and 99th percentiles, each counted once a delivery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor
from typing import TYPE_CHECKING

import numpy as np

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
        return f"y.died * {PER}::DOUBLE"  # without the type a decimal, which is slow to add up
    if column.endswith(TRUNCATED):
        whole = column.removesuffix(TRUNCATED)
        return _cut_sql(f"y.{quoted(whole)}", percentiles(delivery, whole, years))
    name = quoted(column)
    return f"y.{name}" if column == "cost" or column.startswith("cost_") else f"y.{name} * y.insured_years"


def national_means(delivery: PersonDelivery, column: str, years: Sequence[int]) -> dict[int, float]:
    """Mean of an outcome by year over everybody insured, per insured year; years without rows are absent."""
    count_means(delivery, [column], years)
    return _kept(delivery, _mean(column), years)


def count_means(delivery: PersonDelivery, columns: Sequence[str], years: Sequence[int]) -> None:
    """Count the means of several outcomes in one pass, so that `national_means` has them.

    Of a cost that is cut the same pass finds the 99th percentiles: it keeps each year's largest hundredth,
    and what lies beyond the percentile is taken off the sum.
    """
    known = delivery.national
    new = [name for name in columns if any((_mean(name), int(year)) not in known for year in years)]
    if not new:
        return
    cut = [name.removesuffix(TRUNCATED) for name in new if name.endswith(TRUNCATED)]
    sums = dict.fromkeys([*cut, *(name for name in new if not name.endswith(TRUNCATED))])
    found = _counted(delivery, tuple(sums), cut, years)
    for name in sums:
        _keep(delivery, _mean(name), years, {year: of[name].mean for year, of in found.items()})
    for name in cut:
        at = {
            year: _between(of[name].largest, of[name].known) for year, of in found.items() if of[name].known
        }
        _keep(delivery, _percentile(name), years, at)
        means = {year: found[year][name].mean_below(cost) for year, cost in at.items()}
        _keep(delivery, _mean(name + TRUNCATED), years, means)


def percentiles(delivery: PersonDelivery, column: str, years: Sequence[int]) -> dict[int, float]:
    """99th percentile of a cost by year over everybody insured, between two persons by their distance.

    Only the largest hundredth of a year is held in memory, and all years are counted in one pass. Years in
    which the cost is known of nobody are absent.
    """
    count_means(delivery, [column + TRUNCATED], years)
    return _kept(delivery, _percentile(column), years)


@dataclass(frozen=True)
class _OfYear:
    """What everybody's figures of one kind are in a year.

    Attributes
    ----------
    insured : float
        Insured years of everybody.
    total : float or None
        None where the figure is known of nobody.
    known : int
        Of how many the figure is known; only counted of costs that are cut, as is the next.
    largest : sequence of float
        Figures that reach down to the 99th percentile, falling.
    """

    insured: float
    total: float | None
    known: int = 0
    largest: Sequence[float] = ()

    @property
    def mean(self) -> float | None:
        """Per insured year."""
        return None if self.total is None else self.total / self.insured

    def mean_below(self, cut: float) -> float | None:
        """Per insured year, where nobody costs more than the cut."""
        beyond = np.asarray(self.largest) - cut
        return None if self.total is None else (self.total - float(beyond[beyond > 0].sum())) / self.insured


def _counted(
    delivery: PersonDelivery, sums: Sequence[str], cut: Sequence[str], years: Sequence[int]
) -> dict[int, dict[str, _OfYear]]:
    """Totals of figures by year and name, and the largest of those that are cut."""
    of_years = f"FROM person_year y WHERE {in_years('y', years)} GROUP BY y.year"
    with delivery.persons.opened() as connection:
        persons = connection.execute(f"SELECT count(*) {of_years}").fetchall() if cut else []
        most = max((_from_the_top(n) for (n,) in persons), default=0) + 2
        wanted = [f"sum({amount_sql(delivery, name, years)})" for name in sums]
        for name in cut:  # what is not known is not counted among the largest
            wanted += [f"count(y.{quoted(name)})", f"max(y.{quoted(name)}, {most})"]
        rows = connection.execute(
            f"SELECT y.year, sum(y.insured_years), {', '.join(wanted)} {of_years}"
        ).fetchall()
    found = {}
    for year, insured, *figures in rows:
        totals, largest = figures[: len(sums)], iter(figures[len(sums) :])
        of = {name: _OfYear(insured, total) for name, total in zip(sums, totals, strict=True)}
        of |= {
            name: replace(of[name], known=known, largest=values)
            for name, known, values in zip(cut, largest, largest, strict=True)
        }
        found[int(year)] = of
    return found


def _cut_sql(cost: str, cuts: Mapping[int, float]) -> str:
    """A cost that is cut as SQL; the year is looked at only where the cost lies above the lowest cut."""
    if not cuts:
        return cost
    cases = " ".join(f"WHEN {year} THEN {cut!r}::DOUBLE" for year, cut in cuts.items())
    least = min(cuts.values())
    return f"CASE WHEN {cost} > {least!r}::DOUBLE THEN least({cost}, CASE y.year {cases} END) ELSE {cost} END"


def in_years(row: str, years: Sequence[int]) -> str:
    """Whether a row is of one of the years, as SQL; of years in a row by two comparisons instead of many.

    >>> in_years("y", [2012, 2010, 2011]), in_years("y", [2010, 2012])
    ('y.year BETWEEN 2010 AND 2012', 'y.year IN (2010, 2012)')
    """
    wanted = sorted({int(year) for year in years})
    if wanted and wanted[-1] - wanted[0] + 1 == len(wanted):
        return f"{row}.year BETWEEN {wanted[0]} AND {wanted[-1]}"
    return f"{row}.year IN ({', '.join(map(str, wanted))})"


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


def _percentile(column: str) -> str:
    return f"percentile of {column}"


def _keep(
    delivery: PersonDelivery, figure: str, years: Sequence[int], found: Mapping[int, float | None]
) -> None:
    delivery.national.update({(figure, int(year)): found.get(int(year)) for year in years})


def _kept(delivery: PersonDelivery, figure: str, years: Sequence[int]) -> dict[int, float]:
    known = {int(year): delivery.national[figure, int(year)] for year in sorted(years)}
    return {year: float(value) for year, value in known.items() if value is not None}
