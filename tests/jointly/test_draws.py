"""Effects on several outcomes, drawn together by the stand-ins that they share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lmpeval.effect_scale import EffectScale
from lmpeval.inference import critical
from lmpeval.jointly.draws import Chance, NotPaired, Why, ends, jointly
from report.small_results import START, YEARS, estimate

BARE = estimate(0.0, 1.0)


def drawn(effect: float, placebo: np.ndarray, labels=None, reach=None):
    """An estimate whose interval is that of the permutation over these stand-ins, shape (n,)."""
    bare = replace(BARE, observed=BARE.comparison.counterfactual + effect * (YEARS >= START))
    reach = critical(np.abs(placebo), 0.95) if reach is None else reach
    names = labels or tuple(f"region {i}" for i in range(len(placebo)))
    sure = replace(
        bare.uncertainty,
        placebo=np.repeat(placebo[:, None], len(YEARS), axis=1),
        placebo_labels=names,
        interval=(effect - reach, effect + reach),
    )
    return replace(bare, uncertainty=sure)


def normal(n: int, correlation: float, rng: np.random.Generator) -> np.ndarray:
    shared = rng.normal(size=(n, 2))
    return np.column_stack(
        [shared[:, 0], correlation * shared[:, 0] + np.sqrt(1 - correlation**2) * shared[:, 1]]
    )


def test_a_single_effect_has_the_interval_of_its_own_test():
    placebo = np.random.default_rng(1).normal(size=59)
    found = drawn(-3.0, placebo)
    draws = jointly([found])
    assert draws.each(0) == (-3.0, *found.uncertainty.interval)
    assert draws.told(lambda x: x[..., 0]) == pytest.approx(draws.each(0))


def test_a_sum_has_the_interval_that_its_own_test_would_have():
    moves = normal(79, 0.6, np.random.default_rng(2))
    draws = jointly([drawn(-3.0, moves[:, 0]), drawn(1.0, moves[:, 1])])
    whole = drawn(-2.0, moves.sum(axis=1))
    assert draws.told(lambda x: x.sum(axis=-1)) == pytest.approx((-2.0, *whole.uncertainty.interval))


def test_an_interval_by_student_s_t_stretches_what_is_drawn():
    placebo = np.random.default_rng(3).normal(size=999)
    wide = drawn(2.0, placebo, reach=2 * critical(np.abs(placebo), 0.95))
    assert jointly([wide]).told(lambda x: 10 * x[..., 0]) == pytest.approx(
        (20.0, *(10 * end for end in wide.uncertainty.interval))
    )


def test_stand_ins_are_paired_by_name_in_whatever_order():
    moves = normal(39, 0.9, np.random.default_rng(4))
    names = tuple(f"region {i}" for i in range(39))
    order = np.random.default_rng(5).permutation(39)
    one = drawn(1.0, moves[:, 0], names)
    there = drawn(1.0, moves[:, 1], names)
    shuffled = drawn(1.0, moves[order, 1], tuple(names[i] for i in order))
    plain = jointly([one, there]).told(lambda x: x[..., 0] - x[..., 1])
    assert jointly([one, shuffled]).told(lambda x: x[..., 0] - x[..., 1]) == pytest.approx(plain)
    apart = jointly([one, drawn(1.0, moves[order, 1], names)]).told(lambda x: x[..., 0] - x[..., 1])
    assert apart[2] > 1.5 * plain[2], "what stand-ins share must cancel, and only where they are the same"


def test_eighteen_stand_ins_bound_nothing_and_say_what_they_can_tell():
    draws = jointly([drawn(-5.0, np.linspace(-1, 1, 18))])
    assert draws.told(lambda x: 2 * x[..., 0]) == (-10.0, -np.inf, np.inf)
    certain = draws.chance(lambda x: x[..., 0] < 0)
    assert certain == Chance(1.0, 1 / 19)
    assert certain.bounded == pytest.approx(18 / 19)


def test_as_many_are_left_out_as_the_test_leaves_out():
    half = np.arange(1.0, 40.0)  # 39 stand-ins: the second largest is the end
    assert ends(np.r_[-half, half], 0.95) == (-38.0, 38.0)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (lambda e: replace(e, scale=EffectScale.RATIO), Why.RATIOS),
        (lambda e: replace(e, counted=YEARS == 2012), Why.NO_SHARED_YEAR),
        (lambda e: replace(e, uncertainty=replace(e.uncertainty, method="t")), Why.OTHER_WAYS),
        (
            lambda e: replace(
                e, uncertainty=replace(e.uncertainty, placebo_labels=tuple(f"x{i}" for i in range(39)))
            ),
            Why.OTHER_STAND_INS,
        ),
        (
            lambda e: replace(
                e, uncertainty=replace(e.uncertainty, placebo=np.empty((0, len(YEARS))), placebo_labels=())
            ),
            Why.NO_DRAWS,
        ),
        (
            lambda e: replace(
                e, control_names=("elsewhere",), uncertainty=replace(e.uncertainty, placebo_labels=())
            ),
            Why.OTHER_UNITS,
        ),
    ],
)
def test_what_cannot_be_paired_says_why(other, why):
    found = drawn(1.0, np.linspace(-1, 1, 39))
    with pytest.raises(NotPaired, match=why):
        jointly([found, other(found)])


def test_only_years_that_count_for_all_are_used():
    found = drawn(1.0, np.linspace(-1, 1, 39))
    late = replace(found, counted=np.asarray(YEARS >= 2017))
    draws = jointly([found, late])
    assert draws.years.tolist() == [2017, 2018]
    assert draws.effects == pytest.approx([1.0, 1.0])


def test_stand_ins_of_one_name_and_other_units_are_not_paired():
    moves = normal(39, 0.9, np.random.default_rng(6))

    def at(column, places):
        found = drawn(1.0, moves[:, column])
        return replace(found, uncertainty=replace(found.uncertainty, placebo_places=places))

    here = tuple(f"place {i}" for i in range(39))
    other = (*here[:35], "elsewhere", *here[36:])
    assert len(jointly([at(0, here), at(1, here)]).moves) == 39
    draws = jointly([at(0, here), at(1, other)])
    assert len(draws.moves) == 38
    # the interval of each alone rests on all of its own
    assert draws.each(1) == (1.0, *drawn(1.0, moves[:, 1]).uncertainty.interval)
