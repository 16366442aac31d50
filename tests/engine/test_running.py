"""Cells side by side: the same findings however they are run, and one failure that stays one failure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lmpeval.design import Status as Assumed
from lmpeval.engine.planning import plan
from lmpeval.engine.running import run
from lmpeval.finding import Answered, Failed, NotEstimable
from lmpeval.study import DatedReason, DesignChoice, Exclusion, Status
from lmpeval.verdict import Answer, State
from simulation.broken_design import ROW
from simulation.equality import differences
from simulation.small_country import prepared, register, study, table

DID = DesignChoice("difference_in_differences", primary=True)
BROKEN = DesignChoice("simulation.broken_design")
COST, MORTALITY = study().outcomes


def result(asked, data=None, other=None, jobs=1):
    return next(run([plan(prepared(asked, data, other))], jobs))


def by_name(found):
    named = {finding.cell.name: finding for finding in found.findings}
    assert len(named) == len(found.findings), "two cells of one name"
    return named


@pytest.fixture(scope="module")
def whole():
    return result(study())


def test_every_outcome_is_answered_by_every_design(whole):
    assert [finding.cell.name for finding in whole.findings] == [
        f"{outcome} - {design}"
        for outcome in ("cost", "mortality")
        for design in ("difference_in_differences", "synthetic_control")
    ]
    assert all(isinstance(finding.result, Answered) for finding in whole.findings)
    assert [finding.cell.primary for finding in whole.findings] == [True, False, True, False]
    assert all(finding.result.n_treated == 4 for finding in whole.findings)
    assert all(finding.result.n_compared == 120 for finding in whole.findings)


def test_exposure_is_that_of_the_treated_before_the_start(whole):
    data = table().query("unit.str.startswith('kant') and unit != 'kant_05' and year < 2014")
    expected = data.groupby("unit")["insured_years"].mean().sum()
    assert whole.findings[0].result.exposure == pytest.approx(expected, rel=1e-12)


def test_findings_do_not_depend_on_the_number_of_jobs(whole):
    assert differences(whole.findings, result(study(), jobs=2).findings) == []


def test_findings_do_not_depend_on_the_order_of_rows(whole):
    shuffled = table().sample(frac=1, random_state=8)
    assert differences(whole.findings, result(study(), shuffled).findings) == []


def test_differences_are_seen(whole):
    """The comparison that the invariances above rest on is not blind."""
    data = table()
    data.loc[(data["unit"] == "kant_01") & (data["year"] == 2015), "cost"] += 1e-9
    found = differences(whole.findings, result(study(), data).findings)
    assert any(".observed" in path for path in found)
    assert not any("[2]" in path[:11] for path in found)


def test_new_names_in_the_same_order_give_the_same_numbers(whole):
    names = {unit: f"m{i:03d}" for i, unit in enumerate(sorted(set(table()["unit"])))}
    data = table().replace({"unit": names})
    members = tuple(names[unit] for unit in study().population.members)
    asked = replace(study(), population=replace(study().population, members=members))
    for one, other in zip(whole.findings, result(asked, data).findings, strict=True):
        assert one.result.estimate.effect == other.result.estimate.effect
        assert one.result.estimate.uncertainty.interval == other.result.estimate.uncertainty.interval
        assert one.verdict == other.verdict


def test_names_in_another_order_give_the_same_numbers_but_for_rounding(whole):
    data = table()
    names = {unit: f"m{-hash_of(unit) % 10**9:09d}" for unit in sorted(set(data["unit"]))}
    assert len(set(names.values())) == 125
    members = tuple(names[unit] for unit in study().population.members)
    asked = replace(study(), population=replace(study().population, members=members))
    for one, other in zip(whole.findings, result(asked, data.replace({"unit": names})).findings, strict=True):
        assert one.result.estimate.effect == pytest.approx(other.result.estimate.effect, rel=1e-7)
        assert one.verdict.state is other.verdict.state


def hash_of(name: str) -> int:
    import hashlib  # noqa: PLC0415

    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


def two_by_two(data):
    """Change of the site less that of the whole pool, years of equal weight, units by size before."""
    before = data[data["year"] < 2014]
    size = before.groupby("unit")["insured_years"].mean()
    cost = data.assign(after=data["year"] >= 2014).groupby(["unit", "after"])["cost"].mean().unstack()
    change = cost[True] - cost[False]
    site = change.index.isin(study().population.members)
    pool = ~change.index.str.startswith("kant")
    return np.average(change[site], weights=size[site]) - np.average(change[pool], weights=size[pool])


@pytest.mark.parametrize(
    "settings", [{"adjust": "regression"}, {"adjust": "weighting"}, {"adjust": "doubly robust"}]
)
def test_without_covariates_every_design_compares_with_the_whole_pool(settings):
    asked = study("comparator", match_on=())
    asked = replace(asked, designs=(replace(DID, settings=settings),), outcomes=(COST,))
    (found,) = result(asked).findings
    assert found.result.n_compared == 120
    assert found.result.estimate.effect == pytest.approx(two_by_two(table()), abs=1e-9)
    assert found.result.robustness.balance == ()
    entry = next(e for e in found.result.ledger.entries if e.assumption.name == "observed_balance")
    assert entry.evidence.status is Assumed.NOT_ASSESSED


def test_one_comparison_unit_gives_an_estimate_without_an_interval():
    asked = replace(study("comparator", pool=("streek07_03",)), designs=study().designs)
    for found in result(asked).findings:
        sure = found.result.estimate.uncertainty
        assert sure.interval == (-np.inf, np.inf)
        assert "0 groups of neighbours in the pool are of the site's size" in sure.method
        assert np.isfinite(found.result.estimate.effect)
        assert found.verdict.state is State.INCONCLUSIVE
        assert found.verdict.answer is Answer.CANNOT_TELL
        assert "unbounded interval" in found.verdict.reasons
        entry = next(e for e in found.result.ledger.entries if e.assumption.name == "valid_uncertainty")
        assert "there is no interval and no p-value" in entry.evidence.finding
        numbers = [(e.evidence.number, e.evidence.detectable) for e in found.result.ledger.entries]
        assert all(n is None or np.isfinite(n) for pair in numbers for n in pair)


def test_adding_an_outcome_leaves_the_others_findings_alone(whole):
    third = replace(COST, name="cost_again", column="cost", primary=False)
    more = by_name(result(study(outcomes=(third, COST, MORTALITY))))
    for name, finding in by_name(whole).items():
        assert differences(finding, more[name]) == []


def test_adding_a_design_leaves_the_others_findings_alone(whole):
    asked = study(
        designs=(*study().designs, DesignChoice("difference_in_differences", {"matches": 5}), BROKEN)
    )
    more = by_name(result(asked))
    for name, finding in by_name(whole).items():
        assert differences(finding, more[name]) == []


def test_same_design_with_other_settings_has_another_name():
    choices = (
        DID,
        DesignChoice("difference_in_differences", {"matches": 5}),
        DesignChoice("difference_in_differences", {"matches": 40}),
        DesignChoice("difference_in_differences", {"match_on_outcome": True}),
    )
    found = result(study(designs=choices, outcomes=(COST,)))
    assert [finding.cell.label for finding in found.findings] == [
        "difference_in_differences",
        "difference_in_differences (matches 5)",
        "difference_in_differences (matches 40)",
        "difference_in_differences (matched on the outcome)",
        "difference_in_differences (not matched on the outcome)",
    ]
    assert len(by_name(found)) == 5
    assert [finding.cell.primary for finding in found.findings] == [True, False, False, False, False]


def test_match_on_outcome_shows_both_and_the_matched_one_is_primary():
    choice = DesignChoice("difference_in_differences", {"match_on_outcome": True}, primary=True)
    matched, plain = result(study(designs=(choice,), outcomes=(COST,))).findings
    assert (matched.cell.primary, plain.cell.primary) == (True, False)
    assert (matched.cell.design.match_on_outcome, plain.cell.design.match_on_outcome) == (True, False)
    assert matched.result.estimate.effect != plain.result.estimate.effect
    alone = result(study(designs=(DID,), outcomes=(COST,))).findings[0]
    assert alone.result.estimate.effect == plain.result.estimate.effect


# Failures and refusals


@pytest.mark.parametrize("jobs", [1, 2])
def test_design_that_breaks_takes_only_its_own_cells_down(whole, jobs):
    found = result(study(designs=(BROKEN, *study().designs)), jobs=jobs)
    named = by_name(found)
    for name, finding in by_name(whole).items():
        assert differences(finding, named[name]) == []
    broken = [finding for finding in found.findings if finding.failed]
    assert [finding.cell.name for finding in broken] == [
        "cost - simulation.broken_design",
        "mortality - simulation.broken_design",
    ]
    for finding in broken:
        assert isinstance(finding.result, Failed)
        assert finding.result.error == "ArithmeticError in broken_design.py, line 26"
        assert ROW in finding.result.trace
        assert "broken_design.py" in finding.result.trace
        assert finding.verdict.state is State.FAILED
        assert finding.verdict.answer is Answer.CANNOT_TELL
        assert finding.verdict.reasons == ("ArithmeticError",)
        assert ROW not in str(finding.verdict)
        assert (finding.verdict.effect, finding.verdict.low, finding.verdict.high) == (None, None, None)


@pytest.mark.parametrize("status", [Status.PLANNED, Status.NEVER_DELIVERED])
def test_intervention_that_was_never_there_is_not_estimated(status):
    found = result(study("intervention", status=status))
    assert len(found.findings) == 4
    for finding in found.findings:
        assert finding.verdict.state is State.NOT_DELIVERED
        assert finding.result == NotEstimable(f"the intervention is {status}")
        assert not finding.failed


def test_planned_start_may_lie_after_all_that_was_delivered():
    found = result(study("intervention", status=Status.PLANNED, start=2030))
    assert {finding.verdict.state for finding in found.findings} == {State.NOT_DELIVERED}


def test_outcome_without_figures_is_refused_and_the_other_answered(whole):
    data = table()
    data.loc[data["year"] < 2014, "cost"] = np.nan
    found = by_name(result(study(), data))
    for design in ("difference_in_differences", "synthetic_control"):
        refused = found[f"cost - {design}"]
        assert refused.verdict.state is State.NO_DATA
        assert refused.result == NotEstimable("no figures of cost before the start (2014)")
        assert differences(by_name(whole)[f"mortality - {design}"], found[f"mortality - {design}"]) == []


def test_pool_without_any_complete_unit_is_a_refusal():
    everybody = Exclusion("all of it", areas=tuple(f"area{i:02d}" for i in range(7)))
    found = result(study("comparator", exclude=(everybody,)))
    assert {finding.verdict.state for finding in found.findings} == {State.NO_DATA}
    assert "no comparison unit" in found.findings[0].result.reason


def test_too_short_a_follow_up_is_too_early():
    asked = study(outcomes=(replace(COST, expected_lag=9), MORTALITY))
    found = result(asked).findings
    assert [finding.verdict.state for finding in found[:2]] == [State.TOO_EARLY] * 2
    assert found[0].verdict.effect is None


# What the study says reaches the checks


def entry(finding, name):
    return next(e for e in finding.result.ledger.entries if e.assumption.name == name)


def test_announcement_reaches_the_check_of_anticipation(whole):
    early = replace(study().intervention, announced=study().intervention.announced.replace(year=2012))
    moved = result(replace(study(), intervention=early)).findings[0]
    assert "2013" in entry(whole.findings[0], "no_anticipation").evidence.finding
    assert "2012-2013" in entry(moved, "no_anticipation").evidence.finding


def test_breaks_reach_the_check_of_other_change(whole):
    broken = study("window", breaks=(DatedReason(2015, "reform"), DatedReason(2016, "again")))
    assert "without 2015, 2016" in entry(result(broken).findings[0], "no_other_change").evidence.finding
    assert entry(whole.findings[0], "no_other_change").status == "argued"


def test_arguments_reach_the_ledger(whole):
    assert entry(whole.findings[0], "stable_composition").argument == "Nobody moves in this country."
    without = result(study(arguments={})).findings[0]
    assert entry(without, "stable_composition").status == "not assessed"
    assert without.verdict.blocked


# Chance


def test_same_seed_same_findings(whole):
    assert differences(whole.findings, result(study()).findings) == []


def test_seeds_differ_between_designs_studies_and_seeds_and_are_one_for_the_outcomes_of_a_design():
    plans = [plan(prepared(each)) for each in (study(), study(seed=1), study(study="other"))]
    seeds: dict[tuple[int, ...], set[tuple[int, str]]] = {}
    for number, each in enumerate(plans):
        for task in each.tasks:
            seeds.setdefault(task.seed, set()).add((number, task.cell.label))
    assert [len(of) for of in seeds.values()] == [1] * 6
    assert sum(len(each.tasks) for each in plans) == 12


def test_hash_follows_the_study_and_nothing_else(whole):
    assert whole.study_hash == result(study(), jobs=2).study_hash
    assert len(whole.study_hash) == 64
    assert replace(whole, study=study(seed=1)).study_hash != whole.study_hash


def test_several_studies_come_in_order_each_with_its_findings(whole):
    second = study(study="second", outcomes=(MORTALITY,))
    done = []
    both = list(run([plan(prepared(study())), plan(prepared(second))], 2, done.append))
    assert [each.study.study for each in both] == ["demo", "second"]
    assert [len(each.findings) for each in both] == [4, 2]
    told, given = (
        [(f.cell.study, f.cell.name) for f in of] for of in (done, [*both[0].findings, *both[1].findings])
    )
    assert sorted(told) == sorted(given), "each once, as soon as it is done"
    assert differences(whole.findings, both[0].findings) == []


def test_register_and_missing_figures_reach_the_finding():
    data = table()
    data.loc[(data["unit"] == "streek03_01") & (data["year"] == 2011), "cost"] = np.nan
    found = result(study(), data, register({"streek01_01": "Other care"}))
    assert found.findings[0].dropped == (("streek03_01", "no figure for 2011"),)
    assert found.findings[2].dropped == ()
    assert found.findings[0].result.n_compared == 118
    assert found.findings[2].result.n_compared == 119
