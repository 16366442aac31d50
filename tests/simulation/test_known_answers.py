"""Numbers that the wrong and the right analysis are known to give, each from seeds of its own.

The figures come from a simulation of the same definitions with other seeds; both sides are off by chance, so
each is held to four times the error of the difference, which is computed from the draws.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from lmpeval.design import estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.inference import PlaceboGroups
from lmpeval.panel import Panel

TRAPS = Path(__file__).resolve().parents[2] / "experiments" / "traps"
EVERYBODY = 10_000
"""Matches that leave no comparison unit out."""


def panel(outcome: np.ndarray, treated: int, before: int) -> Panel:
    """Units of one size, each a neighbourhood of its own; the first ones are sites."""
    n_years, n_units = outcome.shape
    is_site = np.arange(n_units) < treated
    return Panel(
        outcome=outcome,
        exposure=np.ones(outcome.shape),
        years=np.arange(2010, 2010 + n_years),
        units=tuple(f"region {i:04d}" for i in range(n_units)),
        treated=is_site,
        start=2010 + before,
        covariates=np.zeros((n_units, 0)),
        covariate_names=(),
        groups=tuple(f"{'site' if is_site[i] else 'group'} {i:04d}" for i in range(n_units)),
        aside=np.zeros(n_units, dtype=bool),
    )


def effect_of(design: DifferenceInDifferences, seen: Panel) -> float:
    return float((seen.treated_mean - design.compare(seen).counterfactual)[~seen.before].mean())


# Few treated regions: clustered errors and stand-ins

REGIONS, BEFORE, AFTER = 60, 3, 2


def wandering(rng: np.random.Generator, draws: int) -> np.ndarray:
    """Regions whose deviation halves from year to year and is renewed; shape (draws, years, regions)."""
    path = rng.normal(size=(draws, BEFORE + AFTER, REGIONS))
    for t in range(1, BEFORE + AFTER):
        path[:, t] = 0.5 * path[:, t - 1] + np.sqrt(0.75) * path[:, t]
    return path


def clustered_rejects(path: np.ndarray, treated: int) -> np.ndarray:
    """Whether t with region-clustered errors (CR1) is beyond 5 % of t(59); shape (draws,).

    With two periods of equal weight the clustered error is that of two groups of changes (White 1980).
    """
    change = path[:, BEFORE:].mean(axis=1) - path[:, :BEFORE].mean(axis=1)
    site, other = change[:, :treated], change[:, treated:]
    variance = sum(
        ((group - group.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / group.shape[1] ** 2
        for group in (site, other)
    ) * (REGIONS / (REGIONS - 2))
    t = (site.mean(axis=1) - other.mean(axis=1)) / np.sqrt(variance)
    return np.abs(t) > stats.t.isf(0.025, REGIONS - 1)


CLUSTERED = {1: 0.787, 2: 0.341, 3: 0.203, 5: 0.123, 9: 0.088}
"""Share of true nulls rejected at 5 %, from 3,000 draws."""


@pytest.mark.parametrize("treated", CLUSTERED)
def test_clustered_errors_reject_true_nulls_as_often_as_known(treated):
    draws, known = 20_000, CLUSTERED[treated]
    found = clustered_rejects(wandering(np.random.default_rng(treated), draws), treated).mean()
    assert found == pytest.approx(known, abs=4 * np.sqrt(known * (1 - known) * (1 / draws + 1 / 3000)))
    assert found > 0.05 + 4 * np.sqrt(0.05 * 0.95 / draws)


def test_clustered_error_by_hand_equals_the_regression():
    from linearmodels.panel import PanelOLS  # noqa: PLC0415 - a peer, for one test

    path = wandering(np.random.default_rng(7), 1)[0]
    index = pd.MultiIndex.from_product([range(REGIONS), range(BEFORE + AFTER)])
    exposed = np.outer(np.arange(REGIONS) < 3, np.arange(BEFORE + AFTER) >= BEFORE).ravel().astype(float)
    frame = pd.DataFrame({"y": path.T.ravel(), "exposed": exposed}, index=index)
    fit = PanelOLS(frame["y"], frame[["exposed"]], entity_effects=True, time_effects=True).fit(
        cov_type="clustered", cluster_entity=True, debiased=False, auto_df=False, count_effects=False
    )
    change = path[BEFORE:].mean(axis=0) - path[:BEFORE].mean(axis=0)
    apart = [((g - g.mean()) ** 2).sum() / len(g) ** 2 for g in (change[:3], change[3:])]
    assert fit.params["exposed"] == pytest.approx(change[:3].mean() - change[3:].mean())
    assert fit.std_errors["exposed"] == pytest.approx(np.sqrt(sum(apart)), rel=1e-6)


@pytest.mark.parametrize(
    ("treated", "draws"),
    [(1, 200), (9, 200), *(pytest.param(n, 600, marks=pytest.mark.slow) for n in CLUSTERED)],
)
def test_stand_ins_keep_the_level_where_clustered_errors_do_not(treated, draws):
    """Rank among 59 regions, or among 39 sets of regions, is exact: one true null of twenty."""
    design = DifferenceInDifferences(matches=EVERYBODY, inference=PlaceboGroups(draws=39))
    rng = np.random.default_rng([20, treated])
    rejected = 0
    for path in wandering(rng, draws):
        rejected += estimate(design, panel(path, treated, BEFORE), 0, rng).uncertainty.p <= 0.05
    low, high = stats.binom.interval(1 - 6e-5, draws, 0.05)  # as wide as four standard errors of a normal
    assert low <= rejected <= high
    assert rejected / draws < CLUSTERED[treated]


# Smallest effect that can be told from chance

SHOCK, VARIATION, LASTING = 0.01, 3.5, 0.3
"""Of a region in a year, as a share of the mean; variation of a person's cost, and what of it lasts."""
DETECTABLE = {(1, 50_000): 0.0425, (1, 150_000): 0.0323, (9, 100_000): 0.0126}
"""By treated regions and insured in each; of the mean cost, at 80 % power and 5 %, with 60 regions."""


