"""The drawn country: the truth is in it, and nothing else moves with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lmpeval.assembly.panels import assemble
from lmpeval.comparators import select
from lmpeval.contracts import load_contract
from lmpeval.design import estimate
from lmpeval.simulation.regions import SITE, Country, draw
from lmpeval.study_files.designs import build_design
from simulation.small_country import SMALL, register, study, table


def test_country_keeps_its_contract():
    drawn = table()
    checked = load_contract("region_panel").check(drawn, "drawn")
    assert len(checked) == SMALL.groups * SMALL.units * 8
    assert set(SITE) < set(checked["unit"])


def test_same_seed_same_country_and_another_seed_another():
    pd.testing.assert_frame_equal(draw(SMALL, 1), draw(SMALL, 1))
    assert not draw(SMALL, 1)["cost"].equals(draw(SMALL, 2)["cost"])


def test_effect_is_added_to_the_cost_of_the_site_from_the_start_on_and_to_nothing_else():
    without, with_ = draw(replace(SMALL, effect=0.0), 3), draw(replace(SMALL, effect=-60.0), 3)
    there = with_["unit"].isin(SITE) & (with_["year"] >= SMALL.start)
    assert there.sum() == len(SITE) * 4
    np.testing.assert_allclose((with_["cost"] - without["cost"])[there], -60, atol=1e-3)
    pd.testing.assert_frame_equal(with_[~there], without[~there])
    assert with_.drop(columns="cost").equals(without.drop(columns="cost"))


def test_costs_grow_at_the_stated_rate():
    mean = draw(Country(), 4).groupby("year")["cost"].mean()
    growth = (mean.iloc[-1] / mean.iloc[0]) ** (1 / (len(mean) - 1)) - 1
    assert growth == pytest.approx(0.025, abs=0.002)


@pytest.mark.slow
@pytest.mark.parametrize("position", [0, 1])
def test_intervals_hold_the_truth_as_often_as_they_say(position):
    """Of 60 countries at least 52 expected: fewer has a chance of under 1 % where coverage is 95 %."""
    asked = study(window=replace(study().window, first=2007, last=2018))
    design = build_design(asked.designs[position], asked.comparator)
    held, errors = 0, []
    for seed in range(100, 160):
        drawn = draw(Country(), seed)
        panel = assemble(asked, asked.outcomes[0], drawn, select(asked, drawn, register())).panel
        found = estimate(design, panel, 0, np.random.default_rng(0))
        low, high = found.uncertainty.interval
        held += low <= -60 <= high
        errors.append(found.effect + 60)
    assert held >= 52
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(len(errors))
