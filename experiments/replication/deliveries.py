"""The published files as deliveries that a study file can name.

Nothing in them is calculated but means, the squares and indicators that a published regression names, and
regions that stand for estimates of others (`drug_safety`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

FIRST_QUARTER = 2001
"""Year by which the first of six quarters goes."""
NOT_COMPARED_WITH_BRITAIN = ("Italy", "Japan", "Portugal", "Spain", "US")
"""Left out where the file was published: they do not move with the United Kingdom."""


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
        {
            "unit": packs["state"],
            "year": packs["year"],
            "states": 1,
            "sales": packs["cigsale"],
            "income": packs["lnincome"],
            "age_15_24": packs["age15to24"],
            "price": packs["retprice"],
            "beer": packs["beer"],
        }
    )
    return _each_its_own_group(rows)


def basque(folder: Path) -> pd.DataFrame:
    """A row a region and year; schooling in percent of those with any, of the means over 1964 to 1969."""
    regions = pd.read_csv(folder / "basque.csv")
    regions = regions[regions["regionname"] != "Spain (Espana)"].reset_index(drop=True)
    rows = pd.DataFrame(
        {
            "unit": regions["regionname"].str.partition(" (")[0],
            "year": regions["year"],
            "regions": 1,
            "product": regions["gdpcap"],
            "investment": regions["invest"],
            "density": regions["popdens"],
        }
    )
    sectors = ["agriculture", "energy", "industry", "construction", "services.venta", "services.nonventa"]
    names = [*sectors[:4], "services_for_sale", "services_not_for_sale"]
    for name, sector in zip(names, sectors, strict=True):
        rows[name] = regions[f"sec.{sector}"]
    schooling = regions[[f"school.{each}" for each in ("illit", "prim", "med", "high", "post.high")]]
    means = schooling.groupby(rows["unit"]).transform("mean")
    levels = [means.iloc[:, k] for k in range(3)] + [means.iloc[:, 3] + means.iloc[:, 4]]
    for name, level in zip(("illiterate", "primary", "secondary", "higher"), levels, strict=True):
        called = name if name == "illiterate" else f"{name}_school"
        rows[called] = (100 * level / sum(levels)).where(schooling.notna().all(axis=1))
    return _each_its_own_group(rows)


def german_reunification(folder: Path) -> pd.DataFrame:
    """A row a country and year."""
    countries = pd.read_csv(folder / "german_reunification.csv")
    rows = pd.DataFrame(
        {
            "unit": countries["country"],
            "year": countries["year"],
            "countries": 1,
            "product": countries["gdp"],
            "trade": countries["trade"],
            "inflation": countries["infrate"],
            "industry": countries["industry"],
            "schooling": countries["schooling"],
            "investment": countries["invest80"],
        }
    )
    return _each_its_own_group(rows)


def texas_prisons(folder: Path) -> pd.DataFrame:
    """A row a state and year."""
    states = pd.read_csv(folder / "texas_prisons.csv")
    rows = pd.DataFrame(
        {
            "unit": states["state"],
            "year": states["year"],
            "states": 1,
            "prisoners": states["bmprison"],
            "alcohol": states["alcohol"],
            "aids": states["aidscapita"],
            "income": states["income"],
            "unemployed": states["ur"],
            "poor": states["poverty"],
            "black": states["black"],
            "age_15_19": states["perc1519"],
        }
    )
    return _each_its_own_group(rows)


def kansas(folder: Path) -> pd.DataFrame:
    """A row a state and quarter."""
    states = pd.read_csv(folder / "kansas.csv")
    rows = pd.DataFrame(
        {
            "unit": states["state"],
            "year": (1901 + 4 * (states["year_qtr"] - 1990)).astype(int),
            "states": 1,
            "log_product": states["lngdpcapita"],
        }
    )
    return _each_its_own_group(rows)


def brexit_gdp(folder: Path) -> pd.DataFrame:
    """A row a country and quarter from 2009 to 2019, for the countries that were compared."""
    countries = pd.read_csv(folder / "brexit_gdp.csv", parse_dates=["quarter"])
    quarter = 4 * (countries["quarter"].dt.year - 2009) + countries["quarter"].dt.quarter
    kept = quarter.between(1, 44) & ~countries["country"].isin(NOT_COMPARED_WITH_BRITAIN)
    rows = pd.DataFrame(
        {
            "unit": countries["country"],
            "year": 1900 + quarter,
            "countries": 1,
            "product": countries["gdp"],
        }
    )
    return _each_its_own_group(rows[kept])


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


def job_training(folder: Path) -> pd.DataFrame:
    """A row a person and year: those trained in the NSW, and others of a survey (LaLonde 1986, MatchIt)."""
    people = pd.read_csv(folder / "lalonde_matchit614.csv")
    traits = pd.DataFrame(
        {
            "years_of_age": people["age"],
            "schooling": people["educ"],
            "black": people["race"].eq("black").astype(int),
            "hispanic": people["race"].eq("hispan").astype(int),
            "married": people["married"],
            "no_degree": people["nodegree"],
            "earned_1974": people["re74"],
            "earned_1975": people["re75"],
        }
    )
    return _persons(people["treat"] == 1, traits, "earnings", {1977: people["re75"], 1978: people["re78"]})


def _job_training_beside(folder: Path, survey: str) -> pd.DataFrame:
    """The same people beside another survey; 1974 and 1975 stand as the two years before 1978."""
    people = pd.read_csv(folder / f"nsw_treated_{survey}.csv")
    people = people.rename(columns={"nsw": "treat", "married": "marr", "nodegr": "nodegree"})
    named = {"age": "years_of_age", "educ": "schooling", "black": "black", "hisp": "hispanic"}
    named |= {"marr": "married", "nodegree": "no_degree", "re74": "earned_1974", "re75": "earned_1975"}
    traits = people[list(named)].rename(columns=named)
    earned = {1976: people["re74"], 1977: people["re75"], 1978: people["re78"]}
    return _persons(people["treat"] == 1, traits, "earnings", earned)


def job_training_cps(folder: Path) -> pd.DataFrame:
    """Beside the Current Population Survey."""
    return _job_training_beside(folder, "cps1")


def job_training_psid(folder: Path) -> pd.DataFrame:
    """Beside the Panel Study of Income Dynamics."""
    return _job_training_beside(folder, "psid1")


def right_heart(folder: Path) -> pd.DataFrame:
    """A row a patient and year, in the first of which all were alive; 72 covariates, numbered."""
    patients = pd.read_csv(folder / "rhc72.csv")
    traits = patients.drop(columns=["survival", "RHC"])
    traits.columns = pd.Index([f"trait_{k:02d}" for k in range(traits.shape[1])])
    alive = pd.Series(1.0, index=patients.index)
    return _persons(patients["RHC"] == 1, traits, "survived", {2000: alive, 2001: patients["survival"]})


def right_heart_everybody(folder: Path) -> pd.DataFrame:
    """The same patients in another file, with the five covariates of Smith and others (2022, box 14)."""
    patients = pd.read_csv(folder / "rhc.csv")
    kinds = pd.get_dummies(patients[["race", "carcinoma"]]).drop(columns=["race_White", "carcinoma_No"])
    traits = kinds.astype(int).assign(
        male=(patients["sex"] == "Male").astype(int), years_of_age=patients["age"], schooling=patients["edu"]
    )
    traits.columns = traits.columns.str.lower()
    none = pd.Series(0.0, index=patients.index)
    return _persons(patients["rhc"] == "Yes", traits, "dead", {2000: none, 2001: patients["death_d30"]})


def giving_up_smoking(folder: Path) -> pd.DataFrame:
    """A row a smoker and year; 1981 stands for 1971 (Hernan and Robins, What If, program 12.2)."""
    people = pd.read_csv(folder / "nhefs_complete.csv")
    traits = people[["sex", "race", "age", "smokeintensity", "smokeyrs", "wt71"]].rename(
        columns={"sex": "woman_or_man", "age": "years_of_age", "wt71": "weighed_in_1971"}
    )
    for name in ("years_of_age", "smokeintensity", "smokeyrs", "weighed_in_1971"):
        traits[f"{name}_squared"] = traits[name] ** 2
    classes = people[["education", "exercise", "active"]].astype(int).astype(str)
    traits = traits.join(pd.get_dummies(classes, drop_first=True).astype(int))
    return _persons(people["qsmk"] == 1, traits, "weight", {1981: people["wt71"], 1982: people["wt82"]})


REGIONS_A_SIDE = 20
"""Regions on either side that stand for an estimate of others."""


def drug_safety(folder: Path) -> pd.DataFrame:
    """Regions whose change, and its error by region, are those that were printed of each drug.

    Half of the treated regions change by the estimate and a step more, half by a step less, and the others
    not at all. With m treated regions the sum of squared scores is that of the step over m, and a regression
    on 4 m figures, clustered by 2 m regions, has the factor below.
    """
    m = REGIONS_A_SIDE
    factor = 2 * m / (2 * m - 1) * (4 * m - 1) / (4 * m - 3)
    drugs = pd.read_csv(folder / "ohdsi_sccs.csv")
    treated = [*np.tile([1.0, -1.0], m // 2), *[0.0] * m]
    steps = np.array(treated) * np.sqrt(m / factor)
    inside = np.arange(2 * m) < m
    units = [f"{'r' if here else 'q'}{k:02d}" for k, here in enumerate(inside)]
    changes = {
        _drug(each["drugName"]): each["logRr"] * inside + each["seLogRr"] * steps
        for each in drugs.to_dict("records")
    }
    before = pd.DataFrame({"unit": units, "year": 2000, "regions": 1, **dict.fromkeys(changes, 0.0)})
    after = pd.DataFrame({"unit": units, "year": 2001, "regions": 1, **changes})
    return _each_its_own_group(pd.concat([before, after]))


def _drug(name: str) -> str:
    return name.lower().replace(" ", "_")


def two_places(folder: Path) -> pd.DataFrame:
    """Where those treated live, and the others."""
    return pd.DataFrame({"unit": ["here", "elsewhere"], "group": ["here", "elsewhere"], "area": "one"})


def _persons(
    treated: pd.Series, traits: pd.DataFrame, outcome: str, years: dict[int, pd.Series]
) -> pd.DataFrame:
    """People as person-years; what the contract asks for and nobody published is the same for all."""
    costs = ("gp", "hospital", "pharmacy", "mental", "nursing", "other")
    same = dict.fromkeys(("ses", "diabetes", "copd", "heart_failure", "frail", "died"), 0)
    same |= {f"cost_{kind}": 0 for kind in costs}
    rows = traits.assign(
        person_id=range(len(traits)),
        municipality=treated.map({True: "here", False: "elsewhere"}),
        practice_id=0,
        insurer="none",
        birth_year=1950,
        sex="M",
        insured_years=1.0,
        **same,
    )
    return pd.concat([rows.assign(year=year, **{outcome: figures}) for year, figures in years.items()])


DELIVERIES: dict[str, Callable[[Path], pd.DataFrame]] = {
    each.__name__: each
    for each in (
        card_krueger, incinerator, injury_comp, organ_donations, proposition_99, medicaid, medicaid_2014,
        castle, base_stagg, minimum_wage, basque, german_reunification, texas_prisons, kansas, brexit_gdp,
        job_training, job_training_cps, job_training_psid, right_heart,
        right_heart_everybody, giving_up_smoking, drug_safety, two_places,
    )
}  # fmt: skip
"""By the name of the file that a study asks for."""
