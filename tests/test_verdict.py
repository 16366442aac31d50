import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmpeval.design import Status
from lmpeval.estimate import Comparison, Estimate, Uncertainty
from lmpeval.ledger import Certainty
from lmpeval.study import Aim, Better, Outcome, Provenance
from lmpeval.verdict import ANSWERS, Answer, State, Verdict, judge
from test_ledger import ledger

INF = float("inf")
MODERATE = ledger()
LOW = ledger(a3=Status.UNCERTAIN, a5=Status.UNCERTAIN)
VERY_LOW = ledger(a3=Status.UNCERTAIN, a5=Status.UNCERTAIN, a6=Status.UNCERTAIN)
MIRROR = {
    State.BETTER: State.WORSE,
    State.LEAN_BETTER: State.LEAN_WORSE,
    State.WORSE: State.BETTER,
    State.LEAN_WORSE: State.LEAN_BETTER,
}


def outcome(better=Better.HIGHER, margin=10.0, lag=0):
    return Outcome(
        name="x",
        aim=Aim.COST,
        unit="euro",
        better=better,
        exposure="insured_years",
        minimal_important_difference=margin,
        expected_lag=lag,
        provenance=Provenance.REGISTERED,
    )


def estimated(low, high, years=4):
    """An estimate whose interval is low to high; the effect in its middle, or 0 where it is unbounded."""
    effect = (low + high) / 2 if np.isfinite([low, high]).all() else 0.0
    before = np.array([True, True] + [False] * (years - 2))
    return Estimate(
        years=np.arange(2010, 2010 + years),
        start=2012,
        counted=~before,
        observed=np.where(before, 0.0, effect),
        comparison=Comparison(np.zeros(years), np.ones(1)),
        control_names=("a",),
        uncertainty=Uncertainty(
            "by hand", 0.95, 1.0, (low, high), np.zeros((years, 2)), 0.5, 0.1, 1, np.zeros((0, years)), ()
        ),
    )


TABLE = [
    (12, 30, State.BETTER),
    (10, 30, State.LEAN_BETTER),  # at the margin is not beyond it
    (1, 30, State.LEAN_BETTER),
    (1, 10, State.LEAN_BETTER),
    (0, 30, State.INCONCLUSIVE),  # zero itself is not rejected
    (-5, 30, State.INCONCLUSIVE),
    (-30, 30, State.INCONCLUSIVE),
    (-INF, INF, State.INCONCLUSIVE),
    (-9, 9, State.NO_MATERIAL_DIFFERENCE),
    (2, 9, State.NO_MATERIAL_DIFFERENCE),
    (-9, -2, State.NO_MATERIAL_DIFFERENCE),
    (-10, 9, State.INCONCLUSIVE),
    (-9, 10, State.INCONCLUSIVE),
    (-30, 0, State.INCONCLUSIVE),
    (-30, -1, State.LEAN_WORSE),
    (-30, -10, State.LEAN_WORSE),
    (-30, -12, State.WORSE),
]


@pytest.mark.parametrize(("low", "high", "state"), TABLE)
def test_states_where_higher_is_better(low, high, state):
    found = judge(estimated(low, high), MODERATE, outcome())
    assert found.state is state
    assert (found.low, found.high, found.margin) == (low, high, 10.0)


@pytest.mark.parametrize(("low", "high", "state"), TABLE)
def test_states_where_lower_is_better(low, high, state):
    found = judge(estimated(-high, -low), MODERATE, outcome(Better.LOWER))
    assert found.state is state
    assert (found.low, found.high) == (-high, -low)  # the sign stays as measured


numbers = st.one_of(st.floats(-50, 50).map(lambda x: round(x, 9)), st.sampled_from([0.0, 10.0, -10.0]))


@given(ends=st.tuples(numbers, numbers).map(sorted), certain=st.sampled_from([MODERATE, LOW, VERY_LOW]))
def test_mirror(ends, certain):
    low, high = ends
    there = judge(estimated(low, high), certain, outcome())
    back = judge(estimated(-high, -low), certain, outcome(Better.LOWER))
    assert back.state is there.state
    assert back.answer is there.answer
    turned = judge(estimated(-high, -low), certain, outcome())
    assert turned.state is MIRROR.get(there.state, there.state)


