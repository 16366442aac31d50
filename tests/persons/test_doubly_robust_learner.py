"""The second road gives the same effect, and its own interval stays out of the answer."""

from dataclasses import replace

import numpy as np
import pytest

from cohorts import a_cohort
from lmpeval.design import Circumstances
from lmpeval.designs.propensity_matching import PropensityMatching
from lmpeval.ledger import examine_cohort
from lmpeval.persons.doubly_robust_learner import learned_effect
from lmpeval.persons.estimate import estimate_cohort

pytestmark = pytest.mark.filterwarnings("ignore")  # econml and what it imports warn of their own futures


def test_both_roads_lead_to_the_truth_and_the_ledger_tells_the_second_on_request():
    cohort = a_cohort(n=4_000, shared=0.0)
    found = learned_effect(cohort, folds=3)
    assert found.on_treated == pytest.approx(-0.5, abs=0.15)
    assert found.of_persons[1] < found.of_persons[0] < found.of_persons[2]
    design = PropensityMatching(by="odds", learner=True)
    for asked, told in ((design, True), (replace(design, learner=False), False)):
        case = estimate_cohort(asked, cohort, Circumstances(0.5), np.random.default_rng(0))
        assert case.answer.estimate.effect == pytest.approx(found.on_treated, abs=0.1)
        [form] = [each for each in examine_cohort(case, {}).entries if each.assumption.name == "right_scale"]
        assert ("doubly robust learner" in form.evidence.finding) is told
