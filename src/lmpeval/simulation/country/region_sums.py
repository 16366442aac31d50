"""Add people up to regions, chunk by chunk, and make the region panel of the sums (contract region_panel)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lmpeval.panel import Floats
from lmpeval.simulation.country.drawn import CORE, Geography, Integers, Lives, People
from lmpeval.simulation.country.facts import AGE_CLASSES, STRATA
from lmpeval.simulation.country.interventions import CATEGORIES
from lmpeval.simulation.country.person_costs import strata
from lmpeval.simulation.country.top_costs import TopCosts, top_costs

COUNTED = (*CATEGORIES, "deaths")
AGE_SHARES = {"share_under_20": (0, 20), "share_65_plus": (65, 200), "share_80_plus": (80, 200)}
"""Share of insured years from the first age up to, not including, the second."""


@dataclass(frozen=True, eq=False)
class RegionSums:
    """Sums over people; `+` adds those of other people.

    Attributes
    ----------
    exposure : array, shape (n_years, n_units, STRATA)
        Insured years by sex and age class.
    counted : array, shape (n_years, n_units, 7)
        Euro by category, and deaths: `COUNTED`.
    national : array, shape (n_years, STRATA, 7)
        The same by sex and age class.
    ses : array, shape (n_years, n_units)
        Socio-economic scores times insured years.
    top : TopCosts
        Those who cost most.
    """

    exposure: Floats
    counted: Floats
    national: Floats
    ses: Floats
    top: TopCosts

    def __add__(self, other: RegionSums) -> RegionSums:
        """Sums over the people of both."""
        return RegionSums(
            self.exposure + other.exposure,
            self.counted + other.counted,
            self.national + other.national,
            self.ses + other.ses,
            self.top + other.top,
        )


def region_sums(geography: Geography, people: People, lives: Lives) -> RegionSums:
    """Add up the people of a chunk as they live with the programmes."""
    n_years, n_units = len(people.years), len(geography.units)
    there = np.flatnonzero(lives.insured)
    year = there // people.unit.shape[1]
    unit = year * n_units + people.unit.ravel()[there]
    stratum = strata(people.age, people.woman).ravel()[there]

    def added(values: NDArray[np.generic], place: Integers, n: int) -> Floats:
        return np.asarray(np.bincount(place, values.ravel()[there], n_years * n), float).reshape(n_years, n)

    values = [*(lives.costs[name] for name in CATEGORIES), lives.died]
    national = year * STRATA + stratum
    return RegionSums(
        exposure=added(lives.insured, unit * STRATA + stratum, n_units * STRATA).reshape(
            n_years, n_units, STRATA
        ),
        counted=np.stack([added(value, unit, n_units) for value in values], axis=-1),
        national=np.stack([added(value, national, STRATA) for value in values], axis=-1),
        ses=added(lives.insured * people.ses, unit, n_units),
        top=top_costs(geography, people, lives),
    )


def region_panel(
    geography: Geography, years: Integers, sums: RegionSums, more: Mapping[str, Floats]
) -> pd.DataFrame:
    """Lay the sums out as a region panel; a municipality without people in a year has missing figures.

    Parameters
    ----------
    more : Mapping of str to array, shape (n_years, n_units)
        Further columns.

    Returns
    -------
    DataFrame
        Contract region_panel, by unit and year. Costs in euro of the year per insured year, deaths per 1,000
        insured years; ``cost_truncated`` has each person's cost cut at the 99th percentile of all insured in
        the year; ``_standardised`` is observed over expected at the year's national rates by sex and age,
        times the national rate.
    """
    insured = sums.exposure.sum(axis=2)
    known = np.where(insured > 0, insured, np.nan)
    beyond, nationally_beyond = sums.top.beyond(len(geography.units))
    observed = _outcomes(np.dstack([sums.counted, beyond]))
    expected = _outcomes(_expected(sums.exposure, np.dstack([sums.national, nationally_beyond])))
    columns: dict[str, Floats] = {
        "insured_years": insured,
        "log_insured_years": np.log(known),
        **_age_shares(sums.exposure, known),
        "ses": sums.ses / known,
        **{name: total / known for name, total in observed.items()},
    }
    for name in ("cost", "cost_truncated", "cost_core", "mortality"):
        national = observed[name].sum(axis=1, keepdims=True) / insured.sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore"):
            columns[f"{name}_standardised"] = observed[name] / expected[name] * national
    columns.update(more)
    n_years, n_units = insured.shape
    frame = pd.DataFrame(
        {
            "unit": np.repeat(np.array(geography.units, dtype=object), n_years),
            "year": np.tile(years.astype(np.int64), n_units),
            "group": np.repeat(
                np.array([geography.groups[g] for g in geography.group], dtype=object), n_years
            ),
            "area": np.repeat(np.array([geography.areas[a] for a in geography.area], dtype=object), n_years),
        }
    )
    return frame.assign(**{name: np.asarray(value).T.ravel() for name, value in columns.items()})


def _outcomes(counted: Floats) -> dict[str, Floats]:
    """Sums of each outcome from those of `COUNTED` and of cost beyond the cut; deaths in thousandths."""
    of = dict(zip((*COUNTED, "beyond"), np.moveaxis(counted, -1, 0), strict=True))
    cost = np.sum([of[name] for name in CATEGORIES], axis=0)
    return {
        "cost": cost,
        "cost_truncated": cost - of["beyond"],
        "cost_core": np.sum([of[name] for name in CORE], axis=0),
        **{f"cost_{name}": of[name] for name in CATEGORIES},
        "mortality": 1000 * of["deaths"],
    }


def _expected(exposure: Floats, national: Floats) -> Floats:
    """What would be counted at the year's national rates by sex and age, shape (n_years, n_units, n).

    exposure, shape (n_years, n_units, STRATA); national, shape (n_years, STRATA, n).

    Indirect standardisation (Breslow and Day 1987, Statistical Methods in Cancer Research II, section 2.3).
    """
    insured = exposure.sum(axis=1)[:, :, None]
    rate = np.divide(national, insured, out=np.zeros_like(national), where=insured > 0)
    return np.asarray(exposure @ rate)


def _age_shares(exposure: Floats, insured: Floats) -> dict[str, Floats]:
    first = 5 * np.tile(np.arange(AGE_CLASSES), 2)
    return {
        name: exposure[:, :, (first >= since) & (first < beyond)].sum(axis=2) / insured
        for name, (since, beyond) in AGE_SHARES.items()
    }
