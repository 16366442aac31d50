"""The experiment on the fit of donors: its measures are the ledger's, and its bins hold every region."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lmpeval.design import compare_all
from lmpeval.uncertainty.placebo import stand_ins

HERE = Path(__file__).resolve().parents[2] / "experiments" / "donor_fit"


@pytest.fixture(scope="module")
def run(experiment_named):
    sys.path.insert(0, str(HERE))
    yield experiment_named("donor_fit")
    sys.path.remove(str(HERE))
    for name in ("curves", "drawn"):
        del sys.modules[name]


@pytest.fixture(scope="module")
def seen(run):
    kinds = [kind for kind in run.KINDS if kind.before == 3]
    return {kind: run.draw(kind, np.random.default_rng(1)) for kind in kinds}


def test_regions_are_measured_as_the_ledger_measures_a_site(run, seen):
    panel = next(iter(seen.values()))
    rows, design = run.seen(panel), sys.modules["drawn"].DESIGN
    panels = [panel.placebo_sites({"one": members}) for members in stand_ins(panel).values()]
    answers = compare_all(design, panels)
    assert rows["largest"].to_numpy() == pytest.approx([a.weights.max() for a in answers])
    gaps = [p.treated_mean - a.counterfactual for p, a in zip(panels, answers, strict=True)]
    effects = np.abs([gap[~panel.before].mean() for gap in gaps])
    assert rows["error"].to_numpy() == pytest.approx(effects / np.sqrt(np.mean(effects**2)))
    assert rows["real"].sum() == 1  # of 23, the largest alone is in the top twentieth
    assert rows["real"].to_numpy()[effects.argmax()]
    assert rows["hold_out"].median() == pytest.approx(1)


def test_factors_move_regions_apart(seen):
    spread = [np.diff(panel.outcome, axis=0).std(axis=1).mean() for panel in seen.values()]
    assert spread == sorted(spread)


def test_every_region_falls_in_one_bin_of_each_measure(run, seen):
    rows = pd.concat(
        run.seen(panel).assign(panel="drawn", before=kind.before, factor=kind.factor, draw=0)
        for kind, panel in seen.items()
    )
    table = run.by_what_was_seen(rows)
    counts = table.groupby(["country", "measure"])["regions"].sum().unstack()
    assert (counts.loc["noise alone"] == 23).all()
    assert (counts.loc["factors"] == 46).all()
