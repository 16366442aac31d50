"""What people say when they are asked: who answers, what weights mend, and how ratings cluster."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lmpeval.contracts import load_contract
from lmpeval.simulation.country.geography import draw_geography
from lmpeval.simulation.country.interventions import Effect, Eligible, Programme, Site
from lmpeval.simulation.country.one_chunk import CHUNK, draw_people
from lmpeval.simulation.country.participation import act
from lmpeval.simulation.country.ratings import RATERS_APART, Ratings, expected_rating
from lmpeval.simulation.country.region_noise import draw_noise
from lmpeval.simulation.country.sampling import Sample
from lmpeval.simulation.country.self_rated_health import ILL, good_health, weights
from lmpeval.simulation.country.settings import Country
from lmpeval.simulation.country.surveys import ask, figures
from lmpeval.study import Status, Theme
from simulation.small_people import COUNTRY, geography, people

EVERYWHERE = Programme(
    "care", "Care", Site("Here", "Twente", 14), Theme.INTEGRATION, Status.RUNNING, 2010, Eligible(), 1.0,
    Effect(health=0.5, experience=0.5), ramp=(1.0,),
)  # fmt: skip


def asked(n=40_000, country=COUNTRY, programmes=(), seed=2):
    some = people(n, country=country)
    acts = act(programmes, geography(), some, np.random.default_rng(1))
    return some, ask(country, geography(), some, acts, some.insured > 0, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def answers():
    return asked(120_000)


def of_adults(some, t):
    who = np.flatnonzero(some.age[t] >= 19)
    return Sample(np.full(len(who), t), who, np.zeros(len(who)))


def explained(table: pd.DataFrame, by: str) -> float:
    """Intraclass correlation: one-way analysis of variance with unequal groups (Donner 1986)."""
    groups = table.groupby(by)["rating"]
    n, k, total = groups.size(), groups.ngroups, len(table)
    between = (n * (groups.mean() - table["rating"].mean()) ** 2).sum() / (k - 1)
    within = ((table["rating"] - groups.transform("mean")) ** 2).sum() / (total - k)
    size = (total - (n**2).sum() / total) / (k - 1)
    return float((between - within) / (between + (size - 1) * within))


# Health


def test_only_adults_who_are_there_are_asked_in_the_years_of_the_survey():
    some = people()
    alive = np.ones(some.unit.shape, bool)
    alive[7, :20_000] = False
    acts = act((), geography(), some, np.random.default_rng(1))
    found = ask(COUNTRY, geography(), some, acts, alive, np.random.default_rng(2))
    assert set(found.health["year"]) == {2009, 2012, 2016}
    assert set(found.experience["year"]) == set(range(2009, 2019))
    assert (found.health["year"] - some.born[found.health["person_id"]]).min() == 19
    for table in (found.health, found.experience):
        assert table.loc[table["year"] == 2016, "person_id"].min() >= 20_000


def test_a_small_country_asks_a_quarter_and_a_large_one_its_share():
    some, found = asked()
    adults = (some.age[3] >= 19).sum()
    assert (found.health["year"] == 2012).sum() / adults == pytest.approx(0.25, abs=0.01)
    large = replace(COUNTRY, persons=10_000_000)  # these people are a part of it
    some, found = asked(country=large)
    assert (found.health["year"] == 2012).sum() / adults == pytest.approx(0.10, abs=0.01)
    assert (found.experience["year"] == 2012).sum() / adults == pytest.approx(0.03, abs=0.005)


def test_the_healthy_answer_more_often_and_weights_close_the_gap_in_part(answers):
    some, found = answers
    truth = 100 * np.mean([good_health(some, of_adults(some, t)).mean() for t in (0, 3, 7)])
    said = found.health[found.health["responded"] == 1]
    good, weight = said["good_health"].to_numpy(float), said["weight"].to_numpy(float)
    plain, weighted = 100 * good.mean(), 100 * np.average(good, weights=weight)
    error = 100 * np.sqrt(0.25 / len(said))
    assert plain - truth > 5 * error  # who answers is healthier than the country
    # weights for age, sex and means do not see that the healthy answer more often
    assert truth + 3 * error < weighted


@pytest.fixture(scope="module")
def residents():
    """A chunk of a drawn country, with its chronic conditions, and what it says."""
    country = Country(persons=CHUNK, seed=11)
    places = draw_geography(country)
    some, _, _ = draw_people(country, places, draw_noise(country, places), 0, np.random.default_rng(11))
    acts = act((), places, some, np.random.default_rng(1))
    return some, ask(country, places, some, acts, some.insured > 0, np.random.default_rng(2))


def test_three_in_four_adults_are_in_good_health_and_four_in_five_say_so(residents):
    some, found = residents
    for t in (0, 3, 7):
        adults = np.flatnonzero((some.age[t] >= 19) & (some.insured[t] > 0))
        truth = good_health(some, Sample(np.full(len(adults), t), adults, np.zeros(len(adults)))).mean()
        assert 0.757 < truth < 0.777
    said = found.health[found.health["responded"] == 1]
    delivered = np.average(said["good_health"].to_numpy(float), weights=said["weight"])
    assert delivered == pytest.approx(0.82, abs=0.015)
    assert found.health["responded"].mean() == pytest.approx(0.41, abs=0.02)


def test_the_mean_rating_is_that_of_public_ratings(residents):
    _, found = residents
    by_year = found.experience.groupby("year")["rating"].mean()
    assert ((by_year > 8.3) & (by_year < 8.6)).all()


def test_weights_mend_what_age_sex_and_means_explain():
    some = people(120_000)
    rng, all_of_them = np.random.default_rng(3), of_adults(some, 3)
    old = some.age[3, all_of_them.person] >= 65
    responded = rng.random(len(old)) < np.where(old, 0.8, 0.2)
    good = good_health(some, all_of_them)
    weight = weights(old.astype(int), responded)
    plain, weighted = good[responded].mean(), np.average(good[responded], weights=weight[responded])
    assert abs(plain - good.mean()) > 0.05
    assert abs(weighted - good.mean()) < 0.005


def test_the_old_and_the_better_off_answer_more_often(answers):
    health = answers[1].health
    by_age = health.groupby("age_from")["responded"].mean()
    by_ses = health.groupby("ses_class")["responded"].mean()
    assert by_age.loc[65] - by_age.loc[19] > 0.10
    assert by_ses.loc[3] - by_ses.loc[1] > 0.10
    assert health["responded"].mean() == pytest.approx(0.42, abs=0.05)


def test_weights_of_those_who_answered_sum_to_all_who_were_asked(answers):
    health = answers[1].health
    for _, wave in health.groupby("year"):
        assert wave["weight"].sum() == pytest.approx(len(wave), rel=1e-4)
    assert health.loc[health["responded"] == 0, ["good_health", "weight"]].isna().all().all()
    assert health.loc[health["responded"] == 1, ["good_health", "weight"]].notna().all().all()


def test_weights_by_hand():
    cell = np.array([0, 0, 0, 1, 1, 2])
    responded = np.array([True, False, True, True, False, False])
    assert weights(cell, responded).tolist() == [1.5, 1.5, 1.5, 2.0, 2.0, 0.0]


def test_self_rated_health_falls_with_age_illness_and_need():
    some, one = people(4), Sample(np.zeros(1, int), np.zeros(1, int), np.zeros(1))
    healthy = {name: np.zeros((10, 4), bool) for name in some.conditions}
    base = replace(some, born=np.full(4, 1964), ses=np.zeros(4, np.float32), conditions=healthy)
    at_45 = good_health(base, one)[0]
    assert at_45 == pytest.approx(0.841, abs=0.001)  # the normal distribution at 1
    assert good_health(replace(base, born=np.full(4, 1934)), one)[0] < at_45 - 0.05
    assert good_health(replace(base, ses=np.full(4, -1, np.float32)), one)[0] < at_45 - 0.05
    for name in ILL:
        ill = {**healthy, name: np.ones((10, 4), bool)}
        assert good_health(replace(base, conditions=ill), one)[0] < at_45 - 0.10
    assert good_health(base, replace(one, shift=np.array([0.5])))[0] == pytest.approx(0.933, abs=0.001)


# Experience


def rated(n_raters=12):
    """Ratings in a country with practices of real size, the same number from each."""
    places = draw_geography(Country(persons=3_000_000, seed=6))
    practices = np.repeat(np.arange(places.first_practice[-1]), n_raters)
    unit = np.searchsorted(places.first_practice, practices, side="right") - 1
    rng = np.random.default_rng(9)
    mean = Ratings.drawn(6, places).mean(practices, unit)
    group = np.array(places.groups)[places.group[unit]]
    rating = np.clip(rng.normal(mean, RATERS_APART), 0, 10)
    return pd.DataFrame({"practice": practices, "group": group, "rating": rating})


def test_ratings_cluster_in_practices_and_hardly_in_regions():
    table = rated()
    assert explained(table, "practice") > 0.11
    # between regions what their practices do not explain: nested analysis of variance
    of_practice = table.groupby("practice").agg(rating=("rating", "mean"), group=("group", "first"))
    share = np.var(table["rating"])
    between = of_practice.groupby("group")["rating"].mean()
    chance = of_practice["rating"].var() / of_practice.groupby("group").size()
    assert max(0.0, between.var() - chance.mean()) / share < 0.01
    assert explained(table, "group") < 0.02
    assert between.min() > 8.3 - 3 * np.sqrt(chance.max())
    assert between.max() < 8.6 + 3 * np.sqrt(chance.max())
    assert 8.3 < table["rating"].mean() < 8.6


def test_places_differ_alike_in_every_chunk():
    one, other = Ratings.drawn(3, geography()), Ratings.drawn(3, geography())
    assert (one.of_practice == other.of_practice).all()
    assert (one.of_practice != Ratings.drawn(4, geography()).of_practice).any()


def test_the_expected_rating_is_the_mean_of_ratings_cut_at_ten():
    draws = np.random.default_rng(1).normal(0, RATERS_APART, 1_000_000)
    for mean in (7.0, 8.5, 9.5):
        assert expected_rating(np.array([mean]))[0] == pytest.approx(
            np.minimum(mean + draws, 10).mean(), abs=0.005
        )


# What programmes do to answers, and the figures of regions


def test_participants_say_what_the_programme_does_to_them():
    _, with_it = asked(programmes=(EVERYWHERE,))
    _, without = asked()
    unit = pd.Series(np.array(geography().groups)[geography().group], index=geography().codes)
    for table, column, least in (("health", "good_health", 0.05), ("experience", "rating", 0.3)):
        apart = []
        for found in (with_it, without):
            answers = getattr(found, table).dropna()
            here = answers["municipality"].astype(str).map(unit) == "Twente"
            apart.append(answers.loc[here & (answers["year"] > 2010), column].astype(float).mean())
        assert apart[0] - apart[1] > least


def test_region_figures_are_the_weighted_means_of_the_answers():
    _, found = asked()
    columns = figures(found.sums)
    codes = list(geography().codes)
    unit = int(np.argmax(geography().share))
    here = found.health[
        (found.health["municipality"] == codes[unit]) & (found.health["year"] == 2012)
    ].dropna()
    by_hand = 100 * np.average(here["good_health"].astype(float), weights=here["weight"])
    assert columns["good_health"][3, unit] == pytest.approx(by_hand, rel=1e-5)
    assert columns["good_health_respondents"][3, unit] == len(here)
    rows = found.experience[
        (found.experience["municipality"] == codes[unit]) & (found.experience["year"] == 2012)
    ]
    assert columns["experience"][3, unit] == pytest.approx(rows["rating"].mean(), rel=1e-5)
    assert np.isnan(columns["good_health"][2]).all()  # nobody was asked in 2011
    assert np.isnan(columns["experience"][columns["experience_raters"] != columns["experience_raters"]]).all()


def test_tables_keep_their_contracts(answers):
    load_contract("health_survey").check(answers[1].health.head(1000), "health.parquet")
    load_contract("experience_ratings").check(answers[1].experience.head(1000), "experience.parquet")
