"""Published comparisons of persons: job training (LaLonde 1986), giving up smoking, right heart catheters.

Pairs on LaLonde's data are those of MatchIt 4.7.2; its balance is what cobalt prints.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from cohorts import two_sides
from lmpeval.design import Circumstances, Status
from lmpeval.designs.propensity_matching import PropensityMatching
from lmpeval.ledger import examine_cohort
from lmpeval.persons.balance import balance_of
from lmpeval.persons.common_support import overlap_of
from lmpeval.persons.estimate import estimate_cohort
from lmpeval.persons.full_matching import full_classes
from lmpeval.persons.mahalanobis import matched_within, whitened
from lmpeval.persons.nearest_neighbours import Rule, matched
from lmpeval.persons.propensity import logistic
from lmpeval.persons.weights import by_membership, by_pairs

JOB = ["age", "educ", "black", "hispan", "married", "nodegree", "re74", "re75"]
PLAIN = {"differences": False, "regression": False, "shrinkage": 0.0}


def asked(design, cohort):
    return estimate_cohort(design, cohort, Circumstances(100.0), np.random.default_rng(0))


@pytest.fixture(scope="module")
def job_training(real_data):
    table = pd.read_csv(real_data / "replication" / "lalonde_matchit614.csv")
    table["black"], table["hispan"] = table["race"] == "black", table["race"] == "hispan"
    return two_sides(table, table["treat"] == 1, JOB, {1975: "re75", 1978: "re78"}, 1978)


@pytest.mark.parametrize(
    ("caliper", "pairs", "effect"), [(np.inf, 185, 894.3674803), (0.2, 117, 1770.6029064)]
)
def test_the_pairs_are_those_of_matchit(job_training, caliper, pairs, effect):
    """With ties broken by the order of the file, as MatchIt does."""
    treated, n = job_training.treated, len(job_training.treated)
    logit = logistic(job_training.covariates, treated, 0.0).logit(job_training.covariates)
    rule = Rule(caliper=caliper * logit.std(ddof=1))
    ours, theirs = matched(logit, treated, job_training.strata, np.arange(n), rule)
    earned = job_training.outcome[1]
    assert len(ours) == len(np.unique(theirs)) == pairs
    assert earned[ours].mean() - earned[theirs].mean() == pytest.approx(effect, abs=1e-6)


@pytest.mark.parametrize(("caliper", "pairs", "published"), [(np.inf, 185, 894.37), (0.2, 117, 1770.603)])
def test_ties_broken_another_way_give_other_pairs(job_training, caliper, pairs, published):
    """Eight covariates leave many persons alike: MatchIt's figure is one of those that the data allow."""
    found = []
    for seed in range(20):
        case = asked(PropensityMatching(caliper=caliper, seed=seed, **PLAIN), job_training)
        assert (case.answer.n_kept, case.answer.n_compared) == (pairs, pairs)
        found.append(case.answer.estimate.effect)
    assert len(set(found)) > 1
    assert min(found) < published + 0.01
    assert max(found) > published


MATCHIT = {  # means of the compared after matching, as printed by MatchIt's manual (4.7)
    "age": 24.0010, "educ": 10.3930, "black": 0.8169, "hispan": 0.0576, "nodegree": 0.6852, "married": 0.1132,
    "re74": 2119.9268, "re75": 1386.7669,
}  # fmt: skip


def test_nearest_in_all_within_a_caliper_are_those_of_matchit(job_training):
    """Three matches with replacement, by age, education and earlier earnings; 162 of 185 have somebody."""
    values, treated, n = job_training.covariates, job_training.treated, len(job_training.treated)
    chance = expit(logistic(values, treated, 0.0).logit(values))
    places = whitened(values[:, [JOB.index(name) for name in ("age", "educ", "re74", "re75")]], treated)
    rule = Rule(3, 0.02 * chance.std(ddof=1), replacement=True)
    ours, theirs = matched_within(chance, places, treated, job_training.strata, np.arange(n), rule)
    weights = by_pairs(ours, theirs, n)
    assert len(np.unique(ours)) == 162
    balance = balance_of(values, tuple(JOB), treated, weights)
    found = {each.covariate: round(each.after.compared, 4) for each in balance}
    assert found == {name: MATCHIT[name] for name in JOB}


