"""A design that does just what it states fails a check no more often than the check says.

Every check is given draws of a design that is at the border of what it states: its standard error is the true
one, its intervals miss the truth in one draw of twenty, its ledger contradicts what holds in one draw of
twenty. The suite divides its 1 % over the checks, so a bound on each is a bound on all together.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from conformance.mutants import Honest
from lmpeval.conformance import FALSE_ALARM, checks
from lmpeval.conformance import chance as by_chance
from lmpeval.conformance.draws import Draw, Draws
from lmpeval.design import Status
from lmpeval.simulation.worlds import WORLDS

OWN_TREND = next(world for world in WORLDS if world.name == "own_trend")
ALARM, SUITES, DRAWS = 0.05, 1500, 100


def normal(rng):
    return rng.normal(size=(SUITES, DRAWS))


def heavy(rng):
    return rng.standard_t(4, size=(SUITES, DRAWS)) / np.sqrt(2)


def skewed(rng):
    return rng.exponential(size=(SUITES, DRAWS)) - 1


def boundary(error, status):
    """One draw of a design that errs as it states, by `error`, which has standard deviation one."""
    return Draw(
        error=error,
        standard_error=1.0,
        low=error - 1,
        high=error + 1,
        p=0.5,
        smallest_p=0.01,
        level=0.95,
        effect=0.0,
        entries={assumption.name: status for assumption in Honest.assumptions},
    )


def unsure(shape):
    return np.full(shape, Status.UNCERTAIN, dtype=object)


def alarms(check, errors, statuses):
    """How many of the suites are called wrong."""
    wrong = 0
    for error_row, status_row in zip(errors, statuses, strict=True):
        draws = Draws(Honest(), OWN_TREND, DRAWS)
        draws.__dict__["all"] = tuple(map(boundary, error_row, status_row))
        wrong += not check(draws, ALARM).held
    return wrong


def most(share=ALARM):
    """What chance allows of a rate of `share` in so many suites: exceeded once in a million."""
    return stats.binom.isf(1e-6, SUITES, share)


@pytest.mark.parametrize("of", [normal, heavy])
def test_bias_and_error(of):
    errors = of(np.random.default_rng(1))
    none = unsure(errors.shape)
    for check in (by_chance.is_unbiased, by_chance.errs_as_stated):
        assert alarms(check, errors, none) <= most()


def test_squares_with_a_long_tail_alarm_less_often():
    errors = heavy(np.random.default_rng(2))
    none = unsure(errors.shape)
    assert alarms(by_chance.errs_as_stated, errors, none) < ALARM * SUITES


def test_a_biased_or_overconfident_design_is_found_most_of_the_time():
    rng, none = np.random.default_rng(3), unsure((SUITES, DRAWS))
    assert alarms(by_chance.is_unbiased, normal(rng) + 0.5, none) > 0.95 * SUITES
    assert alarms(by_chance.errs_as_stated, 1.5 * normal(rng), none) > 0.95 * SUITES


@pytest.mark.parametrize(
    ("count", "check"),
    [
        (lambda k: (by_chance.covers_as_stated, k, 1 - 0.95), "misses"),
        (lambda k: (by_chance.keeps_its_size, k, 0.05), "rejections"),
    ],
    ids=["covers_as_stated", "keeps_its_size"],
)
def test_counts_are_held_against_the_exact_binomial(count, check):
    """The number allowed is the smallest that a sound design exceeds with the stated probability at most."""
    allowed = []
    for k in range(DRAWS + 1):
        of, wrong, share = count(k)
        draws = Draws(Honest(), OWN_TREND, DRAWS)
        made = [boundary(5.0 if i < wrong else 0.0, Status.UNCERTAIN) for i in range(DRAWS)]
        if check == "rejections":
            made = [Draw(**{**vars(d), "p": 0.04 if i < wrong else 0.06}) for i, d in enumerate(made)]
        draws.__dict__["all"] = tuple(made)
        if of(draws, ALARM).held:
            allowed.append(k)
    limit = max(allowed)
    assert allowed == list(range(limit + 1))
    assert stats.binom.sf(limit, DRAWS, share) <= ALARM < stats.binom.sf(limit - 1, DRAWS, share)


@pytest.mark.parametrize(
    ("check", "status", "share"),
    [
        (by_chance.ledger_stays_quiet, Status.NOT_SUPPORTED, by_chance.CONTRADICTED_AT_MOST),
        (by_chance.ledger_never_vouches, Status.SUPPORTED, by_chance.VOUCHED_FOR_AT_MOST),
        (by_chance.ledger_rings, Status.UNCERTAIN, by_chance.SEEN_AT_LEAST),
    ],
)
def test_ledger(check, status, share):
    rng = np.random.default_rng(4)
    other = Status.NOT_SUPPORTED if status is Status.UNCERTAIN else Status.UNCERTAIN
    either, zero = np.array([other, status], dtype=object), np.zeros((SUITES, DRAWS))

    def at(share):
        return alarms(check, zero, either[(rng.random(zero.shape) < share).astype(int)])

    assert at(share) <= most()
    assert at(4 * share if share < 0.5 else 0.9) > 0.9 * SUITES


def test_the_suite_divides_its_false_alarm_over_its_checks():
    laid = checks(Honest())
    shares = [check.alarm for check in laid if check.alarm]
    assert sum(shares) == pytest.approx(FALSE_ALARM)
    assert len(set(shares)) == 1
