"""The published files as deliveries that a study file can name; nothing in them is calculated but means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

FIRST_QUARTER = 2001
"""Year by which the first of six quarters goes."""


def card_krueger(folder: Path) -> pd.DataFrame:
    """A row a store and wave; an outcome a sample of the paper."""
    stores = pd.read_csv(folder / "card_krueger.csv")
    wages = stores["wage_st"].notna() & stores["wage_st2"].notna()
    both = stores["fte1"].notna() & stores["fte2"].notna()
    # status2: 2 for repairs, 4 for roadworks, 5 burnt down; 3, closed for good, is in the file as empty
    emptied = stores["fte2"].where(~stores["status2"].isin([2, 4, 5]), 0.0)
    samples = {
        "balanced": (both, stores["fte2"]),
        "closed_as_empty": (stores["fte1"].notna() & emptied.notna(), emptied),
        "with_wages": (both & (wages | (stores["closed"] == 1)), stores["fte2"]),
        "all_seen": (pd.Series(data=True, index=stores.index), stores["fte2"]),
    }
    waves = []
    for year, after in ((1991, False), (1992, True)):
        wave = pd.DataFrame({"unit": stores["nj"].map({1: "New Jersey", 0: "Pennsylvania"}), "year": year})
        for name, (kept, later) in samples.items():
            wave[name] = (later if after else stores["fte1"]).where(kept)
        waves.append(wave)
    return _each_its_own_group(pd.concat(waves))


def incinerator(folder: Path) -> pd.DataFrame:
    """A row a house that was sold."""
    houses = pd.read_csv(folder / "incinerator.csv")
    sides = houses["nearinc"].map({1: "near", 0: "farther off"})
    return _each_its_own_group(
        pd.DataFrame({"unit": sides, "year": houses["year"], "real_price": houses["rprice"]})
    )


def injury_comp(folder: Path) -> pd.DataFrame:
    """A row a worker who was hurt; each state's workers have an outcome of their own."""
    hurt = pd.read_csv(folder / "injury_comp.csv")
    rows = pd.DataFrame(
        {
            "unit": hurt["highearn"].map({1: "high earners", 0: "low earners"}),
            "year": 1980 + hurt["afchnge"],
            "log_weeks_kentucky": hurt["ldurat"].where(hurt["ky"] == 1),
            "log_weeks_michigan": hurt["ldurat"].where(hurt["mi"] == 1),
        }
    )
    return _each_its_own_group(rows)


def organ_donations(folder: Path) -> pd.DataFrame:
    """A row a state and quarter."""
    shares = pd.read_csv(folder / "organ_donations.csv")
    rows = pd.DataFrame(
        {
            "unit": shares["State"],
            "year": FIRST_QUARTER - 1 + shares["Quarter_Num"],
            "states": 1,
            "registered": shares["Rate"],
        }
    )
    return _each_its_own_group(rows)


def proposition_99(folder: Path) -> pd.DataFrame:
    """A row a state and year."""
    packs = pd.read_csv(folder / "prop99_smoking.csv")
    rows = pd.DataFrame(
        {"unit": packs["state"], "year": packs["year"], "states": 1, "sales": packs["cigsale"]}
    )
    return _each_its_own_group(rows)


def medicaid(folder: Path) -> pd.DataFrame:
    """A row a state and year."""
    shares = pd.read_csv(folder / "ehec_medicaid.csv")
    rows = pd.DataFrame(
        {"unit": _state(shares["state"]), "year": shares["year"], "states": 1, "insured": shares["dins"]}
    )
    return _each_its_own_group(rows)


def medicaid_2014(folder: Path) -> pd.DataFrame:
    """The same to 2015, without the states that expanded in that year."""
    shares = pd.read_csv(folder / "ehec_medicaid.csv")
    late = _state(shares.loc[shares["yexp2"] == 2015, "state"])
    rows = medicaid(folder)
    return rows[(rows["year"] < 2016) & ~rows["unit"].isin(late)]


def castle(folder: Path) -> pd.DataFrame:
    """A row a state and year."""
    rates = pd.read_csv(folder / "castle.csv")
    rows = pd.DataFrame(
        {"unit": rates["state"], "year": rates["year"], "states": 1, "log_homicide": rates["l_homicide"]}
    )
    return _each_its_own_group(rows)


def base_stagg(folder: Path) -> pd.DataFrame:
    """A row a unit and period."""
    drawn = pd.read_csv(folder / "base_stagg.csv")
    names = drawn["id"].map("u{:02d}".format)
    rows = pd.DataFrame({"unit": names, "year": 2000 + drawn["year"], "drawn": 1, "outcome": drawn["y"]})
    return _each_its_own_group(rows)


def minimum_wage(folder: Path) -> pd.DataFrame:
    """A row a county and year; each counts for one."""
    jobs = pd.read_csv(folder / "mpdta.csv")
    rows = pd.DataFrame(
        {
            "unit": jobs["countyreal"].map("c{}".format),
            "year": jobs["year"],
            "counties": 1,
            "log_teen_employment": jobs["lemp"],
            "log_population": jobs["lpop"],
        }
    )
    return _each_its_own_group(rows)


def _state(names: pd.Series) -> pd.Series:
    return names.str.title().str.replace(" Of ", " of ")


def _each_its_own_group(rows: pd.DataFrame) -> pd.DataFrame:
    """No unit is told to be the neighbour of another."""
    return rows.assign(group=rows["unit"]).sort_values(["unit", "year"], ignore_index=True)


DELIVERIES: dict[str, Callable[[Path], pd.DataFrame]] = {
    each.__name__: each
    for each in (
        card_krueger, incinerator, injury_comp, organ_donations, proposition_99, medicaid, medicaid_2014,
        castle, base_stagg, minimum_wage,
    )
}  # fmt: skip
"""By the name of the file that a study asks for."""
