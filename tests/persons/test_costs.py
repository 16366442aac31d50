"""A cost told in other ways: parts that add up, effects as drawn, regressions that are scikit-learn's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from sklearn.linear_model import TweedieRegressor

from cohorts import a_cohort
from lmpeval.cohort import Cohort
from lmpeval.design import Circumstances
from lmpeval.designs.propensity_matching import PropensityMatching
from lmpeval.disclosure import Code, Refusal
from lmpeval.inference import NoReference
from lmpeval.persons.costs import ANY, BOTH, IF_ANY, POWERS, LogLinked, cost_readings
from lmpeval.persons.design import CohortAssumption
from lmpeval.persons.estimate import estimate_cohort
from lmpeval.persons.log_link import log_slopes
from lmpeval.persons.region_means import region_panel

DESIGN = PropensityMatching(by="odds")


def costs(seed=0, fewer=0.0, less=0.0, n=8_000, n_treated=6) -> Cohort:
    """Gamma costs that grow with need by a factor; a third has none, and of the treated more, or less."""
    base = a_cohort(seed, n=n, n_treated=n_treated)
    rng = np.random.default_rng([seed, 1])
    years = len(base.years)
    after = np.outer(~base.before, base.treated)
    mean = np.exp(7 + 0.3 * base.covariates[:, 0]) * (1 - less * after)
    some = rng.random((years, n)) < 0.67 - fewer * after
    outcome = some * mean * rng.gamma(2.0, 0.5, (years, n))
    return replace(base, outcome=np.where(base.exposure > 0, outcome, np.nan))


def asked(cohort, design=DESIGN):
    return {r.way: r for r in cost_readings(design, cohort, Circumstances(50.0), np.random.default_rng(0))}


def test_a_programme_that_spares_some_any_cost_is_told_from_one_that_makes_it_less():
    fewer, less = asked(costs(fewer=0.2)), asked(costs(less=0.3))
    assert fewer[ANY].found.effect == pytest.approx(-20, abs=4)
    assert abs(fewer[IF_ANY].found.effect) < 100
    assert abs(less[ANY].found.effect) < 4
    assert less[IF_ANY].found.effect == pytest.approx(-0.3 * np.exp(7.2), abs=120)
    assert less[IF_ANY].found.high < 0


@pytest.mark.parametrize("n_treated", [6, 1])
def test_the_parts_add_up_to_the_effect_on_the_mean(n_treated):
    cohort = costs(fewer=0.1, less=0.2, n_treated=n_treated)
    found = asked(cohort)
    case = estimate_cohort(DESIGN, cohort, Circumstances(50.0), np.random.default_rng(0))
    main = case.answer.estimate
    error = main.uncertainty.standard_error
    assert set(found) == {ANY, IF_ANY, BOTH, *POWERS}
    for way in (BOTH, *POWERS):
        assert found[way].found.effect == pytest.approx(main.effect, abs=error)
        assert found[way].found.standard_error == pytest.approx(error, rel=0.6)
        assert found[way].found.low < found[way].found.effect < found[way].found.high


@pytest.mark.parametrize("power", [1.0, 1.5, 2.0])
def test_the_regression_is_that_of_scikit_learn(power):
    cohort = costs(n=3_000)
    weights = np.where(cohort.treated, 1.0, 0.5 + (np.arange(3_000) % 3))
    slopes = log_slopes(cohort, weights, power)
    pool = ~cohort.treated
    for t in range(len(cohort.years)):
        used = pool & (cohort.exposure[t] > 0)
        fit = TweedieRegressor(power=power, alpha=0.0, link="log", tol=1e-10, max_iter=5_000)
        # gamma's likelihood has no zero: a thousandth of a cent is as good as none
        cost = np.maximum(cohort.outcome[t, used], 1e-5) / 1_000
        fit.fit(cohort.covariates[used], cost, sample_weight=(weights * cohort.exposure[t])[used])
        np.testing.assert_allclose(slopes[t, 1:], fit.coef_, atol=2e-4)
        assert slopes[t, 0] - np.log(1_000) == pytest.approx(fit.intercept_, abs=2e-4)


def test_no_slope_is_steeper_where_nobody_differs_and_the_unit_does_not_matter():
    cohort = costs(n=3_000)
    plain = asked(cohort)
    cents = asked(replace(cohort.times(100), covariates=cohort.covariates * 7))
    for way in POWERS:
        assert cents[way].found.effect == pytest.approx(100 * plain[way].found.effect, rel=1e-4)
    assert cents[ANY].found.effect == pytest.approx(plain[ANY].found.effect)


def test_means_of_multiplied_covariates_are_taken_off_as_they_are():
    """Costs that are just the exponential leave nothing to tell regions apart by."""
    cohort = costs(n=2_000)
    exact = np.tile(np.exp(7 + 0.3 * cohort.covariates[:, 0]), (len(cohort.years), 1))
    cohort = replace(cohort, outcome=np.where(cohort.exposure > 0, exact, np.nan))
    matched = LogLinked(DESIGN, 2.0).compare(cohort)
    panel = region_panel(cohort, matched.weights, matched.slopes, of_logarithm=matched.of_logarithm)
    np.testing.assert_allclose(panel.outcome - panel.treated_mean[:, None], 0, atol=1e-2)


def test_no_cost_at_all_and_everybody_with_one_are_reasons_or_zeros():
    nothing = costs(n=1_500)
    nothing = replace(nothing, outcome=np.where(nothing.exposure > 0, 0.0, np.nan))
    found = asked(nothing)
    assert all(each.found is None and each.why for each in found.values())
    everybody = costs(n=1_500)
    everybody = replace(everybody, outcome=everybody.outcome + 1)
    found = asked(everybody)
    # that everybody has one tells of each of them; the two parts are then the mean itself
    assert {found[way].why for way in (ANY, IF_ANY, BOTH)} == {str(Refusal(Code.ALL_OR_NONE))}


def test_all_ways_weigh_the_same_persons_and_weigh_them_once():
    """The same figures as if each were matched by itself, where nobody is anybody's equal."""

    @dataclass(frozen=True)
    class Counted:
        design: PropensityMatching
        asked: list[int]
        assumptions: ClassVar[tuple[CohortAssumption, ...]] = ()

        @property
        def regions(self):
            return self.design.regions

        def compare(self, cohort):
            self.asked.append(len(cohort.treated))
            return self.design.compare(cohort)

    cohort, pairs = costs(n=3_000, n_treated=1), PropensityMatching()
    counted = Counted(pairs, [])
    together = asked(cohort, counted)
    n_regions = len(np.unique(cohort.regions))
    assert len(counted.asked) == n_regions  # the treated one, and every other as if it were
    for way, power in POWERS.items():
        alone = estimate_cohort(
            LogLinked(pairs, power), cohort, Circumstances(50.0), np.random.default_rng(0)
        )
        assert together[way].found.effect == pytest.approx(alone.answer.estimate.effect)
        assert together[way].found.low == pytest.approx(alone.answer.estimate.uncertainty.interval[0])