def regions(rng: np.random.Generator, insured: int) -> np.ndarray:
    """Mean cost of the regions relative to its mean, shape (years, regions)."""
    persons = VARIATION**2 * (1 - LASTING) / insured
    return 1 + rng.normal(0, np.sqrt(persons + SHOCK**2), (BEFORE + AFTER, REGIONS))


@pytest.mark.parametrize(("treated", "insured"), DETECTABLE)
def test_effect_as_large_as_the_detectable_one_is_seen_in_four_of_five_draws(treated, insured):
    known, draws = DETECTABLE[treated, insured], 1500
    rng, design = np.random.default_rng([treated, insured]), DifferenceInDifferences(matches=EVERYBODY)
    drawn = (panel(regions(rng, insured), treated, BEFORE).plus_effect(-known) for _ in range(draws))
    found = np.array([effect_of(design, each) for each in drawn])
    error = known / (stats.norm.isf(0.025) + stats.norm.isf(0.2))
    assert found.std(ddof=1) == pytest.approx(error, abs=4 * error / np.sqrt(2 * draws))
    assert found.mean() == pytest.approx(-known, abs=4 * error / np.sqrt(draws))
    seen = np.abs(found) > stats.norm.isf(0.025) * error
    assert seen.mean() == pytest.approx(0.8, abs=4 * np.sqrt(0.8 * 0.2 / draws))


