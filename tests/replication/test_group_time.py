"""Published comparisons with different starts; figures and specifications as in the cards beside the data."""

import numpy as np
import pandas as pd
import pytest

from lmpeval.group_time import aggregation, cross_sections
from lmpeval.group_time.cohorts import Comparison, Rules, Staggered
from lmpeval.group_time.effects import group_time_effects
from lmpeval.group_time.nuisance import design_of, logit
from lmpeval.group_time.two_by_two import Changes, doubly_robust
from lmpeval.group_time.two_way import two_way


def panel_of(table, unit, outcome, cohort):
    """Units of equal weight without covariates; a missing cohort means never, as the cards say."""
    values = table.pivot(index="year", columns=unit, values=outcome)
    units = table.drop_duplicates(unit).set_index(unit).loc[values.columns]
    n = len(units)
    return Staggered(
        values.to_numpy(),
        values.index.to_numpy(),
        units[cohort].fillna(0).to_numpy(),
        np.zeros((n, 0)),
        np.ones(n),
    )


@pytest.fixture(scope="module")
def medicaid(real_data):
    table = pd.read_csv(real_data / "replication" / "ehec_medicaid.csv")
    return panel_of(table, "stfips", "dins", "yexp2")


def test_medicaid_expansion_and_insurance(medicaid):
    # Mixtape Sessions, Advanced DID, exercise 1: not yet expanded as comparison; bootstrap errors
    found = group_time_effects(medicaid, Rules(comparison=Comparison.NOT_YET))
    simple = aggregation.simple(found).overall
    assert simple.effect[0] == pytest.approx(0.0680, abs=5e-5)
    assert simple.standard_error[0] == pytest.approx(0.0077, abs=5e-4)
    cells = dict(zip(zip(found.cohorts, found.years, strict=True), found.effect, strict=True))
    assert cells[2014, 2014] == pytest.approx(0.04670243, abs=5e-9)
    assert cells[2014, 2019] == pytest.approx(0.0803, abs=5e-5)
    assert found.without_comparison == ()


def test_medicaid_expansion_by_two_way_regression(medicaid):
    # the same exercise: 0.070321 with all states
    assert two_way(medicaid).coefficient == pytest.approx(0.070321, abs=5e-7)


def test_medicaid_expansion_without_the_states_that_never_did(medicaid):
    # the same exercise: 0.062817 among states that expand, where early ones serve as comparison for late ones
    kept = medicaid.cohort > 0
    among = Staggered(
        medicaid.outcome[:, kept],
        medicaid.years,
        medicaid.cohort[kept],
        medicaid.covariates[kept],
        medicaid.weights[kept],
    )
    found = two_way(among)
    assert found.coefficient == pytest.approx(0.062817, abs=5e-7)
    assert found.negative_sum < two_way(medicaid).negative_sum <= 0


def test_castle_doctrine_and_homicide_by_two_way_regression(real_data):
    # evanjflack/bacondecomp on the data of Cheng and Hoekstra (2013): 0.0818, unweighted
    table = pd.read_csv(real_data / "replication" / "castle.csv")
    panel = panel_of(table, "sid", "l_homicide", "effyear")
    assert two_way(panel).coefficient == pytest.approx(0.0818, abs=5e-5)


def test_benefit_caps_and_time_out_of_work_in_kentucky(real_data):
    # Meyer, Viscusi and Durbin (1995), repeated cross-sections without covariates: 0.191
    table = pd.read_csv(real_data / "replication" / "injury_comp.csv").query("ky == 1")
    data = cross_sections.Samples(
        table["ldurat"].to_numpy(),
        table["highearn"].to_numpy() == 1,
        table["afchnge"].to_numpy() == 1,
        np.zeros((len(table), 0)),
        np.ones(len(table)),
    )
    for estimator in ("outcome_regression", "inverse_probability", "doubly_robust"):
        found = getattr(cross_sections, estimator)(data)
        assert found.effect[0] == pytest.approx(0.191, abs=5e-4)
        assert found.standard_error[0] == pytest.approx(0.069, abs=1e-3)


def test_the_trainees_of_lalonde_against_the_current_population_survey(real_data):
    # the treated of Dehejia and Wahba (1999) against CPS-1, age and earnings as curves: 1 in 87 is exposed
    # and whole Newton steps diverge; fitted chances sum to the number of exposed
    table = pd.read_csv(real_data / "replication" / "nsw_treated_cps1.csv")
    columns = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74"]
    curves = [table["age"] ** 2, table["age"] ** 3, table["re74"] ** 2, table["re75"] ** 2]
    covariates = np.column_stack([table[columns], *curves])
    exposed, ones = table["treat"].to_numpy() == 1, np.ones(len(table))
    model = logit(design_of(covariates, ones), exposed, ones)
    assert np.abs(model.design.T @ model.score).max() < 1e-8
    chance = model.odds / (1 + model.odds)
    assert chance.sum() == pytest.approx(exposed.sum(), abs=1e-8)
    change = (table["re78"] - table["re75"]).to_numpy()[:, None]
    found = doubly_robust(Changes(change, exposed, covariates, ones))
    # the experiment says 1,794 (633); valid methods on these data span 403 to 3,028
    assert 403 < found.effect[0] < 3028
    assert 400 < found.standard_error[0] < 1000