def test_full_matching_is_as_near_as_optmatch_s(job_training):
    """MatchIt's manual prints a mean distance of 0.0192 within classes, to a tolerance; none is less."""
    values, treated, n = job_training.covariates, job_training.treated, len(job_training.treated)
    chance = expit(logistic(values, treated, 0.0).logit(values))
    of = full_classes(chance, treated, job_training.strata, np.arange(n), np.inf)
    apart = [np.abs(chance[i] - chance[~treated & (of == of[i])]) for i in np.flatnonzero(treated)]
    assert np.concatenate(apart).mean() / chance[treated].std(ddof=1) <= 0.01925
    balance = balance_of(values, tuple(JOB), treated, by_membership(of, treated))
    printed = {"age": 24.8095, "educ": 10.3452, "black": 0.8347, "re74": 2363.4473, "re75": 1632.4020}
    for each in balance:
        if each.covariate in printed:  # another optimum, or one within the tolerance
            spread = values[treated, JOB.index(each.covariate)].std(ddof=1)
            assert abs(each.after.compared - printed[each.covariate]) < 0.05 * spread


COBALT = {  # difference, variance ratio, Kolmogorov-Smirnov; unmatched
    "age": (-0.3094, 0.4400, 0.1577),
    "educ": (0.0550, 0.4959, 0.1114),
    "black": (0.6404, None, 0.6404),
    "hispan": (-0.0827, None, 0.0827),
    "married": (-0.3236, None, 0.3236),
    "nodegree": (0.1114, None, 0.1114),
    "re74": (-0.7211, 0.5181, 0.4470),
    "re75": (-0.2903, 0.9563, 0.2876),
}


def test_the_balance_is_that_of_cobalt(job_training):
    """Of what takes two values cobalt prints the raw difference of the shares."""
    everybody = np.ones(len(job_training.treated))
    table = balance_of(job_training.covariates, job_training.covariate_names, job_training.treated, everybody)
    for each in table:
        difference, ratio, distance = COBALT[each.covariate]
        here = each.before
        assert each.binary is (ratio is None)
        found = here.treated - here.compared if each.binary else here.difference
        assert found == pytest.approx(difference, abs=5e-5)
        assert here.distance == pytest.approx(distance, abs=5e-5)
        assert here == each.after
        if ratio is not None:
            assert here.variance_ratio == pytest.approx(ratio, abs=5e-5)


def test_an_experiment_and_what_looks_like_one(real_data):
    """The naive difference is 1,794 dollars in the experiment and far below zero with survey comparisons."""
    folder = real_data / "replication"
    experiment = pd.read_csv(folder / "nsw_dw.csv")
    sides = experiment.groupby("treat")["re78"].mean()
    assert sides[1] - sides[0] == pytest.approx(1794.34, abs=0.01)
    names = {"cps1": ("treat", "hisp", "marr", "nodegree"), "psid1": ("nsw", "hispanic", "married", "nodegr")}
    for pool, naive in (("cps1", -8497.52), ("psid1", -15204.78)):
        cohort = survey(pd.read_csv(folder / f"nsw_treated_{pool}.csv"))
        change = cohort.outcome[1]
        assert change[cohort.treated].mean() - change[~cohort.treated].mean() == pytest.approx(
            naive, abs=0.01
        )
        raw = np.where(cohort.treated, 1.0, cohort.treated.sum() / (~cohort.treated).sum())
        table = balance_of(cohort.covariates, cohort.covariate_names, cohort.treated, raw)
        assert max(abs(each.after.difference) for each in table) > 0.25, names[pool]
        logit = logistic(cohort.covariates, cohort.treated, 0.0).logit(cohort.covariates)
        assert overlap_of(cohort, raw, logit).equipoise < 0.2