def test_stand_ins_state_the_error_of_one_region():
    """Standard error of 1.52 % for one region of 50,000: on average over draws, from 59 stand-ins each."""
    rng, design = np.random.default_rng(152), DifferenceInDifferences(matches=EVERYBODY)
    seen = [estimate(design, panel(regions(rng, 50_000), 1, BEFORE), 0, rng) for _ in range(60)]
    stated = np.array([found.uncertainty.standard_error for found in seen])
    chance = stated.std(ddof=1) / np.sqrt(len(stated))
    # a stand-in is compared with 58 others and the site with 59
    assert np.sqrt(np.mean(stated**2)) == pytest.approx(
        0.0152 * np.sqrt((59 / 58) / (60 / 59)), abs=4 * chance
    )


# Matching on the outcome


def test_matching_on_the_outcome_makes_half_a_standard_deviation_out_of_nothing():
    """Site units lie one standard deviation above the others; half of a year's spread is noise.

    By hand: a match of outcome y has an expected level of y / 2, a site unit one of y / 2 + 1 / 2.
    """
    bias: dict[bool, list[float]] = {False: [], True: []}
    units = 500
    for seed in range(40):
        rng = np.random.default_rng([497, seed])
        level = np.r_[rng.normal(1, 1, units), rng.normal(0, 1, units)]
        seen = panel(level + rng.normal(size=(2, 2 * units)), units, 1)
        for matched, found in bias.items():
            design = DifferenceInDifferences(matches=1 if matched else EVERYBODY, match_on_outcome=matched)
            found.append(effect_of(design, seen))
    for matched, known in ((True, 0.497), (False, 0.0)):
        errors = np.array(bias[matched])
        chance = errors.std(ddof=1)
        assert errors.mean() == pytest.approx(known, abs=4 * chance * np.sqrt(1 / len(errors) + 1 / 200))
    assert np.mean(bias[True]) == pytest.approx(0.5, abs=0.05)


# Traps that are demonstrated apart from the package


@pytest.fixture(scope="module")
def traps(experiment_named):
    return experiment_named("traps")


BATCHES = 20
KNOWN = {
    # wrong analysis, right analysis, and how many of our batches their draws were worth
    "chosen for high cost": (-58.8, -2.1, 4),
    "unselected controls": (-58.9, -2.1, 4),
    "bad control": (-4.9, -9.1, 2.4),
    "modelled outcome": (0.0, -5.0, 30),
    "cut off at p99": (-0.42, -4.40, 4),
    "log of cost plus 1": (-4.9, -0.12, 4),
    "payout, 5000 insured, from 0%": (0.50, 0.025, 100),
    "payout, 5000 insured, from 2%": (0.28, 0.025, 100),
    "payout, 10000 insured, from 2%": (0.20, 0.025, 100),
    "payout, 20000 insured, from 2%": (0.12, 0.025, 100),
    "payout, 50000 insured, from 2%": (0.03, 0.025, 100),
    "best of 30": (2.04, None, 40),
    "any of 30": (0.79, 0.05, 40),
    "significant only": (4.8, 1.0, 20),
}
ROUNDING = {"payout": 0.005, "any": 0.005, "best": 0.005, "cut": 0.005, "log": 0.05}


@pytest.fixture(scope="module")
def found(traps):
    return traps.table(traps.TRAPS, BATCHES, 31).set_index("trap")


def test_every_trap_has_a_known_answer(traps):
    assert [trap.name for trap in traps.TRAPS] == list(KNOWN)


@pytest.mark.parametrize("name", KNOWN)
def test_trap_gives_the_known_numbers(found, name):
    *known, theirs = KNOWN[name]
    row, rounding = found.loc[name], ROUNDING.get(name.split(",")[0].split()[0], 0.05)
    for analysis, number in zip(("wrong", "right"), known, strict=True):
        if number is not None:
            error = row[f"{analysis}_error"] * np.sqrt(1 + BATCHES / theirs)
            assert row[analysis] == pytest.approx(number, abs=4 * error + rounding), analysis


