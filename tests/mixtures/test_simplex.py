from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize, nnls

from certificate import excess
from lmpeval.mixtures.simplex import Mixtures, mixtures, on_simplex


def objective(problems, p, weights):
    misfit = problems.donors @ weights - problems.targets[p]
    return (misfit**2).sum() + problems.penalty[p] * (problems.noise * weights**2).sum()


def by_nnls(problems, p):
    """Slow reference: u >= 0 minimising |[donors - target; root of the price] u|^2 + (sum u - 1)^2.

    For u = c w with w summing to one this is c^2 q(w) + (c - 1)^2, smallest where q is, whatever c.
    """
    kept = problems.allowed[p]
    apart = problems.donors[:, kept] - problems.targets[p][:, None]
    rows = np.vstack([apart, np.diag(np.sqrt(problems.penalty[p] * problems.noise[kept]))])
    rows = np.vstack([rows / np.linalg.norm(rows), np.ones(kept.sum())])
    found, _ = nnls(rows, np.r_[np.zeros(len(rows) - 1), 1.0], maxiter=1000 * kept.sum())
    weights = np.zeros(len(kept))
    weights[kept] = found / found.sum()
    return weights


def one(donors, target, penalty, noise=None):
    """A single problem with all donors allowed."""
    n_donors = donors.shape[1]
    return Mixtures(
        donors,
        np.ones(n_donors) if noise is None else noise,
        np.asarray(target, dtype=float)[None],
        np.ones((1, n_donors), dtype=bool),
        np.array([penalty]),
    )


def several(rng, n_years, n_donors, n_problems):
    donors = rng.normal(size=(n_years, 2)) @ rng.normal(size=(2, n_donors)) + rng.normal(
        size=(n_years, n_donors)
    )
    allowed = rng.random((n_problems, n_donors)) < 0.8
    allowed[:, 0] = True
    return Mixtures(
        donors,
        rng.lognormal(0, 0.7, n_donors),
        rng.normal(size=(n_problems, n_years)),
        allowed,
        10.0 ** rng.uniform(-3, 2, n_problems),
    )


def test_hand_example():
    # donors 0 and 1, target 1/4, no noise to speak of: weights 3/4 and 1/4
    assert mixtures(one(np.array([[0.0, 1.0]]), [0.25], 1e-9))[0] == pytest.approx([0.75, 0.25], abs=1e-8)
    # w = weight of donor 1: (w - 1/4)^2 + (w^2 + (1 - w)^2) is least where 6 w = 2.5
    assert mixtures(one(np.array([[0.0, 1.0]]), [0.25], 1.0))[0] == pytest.approx([3.5 / 6, 2.5 / 6])
    # a price far above the misfit: weights as 1 / noise
    priced = one(np.array([[0.0, 1.0]]), [0.25], 1e9, np.array([1.0, 4.0]))
    assert mixtures(priced)[0] == pytest.approx([0.8, 0.2])


@pytest.mark.parametrize(("n_years", "n_donors"), [(3, 340), (7, 340), (12, 40), (19, 38), (1, 5), (8, 2)])
def test_first_order_conditions(n_years, n_donors):
    problems = several(np.random.default_rng(n_donors), n_years, n_donors, 6)
    for p, weights in enumerate(mixtures(problems)):
        assert weights.min() >= 0
        assert weights.sum() == pytest.approx(1, abs=1e-12)
        assert (weights[~problems.allowed[p]] == 0).all()
        slope = problems.donors.T @ (problems.donors @ weights - problems.targets[p])
        slope += problems.penalty[p] * problems.noise * weights
        kept = problems.allowed[p]
        least = slope[kept].min()
        # every weight lies where the slope is least, and no allowed donor has a smaller one
        assert np.abs((slope - least)[weights > 1e-9]).max() < 1e-8 * (1 + np.abs(slope).max())


def test_equals_non_negative_least_squares():
    rng = np.random.default_rng(2)
    for shape in [(3, 340), (7, 60), (12, 12), (5, 1), (10, 200)]:
        problems = several(rng, *shape, 4)
        for p, weights in enumerate(mixtures(problems)):
            assert weights == pytest.approx(by_nnls(problems, p), abs=1e-8)


def test_equals_sequential_quadratic_programming():
    problems = several(np.random.default_rng(3), 6, 8, 3)
    for p, weights in enumerate(mixtures(problems)):
        bounds = [(0, 1 if kept else 0) for kept in problems.allowed[p]]
        found = minimize(
            lambda w, p=p: objective(problems, p, w),
            problems.allowed[p] / problems.allowed[p].sum(),
            bounds=bounds,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
            method="SLSQP",
            options={"ftol": 1e-15, "maxiter": 500},
        )
        assert objective(problems, p, weights) <= found.fun + 1e-10
        assert weights == pytest.approx(found.x, abs=1e-5)


def test_together_equals_one_by_one():
    problems = several(np.random.default_rng(4), 7, 90, 25)
    together = mixtures(problems)
    for p in range(25):
        alone = Mixtures(
            problems.donors,
            problems.noise,
            problems.targets[[p]],
            problems.allowed[[p]],
            problems.penalty[[p]],
        )
        assert together[p] == pytest.approx(mixtures(alone)[0], abs=1e-8)


