"""Designs that answer otherwise than chance lets them lower each other; what chance does lowers nobody."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from lmpeval.design import Status
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs_apart import are_apart, beside_other_designs
from lmpeval.effect_scale import EffectScale
from lmpeval.engine.planning import plan
from lmpeval.engine.running import run
from lmpeval.estimate import Comparison
from lmpeval.ledger import Certainty
from lmpeval.report.sentences import reasons
from lmpeval.report.sheets.sure import doubts
from lmpeval.report.words import DUTCH, ENGLISH
from lmpeval.study import Level
from lmpeval.verdict import State
from report.small_results import cost, finding
from simulation.small_country import prepared, study


def beside(effect, drawn=None, **said):
    """What a second design says: by default what chance does to it is what it does to the first."""
    found = finding(effect, primary=False, **said)
    if drawn is None:
        return found
    return _with_estimate(found, uncertainty=replace(found.result.estimate.uncertainty, placebo=drawn))


def _with_estimate(found, **changes):
    return replace(found, result=replace(found.result, estimate=replace(found.result.estimate, **changes)))


def heard(*findings):
    return [each.result.ledger.apart for each in beside_other_designs(findings)]


def test_answers_that_chance_does_not_explain_lower_both_and_say_so():
    one, other = beside_other_designs([finding(-60), beside(-30)])
    assert one.result.ledger.apart == ("synthetic_control",)
    assert other.result.ledger.apart == ("difference_in_differences",)
    assert (finding(-60).verdict.certainty, one.verdict.certainty) == (Certainty.MODERATE, Certainty.LOW)
    doubted = {"parallel_trends": Status.UNCERTAIN}
    one, _ = beside_other_designs([finding(-60, statuses=doubted), beside(-30)])
    assert one.verdict.certainty is Certainty.LOW
    assert one.verdict.reasons == ("designs apart", "uncertain:parallel_trends")
    for words, told in ((ENGLISH, "Compared in another way"), (DUTCH, "Op een andere manier vergeleken")):
        assert reasons(one, words)[0].startswith(told)
        assert doubts(one.result, words.catalogue)[0].startswith(told)
        assert len(doubts(one.result, words.catalogue)) == 2


def test_little_or_no_difference_is_not_said_where_another_design_finds_one():
    doubted = {"no_spillover": Status.UNCERTAIN}
    alone = finding(3, 10, statuses=doubted)
    assert alone.verdict.state is State.NO_MATERIAL_DIFFERENCE
    one, _ = beside_other_designs([alone, beside(-60)])
    assert one.verdict.state is State.INCONCLUSIVE


@pytest.mark.parametrize(
    "other",
    [
        beside(-60 + 24.9),  # less than what matters, however sure
        beside(-30, statuses={"parallel_trends": Status.NOT_SUPPORTED}),
        beside(-30, statuses={"parallel_trends": Status.NOT_ASSESSED}),
        beside(-30, outcome=cost(name="another")),
        replace(beside(-30), cell=replace(beside(-30).cell, level=Level.INTERVENTION)),
    ],
)
def test_who_says_nothing_else_of_the_same_contradicts_nobody(other):
    assert heard(finding(-60), other)[0] == ()


def test_the_same_two_answers_are_apart_only_where_chance_does_not_part_them():
    """Ranges overlap in both cases: what counts is whether stand-ins part the designs too."""
    one, other = finding(-60, 40), beside(-30, reach=40)
    assert heard(one, other) == [("synthetic_control",), ("difference_in_differences",)]
    rng, shape = np.random.default_rng(5), one.result.estimate.uncertainty.placebo.shape
    assert heard(one, beside(-30, rng.normal(0, 20, shape), reach=40)) == [(), ()]


def test_the_order_and_the_unit_do_not_matter():
    one, other = finding(-60), beside(-30)
    assert are_apart(one, other) is are_apart(other, one) is True
    forth, back = heard(one, other, beside(-61)), heard(beside(-61), other, one)
    assert forth[1] == tuple(reversed(back[1]))
    assert forth[0] == back[2] == ("synthetic_control",)


def test_ratios_are_apart_where_no_value_lies_in_both_ranges():
    near, far, wide = (in_logarithms(*said) for said in ((0.02, 0.03), (0.4, 0.03), (0.4, 0.5)))
    assert are_apart(near, far)
    assert not are_apart(near, wide)


def in_logarithms(effect, reach):
    found = finding(effect, reach, outcome=cost(minimal_important_difference=1.0))
    counted, weights = found.result.estimate.counted, found.result.estimate.comparison.weights
    flat = np.full(len(counted), 7.6)
    return _with_estimate(
        found,
        scale=EffectScale.RATIO,
        comparison=Comparison(flat, weights),
        observed=flat + np.where(counted, effect, 0.0),
    )


def test_where_nothing_is_wrong_one_pair_in_twenty_is_called_apart():
    """Errors of both designs are drawn with much in common; whatever parts them counts as mattering."""
    rng, called, n = np.random.default_rng(11), 0, 600
    outcome = cost(minimal_important_difference=1e-9)
    one, other = finding(outcome=outcome), beside(0, outcome=outcome)
    counted = one.result.estimate.counted
    for _ in range(n):
        common, own = rng.normal(0, 20, (40, 1)), rng.normal(0, 8, (2, 40, 1))
        site, *stand_ins = np.moveaxis(np.repeat(common + own, len(counted), axis=2), 1, 0)
        pair = []
        for i, each in enumerate((one, other)):
            found = each.result.estimate
            drawn = np.array([both[i] for both in stand_ins])
            reach = np.sort(np.abs(drawn[:, 0]))[-2]
            sure = replace(
                found.uncertainty, placebo=drawn, interval=(site[i][0] - reach, site[i][0] + reach)
            )
            observed = found.comparison.counterfactual + np.where(counted, site[i], 0.0)
            pair.append(_with_estimate(each, observed=observed, uncertainty=sure))
        called += are_apart(*pair)
    assert 0.02 < called / n < 0.08


@dataclass(frozen=True)
class OffAtTheSite(DifferenceInDifferences):
    """Wrong at the site alone, by what no stand-in shows."""

    def compare(self, panel):
        found = super().compare(panel)
        off = np.where(panel.before, 0.0, 300.0 if "Kant" in panel.sites else 0.0)
        return Comparison(found.counterfactual + off, found.weights)


def test_a_run_hears_a_design_that_is_wrong_at_the_site():
    laid = plan(prepared(study(outcomes=study().outcomes[:1], designs=study().designs[:1])))
    [task] = laid.tasks
    off = replace(task, cell=replace(task.cell, label="off", design=OffAtTheSite(), primary=False))
    alike = replace(task, cell=replace(task.cell, label="alike", primary=False))
    [both] = run([replace(laid, tasks=(task, off))], jobs=1)
    [same] = run([replace(laid, tasks=(task, alike))], jobs=1)
    assert [each.result.ledger.apart for each in both.findings] == [("off",), (task.cell.label,)]
    assert [each.result.ledger.apart for each in same.findings] == [(), ()]
