import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS

from lmpeval.design import estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from worlds import World, draw, tiny


def test_hand_example():
    # change of the treated 13 - 10, of the others 6 - 5 and 9 - 8, the last one three times as large
    panel = tiny([[10.0, 5.0, 8.0], [13.0, 6.0, 10.0]], size=[1.0, 1.0, 3.0])
    answer = DifferenceInDifferences().compare(panel)
    assert answer.weights.tolist() == [0.25, 0.75]
    assert answer.counterfactual.tolist() == [10.0, 11.75]  # change 0.25 * 1 + 0.75 * 2


def two_way(panel):
    kept = np.flatnonzero(~panel.aside)
    index = pd.MultiIndex.from_product([np.asarray(panel.units)[kept], panel.years])
    exposed = np.outer(panel.treated[kept], ~panel.before).ravel().astype(float)
    frame = pd.DataFrame({"y": panel.outcome[:, kept].T.ravel(), "exposed": exposed}, index=index)
    model = PanelOLS(frame["y"], frame[["exposed"]], entity_effects=True, time_effects=True)
    return float(model.fit(cov_type="unadjusted").params["exposed"])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("years", [(2, 1), (8, 5), (9, 2)])
def test_equals_the_two_way_regression(seed, years):
    panel = draw(World(neighbourhoods=12, size_spread=0.0, years=years[0], before=years[1]), seed)
    answer = DifferenceInDifferences(matches=500).compare(panel)
    effect = (panel.treated_mean - answer.counterfactual)[~panel.before].mean()
    assert effect == pytest.approx(two_way(panel), rel=1e-10)


def test_matches_on_the_outcome_on_request_only():
    panel = draw(World(neighbourhoods=10), 3)
    level = panel.outcome[panel.before].mean(axis=0)
    plain, on_outcome = (
        DifferenceInDifferences(matches=3, match_on_outcome=asked).compare(panel).weights
        for asked in (False, True)
    )
    apart = [
        abs(level[panel.compared] @ w - panel.treated_mean[panel.before].mean()) for w in (plain, on_outcome)
    ]
    assert apart[1] < apart[0]


def test_lag_leaves_early_years_out_of_the_mean():
    panel = draw(World(), 4)
    found = estimate(DifferenceInDifferences(), panel, 2, np.random.default_rng(0))
    assert found.counted.tolist() == [False] * 7 + [True]
    assert found.effect == found.gap[-1]


@pytest.mark.parametrize("matches", [0, -1])
def test_refuses_a_comparison_with_nobody(matches):
    with pytest.raises(ValueError, match=f"matches is {matches}; each treated unit needs at least 1"):
        DifferenceInDifferences(matches=matches)
