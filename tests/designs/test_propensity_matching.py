"""Persons matched on their propensity: what moves the effect, what must not, and when the ledger rings."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from cohorts import a_cohort
from lmpeval.design import Circumstances, Status
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.propensity_matching import PropensityMatching
from lmpeval.inference import NoReference
from lmpeval.ledger import examine_cohort
from lmpeval.persons.design import CohortDesign
from lmpeval.persons.estimate import estimate_cohort, refuse_unsound

DESIGNS = [
    PropensityMatching(),
    PropensityMatching(matches=2, replacement=True, regression=False),
    PropensityMatching(by="classes"),
    PropensityMatching(by="odds", differences=False),
    PropensityMatching(by="odds", target="overlap"),
    PropensityMatching(by="moments"),
    PropensityMatching(by="full"),
    PropensityMatching(distance="mahalanobis", matches=2),
]
by_design = pytest.mark.parametrize(
    "design", DESIGNS, ids=lambda d: f"{d.by} {d.target} {d.matches} {d.distance}"
)


def asked(design, cohort):
    return estimate_cohort(design, cohort, Circumstances(0.5), np.random.default_rng(0)).answer


@by_design
def test_the_answer_depends_on_neither_order_nor_names_nor_place_in_the_file(design):
    cohort = a_cohort(n=1_200)
    order = np.random.default_rng(3).permutation(1_200)
    turned = cohort.in_order(order)
    names = np.random.default_rng(4).permutation(len(cohort.region_names))
    renamed = replace(turned, regions=names[turned.regions])
    here, there = asked(design, cohort).estimate, asked(design, renamed).estimate
    np.testing.assert_allclose(there.gap, here.gap, atol=1e-9)
    assert there.uncertainty.interval == pytest.approx(here.uncertainty.interval, abs=1e-9)


@by_design
def test_effects_add_units_scale_and_shared_shocks_cancel(design):
    cohort = a_cohort(n=1_200)
    here = asked(design, cohort).estimate
    assert asked(design, cohort.plus_effect(2.0)).estimate.effect == pytest.approx(here.effect + 2)
    cents = asked(design, cohort.times(100)).estimate
    assert cents.effect == pytest.approx(100 * here.effect)
    assert cents.uncertainty.standard_error == pytest.approx(100 * here.uncertainty.standard_error)
    shocks = np.array([3.0, -1.0, 2.0, 0.0, 5.0, -2.0])
    assert asked(design, cohort.plus_year_shocks(shocks)).estimate.effect == pytest.approx(here.effect)
    other = replace(cohort, covariates=cohort.covariates * [100, 1, 7, 2] + 3)
    assert asked(design, other).estimate.effect == pytest.approx(here.effect)


def test_nothing_is_written_to_and_no_person_leaves():
    cohort = a_cohort(n=1_200)
    before = {
        name: np.copy(getattr(cohort, name)) for name in ("outcome", "exposure", "covariates", "regions")
    }
    answer = asked(PropensityMatching(), cohort)
    for name, values in before.items():
        np.testing.assert_array_equal(getattr(cohort, name), values)
    assert set(answer.estimate.control_names) <= set(cohort.region_names)
    assert answer.estimate.comparison.weights.sum() == pytest.approx(1)
    copy = pickle.loads(pickle.dumps(answer))
    assert len(pickle.dumps(copy)) < 100_000
    arrays = [answer.panel.outcome, answer.panel.exposure, answer.overlap.preference]
    assert max(max(each.shape) for each in arrays) < 100


def test_persons_are_matched_within_their_stratum_alone():
    cohort = a_cohort(n=1_200)
    cohort = replace(cohort, strata=(cohort.covariates[:, 3]).astype(np.intp))
    matched = PropensityMatching().compare(cohort)
    for stratum in (0, 1):
        here = cohort.strata == stratum
        ours = matched.weights[here & cohort.treated].sum()
        assert matched.weights[here & ~cohort.treated].sum() == pytest.approx(ours)


def misspecified(seed, *, propensity, outcome):
    """Levels of need matter squared for being treated, for the change, or for both; the truth is -0.5."""
    rng = np.random.default_rng(seed)
    n = 3_000
    cohort = a_cohort(seed, n=n, shared=0.0)
    need = rng.normal(size=n)
    shape = np.exp(need / 1.5) if propensity else need
    odds = np.exp(1.2 * (shape - shape.mean()) / shape.std() - 1.5)
    treated = rng.random(n) < odds / (1 + odds)
    regions = np.where(treated, rng.integers(0, 8, n), rng.integers(8, 40, n))
    moved = need**2 + need if outcome else need
    after = ~cohort.before
    path = rng.normal(size=(6, n)) * 0.3 + np.outer(after, moved - 0.5 * treated)
    return replace(
        cohort, treated=treated, regions=regions, outcome=path, exposure=np.ones((6, n)),
        covariates=np.column_stack([need, rng.normal(size=n)]), covariate_names=("need", "other"),
    )  # fmt: skip


@pytest.mark.parametrize(("propensity", "outcome"), [(True, False), (False, True)])
def test_one_model_may_be_wrong(propensity, outcome):
    """With odds and regression together the bias is a small part of what the wrong one alone leaves."""
    alone = PropensityMatching(by="odds", regression=False)
    both, wrong = [], []
    for seed in range(6):
        cohort = misspecified(seed, propensity=propensity, outcome=outcome)
        both.append(asked(PropensityMatching(by="odds"), cohort).estimate.effect + 0.5)
        if propensity:
            wrong.append(asked(alone, cohort).estimate.effect + 0.5)
        else:
            wrong.append(regression_alone(cohort) + 0.5)
    assert abs(np.mean(wrong)) > 0.15
    assert abs(np.mean(both)) < abs(np.mean(wrong)) / 3


def regression_alone(cohort):
    change = cohort.outcome[~cohort.before].mean(axis=0) - cohort.outcome[cohort.before].mean(axis=0)
    design = np.column_stack([np.ones(len(change)), cohort.covariates])
    slopes = np.linalg.lstsq(design[~cohort.treated], change[~cohort.treated], rcond=None)[0]
    return float((change - design @ slopes)[cohort.treated].mean())


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"by": "luck"}, "expected one of: pairs, full, classes, odds, moments"),
        ({"matches": 0, "caliper": 0.0}, "matches is 0, expected 1 or more; caliper is 0"),
        ({"propensity": "given"}, "score names the covariate"),
        (
            {"target": "everybody"},
            "target is 'everybody', which weights by odds alone can make: by is 'pairs'",
        ),
        ({"by": "odds", "target": "all"}, "expected one of: treated, overlap, everybody"),
        ({"score": "need"}, "score names the covariate"),
        ({"shrinkage": np.inf}, "shrinkage is inf"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings, told):
    with pytest.raises(ValueError, match=told):
        PropensityMatching(**settings)


def test_a_propensity_that_is_given_is_used_as_it_is():
    cohort = a_cohort(n=1_200)
    chance = 1 / (1 + np.exp(-cohort.covariates[:, 0]))
    given = replace(
        cohort, covariates=np.column_stack([cohort.covariates, chance]),
        covariate_names=(*cohort.covariate_names, "chance"),
    )  # fmt: skip
    matched = PropensityMatching(propensity="given", score="chance").compare(given)
    np.testing.assert_allclose(matched.logit, cohort.covariates[:, 0], atol=1e-9)
    with pytest.raises(NoReference, match="no covariate 'odds'"):
        PropensityMatching(propensity="given", score="odds").compare(given)


def test_nobody_alike_is_a_reason_and_no_crash():
    cohort = a_cohort(n=1_200)
    apart = replace(cohort, strata=cohort.treated.astype(np.intp))
    with pytest.raises(NoReference, match="has anybody like them"):
        asked(PropensityMatching(), apart)
    far = replace(cohort, covariates=cohort.covariates + 20 * cohort.treated[:, None])
    with pytest.raises(NoReference, match="no comparison by moments"):
        asked(PropensityMatching(by="moments"), far)


def test_it_is_told_from_a_design_of_regions():
    assert isinstance(PropensityMatching(), CohortDesign)
    assert not isinstance(DifferenceInDifferences(), CohortDesign)


def test_an_answer_that_weighs_nobody_is_refused():
    cohort = a_cohort(n=200)
    sound = PropensityMatching(by="odds").compare(cohort)
    for change, told in (
        ({"weights": sound.weights[:-1]}, "one finite figure a person"),
        ({"logit": np.full(200, np.nan)}, "one finite figure a person"),
        ({"weights": -sound.weights}, "below zero"),
        ({"weights": np.where(cohort.treated, 1.0, 0.5)}, "not to the same"),
    ):
        with pytest.raises(ValueError, match=told):
            refuse_unsound(replace(sound, **change), cohort, "This")


def test_one_treated_region_is_ranked_among_regions_that_are_matched_anew():
    cohort = a_cohort(n=2_000, n_treated=1, n_regions=25)
    sure = asked(PropensityMatching(), cohort).estimate.uncertainty
    assert sure.smallest_p == pytest.approx(1 / 25)
    assert set(sure.placebo_labels) == set(cohort.region_names[1:])
    case = estimate_cohort(PropensityMatching(), cohort, Circumstances(0.5), np.random.default_rng(0))
    [told] = [e for e in examine_cohort(case, {}).entries if e.assumption.name == "valid_uncertainty"]
    assert told.status is Status.SUPPORTED
    assert told.evidence.finding.startswith(
        f"1 region was treated: the effect ranks {sure.rank} of 25 among 24"
    )
    again = asked(PropensityMatching(), cohort.plus_effect(7.0)).estimate.uncertainty
    np.testing.assert_allclose(np.sort(again.placebo, axis=0), np.sort(sure.placebo, axis=0))
