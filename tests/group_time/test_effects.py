"""Effects by cohort and year."""

from dataclasses import replace

import numpy as np
import pytest

from group_time.draws import by_weights, staggered
from lmpeval.group_time.bootstrap import analytic_error
from lmpeval.group_time.cohorts import Base, Comparison, Rules
from lmpeval.group_time.effects import group_time_effects
from lmpeval.group_time.nuisance import NotEstimable
from lmpeval.group_time.two_by_two import Changes, doubly_robust, outcome_regression

PANEL, TRUTH = staggered()
NOT_YET = Rules(comparison=Comparison.NOT_YET)


def cell(effects, cohort, year):
    (position,) = np.flatnonzero((effects.cohorts == cohort) & (effects.years == year))
    return position


def by_hand(panel, cohort, year, base, compared):
    """One comparison taken out of the panel by itself."""
    own = panel.cohort == cohort
    rows = np.flatnonzero(own | compared)
    change = panel.outcome[panel.years == year] - panel.outcome[panel.years == base]
    data = Changes(change[:, rows].T, own[rows], panel.covariates[rows], panel.weights[rows])
    return doubly_robust(data).effect[0]


def test_every_cohort_and_year_but_the_first():
    effects = group_time_effects(PANEL)
    expected = [(g, t) for g in (2013, 2014, 2016) for t in range(2012, 2017)]
    assert list(zip(effects.cohorts, effects.years, strict=True)) == expected
    assert effects.without_comparison == ()
    assert effects.influence.shape == (120, 15)


@pytest.mark.parametrize(
    ("cohort", "year", "base", "waiting"),
    [
        (2013, 2013, 2012, (2014, 2016)),
        (2013, 2015, 2012, (2016,)),
        (2013, 2016, 2012, ()),
        (2016, 2013, 2012, (2014,)),
        (2016, 2015, 2014, ()),
        (2014, 2012, 2011, (2013, 2016)),
    ],
)
def test_a_cell_is_its_own_comparison(cohort, year, base, waiting):
    never = PANEL.cohort == 0
    found = group_time_effects(PANEL)
    assert found.effect[cell(found, cohort, year)] == pytest.approx(by_hand(PANEL, cohort, year, base, never))
    found = group_time_effects(PANEL, NOT_YET)
    expected = by_hand(PANEL, cohort, year, base, never | np.isin(PANEL.cohort, waiting))
    assert found.effect[cell(found, cohort, year)] == pytest.approx(expected)


@pytest.mark.parametrize("comparison", Comparison)
def test_influence_is_the_derivative_in_weights(comparison):
    rules = Rules(comparison=comparison)
    small, _ = staggered(units=60)
    expected = by_weights(lambda p: group_time_effects(p, rules).effect, small, units=8)
    found = group_time_effects(small, rules).influence[:8]
    np.testing.assert_allclose(found, expected, atol=2e-6 * np.abs(expected).max())


def test_a_universal_base_adds_up_the_steps_before_exposure():
    # without covariates and with the same compared units, changes since 2015 are minus the steps up to it
    rules = Rules(estimator=outcome_regression)
    steps = group_time_effects(replace(PANEL, covariates=np.zeros((120, 0))), rules)
    plain = replace(PANEL, covariates=np.zeros((120, 0)))
    since = group_time_effects(plain, replace(rules, base=Base.UNIVERSAL))
    for year in (2011, 2012, 2013, 2014):
        later = [cell(steps, 2016, t) for t in range(year + 1, 2016)]
        assert since.effect[cell(since, 2016, year)] == pytest.approx(-steps.effect[later].sum())
    base = cell(since, 2016, 2015)
    assert since.effect[base] == 0
    assert not since.influence[:, base].any()
    assert since.effect[cell(since, 2016, 2016)] == steps.effect[cell(steps, 2016, 2016)]