def test_order_of_donors_is_of_no_account():
    problems = several(np.random.default_rng(5), 5, 120, 8)
    order = np.random.default_rng(6).permutation(120)
    moved = replace(
        problems,
        donors=problems.donors[:, order],
        noise=problems.noise[order],
        allowed=problems.allowed[:, order],
    )
    assert mixtures(moved) == pytest.approx(mixtures(problems)[:, order], abs=1e-8)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_unit_is_of_no_account(factor):
    problems = several(np.random.default_rng(7), 5, 80, 6)
    moved = replace(
        problems,
        donors=problems.donors * factor,
        targets=problems.targets * factor,
        penalty=problems.penalty * factor**2,
    )
    assert mixtures(moved) == pytest.approx(mixtures(problems), abs=1e-8)


@pytest.mark.parametrize("size", [1e3, 1e6])
def test_shock_that_all_share_is_of_no_account(size):
    problems = several(np.random.default_rng(8), 6, 80, 6)
    shock = size * np.sin(np.arange(6) * 2.1)
    moved = replace(problems, donors=problems.donors + shock[:, None], targets=problems.targets + shock)
    assert mixtures(moved) == pytest.approx(mixtures(problems), abs=1e-15 * size * 1e3 + 1e-8)


def test_donor_split_in_two_noisier_halves_counts_the_same():
    problems = several(np.random.default_rng(9), 6, 30, 5)
    twice = replace(
        problems,
        donors=np.column_stack([problems.donors, problems.donors[:, 3]]),
        noise=np.r_[problems.noise, 2 * problems.noise[3]],
        allowed=np.column_stack([problems.allowed, problems.allowed[:, 3]]),
    )
    twice.noise[3] *= 2  # two halves of a donor are each twice as noisy, and together as noisy as it was
    found = mixtures(twice)
    assert found[:, 3] == pytest.approx(found[:, 30], abs=1e-8)
    found[:, 3] += found[:, 30]
    assert found[:, :30] == pytest.approx(mixtures(problems), abs=1e-8)


def test_one_donor_takes_all():
    for penalty in (1e-12, 1.0, 1e12):
        assert mixtures(one(np.array([[1.0], [5.0]]), [100.0, -100.0], penalty)).tolist() == [[1.0]]


@pytest.mark.parametrize("penalty", [1e-200, 1e-30, 1e-12, 1e-6, 1e6, 1e12])
@pytest.mark.parametrize("distance", [0.0, 1.0, 1e4])
def test_extreme_penalties_and_targets_far_away(penalty, distance):
    rng = np.random.default_rng(10)
    donors = rng.normal(size=(6, 40))
    problems = one(donors, donors[:, :30].mean(axis=1) + distance * rng.normal(size=6), penalty)
    problems.allowed[:, 30:] = False
    (weights,) = mixtures(problems)
    assert not weights[30:].any()
    best = objective(problems, 0, by_nnls(problems, 0))
    assert objective(problems, 0, weights) <= best * (1 + 1e-9) + 1e-18 * (1 + distance**2)


def test_donors_that_do_not_move_get_even_weights():
    assert mixtures(one(np.zeros((4, 5)), np.zeros(4), 1e-200))[0] == pytest.approx(np.full(5, 0.2))
    assert mixtures(one(np.zeros((4, 5)), np.arange(4.0), 1e-6))[0] == pytest.approx(np.full(5, 0.2))


