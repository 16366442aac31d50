"""One entry for all starts: what they say together decides, by chance no more often than one test does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lmpeval.assumptions.trend import trend_carried_on
from lmpeval.design import Case, Circumstances, Evidence, Status, compare_all
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.inference import PlaceboGroups
from lmpeval.ledger import Entry
from lmpeval.robustness import Balance
from lmpeval.several_starts import pretended_starts
from lmpeval.starts.ledger import TOGETHER, OverAll, judged
from lmpeval.starts.staggered import pool
from several_starts import drawn

RNG = np.random.default_rng
FEW = PlaceboGroups(draws=99)
SUPPORTED, UNCERTAIN, NOT_SUPPORTED = Status.SUPPORTED, Status.UNCERTAIN, Status.NOT_SUPPORTED
TREND, NOT_ASSESSED = "parallel_trends", Status.NOT_ASSESSED


def over_all(design, panels, margin=20.0, announced=None, balance=()):
    found = pool(design, panels, 0, RNG(0)).estimate
    exposed = np.logical_or.reduce([panel.treated for panel in panels])
    whole = replace(panels[0], treated=exposed, aside=panels[0].aside & ~exposed)
    case = Case(design, whole, found, Circumstances(margin=margin, announced=announced), RNG(1))
    return OverAll(case, panels, pretended_starts(design, panels, RNG(0)), balance)


def check_of(design, name):
    return next(a for a in design.assumptions if a.name == name)


@pytest.mark.parametrize(
    ("alone", "together", "expected"),
    [
        ((SUPPORTED, SUPPORTED), NOT_SUPPORTED, NOT_SUPPORTED),  # each too small to see, all together not
        ((UNCERTAIN, UNCERTAIN), SUPPORTED, SUPPORTED),
        ((NOT_SUPPORTED, SUPPORTED), NOT_SUPPORTED, NOT_SUPPORTED),
        ((NOT_SUPPORTED, SUPPORTED), UNCERTAIN, UNCERTAIN),
        ((NOT_SUPPORTED, SUPPORTED), SUPPORTED, UNCERTAIN),
        ((NOT_SUPPORTED, SUPPORTED), NOT_ASSESSED, UNCERTAIN),
        ((NOT_SUPPORTED, SUPPORTED), None, UNCERTAIN),
        ((UNCERTAIN, SUPPORTED), None, UNCERTAIN),
    ],
)
def test_what_all_starts_say_together_decides(monkeypatch, alone, together, expected):
    said = together and Evidence(together, "seen in all", 7.0, 8.0)
    monkeypatch.setitem(TOGETHER, trend_carried_on, lambda _: said)
    trend = check_of(DifferenceInDifferences, TREND)
    same = [
        Entry(trend, Evidence(status, f"seen {i}", float(i)), "because") for i, status in enumerate(alone)
    ]
    found = judged(same, (2014, 2016), None)
    assert (found.status, found.argument) == (expected, "because")
    if NOT_SUPPORTED in alone:
        assert "start 2014: seen 0 (start 2016: supported)" in found.evidence.finding
    if together not in (None, NOT_ASSESSED):
        assert found.evidence.finding.startswith("over all starts together: seen in all")
        assert (found.evidence.number, found.evidence.threshold) == (7.0, 8.0)


def test_what_cannot_be_tested_together_is_that_of_the_worst_start():
    overlap = check_of(DifferenceInDifferences, "overlap")
    same = [Entry(overlap, Evidence(s, "seen"), None) for s in (SUPPORTED, NOT_SUPPORTED)]
    assert judged(same, (2014, 2016), None).status is NOT_SUPPORTED


@pytest.mark.parametrize(
    ("announced", "early", "told"),
    [
        (None, -1, "effect in the year before each start: "),
        (2011, -2, "effect in the 2 years before each start: "),  # two years before 2013, four before 2015
        (2014, -1, "effect in the year before each start: "),  # after the first start
    ],
)
def test_anticipation_is_the_effect_of_a_start_that_never_was(announced, early, told):
    panels = drawn(4, (2013, 2015))
    over = over_all(DifferenceInDifferences(inference=FEW), panels, announced=announced)
    found = TOGETHER[check_of(DifferenceInDifferences, "no_anticipation").check](over)
    assert found.number == over.early[early].effect
    assert found.finding.startswith(told)


def test_balance_is_that_of_the_starts_by_weight():
    apart = (Balance("age", 0.0, 0.0, 0.3), Balance("income", 0.0, 0.0, -0.05))
    over = OverAll(None, (), {}, apart)
    found = TOGETHER[check_of(DifferenceInDifferences, "observed_balance").check](over)
    assert (found.status, found.number) == (NOT_SUPPORTED, 0.3)
    assert "in age; 1 of 2 covariates" in found.finding
    assert (
        TOGETHER[check_of(DifferenceInDifferences, "observed_balance").check](replace(over, balance=()))
        is None
    )


def test_error_of_years_held_out_is_that_of_all_starts_by_size():
    """In the three years that both have before they start: errors of the starts, weighed, then squared."""
    design = SyntheticControl(inference=FEW)
    panels = drawn(4, (2013, 2015))
    found = TOGETHER[check_of(SyntheticControl, "donor_fit").check](over_all(design, panels))
    size = np.array([p.size[p.treated].sum() for p in panels])
    missed = []
    for since in (-3, -2, -1):
        held = [p.held_out(int(p.start + since - 2010)) for p in panels]
        answers = [compare_all(design, [p])[0] for p in held]
        each = [p.treated_mean[-1] - a.counterfactual[-1] for p, a in zip(held, answers, strict=True)]
        missed.append(size @ each / size.sum())
    assert found.number == pytest.approx(np.sqrt(np.mean(np.square(missed))), rel=1e-4)
    assert "stand-ins; from 3 years" in found.finding


def test_two_common_years_are_too_few_to_hold_one_out():
    design = SyntheticControl(inference=FEW)
    over = over_all(design, drawn(4, (2012, 2015)))
    assert TOGETHER[check_of(SyntheticControl, "donor_fit").check](over) is None


@pytest.mark.slow
def test_five_starts_are_withheld_no_more_often_than_one_test_at_five_percent():
    """All premises true and a margin of next to nothing: at most 12 of 100 in 99 of 100 such tests."""
    design, withheld = DifferenceInDifferences(inference=FEW), 0
    for seed in range(100):
        panels = drawn(5000 + seed, (2013, 2014, 2015, 2016, 2017), neighbourhoods=120)
        over = over_all(design, panels, margin=1.0)
        withheld += TOGETHER[trend_carried_on](over).status is NOT_SUPPORTED
    assert withheld <= 12