def survey(table):
    table = table.rename(
        columns={"nsw": "treat", "hispanic": "hisp", "married": "marr", "nodegr": "nodegree"}
    )
    names = ["age", "educ" if "educ" in table else "education", "black", "hisp", "marr", "nodegree"]
    names += ["re74", "re75"]
    return two_sides(table, table["treat"] == 1, names, {1975: "re75", 1978: "re78"}, 1978)


@pytest.mark.parametrize("pool", ["cps1", "psid1"])
def test_matched_changes_come_within_what_valid_methods_say_and_the_ledger_rings(real_data, pool):
    """403 to 3,028 dollars; Smith and Todd (2005) found changes of matched persons best."""
    cohort = survey(pd.read_csv(real_data / "replication" / f"nsw_treated_{pool}.csv"))
    case = asked(PropensityMatching(shrinkage=0.0), cohort)
    assert 403 < case.answer.estimate.effect < 3_028
    status = {each.assumption.name: each.status for each in examine_cohort(case, {}).entries}
    assert status["overlap"] is Status.NOT_SUPPORTED
    assert status["valid_uncertainty"] is Status.UNCERTAIN


def test_giving_up_smoking(real_data):
    """Inverse probability weights, 3.4405 kg (Hernan and Robins, What If, program 12.2)."""
    table = pd.read_csv(real_data / "replication" / "nhefs_complete.csv")
    numbers = table[["age", "smokeintensity", "smokeyrs", "wt71"]].to_numpy(float)
    kinds = pd.get_dummies(
        table[["education", "exercise", "active"]].astype(int).astype(str), drop_first=True
    )
    covariates = np.column_stack(
        [table[["sex", "race"]].to_numpy(float), numbers, numbers**2, kinds.to_numpy(float)]
    )
    gave_up = table["qsmk"].to_numpy() == 1
    chance = expit(logistic(covariates, gave_up, 0.0).logit(covariates))
    weights = np.where(gave_up, 1 / chance, 1 / (1 - chance))
    gain = table["wt82_71"].to_numpy()
    means = [np.average(gain[side], weights=weights[side]) for side in (gave_up, ~gave_up)]
    assert means[0] - means[1] == pytest.approx(3.4405, abs=5e-5)


def test_right_heart_catheters_by_odds(real_data):
    """Thirty-day survival with 72 covariates: -0.0507 raw, -0.0639 by odds (Lee and Weidner 2021)."""
    table = pd.read_csv(real_data / "replication" / "rhc72.csv")
    names = [name for name in table.columns if name not in ("survival", "RHC")]
    table["admitted"] = 1.0
    cohort = two_sides(table, table["RHC"] == 1, names, {0: "admitted", 1: "survival"}, 1)
    case = asked(PropensityMatching(by="odds", **PLAIN), cohort)
    assert case.answer.estimate.effect == pytest.approx(-0.0638804709, abs=1e-9)
    raw = cohort.outcome[1, cohort.treated].mean() - cohort.outcome[1, ~cohort.treated].mean()
    assert raw == pytest.approx(-0.0507, abs=5e-5)


def test_right_heart_catheters_by_inverse_probability(real_data):
    """Thirty-day mortality with five covariates, 0.083294 (Smith et al. 2022, box 14)."""
    table = pd.read_csv(real_data / "replication" / "rhc.csv")
    kinds = pd.get_dummies(table[["race", "carcinoma"]]).drop(columns=["race_White", "carcinoma_No"])
    covariates = np.column_stack([table["sex"] == "Male", table["age"], table["edu"], kinds]).astype(float)
    treated = (table["rhc"] == "Yes").to_numpy()
    chance = expit(logistic(covariates, treated, 0.0).logit(covariates))
    weights = np.where(treated, 1 / chance, 1 / (1 - chance))
    died = table["death_d30"].to_numpy(float)
    means = [np.average(died[side], weights=weights[side]) for side in (treated, ~treated)]
    assert means[0] - means[1] == pytest.approx(0.083294, abs=5e-7)
