"""Inference over years: published p-values, what it promises, and when it keeps silent."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lmpeval.beside.conformal import Nulls, TooFewYears, conformal_interval, p_values
from lmpeval.beside.jackknife_plus import jackknife_plus
from lmpeval.beside.other_methods import Method, Reason, other_methods
from lmpeval.design import estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.generalised_synthetic_control import GeneralisedSyntheticControl
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.inference import PlaceboGroups
from lmpeval.panel import Panel
from worlds import World, draw

RNG = np.random.default_rng
DESIGN = SyntheticControl()
CLASSICAL = SyntheticControl(ridge=1e-6, levels="together")
LONG = World(neighbourhoods=12, units=2, site_units=2, years=26, before=22, effect=0.0, persistence=0.0)

PUBLISHED = (
    (0.111, -0.045, 0.006), (0.022, -0.070, -0.015), (0.044, -0.062, -0.007), (0.111, -0.046, 0.005),
    (0.044, -0.053, -0.005), (0.022, -0.073, -0.022), (0.022, -0.056, -0.010), (0.022, -0.074, -0.018),
    (0.022, -0.074, -0.014), (0.044, -0.061, 0.000), (0.144, -0.053, 0.011), (0.078, -0.066, 0.005),
    (0.122, -0.051, 0.010), (0.111, -0.056, 0.007), (0.189, -0.055, 0.013), (0.100, -0.067, 0.008),
)  # fmt: skip
"""Kansas by quarter from 2012.25 on: p and 95 % interval that augsynth's vignette on one outcome prints."""


@pytest.fixture(scope="module")
def kansas(real_data):
    table = pd.read_csv(real_data / "replication" / "kansas.csv", dtype={"fips": str})
    wide = table.pivot(index="year_qtr", columns="fips", values="lngdpcapita")
    n = len(wide.columns)
    return Panel(
        outcome=wide.to_numpy(),
        exposure=np.ones(wide.shape),
        years=np.arange(len(wide)),
        units=tuple(wide.columns),
        treated=np.asarray(wide.columns == "20"),
        start=int((wide.index < 2012.25).sum()),
        covariates=np.zeros((n, 0)),
        covariate_names=(),
        groups=tuple(wide.columns),
        aside=np.zeros(n, dtype=bool),
    )


def of_quarter(kansas, quarter):
    """The years before the start and one after it."""
    return kansas.without_years(set(kansas.years[~kansas.before]) - {kansas.start + quarter})


def test_published_p_values_of_every_quarter(kansas):
    found = []
    for quarter in range(16):
        panel = of_quarter(kansas, quarter)
        found.append(p_values(CLASSICAL, Nulls.of(panel, ~panel.before), np.zeros(1))[0])
    assert found == pytest.approx([p for p, *_ in PUBLISHED], abs=5e-4)


@pytest.mark.parametrize("quarter", [1, 9])
def test_published_intervals(kansas, quarter):
    """There the ends are the outermost points of a coarse grid that are not rejected; here they are exact."""
    panel = of_quarter(kansas, quarter)
    effect = float((panel.treated_mean - CLASSICAL.compare(panel).counterfactual)[-1])
    low, high = conformal_interval(CLASSICAL, panel, ~panel.before, effect, 0.95)
    _, least, most = PUBLISHED[quarter]
    assert least - 0.003 <= low <= least + 5e-4
    assert most - 5e-4 <= high <= most + 0.004


def test_many_hypotheses_at_once_are_each_by_itself():
    panel = draw(LONG, 1)
    nulls, effects = Nulls.of(panel, ~panel.before), np.array([-40.0, 0.0, 15.0])
    together = p_values(DESIGN, nulls, effects)
    assert together == pytest.approx([p_values(DESIGN, nulls, effects[[k]])[0] for k in range(3)])
    for effect, told in zip(effects, together, strict=True):
        moved = panel.plus_effect(-effect)
        years, size = len(panel.years), panel.size
        all_before = replace(
            moved, outcome=np.vstack([moved.outcome, moved.outcome[-1:]]), years=np.arange(years + 1),
            start=years, exposure=np.tile(size, (years + 1, 1)),
        )  # fmt: skip
        residual = (all_before.treated_mean - DESIGN.compare(all_before).counterfactual)[:-1]
        runs = [np.abs(np.roll(residual, shift)[-4:]).mean() for shift in range(years)]
        assert told == pytest.approx(np.mean(np.array(runs) >= runs[0] * (1 - 1e-9)))


