"""The people of the synthetic country: where they live, how they live on, the files that hold them."""

import math
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest

from lmpeval.contracts import load_contract
from lmpeval.errors import UserError
from lmpeval.simulation.country.chunks import simulate
from lmpeval.simulation.country.drawn import CONDITIONS
from lmpeval.simulation.country.facts import corop_regions
from lmpeval.simulation.country.geography import codes_in, draw_geography, neighbour_table
from lmpeval.simulation.country.interventions import CATEGORIES
from lmpeval.simulation.country.life_table import (
    BY_SES,
    RELATIVE,
    SCORES,
    life_table,
    probability_of_dying,
)
from lmpeval.simulation.country.one_chunk import draw_people
from lmpeval.simulation.country.panel_disturbances import TakenOver
from lmpeval.simulation.country.prevalence import prevalence
from lmpeval.simulation.country.region_noise import draw_noise
from lmpeval.simulation.country.settings import Country
from lmpeval.sources.case_mix import age_structure, standardise
from lmpeval.sources.vektis import read_year

COUNTRY = Country(persons=60_000, seed=3)  # a whole chunk and a part of one


@pytest.fixture(scope="module")
def geography():
    return draw_geography(COUNTRY)


@pytest.fixture(scope="module")
def drawn(geography):
    """The people of the first chunk, their fate, and their costs of whole years."""
    noise = draw_noise(COUNTRY, geography)
    return draw_people(COUNTRY, geography, noise, 0, np.random.default_rng(5))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A country on disk, and what simulate returned."""
    out = tmp_path_factory.mktemp("country") / "small"
    return out, simulate(COUNTRY, out, jobs=1)


def query(folder, sql):
    return duckdb.sql(sql.format(person_year=f"'{folder}/person_year/*.parquet'")).df()


def test_geography_has_the_structure_of_the_real_country(geography):
    assert (len(geography.units), len(geography.groups), len(geography.areas)) == (355, 40, 12)
    assert len(set(geography.units)) == len(set(geography.codes)) == 355
    everybody = corop_regions()["inhabitants"].sum()
    inhabitants = np.bincount(geography.group, geography.share) * everybody
    assert inhabitants[geography.groups.index("Groot-Rijnmond")] == pytest.approx(1_419_000, rel=0.003)
    assert geography.share.max() * everybody == pytest.approx(828_000, rel=0.003)
    assert geography.share.sum() == pytest.approx(1)
    np.testing.assert_allclose(geography.insurer_share.sum(axis=1), 1)
    areas_of_group = {(g, a) for g, a in zip(geography.group, geography.area, strict=True)}
    assert len(areas_of_group) == 40


def test_regions_and_sizes_are_those_of_the_published_files(geography, real_data):
    crosswalk = pd.read_csv(real_data / "cbs" / "crosswalk_355.csv").set_index("unit355")
    cells = read_year(real_data / "vektis" / "vektis_2018_gemeente.csv", 2018).cells
    size = cells.groupby("unit")["insured_years"].sum()
    region = size.groupby(crosswalk["corop"].reindex(size.index))
    counts = np.bincount(geography.group)
    shares = np.bincount(geography.group, geography.share)
    largest = [geography.share[geography.group == g].max() for g in range(40)]
    for g, name in enumerate(geography.groups):
        assert counts[g] == region.size()[name]
        assert shares[g] * size.sum() == pytest.approx(region.sum()[name], abs=1500)
        assert largest[g] * size.sum() == pytest.approx(region.max()[name], abs=1500)
    assert np.log(geography.share).std() == pytest.approx(np.log(size).std(), abs=0.12)
    assert not {unit.upper() for unit in geography.units} & set(size.index)


def test_borders_are_mutual_and_few(geography):
    table = neighbour_table(geography)
    load_contract("municipality_neighbours").check(table, "municipality_neighbours.csv")
    pairs = set(zip(table["unit"], table["neighbour"], strict=True))
    assert pairs == {(b, a) for a, b in pairs}
    assert not any(a == b for a, b in pairs)
    assert set(table["unit"]) == set(geography.units)
    assert 3 < len(table) / 355 < 6  # a planar map has fewer than six on average
    group = dict(zip(geography.units, geography.group, strict=True))
    assert np.mean([group[a] == group[b] for a, b in pairs]) > 0.4


def test_each_seed_has_a_geography_of_its_own(geography):
    again, other = draw_geography(COUNTRY), draw_geography(replace(COUNTRY, seed=4))
    np.testing.assert_array_equal(geography.share, again.share)
    assert not np.array_equal(geography.share, other.share)


def test_practices_grow_in_number_and_not_in_size():
    real = draw_geography(Country(persons=17_000_000))
    practices = np.diff(real.first_practice)
    size = np.repeat(real.share * 17_000_000 / practices, practices)
    assert np.median(size) == pytest.approx(2300, rel=0.05)
    assert np.diff(draw_geography(COUNTRY).first_practice).min() == 2


def test_people_live_somewhere_and_age_by_a_year(drawn, geography):
    people, _, _ = drawn
    assert (np.diff(people.age, axis=0) == 1).all()
    there = people.insured > 0
    assert (people.age[there] >= 0).all()
    for t in (0, 4, 9):
        come = there[t] & ((people.born == people.years[t]) | (t == 0))
        share = np.bincount(geography.group[people.unit[t][come]], minlength=40) / come.sum()
        expected = np.bincount(geography.group, geography.share)
        np.testing.assert_allclose(share, expected, atol=4 * math.sqrt(0.08 / come.sum()))
    first, last = geography.first_practice[people.unit], geography.first_practice[people.unit + 1]
    at_home = (people.practice >= first) & (people.practice < last)
    assert at_home.mean() == pytest.approx(0.95, abs=0.01)


def test_some_move_and_some_change_insurer(drawn, geography):
    people, _, _ = drawn
    moved = people.unit[1:] != people.unit[:-1]
    assert 0.025 < moved.mean() < 0.05
    same_region = geography.group[people.unit[1:]] == geography.group[people.unit[:-1]]
    assert same_region[moved].mean() > 0.5
    same_practice = people.practice[1:] == people.practice[:-1]
    assert same_practice[~moved].mean() > 0.995  # whoever moves within a municipality may change it
    switched = (people.insurer[1:] != people.insurer[:-1]).mean()
    assert 0.04 < switched < 0.065  # those who would choose the same one again do not switch


@pytest.mark.parametrize("t", [0, 5, 9])
def test_conditions_have_their_prevalence_among_the_living_in_every_year(drawn, t):
    people, _, _ = drawn
    age, there = people.age[t], people.insured[t] > 0
    for name, share in zip(CONDITIONS, prevalence(), strict=True):
        has = people.conditions[name]
        assert (has[1:] >= has[:-1]).all()
        for youngest, oldest in ((50, 60), (70, 80), (80, 85), (85, 90), (90, 100)):
            some = there & (age >= youngest) & (age < oldest)
            expected = share[age[some]].mean()
            error = math.sqrt(expected * (1 - expected) / some.sum())
            assert has[t][some].mean() == pytest.approx(expected, abs=4 * error), (name, youngest)


def test_life_table_keeps_prevalence_and_hazard_at_every_age():
    table, sets = life_table(), (np.arange(16)[:, None] >> np.arange(4)) & 1
    np.testing.assert_allclose(table.living.sum(axis=(2, 3)), 1)
    of_age = np.broadcast_to(prevalence().T, (2, 116, 4))
    np.testing.assert_allclose(table.living.sum(axis=2) @ sets, of_age, atol=1e-9)
    assert (table.onset >= 0).all()
    by_score = np.exp(-BY_SES * SCORES)
    mean = np.einsum("xasn,s,xan->xa", table.living, by_score, table.hazard())
    np.testing.assert_allclose(mean, probability_of_dying())
    assert (np.diff(table.score()[:, 40:], axis=1) > 0).all()  # the better off live longer


def test_factors_of_conditions_have_mean_one_over_the_years_lived():
    table, factors = life_table(), {"copd": 1.8, "frail": 3.5}
    relative = table.relative(factors, 0.1)
    mean = np.einsum("xasn,s,xan->xa", table.lived, np.exp(-0.1 * SCORES), relative)
    np.testing.assert_allclose(mean, 1)
    assert relative[0, 70, 0b1010] / relative[0, 70, 0] == pytest.approx(1.8 * 3.5)
    assert table.hazard()[1, 80, 0b0100] / table.hazard()[1, 80, 0] == pytest.approx(
        RELATIVE["heart_failure"]
    )


def test_the_old_die_as_often_in_the_last_year_as_in_the_first(drawn):
    people, fate, _ = drawn
    for t in (0, 9):
        at_risk = (people.insured[t] > 0) & (fate.stays[t] == 1) & (people.age[t] >= 80)
        expected = probability_of_dying()[people.woman[at_risk].astype(int), people.age[t][at_risk]].sum()
        assert fate.hazard[t][at_risk].sum(dtype=float) == pytest.approx(expected, rel=0.03), t


def test_the_dead_stay_dead(drawn):
    people, fate, _ = drawn
    insured, died = fate.end()
    assert (died.sum(axis=0) <= 1).all()
    after = np.cumsum(died, axis=0) - died > 0
    assert (insured[after] == 0).all()
    assert died.any()
    np.testing.assert_array_equal(insured, people.insured)


def test_deaths_follow_the_hazard(drawn):
    _, fate, _ = drawn
    insured, died = fate.end()
    risk = (insured > 0) | died
    expected = fate.hazard[risk].sum(dtype=float)
    assert died.sum() == pytest.approx(expected, abs=4 * math.sqrt(expected))


def test_lower_hazard_spares_some_and_kills_nobody_else(drawn):
    _, fate, _ = drawn
    insured, died = fate.end()
    longer, fewer = fate.end(np.float32(0.8))
    assert (longer >= insured).all()
    assert 0.7 < fewer.sum() / died.sum() < 0.95
    nobody, none = fate.end(np.float32(0.0))
    assert not none.any()
    np.testing.assert_array_equal(nobody, fate.stays)


def test_country_does_not_depend_on_the_number_of_jobs(written, tmp_path):
    out, one = written
    two = simulate(COUNTRY, tmp_path / "two", jobs=2)
    pd.testing.assert_frame_equal(one.panel, two.panel, check_exact=True)
    files = sorted(path.relative_to(out) for path in out.rglob("*") if path.is_file())
    assert len([file for file in files if file.parts[0] == "person_year"]) == 2
    assert files == sorted(
        p.relative_to(tmp_path / "two") for p in (tmp_path / "two").rglob("*") if p.is_file()
    )
    for file in files:
        assert (out / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file


def test_people_are_the_same_whatever_the_programmes(written, tmp_path):
    out, _ = written
    simulate(replace(COUNTRY, programmes=()), tmp_path / "none", jobs=1)
    sql = "select person_id, birth_year, ses, municipality from {person_year} where year = 2009 order by 1"
    pd.testing.assert_frame_equal(query(out, sql), query(tmp_path / "none", sql))


def test_files_keep_their_contracts(written):
    out, simulated = written
    rows = pd.read_parquet(out / "person_year" / "part-00001.parquet").iloc[::7]
    load_contract("person_year").check(rows, "person_year")
    load_contract("region_panel").check(simulated.panel, "region_panel.parquet")
    delivered = pd.read_parquet(out / "region_panel.parquet")
    pd.testing.assert_frame_equal(delivered, simulated.panel, check_dtype=False)
    codes = pd.read_csv(out / "municipality_codes.csv")
    load_contract("municipality_codes").check(codes, "municipality_codes.csv")
    borders = pd.read_csv(out / "municipality_neighbours.csv")
    load_contract("municipality_neighbours").check(borders, "municipality_neighbours.csv")


def test_persons_alive_are_as_many_as_asked_for(written):
    out, _ = written
    start = query(out, "select count(*) as n from {person_year} where year = 2009 and birth_year < 2009")
    assert start["n"].item() == pytest.approx(COUNTRY.persons, rel=0.01)  # some immigrate in that year
    insured = query(out, "select year, sum(insured_years) as n from {person_year} group by 1 order by 1")["n"]
    assert insured.iloc[-1] / insured.iloc[0] == pytest.approx(17.170 / 16.4, abs=0.03)
    ids = query(out, "select count(distinct (person_id, year)) as k, count(*) as n from {person_year}")
    assert ids["k"].item() == ids["n"].item()


def test_region_panel_is_the_sum_of_the_persons(written):
    out, simulated = written
    places = pd.read_csv(out / "municipality_codes.csv").set_index("code")["unit"]
    costs = ", ".join(f"sum(cost_{name}) as {name}" for name in CATEGORIES)
    sums = query(
        out,
        "select municipality, year, sum(insured_years) as insured, 1000.0 * sum(died) as deaths, "
        f"sum(case when year - birth_year >= 65 then insured_years else 0 end) as old, {costs} "
        "from {person_year} group by all",
    )
    sums["unit"] = sums["municipality"].astype(str).map(places)
    sums = sums.drop(columns="municipality").groupby(["unit", "year"], as_index=False).sum()
    both = simulated.panel.merge(sums, on=["unit", "year"], validate="one_to_one")
    assert len(both) == len(sums) == 355 * 10
    np.testing.assert_allclose(both["insured_years"], both["insured"], rtol=1e-6)
    np.testing.assert_allclose(both["mortality"], both["deaths"] / both["insured"], rtol=1e-6)
    np.testing.assert_allclose(both["share_65_plus"], both["old"] / both["insured"], rtol=1e-5, atol=1e-9)
    for name in CATEGORIES:
        np.testing.assert_allclose(both[f"cost_{name}"], both[name] / both["insured"], rtol=1e-5)
    np.testing.assert_allclose(both["cost"], sum(both[f"cost_{name}"] for name in CATEGORIES), rtol=1e-9)


def test_standardised_cost_is_that_of_the_case_mix_module(written):
    out, simulated = written
    places = pd.read_csv(out / "municipality_codes.csv").set_index("code")["unit"]
    cells = query(
        out,
        "select municipality, sex, least((year - birth_year) // 5 * 5, 90) as age, count(*) as persons, "
        "sum(insured_years) as insured_years, sum(died) * 1000.0 as mortality, "
        "sum(cost_gp + cost_hospital + cost_pharmacy + cost_mental + cost_nursing + cost_other) as cost "
        "from {person_year} where year = 2016 group by all",
    )
    cells["unit"] = cells["municipality"].astype(str).map(places)
    reference = standardise(cells, ["cost", "mortality"])
    reference = reference.join(age_structure(cells).drop(columns=["persons", "insured_years"]))
    panel = simulated.panel[simulated.panel["year"] == 2016].set_index("unit").loc[reference.index]
    for name in ("cost_standardised", "mortality_standardised", "share_under_20", "share_80_plus"):
        np.testing.assert_allclose(panel[name], reference[name], rtol=2e-5, atol=1e-7, err_msg=name)


def test_cut_cost_holds_everybody_at_the_99th_percentile_of_the_year(written):
    out, simulated = written
    places = pd.read_csv(out / "municipality_codes.csv").set_index("code")["unit"]
    total = " + ".join(f"cost_{name}::double" for name in CATEGORIES)
    persons = query(
        out,
        "select municipality, year, sex, least((year - birth_year) // 5 * 5, 90) as age, insured_years, "
        f"{total} as cost from " + "{person_year}",
    )
    persons["unit"] = persons["municipality"].astype(str).map(places)
    bound = persons.groupby("year")["cost"].transform(
        lambda cost: cost.nlargest(len(cost) // 100 + 1).iloc[-1]
    )
    over = (persons["cost"] > 1.0001 * bound).groupby(persons["year"]).mean()
    assert over.between(0.0098, 0.01).all()
    persons["cut"] = persons["cost"].clip(upper=bound)
    sums = persons.groupby(["unit", "year"])[["insured_years", "cut"]].sum()
    panel = simulated.panel.set_index(["unit", "year"])
    np.testing.assert_allclose(
        panel.loc[sums.index, "cost_truncated"], sums["cut"] / sums["insured_years"], rtol=2e-4
    )
    cells = persons[persons["year"] == 2016].groupby(["unit", "sex", "age"], as_index=False).agg(
        persons=("cut", "size"), insured_years=("insured_years", "sum"), cut=("cut", "sum")
    )  # fmt: skip
    reference = standardise(cells, ["cut"])["cut_standardised"]
    here = panel.xs(2016, level="year").loc[reference.index, "cost_truncated_standardised"]
    np.testing.assert_allclose(here, reference, rtol=2e-4)
    assert (panel["cost_truncated"] <= panel["cost"] * (1 + 1e-9))[panel["insured_years"] > 0].all()


def test_merged_municipality_was_two_and_keeps_the_code_of_one(tmp_path):
    country = Country(persons=10_000, mergers=20, programmes=())
    simulated = simulate(country, tmp_path / "merged", jobs=1)
    since = simulated.geography.former
    assert np.count_nonzero(since) == 20
    assert (since[since > 0] > 2009).all()
    sql = "select year, count(distinct municipality) as n from {person_year} group by 1 order by 1"
    counts = query(tmp_path / "merged", sql).set_index("year")["n"]
    assert counts[2018] == 355
    assert counts[2009] > 365  # a few halves are too small to have anybody in so small a country
    codes, position = codes_in(simulated.geography, 2009)
    merged = np.flatnonzero(since)
    assert [codes[i] for i in position[merged, 0]] == [simulated.geography.codes[i] for i in merged]
    assert {codes[i] for i in position[merged, 1]} == {
        simulated.geography.codes[i].replace("SM", "SMX") for i in merged
    }
    assert set(simulated.panel["unit"]) == set(simulated.geography.units)


def test_codes_of_every_year_lead_to_the_latest_map(written):
    out, simulated = written
    codes = pd.read_csv(out / "municipality_codes.csv").set_index("code")
    used = query(
        out, "select municipality as code, min(year) as a, max(year) as z from {person_year} group by 1"
    )
    used = used.assign(code=used["code"].astype(str)).set_index("code").join(codes, validate="one_to_one")
    assert used["unit"].notna().all()
    assert (used["first"] <= used["a"]).all()
    assert (used["z"] <= used["last"]).all()
    ended = codes.dropna(subset="ends_in")
    assert len(ended) == simulated.country.mergers > 0
    # what ended carries on in the same place, in the year after
    assert (codes.loc[ended["ends_in"], "unit"].to_numpy() == ended["unit"].to_numpy()).all()
    latest = pd.read_csv(out / "municipalities.csv").set_index("unit")
    since = latest.loc[ended["unit"], "since"].to_numpy()
    assert (since == ended["last"] + 1).all()
    n = query(out, "select count(distinct municipality) as n from {person_year} where year = 2009")[
        "n"
    ].item()
    assert 355 + 40 < n <= 355 + simulated.country.mergers  # a half may be too small to have anybody


def test_municipality_without_inhabitants_has_no_logarithm_when_others_are_taken_over():
    geography = draw_geography(COUNTRY)
    years = np.arange(2009, 2019)
    rows = pd.MultiIndex.from_product([geography.units, years], names=["unit", "year"]).to_frame(index=False)
    rows = rows.assign(group="G", area="A", cost=100.0, insured_years=20.0, log_insured_years=math.log(20))
    rows.loc[0, ["cost", "insured_years", "log_insured_years"]] = (math.nan, 0.0, math.nan)
    panel = TakenOver(5).panel(rows, COUNTRY, geography)
    assert len(panel) < len(rows)
    empty = panel["insured_years"] == 0
    assert empty.sum() == 1
    assert panel.loc[empty, ["cost", "log_insured_years"]].isna().all(axis=None)
    assert panel.loc[~empty, "log_insured_years"].notna().all()


@pytest.mark.parametrize("raised", [KeyboardInterrupt, RuntimeError])
def test_nothing_half_written_stays_behind(tmp_path, raised):
    def stop(*_):
        raise raised

    country = Country(persons=10_000)
    for told in ({"on_done": stop}, {"finish": stop}):
        with pytest.raises(raised):
            simulate(country, tmp_path / "gone", jobs=1, **told)
        assert list(tmp_path.iterdir()) == []


def test_more_can_be_written_before_the_folder_gets_its_name(tmp_path):
    told = []

    def finish(folder, simulated):
        assert not any((tmp_path / "out").iterdir())
        (folder / "more.txt").write_text(f"{len(simulated.panel)} rows")

    (tmp_path / "out").mkdir()  # an empty folder will do
    simulate(Country(persons=10_000), tmp_path / "out", 1, lambda *done: told.append(done), finish)
    assert (tmp_path / "out" / "more.txt").read_text() == "3550 rows"
    assert told == [(1, 1)]


def test_folder_with_files_is_refused(tmp_path):
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(UserError, match="is not an empty folder"):
        simulate(Country(), tmp_path, jobs=1)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_all_that_is_wrong_with_a_country_is_said_at_once(tmp_path):
    with pytest.raises(UserError) as error:
        Country(persons=500, seed=-1, first=2018, last=2012, mergers=400, persistence=1.0)
    problems = (
        "persons must be at least 10,000; got 500",
        "seed must be 0 or more; got -1",
        "last must be after first; got 2018 and 2012",
        "mergers must be 0 to 100; got 400",
        "persistence must be at least 0 and below 1; got 1.0",
    )
    for words in problems:
        assert words in str(error.value)
    with pytest.raises(UserError, match="costs for 2009-2023; asked for 2009-2025"):
        simulate(Country(persons=10_000, last=2025), tmp_path / "later", jobs=1)
    assert list(tmp_path.iterdir()) == []
