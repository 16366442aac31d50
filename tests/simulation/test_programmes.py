"""Who takes part, what it does to them, and that the truth adds up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lmpeval.contracts import load_contract
from lmpeval.simulation.country.areas import areas
from lmpeval.simulation.country.chunks import simulate
from lmpeval.simulation.country.interventions import CATEGORIES, Effect, Eligible, Programme, Site
from lmpeval.simulation.country.participants import participant_rows
from lmpeval.simulation.country.participation import Lived, act
from lmpeval.simulation.country.settings import Country
from lmpeval.simulation.country.sites import PROGRAMMES, SITES
from lmpeval.simulation.country.tally import OUTCOMES, tally
from lmpeval.simulation.country.truth import truth_table
from lmpeval.study import Delineation, Status, Theme
from simulation.small_people import COUNTRY, geography, lives, people

SITE = Site("Here", "Twente", 5)
CARE = Programme(
    "care", "Care", SITE, Theme.INTEGRATION, Status.RUNNING, 2014, Eligible("diabetes"), 0.5,
    Effect({"hospital": -0.2, "gp": 0.1}, mortality=-0.1, health=0.2, experience=0.3), ramp=(0.5, 1.0),
)  # fmt: skip
HAZARD = 0.02


def acted(*programmes, some=None):
    return act(programmes, geography(), some or people(), np.random.default_rng(5))


def lived(some, acts):
    return Lived(some, acts, lives(some, acts), np.full(some.unit.shape, HAZARD, np.float32))


def tallied(*programmes, some=None):
    some = some or people()
    country, acts = replace(COUNTRY, programmes=programmes), acted(*programmes, some=some)
    return country, tally(country, geography(), lived(some, acts))


def truth(*programmes, some=None):
    country, total = tallied(*programmes, some=some)
    return truth_table(country, geography(), total)


def in_year(table, year):
    return table[table["year"] == year].set_index(["outcome", "level"])


# The nine sites


def test_nine_sites_of_neighbours_run_two_to_four_programmes_each():
    sites = [programme.site for programme in PROGRAMMES]
    assert len(set(sites)) == 9
    assert {sites.count(site) for site in SITES} <= {2, 3, 4}
    assert {programme.theme for programme in PROGRAMMES} == {
        Theme.SUBSTITUTION, Theme.INTEGRATION, Theme.PREVENTION,
    }  # fmt: skip
    assert {p.status for p in PROGRAMMES} >= {Status.ABSORBED, Status.STOPPED, Status.NEVER_DELIVERED}
    assert sum(not p.delivered for p in PROGRAMMES) == 1
    assert {p.start for p in PROGRAMMES} == {2013, 2014, 2015, 2016}
    assert {site.delineation for site in SITES} == set(Delineation)
    assert len({programme.name for programme in PROGRAMMES}) == len(PROGRAMMES)


def test_the_municipalities_of_a_site_hang_together_and_lie_in_one_region():
    places = geography()
    for area in areas(PROGRAMMES, places):
        units = np.flatnonzero(area.inside)
        assert len(units) == area.site.municipalities
        assert {places.groups[g] for g in places.group[units]} == {area.site.group}
        reached = {int(units[0])}
        for _ in units:
            reached |= {int(k) for unit in reached for k in places.neighbours[unit] if k in units}
        assert len(reached) >= len(units) - 1  # at most one lies across water
        border = {int(k) for unit in units for k in places.neighbours[unit]}
        assert set(np.flatnonzero(area.beside)) <= border - set(units)


def test_a_site_larger_than_its_region_is_refused():
    with pytest.raises(ValueError, match="Here counts 99 municipalities; Twente has 14"):
        areas([replace(CARE, site=Site("Here", "Twente", 99))], geography())


# Who takes part


def test_only_the_eligible_of_the_site_take_part_and_only_from_the_start_on():
    some, acts = people(), acted(CARE)
    [area] = areas([CARE], geography())
    year, person = np.nonzero(acts.participates)
    assert len(year) > 50
    assert some.years[year].min() == 2014
    assert area.inside[some.unit[year, person]].all()
    assert some.conditions["diabetes"][year - 1, person].all()  # this country's conditions last


def test_uptake_grows_along_the_ramp_and_a_participant_stays():
    some, acts = people(200_000), None
    acts = acted(CARE, some=some)
    [area] = areas([CARE], geography())
    inside = area.inside[some.unit[0]]
    for year, share in ((2013, 0.0), (2014, 0.25), (2015, 0.5), (2018, 0.5)):
        eligible = inside & some.conditions["diabetes"][year - 1 - 2009]
        took = (acts.participates[year - 2009] == 1) & eligible
        n = eligible.sum()
        assert abs(took.sum() / n - share) < 4 * np.sqrt(0.25 / n), year
    takes = acts.participates[:, inside] > 0
    assert (np.diff(takes.astype(int), axis=0) >= 0).all()


def test_what_is_known_in_the_year_of_joining_does_not_count():
    some = people()
    ill_from_2016 = np.zeros(some.unit.shape, bool)
    ill_from_2016[2016 - 2009 :] = True
    acts = acted(CARE, some=replace(some, conditions={**some.conditions, "diabetes": ill_from_2016}))
    assert some.years[np.nonzero(acts.participates)[0]].min() == 2017


def test_whoever_moves_away_leaves_and_nobody_not_there_takes_part():
    some = people()
    [area] = areas([CARE], geography())
    unit, insured = some.unit.copy(), some.insured.copy()
    away = int(np.flatnonzero(~area.inside & ~area.beside)[0])
    unit[2016 - 2009 :] = away
    acts = acted(CARE, some=replace(some, unit=unit))
    assert some.years[np.nonzero(acts.participates)[0]].max() == 2015
    insured[2015 - 2009] = 0
    acts = acted(CARE, some=replace(some, insured=insured))
    assert 2015 not in some.years[np.nonzero(acts.participates)[0]]


@pytest.mark.parametrize(
    ("status", "ended", "last"), [(Status.STOPPED, 2016, 2016), (Status.ABSORBED, 2016, 2018)]
)
def test_a_stopped_programme_ends_and_one_that_became_regular_care_goes_on(status, ended, last):
    acts = acted(replace(CARE, status=status, ended=ended))
    assert people().years[np.nonzero(acts.participates)[0]].max() == last


def test_a_programme_that_was_never_delivered_reaches_nobody():
    acts = acted(replace(CARE, status=Status.NEVER_DELIVERED))
    assert not acts.participates.any()
    assert (acts.mortality_factor == 1).all()


@pytest.mark.parametrize("delineation", list(Delineation))
def test_a_delineation_serves_its_people_only(delineation):
    some, places = people(), geography()
    acts = acted(replace(CARE, site=replace(SITE, delineation=delineation)))
    at = np.nonzero(acts.participates)
    nth = some.practice[at] - places.first_practice[some.unit[at]]
    insurers = set(some.insurer[at].tolist())
    assert at[0].size
    match delineation:
        case Delineation.MUNICIPALITIES:
            assert len(insurers) == len(places.insurers)
        case Delineation.GP_CATCHMENT:
            assert (nth % 5 < 3).all()
        case Delineation.INSURED:
            province = places.area[areas([CARE], places)[0].inside.argmax()]
            assert insurers == {int(places.insurer_share[province].argmax())}


def test_a_rule_on_cost_finds_those_who_cost_most_the_year_before():
    some = people()
    acts = acted(replace(CARE, eligible=Eligible(cost_above=5000), ramp=(1.0,), uptake=1.0))
    first = 2014 - 2009
    took = acts.participates[first] == 1
    assert took.any()
    assert (some.baseline_cost[first - 1, took] > 5000).all()
    # what they cost in the year itself is a fresh draw: they fall back to everybody's mean
    ratio = some.baseline_cost[first, took].mean() / some.baseline_cost[first].mean()
    assert 0.5 < ratio < 2


def test_nobody_is_in_two_programmes_and_the_first_keeps_them():
    other = replace(CARE, name="other", eligible=Eligible(from_age=40), uptake=1.0, ramp=(1.0,))
    both, alone = acted(CARE, other), acted(CARE)
    assert ((both.participates == 1) == (alone.participates == 1)).all()
    assert (both.participates == 2).any()


def test_two_sites_do_not_change_each_other_s_effects():
    beyond = replace(CARE, name="b", site=Site("There", "Achterhoek", 4), beyond=0.5, spillover=0.2)
    acts = acted(replace(CARE, beyond=0.5, spillover=0.1), beyond)
    roles = [(codes > 0).astype(int) for codes in (acts.participates, acts.within, acts.beyond)]
    assert max(sum(roles).ravel()) == 1
    inside = np.any([area.inside for area in areas([CARE, beyond], geography())], axis=0)
    at = np.nonzero(acts.beyond)
    assert at[0].size
    assert not inside[people().unit[at]].any()


# What it does


def test_participants_get_the_whole_effect_the_others_their_part_and_the_rest_nothing():
    programme = replace(CARE, spillover=0.25, beyond=0.5)
    acts = acted(programme)
    parts = [(acts.participates, 1.0), (acts.within, 0.25), (acts.beyond, 0.5)]
    nobody = ~np.any([codes > 0 for codes, _ in parts], axis=0)
    for codes, part in [*parts, (nobody, 0.0)]:
        at = codes > 0
        assert at.any()
        assert np.allclose(acts.cost_factor["hospital"][at], 1 - 0.2 * part)
        assert np.allclose(acts.cost_factor["gp"][at], 1 + 0.1 * part)
        assert np.allclose(acts.mortality_factor[at], 1 - 0.1 * part)
        assert np.allclose(acts.health_shift[at], 0.2 * part)
        assert np.allclose(acts.experience_shift[at], 0.3 * part)
    assert set(acts.cost_factor) == {"hospital", "gp"}


# The truth


def test_the_population_effect_is_reach_times_effect_plus_spillover():
    table = truth(*(replace(p, beyond=0.3, spillover=p.spillover or 0.1) for p in PROGRAMMES))
    keys = ["programme", "site", "outcome", "year"]
    level = {name: part.set_index(keys) for name, part in table.groupby("level")}
    whole, takers = level["population"], level["participants"]
    arithmetic = whole["reach"] * takers["effect"].fillna(0.0) + whole["spillover"]
    assert len(whole) > 1000
    assert np.abs(whole["effect"] - arithmetic).max() < 1e-12
    assert (whole["spillover"] != 0).mean() > 0.3
    load_contract("simulated_truth").check(table, "truth.parquet")


def test_the_truth_is_what_a_hand_calculation_gives():
    # costs are 100, 200, ... 600 euro in every category of everybody without a programme
    row = in_year(truth(replace(CARE, spillover=0.25)), 2018)
    gp, hospital = 100 * (1 + CATEGORIES.index("gp")), 100 * (1 + CATEGORIES.index("hospital"))
    assert row.loc[("cost_gp", "participants"), "effect"].iloc[0] == pytest.approx(0.1 * gp, rel=1e-6)
    assert row.loc[("cost_hospital", "participants"), "effect"].iloc[0] == pytest.approx(
        -0.2 * hospital, rel=1e-6
    )
    total = row.loc[("cost", "participants"), "effect"].iloc[0]
    assert total == pytest.approx(0.1 * gp - 0.2 * hospital, rel=1e-5)
    assert row.loc[("cost_mental", "participants"), "effect"].iloc[0] == pytest.approx(0, abs=1e-9)
    deaths = row.loc[("mortality", "participants"), "effect"].iloc[0]
    assert deaths == pytest.approx(1000 * HAZARD * -0.1, rel=1e-5)
    health = row.loc[("good_health", "participants"), "effect"].iloc[0]
    assert 4 < health < 8  # 0.2 standard deviations at three in four: about 6 points
    rating = row.loc[("experience", "participants"), "effect"].iloc[0]
    assert 0.2 < rating < 0.3  # a rating cannot pass ten


def test_programmes_of_a_site_add_up_to_all_of_them():
    table = truth(CARE, replace(CARE, name="old", eligible=Eligible(from_age=70), spillover=0.1))
    whole = table[table["level"] == "population"].set_index(["programme", "outcome", "year"])["effect"]
    assert np.allclose(whole["care"] + whole["old"], whole["all"], atol=1e-12)


def test_tallies_of_chunks_add_up_to_that_of_all_people():
    some, acts = people(), acted(CARE)
    country = replace(COUNTRY, programmes=(CARE,))
    whole = tally(country, geography(), lived(some, acts))
    parts = [_part(some, acts, slice(0, 15_000)), _part(some, acts, slice(15_000, None))]
    halves = [tally(country, geography(), lived(*part)) for part in parts]
    added = halves[0] + halves[1]
    for name, sums in vars(whole).items():
        assert np.allclose(sums, getattr(added, name), rtol=1e-6), name
    assert whole.residents[:, :, 0].sum() == some.unit.size


def _part(some, acts, columns):
    def cut(value):
        if isinstance(value, dict):
            return {name: cut(one) for name, one in value.items()}
        return value[..., columns]

    people_part = {name: cut(value) for name, value in vars(some).items() if name != "years"}
    return replace(some, **people_part), replace(
        acts, **{name: cut(value) for name, value in vars(acts).items()}
    )


def test_a_year_without_participants_has_no_effect_on_them_and_none_on_the_population():
    row = in_year(truth(replace(CARE, status=Status.NEVER_DELIVERED)), 2016)
    assert np.isnan(row.loc[("cost", "participants"), "effect"].iloc[0])
    assert row.loc[("cost", "population"), "effect"].iloc[0] == 0
    assert row.loc[("cost", "population"), "reach"].iloc[0] == 0


def test_the_outcomes_of_the_truth_are_columns_of_the_region_panel():
    assert OUTCOMES[0] == "cost"
    assert {f"cost_{name}" for name in CATEGORIES} < set(OUTCOMES)


# The table of participants


def test_a_spell_is_a_row_and_coming_back_is_another():
    some = people(50)
    acts = acted(CARE, some=some)
    codes = np.zeros(some.unit.shape, np.int8)
    codes[[5, 6, 8, 9], 7] = 1
    codes[4:, 9] = 1
    alive = np.ones(some.unit.shape, bool)
    alive[7:, 9] = False
    rows = participant_rows([CARE], some, replace(acts, participates=codes), alive)
    assert rows[["person_id", "from", "to"]].to_numpy().tolist() == [
        [7, 2014, 2015], [7, 2017, 2018], [9, 2013, 2015],
    ]  # fmt: skip
    assert set(rows["programme"]) == {"care"}
    load_contract("participants").check(rows, "participants.parquet")


def test_the_country_has_these_programmes():
    assert Country().programmes is PROGRAMMES


def test_the_truth_is_the_difference_between_a_country_with_and_without_programmes(tmp_path):
    # nobody's life is lengthened, so that the same people are there in both countries
    kept = [replace(p, effect=replace(p.effect, mortality=0.0), spillover=0.1) for p in PROGRAMMES]
    country = Country(persons=20_000, seed=3, programmes=tuple(kept))
    drawn = simulate(country, tmp_path / "with", jobs=1)
    plain = simulate(replace(country, programmes=()), tmp_path / "without", jobs=1)
    table = truth_table(country, drawn.geography, drawn.tally)
    truth = table[(table["programme"] == "all") & (table["level"] == "population")]
    for area in areas(country.programmes, drawn.geography):
        units = {drawn.geography.units[k] for k in np.flatnonzero(area.inside)}
        expected = truth[truth["site"] == area.site.name].pivot(
            index="year", columns="outcome", values="effect"
        )
        for name in ("cost", "cost_gp", "cost_hospital", "cost_pharmacy"):
            change = _mean(drawn.panel, units, name) - _mean(plain.panel, units, name)
            np.testing.assert_allclose(change[expected.index], expected[name], rtol=1e-4, atol=1e-4)


def _mean(panel, units, column):
    here = panel[panel["unit"].isin(units)]
    euro = (here[column] * here["insured_years"]).groupby(here["year"]).sum()
    return euro / here.groupby("year")["insured_years"].sum()
