"""Kansas after the tax cuts of 2012: three outcomes followed by one mixture of states.

The specification is that of the vignette on several outcomes of the R package augsynth
(`ebenmichael/augsynth`, vignettes/multi-outcomes-vignette.md): log of GDP, log of wages and establishments
per head, 89 quarters before the second of 2012, each outcome divided by its standard deviation over all
other states and quarters before. A study file can ask for it, but its ledger, which holds out each of 89
quarters for every state, takes minutes.
"""

import numpy as np
import pandas as pd
import pytest

from lmpeval.designs.joint_synthetic_control import JointSyntheticControl
from lmpeval.panel import Panel

OUTCOMES = ("log_gdp", "log_wages", "establishments")


@pytest.fixture(scope="module")
def wide(real_data):
    table = pd.read_csv(real_data / "replication" / "kansas.csv", dtype={"fips": str})
    figures = table.assign(
        log_gdp=table["lngdpcapita"],
        log_wages=np.log(table["totalwagescapita"]),
        establishments=table["estabscapita"],
    )
    return {name: figures.pivot(index="year_qtr", columns="fips", values=name) for name in OUTCOMES}


def panel(wide, outcome):
    quarters, states = wide[outcome].index, tuple(wide[outcome].columns)
    return Panel(
        outcome=wide[outcome].to_numpy(),
        exposure=np.ones(wide[outcome].shape),
        years=np.arange(len(quarters)),
        units=states,
        treated=np.array([state == "20" for state in states]),
        start=int((quarters < 2012.25).sum()),
        covariates=np.zeros((len(states), 0)),
        covariate_names=(),
        groups=states,
        aside=np.zeros(len(states), dtype=bool),
        companions={name: figures.to_numpy() for name, figures in wide.items() if name != outcome},
    )


def effects(wide, **settings):
    design = JointSyntheticControl(ridge=1e-6, scale="as published", **settings)
    panels = [panel(wide, outcome) for outcome in OUTCOMES]
    return [(p.treated_mean - design.compare(p).counterfactual)[~p.before].mean() for p in panels]


@pytest.mark.parametrize(
    ("by", "peer"),
    [
        ("concatenated", (-0.00360996, -0.01706635, -0.00119945)),
        ("averaged", (0.00688184, -0.00208158, -0.00143047)),
    ],
)
def test_levels_apart(wide, by, peer):
    """The package itself on the same file; its solver stops some 1e-8 short of the optimum."""
    assert effects(wide, by=by) == pytest.approx(peer, abs=2e-8)


def test_levels_together(wide):
    """As printed in the vignette."""
    printed = (9.020282e-05, -2.131841e-02, -1.217106e-03)
    assert effects(wide, levels="together") == pytest.approx(printed, abs=5e-8)