def drawn(rng, shape, kind, apart):
    """Donors that are unlike, nearly alike, partly the same, on one line, or do not move at all."""
    n_years, n_donors = shape
    own = rng.normal(size=shape)
    return {
        "unlike": lambda: own,
        "nearly alike": lambda: rng.normal(size=(n_years, 1)) + 10.0**apart * own,
        "partly the same": lambda: own[:, rng.integers(0, max(1, n_donors // 3), n_donors)],
        "on one line": lambda: np.outer(rng.normal(size=n_years), rng.normal(size=n_donors)),
        "still": lambda: np.zeros(shape),
    }[kind]()


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n_years=st.integers(1, 12),
    n_donors=st.sampled_from([1, 2, 3, 7, 30, 120]),
    kind=st.sampled_from(["unlike", "nearly alike", "partly the same", "on one line", "still"]),
    unit=st.floats(-9, 9),
    price=st.floats(-12, 8),
    apart=st.floats(-9, 0),
    far=st.sampled_from([0.0, 1e-8, 1e-4, 0.01, 1.0, 100.0, 1e6]),
    even=st.booleans(),
    pairwise=st.sampled_from([0.0, 0.0, 1e-6, 1e-3, 0.1, 10.0]),
    n_rows=st.sampled_from([0, 0, 1, 2, 5]),
)
def test_nothing_is_cheaper_and_order_is_of_no_account(
    *, seed, n_years, n_donors, kind, unit, price, apart, far, even, pairwise, n_rows
):
    """Prices are relative to the spread of the donors, as rows count it."""
    rng = np.random.default_rng(seed)
    donors = drawn(rng, (n_years, n_donors), kind, apart)
    target = donors @ rng.dirichlet(np.ones(n_donors)) + far * rng.normal(size=n_years)
    noise = np.ones(n_donors) if even else rng.lognormal(0, 1, n_donors)
    problem = one(donors * 10.0**unit, target * 10.0**unit, 10.0 ** (price + 2 * unit), noise)
    toll = pairwise * ((donors - target[:, None]) ** 2).sum(axis=0)
    rows = rng.normal(size=(n_rows, n_years)) if n_rows else np.eye(n_years)
    rows /= np.linalg.norm(rows, 2)
    if n_rows:  # what rows count is in a unit of its own, and so are penalty and toll
        problem = one(donors * 10.0**unit, target * 10.0**unit, 10.0**price, noise)
        problem = replace(problem, rows=rows[None] / 10.0**unit)
    if pairwise:
        problem = replace(problem, toll=toll[None] * (1.0 if n_rows else 10.0 ** (2 * unit)))
    (weights,) = mixtures(problem)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    shared = donors.mean(axis=1)
    centred, aim = rows @ (donors - shared[:, None]), rows @ (target - shared)
    value, gap = excess(centred, aim, 10.0**price * noise, weights, toll / 2)
    assert gap <= 1e-8 * value + 1e-30
    order = rng.permutation(n_donors)
    moved = replace(problem, donors=problem.donors[:, order], noise=noise[order])
    if pairwise:
        moved = replace(moved, toll=problem.toll[:, order])
    if price >= -10:  # below, what differs by rounding alone may share its weight otherwise
        rounding = 1e-14 * float(toll.max()) / 10.0**price
        assert mixtures(moved)[0] == pytest.approx(weights[order], abs=max(1e-8, rounding))


def every_unit_from_the_others(rng, n_units, n_years):
    path = rng.normal(size=(n_years, 3)) @ rng.normal(size=(3, n_units)) + rng.normal(size=(n_years, n_units))
    return Mixtures(
        path, np.ones(n_units), path.T.copy(), ~np.eye(n_units, dtype=bool), np.full(n_units, 1e-12)
    )


@pytest.mark.parametrize("n_years", [3, 7, 12])
def test_next_to_no_price_gives_the_best_fit_and_where_several_are_exact_the_most_even_one(n_years):
    problems = every_unit_from_the_others(np.random.default_rng(11), 90, n_years)
    exact = 0
    for p, weights in enumerate(mixtures(problems)):
        kept = problems.allowed[p]
        value, gap = excess(
            problems.donors[:, kept], problems.targets[p], np.full(kept.sum(), 1e-12), weights[kept]
        )
        assert gap <= 1e-8 * value
        assert not weights[~kept].any()
        classical = on_simplex(problems.donors[:, kept] - problems.targets[p][:, None])
        fit = ((problems.donors @ weights - problems.targets[p]) ** 2).sum()
        best = ((problems.donors[:, kept] @ classical - problems.targets[p]) ** 2).sum()
        assert fit == pytest.approx(best, rel=1e-8, abs=1e-20)
        exact += best < 1e-20
        assert (weights**2).sum() <= (classical**2).sum() + 1e-6
    assert exact == sum(fits_exactly(problems, p) for p in range(90))


def fits_exactly(problems, p):
    """Whether the target lies among the donors, by a linear programme."""
    donors = problems.donors[:, problems.allowed[p]]
    rows = np.vstack([donors, np.ones(donors.shape[1])])
    found = linprog(np.zeros(donors.shape[1]), A_eq=rows, b_eq=np.r_[problems.targets[p], 1.0])
    return found.status == 0


def test_same_paths_share_their_weight_by_their_noise():
    rng = np.random.default_rng(12)
    donors = rng.normal(size=(6, 20))[:, rng.integers(0, 8, 20)]
    noise = rng.lognormal(0, 1, 20)
    for far in (0.0, 1.0):
        target = donors.mean(axis=1) + far * rng.normal(size=6)
        (weights,) = mixtures(one(donors, target, 1e-15, noise))
        for j in range(20):
            same = (donors == donors[:, [j]]).all(axis=0)
            assert weights[j] == pytest.approx(weights[same].sum() / noise[j] / (1 / noise[same]).sum())


def smoking(real_data):
    pandas = pytest.importorskip("pandas")
    table = pandas.read_csv(real_data / "replication" / "prop99_smoking.csv")
    return table.pivot(index="year", columns="state", values="cigsale")


def test_reaches_the_published_outcome_only_fit_of_proposition_99(real_data):
    sales = smoking(real_data)
    donors, california = sales.drop(columns="California").to_numpy(), sales["California"].to_numpy()
    before = sales.index.to_numpy() < 1989
    (weights,) = mixtures(one(donors[before], california[before], 1e-7))
    gap = california - donors @ weights
    assert (gap[before] ** 2).mean() == pytest.approx(2.74366, abs=5e-6)
    assert gap[~before].mean() == pytest.approx(-19.51363, abs=5e-6)
