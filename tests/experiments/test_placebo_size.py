"""The experiment on size: sites that never were are what the README says, and the summary counts right."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

HERE = Path(__file__).resolve().parents[2] / "experiments" / "placebo_size"


@pytest.fixture(scope="module")
def experiment(experiment_named):
    return experiment_named("placebo_size")


@pytest.fixture(scope="module")
def bases(experiment, real_data):
    return experiment.bases(real_data)


def test_a_drawn_site_is_a_group_of_neighbours_of_a_site_s_size(experiment, bases):
    panel = bases[0].panel
    for seed in range(30):
        site = experiment.drawn_site(panel, np.random.default_rng(seed))
        assert len({panel.groups[i] for i in site}) == 1
        assert panel.compared[site].all()
        size = panel.size[site].sum()
        assert min(experiment.SITE_SIZES) / 2 <= size <= max(experiment.SITE_SIZES) * 2


def test_no_known_site_is_compared_with(bases):
    known = {"HEERLEN", "MAASTRICHT", "HARDENBERG", "TERNEUZEN", "LEEUWARDEN", "ARNHEM"}
    for base in bases:
        panel = base.panel
        assert not known & {unit for unit, used in zip(panel.units, panel.compared, strict=True) if used}


def test_every_method_judges_every_draw(experiment, bases):
    designs = (experiment.DifferenceInDifferences(), experiment.SyntheticControl())
    rows = pd.DataFrame([row for draw in range(2) for row in experiment.judged(bases[0], draw, designs)])
    assert rows.groupby("draw").size().tolist() == [4, 4]
    assert rows["p"].between(0, 1).all()
    stand_ins = rows[rows["method"].str.contains("stand-ins")]
    assert (stand_ins["p"] >= 1 / 200).all()  # permutation has a smallest p; regressions have none


def test_summary_counts_rejections(experiment):
    rows = pd.DataFrame(
        {"outcome": "a", "method": "m", "draw": range(4), "p": [0.01, 0.05, 0.051, 0.9], "attainable": 0.04}
    )
    table = experiment.summary(rows).set_index("outcome")
    assert table.loc["a", "rejected"] == 0.5
    assert table.loc["all", "rejected"] == 0.5
    assert table.loc["a", "two_mc_errors"] == pytest.approx(2 * np.sqrt(0.05 * 0.95 / 4), abs=1e-4)