@given(ends=st.tuples(numbers, numbers).map(sorted), factor=st.sampled_from([0.01, 100.0]))
def test_unit_of_account_is_of_no_account(ends, factor):
    low, high = ends
    plain = judge(estimated(low, high), MODERATE, outcome())
    assert (
        judge(estimated(low * factor, high * factor), MODERATE, outcome(margin=10.0 * factor)).state
        is plain.state
    )


@given(ends=st.tuples(numbers, numbers).map(sorted), certain=st.sampled_from([LOW, VERY_LOW]))
def test_little_certainty_never_shows_that_nothing_happened(ends, certain):
    assert judge(estimated(*ends), certain, outcome()).state is not State.NO_MATERIAL_DIFFERENCE


def test_little_certainty_on_a_narrow_interval():
    assert judge(estimated(-1, 1), MODERATE, outcome()).answer is Answer.DID_NOT
    assert judge(estimated(-1, 1), LOW, outcome()).state is State.INCONCLUSIVE


def test_very_low_certainty_answers_nothing():
    found = judge(estimated(12, 30), VERY_LOW, outcome())
    assert (found.state, found.certainty, found.answer) == (
        State.BETTER,
        Certainty.VERY_LOW,
        Answer.CANNOT_TELL,
    )
    assert judge(estimated(12, 30), LOW, outcome()).answer is Answer.WORKED


@pytest.mark.parametrize(("lag", "early"), [(0, False), (1, False), (2, True), (9, True)])
def test_too_early(lag, early):
    found = judge(estimated(12, 30), MODERATE, outcome(lag=lag))  # start 2012, last year 2013
    assert (found.state is State.TOO_EARLY) == early
    if early:
        assert found.reasons[0] == "follow-up shorter than lag"
        assert (found.effect, found.low, found.high, found.certainty) == (None, None, None, None)
        assert found.answer is Answer.TOO_EARLY


def test_what_is_not_credible_has_no_number():
    found = judge(estimated(12, 30), ledger(a3=Status.NOT_SUPPORTED), outcome())
    assert found.state is State.NOT_CREDIBLE
    assert (found.effect, found.low, found.high) == (None, None, None)
    assert found.reasons == ("not supported:a3",)
    assert found.answer is Answer.CANNOT_TELL


def test_premise_that_is_not_critical_withholds_nothing():
    found = judge(estimated(12, 30), ledger(a2=Status.NOT_SUPPORTED, a8=Status.NOT_ASSESSED), outcome())
    assert (found.state, found.blocked, found.effect) == (State.BETTER, False, 21.0)
    assert found.reasons == ("not supported:a2",)


def test_critical_premise_that_nobody_assessed_blocks_the_headline():
    found = judge(estimated(12, 30), ledger(a4=Status.NOT_ASSESSED), outcome())
    assert (found.state, found.blocked, found.effect) == (State.BETTER, True, 21.0)
    assert found.answer is Answer.CANNOT_TELL
    assert judge(estimated(12, 30), ledger(a4=Status.ARGUED), outcome()).answer is Answer.WORKED


def test_reasons_come_weightiest_first():
    mixed = ledger(a11=Status.UNCERTAIN, a4=Status.NOT_ASSESSED, a9=Status.NOT_SUPPORTED)
    assert judge(estimated(-INF, INF), mixed, outcome()).reasons == (
        "not supported:a9",
        "not assessed:a4",
        "uncertain:a11",
        "unbounded interval",
    )


def test_every_state_has_an_answer():
    assert set(ANSWERS) == set(State)
    assert all(Verdict(state).answer is answer for state, answer in ANSWERS.items())


def test_a_narrower_interval_on_the_good_side_is_never_a_weaker_answer():
    """Where little is certain, an interval wholly on one side of zero says so, however narrow."""
    low = ledger(a3=Status.UNCERTAIN, a5=Status.UNCERTAIN)
    wide, narrow = (judge(estimated(2, high), low, outcome(margin=20)) for high in (21, 19))
    assert wide.state is narrow.state is State.LEAN_BETTER
