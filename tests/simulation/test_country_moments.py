"""The synthetic country has the moments of the real one: of persons, of ages and years, of regions.

Persons: mean, spread, zeros and correlation that simulations of Dutch insurance claims are usually given.
Regions: log of observed over expected cost of the stable basket, Dutch municipalities and COROP regions of
2011-2018. Chance of persons is measured on the persons drawn and added at the size of the real country.
"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lmpeval.simulation.country import person_costs
from lmpeval.simulation.country.ages import shares_of_strata
from lmpeval.simulation.country.drawn import CORE, Lives
from lmpeval.simulation.country.facts import age_profiles, national_costs
from lmpeval.simulation.country.geography import draw_geography
from lmpeval.simulation.country.interventions import CATEGORIES
from lmpeval.simulation.country.one_chunk import CHUNK, draw_people
from lmpeval.simulation.country.person_costs import SPREADS, strata
from lmpeval.simulation.country.region_noise import autoregressive, draw_noise
from lmpeval.simulation.country.region_sums import region_panel, region_sums
from lmpeval.simulation.country.settings import Country

COUNTRY = Country(persons=6 * CHUNK, seed=2)
REAL_SIZE = 17_000_000
YEARS_2011_TO_2018 = slice(2, 10)
IN_CORE = [CATEGORIES.index(name) for name in CORE]

MEASURED = {
    "municipality": {"between": 0.061, "within": 0.023, "difference": 0.030, "before_after": 0.027},
    "corop": {"between": 0.050, "within": 0.014, "difference": 0.016, "before_after": 0.020},
}
PERCENT_2018 = (
    4.55, 5.35, 5.59, 6.07, 5.96, 6.30, 6.16, 5.95, 5.94, 7.19,
    7.44, 7.20, 6.45, 5.87, 5.42, 3.64, 2.55, 1.55, 0.84,
)  # fmt: skip
"""Of insured years, by classes of five years of age (Vektis 2018)."""
MEASURED_LAG = {"municipality": 0.18, "corop": 0.35}


class Moments:
    """Sums over person-years that are whole, and the year before them."""

    def __init__(self):
        self.sums = np.zeros(6)

    def add(self, now, before):
        self.sums += [
            len(now),
            now.sum(),
            (now**2).sum(),
            before.sum(),
            (before**2).sum(),
            (now * before).sum(),
        ]

    @property
    def variation(self):
        n, total, squares, *_ = self.sums
        return np.sqrt(squares / n - (total / n) ** 2) / (total / n)

    @property
    def lag(self):
        n, now, now2, before, before2, product = self.sums
        spread = np.sqrt((now2 / n - (now / n) ** 2) * (before2 / n - (before / n) ** 2))
        return (product / n - now * before / n**2) / spread


@pytest.fixture(scope="module")
def persons():
    """Moments of six chunks of persons in 2015-2018, and their sums by region."""
    geography = draw_geography(COUNTRY)
    noise = draw_noise(COUNTRY, geography)
    total, early, of_stratum = Moments(), Moments(), Moments()
    zeros, sums, with_failure = 0.0, None, np.zeros((2, 2))
    for number in range(6):
        people, fate, costs = draw_people(
            COUNTRY, geography, noise, number, np.random.default_rng((9, number))
        )
        insured, died = fate.end()
        lived = {name: cost * insured for name, cost in costs.items()}
        of_chunk = region_sums(geography, people, Lives(insured, died, lived))
        sums = of_chunk if sums is None else sums + of_chunk
        euro = sum(costs.values()).astype(float)
        core = sum(costs[name] for name in CORE).astype(float)
        for t in (1, 2, 3, 4, 5):
            whole = (insured[t] == 1) & (insured[t - 1] == 1)
            early.add(euro[t, whole], euro[t - 1, whole])
        for t in (6, 7, 8, 9):
            whole = (insured[t] == 1) & (insured[t - 1] == 1)
            total.add(euro[t, whole], euro[t - 1, whole])
            zeros += (euro[t, whole] == 0).sum()
            now, before = (
                rest(core[s, whole], strata(people.age[s], people.woman)[whole]) for s in (t, t - 1)
            )
            of_stratum.add(now + core[t, whole].mean(), before + core[t - 1, whole].mean())
        old = (people.age[9] >= 75) & (people.age[9] < 80) & (insured[9] == 1)
        has = people.conditions["heart_failure"][9]
        for k, group in enumerate((old & ~has, old & has)):
            with_failure[k] += costs["hospital"][9, group].sum(dtype=float), group.sum()
    return SimpleNamespace(
        total=total,
        early=early,
        zeros=zeros / total.sums[0],
        of_stratum=of_stratum,
        sums=sums,
        noise=noise,
        geography=geography,
        with_failure=with_failure[:, 0] / with_failure[:, 1],
        panel=region_panel(geography, people.years, sums, {}),
    )


def rest(cost, stratum):
    """Cost beyond the mean of one's sex and age."""
    mean = np.bincount(stratum, cost, 38) / np.maximum(np.bincount(stratum, minlength=38), 1)
    return cost - mean[stratum]


