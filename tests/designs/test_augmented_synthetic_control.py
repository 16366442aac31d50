from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lmpeval.designs.augmented_synthetic_control import AugmentedSyntheticControl
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.panel import Panel
from lmpeval.uncertainty.placebo import stand_ins
from worlds import World, draw, tiny


@pytest.fixture(scope="module")
def kansas(real_data):
    table = pd.read_csv(real_data / "replication" / "kansas.csv", dtype={"fips": str})
    wide = table.pivot(index="year_qtr", columns="fips", values="lngdpcapita")
    states = tuple(wide.columns)
    treated = np.array([state == "20" for state in states])
    return Panel(
        outcome=wide.to_numpy(),
        exposure=np.ones(wide.shape),
        years=np.arange(len(wide)),  # quarters
        units=states,
        treated=treated,
        start=int((wide.index < 2012.25).sum()),
        covariates=np.zeros((len(states), 0)),
        covariate_names=(),
        groups=states,
        aside=np.zeros(len(states), dtype=bool),
    )


def effect(design, panel):
    gap = panel.treated_mean - design.compare(panel).counterfactual
    return gap[~panel.before].mean()


@pytest.mark.parametrize(
    ("design", "published"),
    [
        (SyntheticControl(ridge=1e-6, levels="together"), -0.029434733),
        (SyntheticControl(ridge=1e-6), -0.033528028),
        (AugmentedSyntheticControl(ridge=1e-6, levels="together"), -0.040062914),
    ],
    ids=("mixture", "mixture, levels apart", "augmented"),
)
def test_tax_cuts_in_kansas(kansas, design, published):
    assert effect(design, kansas) == pytest.approx(published, abs=1e-7)


def by_hand(panel, share):
    """Equation 6 of the paper with equal sizes, from scratch: regress each later year on the path before."""
    before = panel.before
    own = panel.outcome - panel.outcome[before].mean(axis=0)
    plain = SyntheticControl().compare(panel)
    donors, target = own[before][:, panel.compared], own[:, panel.treated].mean(axis=1)[before]
    misfit = target - donors @ plain.weights
    centred = donors - donors.mean(axis=1, keepdims=True)
    penalty = share * np.linalg.svd(centred, compute_uv=False)[0] ** 2
    later = panel.controls[~before]
    slopes = np.linalg.solve(centred @ centred.T + penalty * np.eye(before.sum()), centred @ later.T).T
    return plain.counterfactual[~before] + slopes @ misfit


@pytest.mark.parametrize("share", [1e-4, 0.1, 10.0])
def test_is_the_mixture_and_a_regression_of_what_it_leaves(share):
    panel = draw(World(neighbourhoods=12), 2)
    panel = replace(panel, exposure=np.ones_like(panel.exposure))
    answer = AugmentedSyntheticControl(penalty=share).compare(panel)
    # levels are apart: the corrected mixture is lifted to the treated's mean before the start
    own = panel.outcome - panel.outcome[panel.before].mean(axis=0)
    means = panel.outcome[panel.before].mean(axis=0)
    expected = by_hand(replace(panel, outcome=own), share) + means[panel.treated].mean()
    assert answer.counterfactual[~panel.before] == pytest.approx(expected, abs=1e-6)
    assert answer.weights.sum() == pytest.approx(1)


def test_a_large_penalty_leaves_the_mixture():
    panel = draw(World(), 4)
    weights = AugmentedSyntheticControl(penalty=1e9).compare(panel).weights
    assert weights == pytest.approx(SyntheticControl().compare(panel).weights, abs=1e-8)


def test_reaches_a_site_that_no_mixture_reaches():
    """The site moves twice as much as any donor: only by extrapolation can it be followed."""
    rng = np.random.default_rng(1)
    factor = rng.normal(0, 10, (14, 1))
    loadings = np.r_[2.0, np.linspace(0, 1, 20)]
    panel = tiny((100 + factor * loadings + rng.normal(0, 0.1, (14, 21))).tolist(), before=9)
    after = ~panel.before
    missed = [
        np.abs((panel.treated_mean - design.compare(panel).counterfactual)[after]).mean()
        for design in (SyntheticControl(), AugmentedSyntheticControl())
    ]
    assert missed[1] < missed[0] / 5
    assert (AugmentedSyntheticControl().compare(panel).weights < 0).any()


def test_two_years_before_the_start_are_not_corrected():
    panel = draw(World(years=5, before=2), 4)
    weights = AugmentedSyntheticControl().compare(panel).weights
    assert weights == pytest.approx(SyntheticControl().compare(panel).weights)


def test_together_equals_one_by_one():
    panel = draw(World(neighbourhoods=10, size_spread=0.5), 6)
    others = [panel.placebo_sites({name: members}) for name, members in stand_ins(panel).items()]
    design = AugmentedSyntheticControl()
    for one, answer in zip(others, design.compare_many(others), strict=True):
        assert answer.weights == pytest.approx(design.compare(one).weights, abs=1e-9)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(ValueError, match=r"ridge is 0; .*levels is 'high'.*penalty is -1, expected more"):
        AugmentedSyntheticControl(ridge=0, levels="high", penalty=-1)


@pytest.mark.parametrize("level", [0.0, 1e3, 1e9])
@pytest.mark.parametrize("levels", ["apart", "together"])
def test_nothing_is_corrected_by_donors_that_all_move_alike(level, levels):
    panel, rng = draw(World(), 3), np.random.default_rng(1)
    shared = level + 10 * rng.normal(size=(len(panel.years), 1))
    own = np.where(panel.treated, rng.normal(size=(len(panel.years), 1)), 0.0)
    alike = replace(panel, outcome=np.broadcast_to(shared, panel.outcome.shape) + own)
    found, plain = (
        design(levels=levels).compare(alike) for design in (AugmentedSyntheticControl, SyntheticControl)
    )
    assert found.counterfactual == pytest.approx(plain.counterfactual, rel=1e-12)
    assert found.weights == pytest.approx(plain.weights, abs=1e-12)