def test_a_universal_base_compares_with_those_not_exposed_in_either_year():
    rules = Rules(Comparison.NOT_YET, Base.UNIVERSAL)
    found, never = group_time_effects(PANEL, rules), PANEL.cohort == 0
    # by 2015 the cohorts of 2013 and 2014 are exposed; by 2013 only the first is
    assert found.effect[cell(found, 2016, 2012)] == pytest.approx(by_hand(PANEL, 2016, 2012, 2015, never))
    waiting = never | (PANEL.cohort == 2016)
    assert found.effect[cell(found, 2014, 2011)] == pytest.approx(by_hand(PANEL, 2014, 2011, 2013, waiting))


def test_an_already_exposed_cohort_is_never_compared_with():
    outcome = PANEL.outcome.copy()
    exposed = (PANEL.cohort == 2013) & (PANEL.years[:, None] >= 2013)
    moved = replace(PANEL, outcome=outcome + 1000 * exposed)
    for rules in (Rules(), NOT_YET, Rules(Comparison.NOT_YET, Base.UNIVERSAL)):
        known, found = group_time_effects(PANEL, rules), group_time_effects(moved, rules)
        others = (known.cohorts != 2013) & ((rules.base is Base.VARYING) | known.exposed)
        np.testing.assert_array_equal(found.effect[others], known.effect[others])


def test_anticipation_moves_the_base_and_who_is_compared():
    rules = Rules(Comparison.NOT_YET, anticipation=1)
    found = group_time_effects(PANEL, rules)
    never, last = PANEL.cohort == 0, PANEL.cohort == 2016
    assert found.effect[cell(found, 2013, 2014)] == pytest.approx(
        by_hand(PANEL, 2013, 2014, 2011, never | last)
    )
    # in 2015 the cohort of 2016 may react already
    assert found.effect[cell(found, 2013, 2015)] == pytest.approx(by_hand(PANEL, 2013, 2015, 2011, never))
    assert found.effect[cell(found, 2016, 2016)] == pytest.approx(by_hand(PANEL, 2016, 2016, 2014, never))


def test_those_exposed_after_the_last_year_are_compared_unless_they_may_react():
    late = replace(PANEL, cohort=np.where((PANEL.cohort == 0) & (np.arange(120) < 60), 2017, PANEL.cohort))
    np.testing.assert_array_equal(group_time_effects(late).effect, group_time_effects(PANEL).effect)
    found = group_time_effects(late, Rules(anticipation=1))
    expected = by_hand(late, 2016, 2016, 2014, late.cohort == 0)
    assert found.effect[cell(found, 2016, 2016)] == pytest.approx(expected)


def test_zero_and_infinity_both_say_never():
    other = replace(PANEL, cohort=np.where(PANEL.cohort == 0, np.inf, PANEL.cohort))
    np.testing.assert_array_equal(group_time_effects(other).influence, group_time_effects(PANEL).influence)


def test_without_a_never_exposed_unit_the_last_cohort_has_no_comparison():
    # from 2016 on all are exposed, and in 2015 all but the last cohort itself
    panel, _ = staggered(never=False)
    found = group_time_effects(panel, NOT_YET)
    alone = [(2013, 2016), (2014, 2016), (2015, 2016), (2016, 2015), (2016, 2016)]
    assert found.without_comparison == tuple(alone)
    assert len(found.effect) == found.influence.shape[1] == 4 * 5 - 5
    for base in Base:
        with pytest.raises(NotEstimable, match="no cohort has units to be compared with that are never"):
            group_time_effects(panel, Rules(base=base))


def test_order_of_units_and_unit_of_account_do_not_matter():
    known, order = group_time_effects(PANEL, NOT_YET), np.random.default_rng(0).permutation(120)
    mixed = group_time_effects(
        replace(
            PANEL,
            outcome=100 * PANEL.outcome[:, order],
            cohort=PANEL.cohort[order],
            covariates=PANEL.covariates[order],
            weights=PANEL.weights[order],
        ),
        NOT_YET,
    )
    np.testing.assert_allclose(mixed.effect, 100 * known.effect)
    np.testing.assert_allclose(mixed.influence, 100 * known.influence[order], atol=1e-9)