def national(panel, column):
    """Mean by year, weighted by insured years."""
    euro = (panel[column] * panel["insured_years"]).groupby(panel["year"]).sum()
    return (euro / panel["insured_years"].groupby(panel["year"]).sum()).to_numpy()


def moments(log_ratio):
    """Spread over regions, and over years within them, of (n_years, n_regions); 2011-2018."""
    level = log_ratio.mean(axis=0)
    left = log_ratio - level
    left -= left.mean(axis=1, keepdims=True)
    step = np.diff(log_ratio, axis=0)
    step -= step.mean(axis=1, keepdims=True)
    before_after = log_ratio[4:].mean(axis=0) - log_ratio[:3].mean(axis=0)
    return {
        "between": level.std(ddof=1),
        "within": np.sqrt((left**2).mean()),
        "difference": np.sqrt((step**2).mean()),
        "before_after": before_after.std(ddof=1),
        "lag": np.corrcoef(left[1:].ravel(), left[:-1].ravel())[0, 1],
    }


def test_costs_of_persons_are_skewed_with_zeros_and_hardly_last(persons):
    assert persons.zeros == pytest.approx(0.127, abs=0.005)
    assert persons.early.variation == pytest.approx(3.2, abs=0.25)  # 2010-2014
    assert persons.total.variation == pytest.approx(3.55, abs=0.25)  # 2015-2018: district nursing is in
    assert persons.total.lag == pytest.approx(0.21, abs=0.05)


def test_national_cost_is_that_of_each_year(persons):
    expected = national_costs(2009, 2018)
    assert expected[-1].sum() == pytest.approx(2601, abs=1)  # euro per insured year, as published for 2018
    for k, name in enumerate(CATEGORIES):
        tolerance = 0.15 if name in ("mental", "nursing") else 0.06
        found = national(persons.panel, f"cost_{name}")
        dip = np.where((np.arange(2009, 2019) == 2015) & (name == "hospital"), 1 - 0.039, 1.0)
        np.testing.assert_allclose(found, expected[:, k] * dip, rtol=tolerance, err_msg=name)
    dip = np.where(np.arange(2009, 2019) == 2015, 0.039 * expected[:, CATEGORIES.index("hospital")], 0)
    chance = 3.55 / np.sqrt(COUNTRY.persons)  # variation over the root of the persons
    wanted = expected.sum(axis=1) - dip
    np.testing.assert_allclose(national(persons.panel, "cost"), wanted, rtol=0.01 + 4 * chance)


@pytest.fixture(scope="module")
def alike():
    """Mean cost by year and category, and sums of 2018 by sex and age, where persons of a kind cost alike."""
    even = {name: replace(spread, lasting=0.0, yearly=0.0) for name, spread in SPREADS.items()}
    calm = Country(persons=CHUNK, region_level=0.0, region_shock=0.0, billing_dip=0.0, billing_spread=0.0)
    means, of_stratum, exposure = [], np.zeros((len(CATEGORIES), 38)), np.zeros(38)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(person_costs, "SPREADS", even)
        for seed in range(8):
            country = replace(calm, seed=seed)
            geography = draw_geography(country)
            noise = draw_noise(country, geography)
            people, fate, costs = draw_people(country, geography, noise, 0, np.random.default_rng((3, seed)))
            insured, _ = fate.end()
            euro = np.array([costs[name] * insured for name in CATEGORIES])
            means.append(euro.sum(axis=2, dtype=float).T / insured.sum(axis=1, dtype=float)[:, None])
            stratum = strata(people.age[9], people.woman)
            exposure += np.bincount(stratum, insured[9], 38)
            of_stratum += [np.bincount(stratum, row, 38) for row in euro[:, 9]]
    return SimpleNamespace(means=np.array(means), of_stratum=of_stratum, exposure=exposure)