def test_effect_and_unit_of_account_move_the_ends():
    panel = draw(LONG, 2)

    def ends(moved):
        found = estimate(DESIGN, moved, 0, RNG(0))
        return np.array(conformal_interval(DESIGN, moved, found.counted, found.effect, 0.9))

    plain = ends(panel)
    assert plain[0] < 0 < plain[1]
    assert ends(panel.plus_effect(300.0)) == pytest.approx(plain + 300, abs=0.02)
    assert ends(panel.times(100)) == pytest.approx(100 * plain, rel=1e-3)
    assert ends(panel.in_order(RNG(1).permutation(len(panel.units)))) == pytest.approx(plain, abs=0.02)
    assert ends(panel.plus_year_shocks(np.arange(26.0) ** 2)) == pytest.approx(plain, abs=0.02)


def test_true_nulls_are_rejected_as_often_as_said():
    # 26 years: p of 1/26 and 2/26 are at most 0.1, so that 2 of 26 draws are rejected if years are alike
    p = []
    for seed in range(200):
        panel = draw(LONG, seed)
        p.append(p_values(DESIGN, Nulls.of(panel, ~panel.before), np.zeros(1))[0])
    expected, rejected = 200 * 2 / 26, np.sum(np.array(p) <= 0.1)
    assert abs(rejected - expected) <= 3 * np.sqrt(expected)
    assert min(p) >= 1 / 26 - 1e-12


def test_jackknife_plus_by_hand():
    panel = draw(LONG, 3)
    low, high = jackknife_plus(DESIGN, panel, ~panel.before, 0.9)
    ends = []
    for year in range(22):
        rows = [y for y in range(26) if y != year]
        kept = replace(panel, outcome=panel.outcome[rows], exposure=panel.exposure[rows],
                       years=panel.years[rows])  # fmt: skip
        effect = (kept.treated_mean - DESIGN.compare(kept).counterfactual)[-4:].mean()
        order = [*(y for y in range(22) if y != year), year]
        held = replace(panel, outcome=panel.outcome[order], exposure=panel.exposure[order],
                       years=np.arange(22), start=21)  # fmt: skip
        error = abs((held.treated_mean - DESIGN.compare(held).counterfactual)[-1])
        ends.append((effect - error, effect + error))
    below, above = np.sort(np.transpose(ends), axis=1)
    assert (low, high) == pytest.approx((below[1], above[-2]))  # floor(0.1 * 23) = 2
    moved = jackknife_plus(DESIGN, panel.plus_effect(50.0), ~panel.before, 0.9)
    assert moved == pytest.approx((low + 50, high + 50))


def test_seven_years_reject_nothing_and_say_so():
    panel = draw(World(years=8, before=7), 4)
    with pytest.raises(TooFewYears, match="8 years can give is 1/8"):
        conformal_interval(DESIGN, panel, ~panel.before, 0.0, 0.95)
    with pytest.raises(TooFewYears, match="7 years before the start bound an effect at 88% at most"):
        jackknife_plus(DESIGN, panel, ~panel.before, 0.95)
    found = estimate(DESIGN, panel, 0, RNG(0))
    told = {each.method: each for each in other_methods(DESIGN, panel, found, RNG(0))}
    for method in (Method.CONFORMAL, Method.JACKKNIFE):
        assert (told[method].interval, told[method].reason) == (None, Reason.CANNOT_REJECT)
    assert "1/8" in told[Method.CONFORMAL].detail


def test_told_for_designs_of_donors_that_were_fitted_before_the_start_alone():
    panel = draw(LONG, 5)

    def told(design):
        found = estimate(design, panel, 0, RNG(0))
        return {each.method: each for each in other_methods(design, panel, found, RNG(0))}

    assert told(DESIGN)[Method.CONFORMAL].interval is not None
    assert told(DESIGN)[Method.JACKKNIFE].interval is not None
    factors = told(GeneralisedSyntheticControl(factors=1))
    assert factors[Method.CONFORMAL].reason is Reason.READS_AFTER
    assert factors[Method.JACKKNIFE].interval is not None
    differences = told(DifferenceInDifferences(adjust="regression", inference=PlaceboGroups(draws=19)))
    assert set(differences) == {Method.LEFT_OUT, Method.WILD}