def test_a_copy_of_a_unit_counts_as_weight_two():
    rows = np.r_[np.arange(120), np.arange(30)]
    copied = replace(
        PANEL,
        outcome=PANEL.outcome[:, rows],
        cohort=PANEL.cohort[rows],
        covariates=PANEL.covariates[rows],
        weights=PANEL.weights[rows],
    )
    found = group_time_effects(copied, NOT_YET)
    weighed = group_time_effects(replace(PANEL, weights=PANEL.weights * (1 + (np.arange(120) < 30))), NOT_YET)
    np.testing.assert_allclose(found.effect, weighed.effect, atol=1e-12)
    errors = analytic_error(found.influence, rows), analytic_error(weighed.influence)
    np.testing.assert_allclose(*errors)


def test_growing_effects_are_found_exactly_where_nothing_is_noise():
    panel, truth = staggered(noise=0.0)
    for rules in (Rules(), NOT_YET):
        found = group_time_effects(panel, rules)
        expected = [truth.get((g, t), 0.0) for g, t in zip(found.cohorts, found.years, strict=True)]
        np.testing.assert_allclose(found.effect, expected, atol=1e-10)


def test_intervals_of_cells_cover():
    inside = []
    for seed in range(150):
        panel, truth = staggered(seed=seed, units=240)
        found = group_time_effects(panel, NOT_YET)
        expected = np.array([truth.get(key, 0.0) for key in zip(found.cohorts, found.years, strict=True)])
        error = np.sqrt((found.influence**2).sum(axis=0)) / 240
        inside.append(np.abs(found.effect - expected) < 1.96 * error)
    covered = np.mean(inside, axis=0)
    assert 0.93 < covered.mean() < 0.965
    assert (covered > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 150)).all()


def test_all_cells_that_cannot_be_estimated_are_named_at_once():
    # among the cohorts of 2013 and 2016 everybody has a covariate that nobody else has
    marked = np.column_stack([PANEL.covariates, np.isin(PANEL.cohort, [2013, 2016])]).astype(float)
    with pytest.raises(NotEstimable, match=r"cohort 2013 in 2012, 2013.*; cohort 2016 in 2012.*2016: "):
        group_time_effects(replace(PANEL, covariates=marked))


def test_units_without_a_year_before_exposure_are_refused():
    early = np.where(PANEL.cohort == 2013, 2011, PANEL.cohort)
    with pytest.raises(NotEstimable, match=r"cohorts \[2011\] have no year before"):
        group_time_effects(replace(PANEL, cohort=early))
    with pytest.raises(NotEstimable, match=r"cohorts \[2013\] have no year before"):
        group_time_effects(PANEL, Rules(anticipation=2))
    with pytest.raises(NotEstimable, match="no unit is first exposed"):
        group_time_effects(replace(PANEL, cohort=np.zeros(120)))


def test_what_is_no_panel_is_refused_all_at_once():
    cohort = PANEL.cohort.copy()
    cohort[0] = np.nan
    with pytest.raises(
        ValueError, match=r"weights has shape.*covariates has 1 figures.*cohort is missing.*years must rise"
    ):
        replace(
            PANEL,
            cohort=cohort,
            years=PANEL.years[::-1],
            weights=PANEL.weights[1:],
            covariates=np.where(np.arange(120)[:, None] == 5, np.inf, PANEL.covariates),
        )
    with pytest.raises(ValueError, match="not a whole year"):
        replace(PANEL, cohort=PANEL.cohort + 0.5)
    with pytest.raises(ValueError, match="weights must not be negative"):
        replace(PANEL, weights=-PANEL.weights)