def test_national_cost_does_not_drift(alike):
    expected = national_costs(2009, 2018)
    ratio = alike.means.sum(axis=2) / expected.sum(axis=1)
    np.testing.assert_allclose(ratio.mean(axis=0), 1, atol=0.01)
    slope = np.polyfit(np.arange(10), ratio.T, 1)[0]
    assert abs(slope.mean()) < 4 * slope.std(ddof=1) / np.sqrt(len(slope)) + 0.0001
    assert abs(slope.mean()) < 0.001  # a thousandth a year
    for k, name in enumerate(CATEGORIES):
        years = slice(4, 10) if name == "nursing" else slice(0, 10)
        of_seeds = (alike.means[:, years, k] / expected[years, k]).mean(axis=1)
        chance = of_seeds.std(ddof=1) / np.sqrt(len(of_seeds))
        assert of_seeds.mean() == pytest.approx(1, abs=0.01 + 3 * chance), name


def test_categories_enter_when_they_did(persons):
    nursing = national(persons.panel, "cost_nursing")
    assert (nursing[:4] == 0).all()  # geriatric rehabilitation enters in 2013, district nursing in 2015
    assert (nursing[4:6] > 25).all()
    assert (nursing[6:] > 150).all()
    gp = national(persons.panel, "cost_gp")
    assert gp[6] / gp[5] == pytest.approx(177 / 149, abs=0.03)  # care in chains is counted here from 2015


@pytest.mark.parametrize("name", ["gp", "hospital", "pharmacy"])
def test_cost_follows_age_and_sex(alike, name):
    k = CATEGORIES.index(name)
    found = alike.of_stratum[k] / alike.exposure / national_costs(2018, 2018)[0, k]
    enough = alike.exposure > 3000
    assert enough.sum() > 30
    np.testing.assert_allclose(found[enough], age_profiles()[name].to_numpy()[enough], rtol=0.08)


def test_condition_raises_cost_by_its_factor(persons):
    without, having = persons.with_failure
    assert having / without == pytest.approx(SPREADS["hospital"].with_condition["heart_failure"], rel=0.25)


def test_deaths_and_ageing_are_those_of_the_decade(persons):
    mortality = national(persons.panel, "mortality")
    assert mortality[3] == pytest.approx(8.52, abs=0.5)  # registered: 8.52 in 2012, 8.87 in 2016
    assert mortality[7] == pytest.approx(8.87, abs=0.6)
    old = national(persons.panel, "share_65_plus")
    assert old[2] == pytest.approx(0.168, abs=0.01)  # of insured years in 2011, and in 2018
    assert old[9] == pytest.approx(0.199, abs=0.012)
    assert national(persons.panel, "share_80_plus")[9] == pytest.approx(0.0494, abs=0.0025)


def test_ages_of_2011_and_2018_come_out(persons):
    expected = shares_of_strata(2009, 2018)
    both = expected.reshape(10, 2, 19).sum(axis=1)
    of_2011 = age_profiles()["share"].to_numpy().reshape(2, 19).sum(axis=0)
    np.testing.assert_allclose(both[2, 1:], of_2011[1:], atol=0.0005)  # the youngest are born on the way
    assert both[2, 0] == pytest.approx(of_2011[0], abs=0.004)
    np.testing.assert_allclose(both[9], np.array(PERCENT_2018) / 100, atol=0.004)
    assert both[9, 18] == pytest.approx(0.0084, abs=0.0004)
    for t in (0, 2, 9):
        exposure = persons.sums.exposure[t].sum(axis=0)
        error = np.sqrt(expected[t] * (1 - expected[t]) / exposure.sum())
        assert (abs(exposure / exposure.sum() - expected[t]) < 4.5 * error).all(), t


def person_variance(persons):
    """Variance of cost within sex and age over the squared mean: what lasts, and what is of one year."""
    variance, lasting = persons.of_stratum.variation**2, persons.of_stratum.lag
    return variance * lasting, variance * (1 - lasting)


def test_chance_of_persons_is_of_the_size_measured(persons):
    _, yearly = person_variance(persons)
    # slope of the variance within a municipality on one over its size: 6.55 (Dutch municipalities, 2011-2018)
    assert yearly == pytest.approx(6.55, rel=0.2)


def test_variance_within_is_region_process_plus_chance_of_persons(persons):
    panel = persons.panel.pivot(index="year", columns="unit", values="cost_core_standardised")
    panel = panel[list(persons.geography.units)].to_numpy()[YEARS_2011_TO_2018]
    ratio = panel / panel.mean(axis=1, keepdims=True)
    size = persons.sums.exposure.sum(axis=2)[YEARS_2011_TO_2018].mean(axis=0)
    large = size > 400  # below that a ratio depends on one or two persons
    weights = national_costs(2011, 2018)[:, IN_CORE]
    weights /= weights.sum(axis=1, keepdims=True)
    process = (persons.noise.cost[YEARS_2011_TO_2018][:, :, IN_CORE] * weights[:, None]).sum(axis=2)
    _, yearly = person_variance(persons)
    found = (ratio - ratio.mean(axis=0)).var(axis=0, ddof=1)[large]
    expected = process.var(axis=0, ddof=1)[large] + yearly / size[large]
    assert found.mean() == pytest.approx(expected.mean(), rel=0.2)