def test_right_analysis_is_right_within_its_error(found):
    """And the wrong one is off by far more than its own, wherever the truth is a number."""
    for name, truth in {"chosen for high cost": 0, "unselected controls": 0, "bad control": -10}.items():
        row = found.loc[name]
        assert abs(row["right"] - truth) < 4 * row["right_error"], name
        assert abs(row["wrong"] - truth) > 4 * row["wrong_error"], name


def test_payouts_and_counts_equal_what_the_normal_law_says(found):
    z = stats.norm
    for persons in (5000, 10_000, 20_000, 50_000):
        spread = np.sqrt(2.5**2 / persons * 0.7 * 4 / 3)
        row = found.loc[f"payout, {persons} insured, from 2%"]
        assert row["wrong"] == pytest.approx(z.sf(0.02 / spread), abs=4 * row["wrong_error"])
    largest, _ = integrate.quad(lambda x: x * 30 * z.pdf(x) * z.cdf(x) ** 29, -8, 8)
    assert found.loc["best of 30", "wrong"] == pytest.approx(
        largest, abs=4 * found.loc["best of 30", "wrong_error"]
    )
    any_hit = found.loc["any of 30"]
    assert any_hit["wrong"] == pytest.approx(1 - 0.95**30, abs=4 * any_hit["wrong_error"])
    limit = z.isf(0.025)
    power = z.sf(limit - 0.5) + z.cdf(-limit - 0.5)
    size, _ = integrate.quad(
        lambda x: abs(x) * z.pdf(x - 0.5) * (abs(x) > limit), -8, 9, points=[-limit, limit]
    )
    inflated = found.loc["significant only"]
    assert inflated["wrong"] == pytest.approx(size / power / 0.5, abs=4 * inflated["wrong_error"])


def test_shrinking_takes_most_of_the_winners_curse_away(found):
    row = found.loc["best of 30"]
    assert 0 < row["right"] < row["wrong"] / 4


def test_person_costs_are_as_skewed_as_stated(traps):
    """Mean 2,600 euro, coefficient of variation 3.66, lag-1 correlation 0.21, 12.7 % zeros, from 600,000."""
    rng = np.random.default_rng(366)
    rows = []
    for _ in range(BATCHES):
        cost = traps.person_costs(rng, 40_000, 3)
        rows.append(
            (
                cost.mean(),
                cost.std() / cost.mean(),
                np.corrcoef(cost[:, 0], cost[:, 1])[0, 1],
                (cost == 0).mean(),
            )
        )
    mean, chance = np.mean(rows, axis=0), np.std(rows, axis=0, ddof=1)
    for k, known in enumerate((2600, 3.66, 0.21, 0.127)):
        error = chance[k] * np.sqrt(1 / BATCHES + 1 / 5)
        assert mean[k] == pytest.approx(known, abs=4 * error + 0.005 * (k < 3) + 0.0005), k


def test_result_is_that_of_the_experiment(traps, found):
    """The table beside the command has the same rows, and numbers within chance of a small run's."""
    kept = pd.read_csv(TRAPS / "result.csv").set_index("trap")
    assert list(kept.index) == list(found.index)
    for analysis in ("wrong", "right"):
        error = np.hypot(found[f"{analysis}_error"], kept[f"{analysis}_error"])
        assert ((found[analysis] - kept[analysis]).abs() <= 4 * error + 5e-5).all(), analysis


def test_numbers_of_the_page_are_those_of_the_result():
    kept = pd.read_csv(TRAPS / "result.csv")
    page = (TRAPS / "README.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:-1] for line in page.splitlines() if line.startswith("|")][2:]
    assert len(rows) == len(kept)
    for cells, (_, row) in zip(rows, kept.iterrows(), strict=True):
        for cell, number in ((cells[3], row["wrong"]), (cells[5], row["right"])):
            told = cell.split()[0].replace("\u2212", "-")
            decimals = len(told.partition(".")[2])
            assert float(told) == pytest.approx(number, abs=0.51 * 10**-decimals), cells[0]
