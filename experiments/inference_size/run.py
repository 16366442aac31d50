"""How often every way to judge uncertainty calls a difference real where nothing happened.

Countries of 40 regions are drawn in which nothing was done; see README.md beside this file for the result.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import astuple, fields, replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from countries import BEFORE, MEMBERS, REGIONS, YEARS, Setting, country, outcomes
from figure import draw_sizes
from methods import by_errors, contrasts, shaken, start_contrasts
from scipy.stats import t

from lmpeval.beside.other_methods import collapsed, leave_out_one_group
from lmpeval.design import Design, estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.inference import NoReference, PlaceboGroups
from lmpeval.panel import Panel

HERE = Path(__file__).parent
ALPHA, ABOUT = 0.05, 1e-9
A_LAYOUT = 50
"""Outcomes drawn on the same map."""
A_FEW_SETS = 199
"""Sets drawn where starts differ."""
LARGE = -0.10
"""An effect of many standard errors, that the interval must hold as often as none."""


def one_start(setting: Setting, draws: int, seed: int) -> Iterator[dict[str, float]]:
    """P-values of each draw by every method; new maps every few draws."""
    for layout in range(-(-draws // A_LAYOUT)):
        rng = np.random.default_rng([seed, layout])
        panel = country(setting, rng)
        drawn = outcomes(panel, setting, min(A_LAYOUT, draws - layout * A_LAYOUT), rng)
        change = drawn[:, BEFORE:].mean(axis=1) - drawn[:, :BEFORE].mean(axis=1)
        try:
            placed = contrasts(panel, rng).p_values(change)
        except NoReference:  # too few groups of the sites' size: the engine gives no answer
            placed = {}
        for i, one in enumerate(change):
            yield {name: p[i] for name, p in placed.items()} | by_errors(panel, one, rng)


def several_starts(setting: Setting, draws: int, seed: int) -> Iterator[dict[str, float]]:
    """As `one_start`, where sites start one after the other in as many years as the setting says."""
    for layout in range(-(-draws // A_LAYOUT)):
        rng = np.random.default_rng([seed, layout])
        panel = country(setting, rng)
        drawn = outcomes(panel, setting, min(A_LAYOUT, draws - layout * A_LAYOUT), rng)
        cohorts = one_a_start(panel, setting.starts)
        try:
            placed = start_contrasts(cohorts, A_FEW_SETS, rng)
        except NoReference:  # too few groups of the sites' size: the engine gives no answer
            yield from [{"permutation": np.nan}] * len(drawn)
            continue
        for told, outcome in zip(placed.told(drawn, (0.0, LARGE)), drawn, strict=True):
            yield told | placed.by_errors(outcome, rng)


def one_a_start(panel: Panel, starts: int) -> list[Panel]:
    """Panels of the starts, between which the sites take turns."""
    turn = np.array([int(group.split()[1]) % starts for group in panel.groups])
    return [
        replace(
            panel,
            start=panel.start + late,
            treated=panel.treated & (turn == late),
            aside=panel.treated & (turn != late),
        )
        for late in range(starts)
    ]


def with_covariates(setting: Setting, draws: int, seed: int) -> Iterator[dict[str, float]]:
    """The whole engine on trends that follow a covariate, with what stands beside its answer."""
    design: Design = {
        "matching": DifferenceInDifferences(inference=PlaceboGroups(draws=19)),
        "synthetic control": SyntheticControl(inference=PlaceboGroups(draws=19)),
    }[setting.design]
    for draw in range(draws):
        rng = np.random.default_rng([seed, draw])
        panel = country(setting, rng)
        home = np.repeat(np.arange(REGIONS), MEMBERS)
        covariate = rng.normal(size=len(home)) + 0.7 * rng.normal(size=REGIONS)[home]
        outcome = outcomes(panel, setting, 1, rng)[0] + 0.004 * np.outer(np.arange(YEARS), covariate)
        panel = replace(panel, outcome=outcome, covariates=covariate[:, None], covariate_names=("x",))
        found = estimate(design, panel, 0, rng)
        low, high = leave_out_one_group(design, panel, found).interval
        error = (high - low) / 2 / t.ppf(0.975, setting.sites - 1)
        yield {
            "CR3, t(G1-1)": 2 * t.sf(abs(found.effect) / error, setting.sites - 1),
            "wild cluster bootstrap": shaken(collapsed(panel, found), rng),
        }


def settings() -> list[Setting]:
    """All that is drawn."""
    counts = (1, 2, 3, 5, 9)
    kinds = (("equal", "as measured"), ("unequal", "as measured"), ("unequal", "by size"))
    plain = [Setting(n, *kind) for kind, n in product(kinds, counts)]
    many = [Setting(n, sizes) for n, sizes in product((15, 20), ("equal", "unequal"))]
    other = [
        Setting(1, noise=noise, factor=f) for noise, f in product(("as measured", "by size"), (0.5, 2.0))
    ]
    staggered = [Setting(n, *kind, starts=3) for n, kind in product((3, 5, 9), kinds[:2])]
    designs = [
        Setting(n, "unequal", design=name)
        for name, n in product(("matching", "synthetic control"), (3, 5, 9))
    ]
    harder = [Setting(n, *kinds[2], starts=3) for n in (3, 5, 9)]
    return plain + many + other + staggered + designs + harder


def sizes(setting: Setting, draws: int, seed: int) -> pd.DataFrame:
    """Share of true nulls rejected at 5 % by each method, one row a method."""
    if setting.design != "plain":
        told = with_covariates(setting, max(draws // 10, 2), seed)
    elif setting.starts > 1:
        told = several_starts(setting, draws, seed)
    else:
        told = one_start(setting, draws, seed)
    p = pd.DataFrame(list(told))
    answered = p.notna().sum().to_numpy()
    rejected = (p <= ALPHA + ABOUT).sum().to_numpy() / answered
    table = pd.DataFrame({"method": p.columns, "draws": answered, "rejected": rejected})
    table["mc_error"] = np.sqrt(rejected * (1 - rejected) / answered)
    for field, value in zip(reversed(fields(setting)), reversed(astuple(setting)), strict=True):
        table.insert(0, field.name, value)
    return table.round(4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=HERE)
    asked = parser.parse_args()
    tables = [sizes(each, asked.draws, seed) for seed, each in enumerate(settings(), start=2013)]
    result = pd.concat(tables, ignore_index=True)
    result.to_csv(asked.out / "result.csv", index=False)
    draw_sizes(result, asked.out / "size.svg")
    print(result.to_string())


if __name__ == "__main__":
    main()