@pytest.fixture(scope="module")
def at_real_size(persons):
    """Mean over seeds of the moments that regions have at the size of the real country."""
    lasting, yearly = person_variance(persons)
    found = {"municipality": [], "corop": []}
    for seed in range(24):
        country = Country(seed=seed)
        geography = draw_geography(country)
        cost = draw_noise(country, geography).cost[YEARS_2011_TO_2018][:, :, IN_CORE]
        cost = cost * np.exp(-np.outer(geography.ses, [SPREADS[name].by_ses for name in CORE]))
        weights = national_costs(2011, 2018)[:, IN_CORE]
        ratio = (cost * weights[:, None]).sum(axis=2) / weights.sum(axis=1)[:, None]
        rng = np.random.default_rng(seed)
        size = geography.share * REAL_SIZE
        chance = np.sqrt(lasting) * rng.normal(size=size.shape) + np.sqrt(yearly) * rng.normal(
            size=ratio.shape
        )
        ratio = ratio * (1 + chance / np.sqrt(size))
        regions = [
            np.bincount(geography.group, row * size) / np.bincount(geography.group, size) for row in ratio
        ]
        found["municipality"].append(moments(np.log(ratio)))
        found["corop"].append(moments(np.log(regions)))
    return {
        kind: {name: np.mean([m[name] for m in of_seeds]) for name in of_seeds[0]}
        for kind, of_seeds in found.items()
    }


@pytest.mark.parametrize("kind", ["municipality", "corop"])
def test_regions_vary_as_measured(at_real_size, kind):
    for name, measured in MEASURED[kind].items():
        assert at_real_size[kind][name] == pytest.approx(measured, rel=0.1), name
    assert at_real_size[kind]["lag"] == pytest.approx(MEASURED_LAG[kind], abs=0.1)


def test_neighbours_vary_together(at_real_size):
    # five municipalities from anywhere would vary by 0.027 / sqrt(5) = 0.012; a region varies by more
    assert at_real_size["corop"]["before_after"] > 1.4 * at_real_size["municipality"][
        "before_after"
    ] / np.sqrt(5)


def test_reform_of_hospital_bills_falls_unevenly_over_hospitals():
    country = Country(seed=6)
    geography = draw_geography(country)
    with_reform = draw_noise(country, geography).cost
    without = draw_noise(replace(country, billing_dip=0.0, billing_spread=0.0), geography).cost
    ratio = with_reform / without
    hospital = CATEGORIES.index("hospital")
    reform = ratio[2015 - country.first, :, hospital].copy()
    ratio[2015 - country.first, :, hospital] = 1
    np.testing.assert_allclose(ratio, 1)  # one year and one category, and no other
    of_hospital = [
        np.unique(reform[geography.hospital == h].round(12)) for h in np.unique(geography.hospital)
    ]
    assert {len(found) for found in of_hospital} == {1}
    falls = 1 - np.concatenate(of_hospital)
    assert len(falls) > 60
    assert falls.mean() == pytest.approx(0.039, abs=0.004)
    assert falls.std() == pytest.approx(0.010, abs=0.003)


def test_country_without_noise_has_none():
    country = Country(region_level=0.0, region_shock=0.0, billing_year=2030)
    noise = draw_noise(country, draw_geography(country))
    np.testing.assert_allclose(noise.cost, 1)
    np.testing.assert_allclose(noise.mortality, 1)


def test_noise_scales_and_leaves_the_nation_alone():
    country = Country(seed=8, billing_year=2030)
    geography = draw_geography(country)
    usual = draw_noise(country, geography).cost
    np.testing.assert_allclose(np.einsum("u,tuc->tc", geography.share, usual), 1)
    double = draw_noise(replace(country, region_shock=2.0, region_level=0.0), geography).cost
    single = draw_noise(replace(country, region_level=0.0), geography).cost
    assert np.log(double).std() == pytest.approx(2 * np.log(single).std(), rel=0.02)


def test_shocks_last_as_long_as_they_are_told_to():
    series = autoregressive(0.85, (40, 4000), np.random.default_rng(1))
    np.testing.assert_allclose(series.std(axis=1), 1, atol=0.05)
    assert (series[1:] * series[:-1]).mean() == pytest.approx(0.85, abs=0.02)
    assert (series[3:] * series[:-3]).mean() == pytest.approx(0.85**3, abs=0.03)