def _with_somebody_odd(cohort: Cohort, who: int) -> Cohort:
    covariates = cohort.covariates.copy()
    covariates[who, 0] = 4_000.0
    return replace(cohort, covariates=covariates)


def test_who_counts_for_nothing_does_not_matter_however_odd():
    """The exponential of what is expected of such a person is beyond any number."""
    cohort = costs(n=2_000)
    spared = int(np.flatnonzero(~cohort.treated)[0])
    weights = np.where(np.arange(2_000) == spared, 0.0, 1.0)
    slopes = log_slopes(cohort, weights, 1.0)
    plain = region_panel(cohort, weights, slopes, of_logarithm=True)
    odd = region_panel(_with_somebody_odd(cohort, spared), weights, slopes, of_logarithm=True)
    assert np.isfinite(plain.outcome).all()
    np.testing.assert_array_equal(odd.outcome, plain.outcome)


def test_a_treated_person_like_nobody_else_is_no_ground_for_a_number():
    cohort = costs(n=2_000)
    weights = np.ones(2_000)
    slopes = log_slopes(cohort, weights, 1.0)
    alone = _with_somebody_odd(cohort, int(np.flatnonzero(cohort.treated)[0]))
    with pytest.raises(NoReference, match="like nobody among the compared"):
        region_panel(alone, weights, slopes, of_logarithm=True)
