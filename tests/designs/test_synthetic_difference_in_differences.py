import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.designs.synthetic_difference_in_differences import SyntheticDifferenceInDifferences
from lmpeval.panel import Panel
from worlds import World, draw


@pytest.fixture(scope="module")
def proposition_99(real_data):
    wide = pd.read_csv(real_data / "replication" / "prop99_smoking.csv").pivot(
        index="year", columns="state", values="cigsale"
    )
    states = tuple(wide.columns)
    treated = np.array([state == "California" for state in states])
    return Panel(
        outcome=wide.to_numpy(),
        exposure=np.ones(wide.shape),
        years=wide.index.to_numpy(),
        units=states,
        treated=treated,
        start=1989,
        covariates=np.zeros((len(states), 0)),
        covariate_names=(),
        groups=states,
        aside=np.zeros(len(states), dtype=bool),
    )


PUBLISHED = SyntheticDifferenceInDifferences(noise="as published")


def effect(design, panel):
    gap = panel.treated_mean - design.compare(panel).counterfactual
    return gap[~panel.before].mean()


def test_proposition_99(proposition_99):
    # printed: -15.6; the exact solution of the stated problem
    assert effect(PUBLISHED, proposition_99) == pytest.approx(-15.60540, abs=5e-5)


def test_error_over_all_other_states(proposition_99):
    # nothing is drawn: every state but California stands in once
    panel = proposition_99
    others = [panel.placebo_sites({s: np.array([i])}) for i, s in enumerate(panel.units) if s != "California"]
    gaps = [
        p.treated_mean - answer.counterfactual
        for p, answer in zip(others, PUBLISHED.compare_many(others), strict=True)
    ]
    effects = np.array([gap[~panel.before].mean() for gap in gaps])
    assert len(effects) == 38
    assert effects.std(ddof=1) == pytest.approx(9.494, abs=5e-4)


def least(cost, n, *arguments):
    """Minimise over the simplex from scratch."""
    found = minimize(
        cost,
        np.full(n, 1 / n),
        args=arguments,
        bounds=[(0, 1)] * n,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 2000},
    )
    return found.x


@pytest.mark.parametrize("seed", range(3))
def test_solves_the_problems_that_its_page_states(seed):
    panel = draw(World(neighbourhoods=8, size_spread=0.7), seed)
    before, size, n = panel.before, panel.size[panel.compared], int(panel.compared.sum())
    donors, treated = panel.controls, panel.treated_mean
    steps = np.diff(donors[before], axis=0)
    weight = size / size.mean()
    mean = (steps * weight).sum() / (n * len(steps))
    noise = np.sqrt(((weight * (steps**2)).sum() - n * len(steps) * mean**2) / (n * len(steps) - 1))
    breadth = panel.size[panel.treated].sum() / size.mean() * (~before).sum()
    price = before.sum() * np.sqrt(breadth) * noise**2 / weight
    own = donors[before] - donors[before].mean(axis=0)
    target = treated[before] - treated[before].mean()
    w = least(lambda w: (((own @ w - target) ** 2).sum() + (price * w**2).sum()) / noise**2, n)
    after = donors[~before].mean(axis=0)

    def apart(v):
        missed = v @ donors[before] - after
        missed = missed - weight @ missed / n
        return ((weight * missed**2).sum() + n * (1e-6 * noise) ** 2 * (v**2).sum()) / noise**2

    v = least(apart, int(before.sum()))
    answer = PUBLISHED.compare(panel)
    assert answer.weights == pytest.approx(w, abs=1e-5)
    lift = v @ (treated - donors @ w)[before]
    assert answer.counterfactual == pytest.approx(donors @ w + lift, abs=0.02)


def test_a_year_unlike_those_after_does_not_count():
    """A year that moved small units apart, before the start and never again, is left out by its weight."""
    panel = draw(World(neighbourhoods=30), 3)
    rng = np.random.default_rng(5)
    year = int(np.flatnonzero(panel.before)[2])
    odd = panel.outcome.copy()
    odd[year] += rng.normal(0, 500, odd.shape[1])
    shaken = Panel(**{**vars_of(panel), "outcome": odd})
    moved = [abs(effect(d, shaken) - effect(d, panel)) for d in (PUBLISHED, DifferenceInDifferences())]
    assert moved[0] < moved[1] / 3


def vars_of(panel):
    return {name: getattr(panel, name) for name in panel.__dataclass_fields__}


def test_even_weights_on_years_leave_synthetic_control():
    """Where years say nothing about those after, and noise costs the same, it is the other design."""
    panel = draw(World(neighbourhoods=10), 1)
    breadth = panel.size[panel.treated].sum() / panel.size[panel.compared].mean() * (~panel.before).sum()
    ours = SyntheticDifferenceInDifferences(ridge=breadth**-0.25).compare(panel)
    assert ours.weights == pytest.approx(SyntheticControl().compare(panel).weights, abs=1e-8)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(ValueError, match=r"ridge is 0; .*noise is 'none', expected one of: apart"):
        SyntheticDifferenceInDifferences(ridge=0, noise="none")
