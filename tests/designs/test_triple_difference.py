"""The triple difference equals its regression, takes off what is shared, and says what it rests on."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS
from tests.several_starts import delivered, three_starts
from tests.several_starts import drawn as drawn_starts
from tests.simulation.small_country import prepared, study, table

from lmpeval.assembly.panels import assemble
from lmpeval.comparators import delivery_contradictions, select
from lmpeval.design import AlsoRead, Case, Circumstances, Status, estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.triple_difference import TripleDifference
from lmpeval.engine.planning import plan
from lmpeval.engine.running import run
from lmpeval.errors import CannotEstimate
from lmpeval.finding import Answered
from lmpeval.ledger import examine
from lmpeval.simulation.worlds import WORLDS, WORLDS_OF_TWO_OUTCOMES
from lmpeval.starts.staggered import pool
from lmpeval.study import DesignChoice, Price, contradictions
from lmpeval.verdict import State
from worlds import tiny

ALL = TripleDifference("dental", matches=10_000)
DID = DifferenceInDifferences(matches=10_000)
BY_NAME = {world.name: world for world in (*WORLDS, *WORLDS_OF_TWO_OUTCOMES)}


def gap(design, panel):
    return panel.treated_mean - design.compare(panel).counterfactual


def drawn(name="unequal_exposure", seed=3):
    return BY_NAME[name].draw(np.random.default_rng(seed))


def test_hand_example():
    # cost rose by 3 in a and by 1 in b, dental cost by 1 in a and by 0.5 in b
    panel = tiny([[10.0, 5.0], [13.0, 6.0]])
    panel = replace(panel, untouched=np.array([[2.0, 4.5], [3.0, 5.0]]))
    assert gap(ALL, panel).tolist() == pytest.approx([0.0, 1.5])
    assert ALL.compare(panel).weights.tolist() == [1.0]


# What it equals


def long_table(panel):
    """One row a unit, outcome and year, with its size."""
    kept = np.flatnonzero(~panel.aside)
    rows = []
    for o, outcome in enumerate((panel.untouched, panel.outcome)):
        for i in kept:
            for t, year in enumerate(panel.years):
                rows.append((i, o, year, outcome[t, i], panel.size[i], panel.treated[i], not panel.before[t]))
    names = ["unit", "outcome", "year", "y", "size", "treated", "after"]
    return pd.DataFrame(rows, columns=names).astype({"treated": float, "after": float})


def weighted_least_squares(columns, table):
    """Coefficients of a regression weighted by size, by plain linear algebra."""
    root = np.sqrt(table["size"].to_numpy())
    design = np.column_stack([np.asarray(c, dtype=float) for c in columns])
    return np.linalg.lstsq(design * root[:, None], table["y"].to_numpy() * root, rcond=None)[0]


def test_equals_the_regression_with_all_two_way_interactions():
    panel = drawn().panel
    rows = long_table(panel)
    d, o, a = rows["treated"], rows["outcome"], rows["after"]
    columns = [np.ones(len(rows)), d, o, a, d * o, d * a, o * a, d * o * a]
    found = gap(ALL, panel)[~panel.before].mean()
    assert found == pytest.approx(weighted_least_squares(columns, rows)[-1], abs=1e-8, rel=1e-10)


def test_equals_the_regression_with_effects_of_unit_and_year_in_each_outcome():
    """Fixed effects of unit by outcome, outcome by year and exposed by year, through linearmodels."""
    panel = drawn("two_sites_no_effect").panel
    rows = long_table(panel)
    by_year = {
        f"y{year}": rows["treated"] * (rows["year"] == year) for year in panel.years[1:]
    }  # a step a year that the treated have in both outcomes
    own = {"effect": rows["treated"] * rows["outcome"] * rows["after"]}
    index = pd.MultiIndex.from_arrays([2 * rows["unit"] + rows["outcome"], rows["year"]])
    of_outcome = {f"o{year}": rows["outcome"] * (rows["year"] == year) for year in panel.years[1:]}
    model = PanelOLS(
        rows["y"].set_axis(index),
        pd.DataFrame({**own, **by_year, **of_outcome}).astype(float).set_axis(index),
        entity_effects=True,
        time_effects=True,
        weights=rows["size"].set_axis(index),
        drop_absorbed=True,
    )
    expected = model.fit(cov_type="unadjusted").params["effect"]
    assert gap(ALL, panel)[~panel.before].mean() == pytest.approx(expected, abs=1e-8, rel=1e-10)


def test_is_the_gap_of_one_outcome_less_that_of_the_other():
    panel = drawn().panel
    for matches in (1, 5, 10_000):
        did, triple = DifferenceInDifferences(matches=matches), TripleDifference("dental", matches=matches)
        other = gap(did, replace(panel, outcome=panel.untouched))
        np.testing.assert_allclose(gap(triple, panel), gap(did, panel) - other, atol=1e-9)
        np.testing.assert_array_equal(triple.compare(panel).weights, did.compare(panel).weights)


def test_an_untouched_outcome_that_never_moves_leaves_difference_in_differences():
    panel = drawn().panel
    still = replace(panel, untouched=np.tile(panel.untouched[0], (len(panel.years), 1)))
    np.testing.assert_allclose(gap(ALL, still), gap(DID, still), atol=1e-9)


# What it takes off, and what it does not


def test_a_trend_of_the_region_that_both_outcomes_follow_is_taken_off():
    world = replace(BY_NAME["own_trend"], noise=0.0, shock=0.0)
    truth = world.draw(np.random.default_rng(0))
    np.testing.assert_allclose(gap(ALL, truth.panel), truth.effect, atol=1e-8)
    assert abs(gap(DID, truth.panel) - truth.effect).max() > 50


def test_what_the_intervention_does_to_the_untouched_outcome_is_taken_off_too():
    world = replace(BY_NAME["untouched_is_touched"], noise=0.0, shock=0.0)
    truth = world.draw(np.random.default_rng(0))
    np.testing.assert_allclose(gap(ALL, truth.panel), 0.5 * truth.effect, atol=1e-8)


def entries(design, panel, arguments):
    rng = np.random.default_rng(0)
    found = estimate(design, panel, 0, rng)
    ledger = examine(Case(design, panel, found, Circumstances(margin=30.0), rng), arguments)
    return {entry.assumption.name: entry.status for entry in ledger.entries}


def test_ledger_tells_how_much_is_taken_off():
    world = replace(BY_NAME["untouched_is_touched"], noise=0.0, shock=0.0)
    panel = world.draw(np.random.default_rng(0)).panel
    found = estimate(ALL, panel, 0, np.random.default_rng(0))
    case = Case(ALL, panel, found, Circumstances(margin=30.0), np.random.default_rng(0))
    [entry] = [e for e in examine(case, {}).entries if e.assumption.name == "stayed_untouched"]
    assert "moved by -30 more than in the comparison units" in entry.evidence.finding
    assert entry.status is Status.NOT_ASSESSED


def test_a_trend_of_one_outcome_is_seen_and_staying_untouched_needs_an_argument():
    own = entries(TripleDifference("dental"), drawn("trend_of_one_outcome").panel, {})
    assert own["parallel_difference"] is Status.NOT_SUPPORTED
    assert own["stayed_untouched"] is Status.NOT_ASSESSED
    argued = entries(TripleDifference("dental"), drawn().panel, {"stayed_untouched": "Dentists took no part"})
    assert argued["stayed_untouched"] is Status.ARGUED
    assert "parallel_trends" not in argued


# What is refused


def test_a_panel_without_the_second_outcome_is_refused():
    panel = replace(drawn().panel, untouched=None)
    with pytest.raises(ValueError, match=r"needs the untouched outcome \(dental\)"):
        ALL.compare(panel)


def test_settings_are_checked():
    with pytest.raises(ValueError, match="matches is 0"):
        TripleDifference("dental", matches=0)


def test_a_panel_refuses_an_untouched_outcome_that_does_not_fit():
    panel = drawn().panel
    with pytest.raises(ValueError, match="untouched is"):
        replace(panel, untouched=panel.untouched[1:])
    with pytest.raises(ValueError, match="untouched outcome has missing cells"):
        replace(panel, untouched=np.where(panel.years[:, None] == panel.start, np.nan, panel.untouched))


# In a study

CHOICE = DesignChoice("triple_difference", {"untouched": "dental"}, primary=True)
COST, MORTALITY = study().outcomes


def with_dental():
    data = table()
    rng = np.random.default_rng(8)
    return data.assign(dental=100 + 0.02 * data["cost"] + rng.normal(0, 2, len(data)))


def asked(**others):
    return replace(study(), designs=(CHOICE, DesignChoice("difference_in_differences")), **others)


def test_a_study_answers_it_beside_a_design_that_reads_one_outcome():
    [result] = run([plan(prepared(asked(), with_dental()))], 1)
    triple, did = result.findings[:2]
    assert triple.cell.name == "cost - triple_difference (untouched dental)"
    assert isinstance(triple.result, Answered)
    assert triple.result.estimate.effect == pytest.approx(0.98 * did.result.estimate.effect, abs=4)
    assert triple.verdict.state is not State.FAILED
    names = [entry.assumption.name for entry in triple.result.ledger.entries]
    assert names[2:4] == ["parallel_difference", "stayed_untouched"]
    assert "stayed_untouched" not in [entry.assumption.name for entry in did.result.ledger.entries]


def test_several_starts_take_it_as_every_design():
    cohorts = drawn_starts(4, (2013, 2015), effect=-60.0, neighbourhoods=30)
    first = cohorts[0]
    own = 8.0 * np.outer(first.years - 2010, np.max([p.treated for p in cohorts], axis=0))
    second = 500 + own + np.random.default_rng(2).normal(0, 3, first.outcome.shape)
    told = [replace(p, outcome=p.outcome + own, untouched=second) for p in cohorts]
    triple = pool(ALL, told, 0, np.random.default_rng(0)).estimate
    assert triple.effect == pytest.approx(-60.0, abs=4 * triple.uncertainty.standard_error)
    assert pool(DID, told, 0, np.random.default_rng(0)).estimate.effect > triple.effect + 15


@pytest.mark.parametrize("later", ["set aside", "compare until they start"])
def test_a_study_of_several_starts_answers_it(later):
    data = delivered()
    data = data.assign(dental=100 + np.random.default_rng(8).normal(0, 2, len(data)))
    asked_of = three_starts(designs=(CHOICE,), outcomes=(COST,))
    asked_of = replace(asked_of, comparator=replace(asked_of.comparator, later_starts=later))
    [result] = run([plan(prepared(asked_of, data))], 1)
    [cost] = result.findings
    assert isinstance(cost.result, Answered), cost.result
    assert cost.result.estimate.effect == pytest.approx(-60.0, abs=25)
    [entry] = [e for e in cost.result.ledger.entries if e.assumption.name == "stayed_untouched"]
    assert "so much is taken off" in entry.evidence.finding


def assembled(data, outcome=COST):
    one = asked()
    return assemble(
        one, outcome, data, select(one, data, prepared(one).register), AlsoRead(untouched="dental")
    )


def test_both_outcomes_are_brought_to_the_same_prices():
    priced = replace(COST, price=Price(year=2017, index="national"))
    plain, there = assembled(with_dental()).panel, assembled(with_dental(), priced).panel
    np.testing.assert_allclose(there.outcome / plain.outcome, there.untouched / plain.untouched)
    assert (there.outcome[0] > 1.1 * plain.outcome[0]).all()


def test_units_and_years_without_the_untouched_outcome_are_left_out_and_named():
    data = with_dental()
    data.loc[(data["unit"] == "streek05_02") & (data["year"] == 2010), "dental"] = np.nan
    data.loc[data["year"] == 2016, "dental"] = np.nan
    made = assembled(data)
    assert made.dropped == (("streek05_02", "no figure for 2010"),)
    assert made.notes == ("no figures of cost and dental for 2016",)
    assert made.panel.untouched.shape == made.panel.outcome.shape
    with pytest.raises(CannotEstimate, match="no figures of cost and dental from the start on"):
        assembled(data.assign(dental=data["dental"].where(data["year"] < 2014)))


def test_a_column_that_is_missing_or_the_outcome_itself_is_named():
    one = asked()
    parts = {"designs": one.designs}
    [missing] = delivery_contradictions(parts, table())
    assert missing.path == ("designs", 0, "settings", "untouched")
    assert "dental" in missing.message
    assert delivery_contradictions(parts, with_dental()) == []
    same = (DesignChoice("triple_difference", {"untouched": "cost"}, primary=True),)
    [itself] = contradictions({**vars(one), "designs": same})
    assert itself.path == ("designs", 0, "settings", "untouched")
    assert "'cost' is the outcome 'cost' itself" in itself.message
