"""Whether all claims of a year are in: told by the delivery, or seen in the path of the years before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lmpeval.completeness import CHANCE, shown_by_path
from lmpeval.design import Status
from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.engine.running import run
from lmpeval.errors import UserError
from lmpeval.simulation.country.settings import Country
from lmpeval.simulation.delivery import lay_out
from lmpeval.sources.vektis import read_years
from lmpeval.study_files.reading import load_study
from simulation.quiet_regions import asking, effect, in_site, quiet
from simulation.small_country import laid_out, prepared, study, table

YEARS = np.arange(2011, 2017)
LAST = 2017
NATIONAL = {"price": {"year": 2012, "index": "national"}}


def path(*growth: float) -> np.ndarray:
    return 2000 * np.exp(np.cumsum([0.0, *growth]))


def test_the_last_year_is_held_against_the_growth_of_those_before():
    found = shown_by_path(path(0.02, 0.03, 0.02, 0.03, -0.05), YEARS, ())
    assert found.year == 2016
    assert found.missing == pytest.approx(1 - np.exp(-0.05 - 0.025), rel=1e-12)
    # Student's t with three degrees of freedom: 4.5407; spread 0.0057735; one to come beside four
    reach = 4.5407 * 0.0057735 * np.sqrt(1.25)
    assert found.noticeable == pytest.approx(1 - np.exp(-reach), rel=1e-4)
    assert not found.told


def test_cents_or_euros_are_as_complete():
    mean = path(0.02, 0.03, 0.02, 0.03, -0.05)
    euro, cent = (shown_by_path(scale * mean, YEARS, ()) for scale in (1, 100))
    assert (cent.missing, cent.noticeable) == pytest.approx((euro.missing, euro.noticeable), rel=1e-9)


def test_a_break_is_no_growth_on_either_side_of_it():
    calm, broken = (0.02, 0.03, 0.02, 0.03, 0.02, 0.03), (0.02, 0.03, 0.4, -0.3, 0.02, 0.03)
    years = np.arange(2010, 2018)
    without = shown_by_path(path(*broken, -0.05), years, (2013,))
    assert without.missing == pytest.approx(1 - np.exp(-0.05 - 0.025))
    assert without.noticeable < 0.05 < shown_by_path(path(*broken, -0.05), years, ()).noticeable
    assert shown_by_path(path(*calm, -0.05), years, (2017,)) is None
    assert shown_by_path(path(*calm, -0.05), years, (2016,)) is None


def test_years_that_do_not_follow_each_other_show_no_growth():
    years = np.array([2010, 2011, 2012, 2013, 2014, 2015, 2018])
    assert shown_by_path(path(0.02, 0.03, 0.02, 0.03, 0.02, -0.05), years, ()) is None
    assert shown_by_path(path(0.02, 0.03, 0.02, -0.05), np.arange(2010, 2015), ()) is None


def test_a_complete_year_is_called_incomplete_once_in_a_hundred():
    rng = np.random.default_rng(8)
    draws = 20_000
    growth = rng.normal(0.03, 0.02, (draws, 7))
    found = (shown_by_path(path(*row), np.arange(2011, 2019), ()) for row in growth)
    alarms = sum(one.missing > one.noticeable for one in found)
    assert abs(alarms - CHANCE * draws) < 4 * np.sqrt(CHANCE * draws)


# In a study


def measured(data, **changes):
    """Ledger entry and verdict of the cost of the small country."""
    first = replace(study().outcomes[0], **changes)
    asked = study(outcomes=(first,), designs=study().designs[:1])
    [told] = run([plan(prepared(asked, data))], jobs=1)
    [found] = told.findings
    return next(e for e in found.result.ledger.entries if e.assumption.name == "same_measurement"), found


def late(rows, share=0.07):
    return -share * rows["cost"] * (rows["year"] == rows["year"].max())


def late_in_the_site(rows):
    return late(rows, 0.03) * in_site(rows)


def test_what_is_late_everywhere_is_seen_and_the_answer_given_without_the_year():
    for price in ({}, {"price": replace(study().outcomes[0].price, year=2012, index="national")}):
        changed = [replace(o, **price) for o in study().outcomes[:1]]
        ready = asking(quiet(effect(-60), late, seed=5))
        ready = replace(ready, study=replace(ready.study, outcomes=tuple(changed)))
        [told] = run([plan(ready)], jobs=1)
        [found] = told.findings
        entry = next(e for e in found.result.ledger.entries if e.assumption.name == "same_measurement")
        assert entry.status is Status.NOT_SUPPORTED
        assert entry.evidence.number == pytest.approx(0.07, abs=0.01)
        assert 0.01 <= entry.evidence.threshold < 0.03
        assert "not supported:same_measurement" in found.verdict.reasons
        kept = replace(ready.study, window=replace(ready.study.window, last=LAST - 1))
        [without] = run([plan(replace(ready, study=kept))], jobs=1)
        if not price:  # in prices of a year that is there either way
            number = f"{without.findings[0].result.estimate.effect:.3g}"
            assert f"without {LAST} the effect is {number} instead of" in entry.evidence.finding


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_complete_year_of_a_calm_country_is_argued_with_what_would_have_been_noticed(seed):
    [task] = plan(asking(quiet(seed=seed))).tasks
    known = task.circumstances.completeness
    assert known.missing < max(0.01, known.noticeable)
    if seed == 1:
        entry, _ = measured(quiet(seed=1))
        assert entry.status is Status.ARGUED
        assert entry.evidence.number == pytest.approx(known.missing)
        assert "would have been noticed from" in entry.evidence.finding


def told_of(site: float, pool: float):
    data = table()
    last = data["year"] == LAST
    share = np.where(in_site(data, LAST), site, np.where(last, pool, 1.0))
    return measured(data.assign(completeness=share))


@pytest.mark.parametrize(
    ("site", "pool", "status", "number"),
    [
        (1.0, 1.0, Status.ARGUED, 0.0),
        (0.995, 0.995, Status.ARGUED, 0.005),
        (0.93, 0.93, Status.UNCERTAIN, 0.07),
        (0.96, 0.93, Status.NOT_SUPPORTED, -0.03),
        (0.98, 1.0, Status.NOT_SUPPORTED, 0.02),
    ],
)
def test_what_the_delivery_tells_comes_before_the_path(site, pool, status, number):
    entry, _ = told_of(site, pool)
    assert entry.status is status
    assert entry.evidence.number == pytest.approx(number, abs=1e-12)
    assert entry.evidence.threshold == 0.01
    assert f"{100 * (1 - site):.1f} % for the site" in entry.evidence.finding
    assert (f"without {LAST} the effect is" in entry.evidence.finding) is (status is not Status.ARGUED)


def test_only_what_speaks_against_it_costs_certainty():
    levels = [told_of(*shares)[1].verdict.certainty for shares in ((1.0, 1.0), (0.93, 0.93), (0.96, 0.93))]
    assert levels[0] == levels[1] != levels[2]


def test_a_share_above_one_is_refused_in_its_line(tmp_path):
    data = table().assign(completeness=1.0)
    data.loc[3, "completeness"] = 93.0
    with pytest.raises(UserError, match=r"completeness: must be at most 1; 1 row: line 5 has '93.0'"):
        prepare([laid_out(tmp_path, study(), data)], tmp_path)


def test_what_is_no_cost_has_no_claims_to_come_in():
    tasks = plan(prepared(study(), table())).tasks
    assert {t.cell.outcome.name: t.circumstances.completeness is None for t in tasks} == {
        "cost": False,
        "mortality": True,
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_false_alarm_in_the_synthetic_country(tmp_path, seed):
    lay_out(Country(persons=20_000, seed=seed), [], tmp_path / "country", jobs=1)
    path = tmp_path / "country" / "studies" / "site_1_diabetes_care.yaml"
    [ready] = prepare([path], tmp_path / "country")
    known = [t.circumstances.completeness for t in plan(ready).tasks if t.cell.outcome.aim == "cost"]
    assert known
    assert all(one is not None and one.missing < max(0.01, one.noticeable) for one in known)


def test_published_years_raise_no_alarm_but_where_cost_fell_for_another_reason(real_data):
    files = read_years(real_data / "vektis", range(2011, 2021))
    seen, alarms = 0, set()
    for name in {name for each in files for name in each.outcomes}:
        of = [f for f in files if name in f.cells]
        path = {f.year: f.cells[name].sum() / f.cells["insured_years"].sum() for f in of}
        for last in range(2015, 2021):
            years = np.array(sorted(year for year in path if year <= last))
            mean = np.array([path[int(year)] for year in years])
            for breaks in ((), (2015,)):
                found = shown_by_path(mean, years, breaks) if (mean > 0).all() and len(mean) > 1 else None
                seen += found is not None
                if found and found.missing >= max(0.01, found.noticeable):
                    alarms.add((name, last, *breaks))
    assert seen > 100
    # birth care was cut with the break of 2015, which a study declares; in 2020 care was put off
    assert {alarm for alarm in alarms if alarm[1] < 2020} == {("birth_care", 2016)}
    assert {("cost_core", 2020, 2015), ("hospital", 2020, 2015)} <= alarms


def test_seven_of_a_hundred_would_be_seen_in_the_published_core_cost(real_data):
    files = read_years(real_data / "vektis", range(2011, 2019))
    mean = np.array([f.cells["cost_core"].sum() / f.cells["insured_years"].sum() for f in files])
    mean[-1] *= 0.93
    found = shown_by_path(mean, np.arange(2011, 2019), (2015,))
    assert 0.04 < found.missing < 0.07
    assert found.missing > found.noticeable


def test_the_pioneer_studies_say_what_they_would_have_noticed(real_data):
    from pathlib import Path  # noqa: PLC0415

    [path] = (Path(__file__).parents[1] / "configs" / "lmp").glob("mijnzorg.yaml")
    assert load_study(path).window.last == 2018
    [ready] = prepare([path], real_data)
    costs = {t.cell.outcome.name: t.circumstances.completeness for t in plan(ready).tasks}
    assert costs["cost_core"].year == 2018
    assert costs["cost_core"].missing < 0.01 < costs["cost_core"].noticeable < 0.05
    assert costs["deaths"] is None
