"""Honest intervals against brute force, hand calculation, simulated truth, and what must not matter."""

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.stats import foldnorm, norm

from lmpeval.honesty import NoBreakdown, UnusableEventPath, breakdown, relative_magnitudes, smoothness


def steps(n_before, n_after):
    """Turn a path into its yearly steps, the reference year put back as zero."""
    return np.diff(np.insert(np.eye(n_before + n_after), n_before, 0.0, axis=0), axis=0)


def shared_reference(n):
    """Every year has noise of its own and the reference's."""
    return np.eye(n) + 1


def autocorrelated(n):
    """Half of the noise is left after a year; less the reference, as above."""
    whole = 0.5 ** np.abs(np.subtract.outer(np.arange(n + 1), np.arange(n + 1)))
    less = np.insert(np.eye(n), n // 2, -1.0, axis=1)
    return less @ whole @ less.T


def drawn(n):
    """Anything goes."""
    noise = np.random.default_rng(n).normal(size=(n + 3, n))
    return noise.T @ noise / n


COVARIANCES = [shared_reference, autocorrelated, drawn]

CASES = [
    (n_before, np.asarray(weights), covariance)
    for n_before, weights in [
        (1, [1.0]),
        (3, [1.0]),
        (2, [0.0, 1.0]),
        (5, [1.0, 0.0]),
        (4, [0.2] * 5),
        (3, [2.0, -1.0]),
    ]
    for covariance in COVARIANCES
]


def case_of(n_before, weights, covariance, seed=0):
    n = n_before + len(weights)
    return np.random.default_rng(seed).normal(size=n) * 2, covariance(n), n_before, weights


class ByEnumeration:
    """The hybrid test as published: every vertex of the dual, least-favourable value by simulation."""

    def __init__(self, path, covariance, n_before, weights, mbar):
        n_after = len(weights)
        difference = steps(n_before, n_after)
        others = np.linalg.svd(weights[None, :])[2][1:].T  # effects by year that add up to nothing
        one = weights / (weights @ weights)
        self.tests = []
        for row in [*difference[:n_before], *-difference[:n_before]]:
            moments = np.vstack([difference[n_before:] - mbar * row, -difference[n_before:] - mbar * row])
            noise = moments @ covariance @ moments.T
            nuisance = np.column_stack([np.sqrt(np.diag(noise)), moments[:, n_before:] @ others])
            vertices = np.array(list(self.vertices(nuisance)))
            root = np.linalg.cholesky(covariance)
            draws = np.random.default_rng(5).normal(size=(60_000, len(path))) @ (vertices @ moments @ root).T
            self.tests.append(
                (
                    vertices @ moments @ path,
                    vertices @ moments[:, n_before:] @ one,
                    vertices @ noise @ vertices.T,
                    np.quantile(draws.max(axis=1), 0.995),
                )
            )

    @staticmethod
    def vertices(nuisance):
        right = np.eye(nuisance.shape[1])[0]
        for chosen in map(list, combinations(range(len(nuisance)), nuisance.shape[1])):
            if abs(np.linalg.det(nuisance[chosen])) > 1e-10:
                part = np.linalg.solve(nuisance[chosen].T, right)
                if part.min() > -1e-10:
                    yield np.bincount(chosen, part.clip(0), minlength=len(nuisance))

    def keeps(self, effect):
        return any(self.one_keeps(at - effect * slope, *rest) for at, slope, *rest in self.tests)

    @staticmethod
    def one_keeps(statistic, noise, critical):
        top = int(statistic.argmax())
        value, share = statistic[top], noise[top] / noise[top, top]
        if value > critical:
            return False
        rest, slack = statistic - share * value, 1 - share
        low = max((r / s for r, s in zip(rest, slack, strict=True) if s > 1e-9), default=-np.inf)
        high = min((r / s for r, s in zip(rest, slack, strict=True) if s < -1e-9), default=np.inf)
        scale = np.sqrt(noise[top, top])
        ends = norm.cdf([low / scale, min(high, critical) / scale])
        size = (0.05 - 0.005) / (1 - 0.005)
        return value <= max(0.0, scale * norm.ppf(ends[0] + (1 - size) * (ends[1] - ends[0])))


@pytest.mark.parametrize("mbar", [0.3, 1.0, 3.0])
@pytest.mark.parametrize(("n_before", "weights", "covariance"), CASES)
def test_the_closed_form_is_the_published_test(n_before, weights, covariance, mbar):
    case = case_of(n_before, weights, covariance)
    low, high = relative_magnitudes(*case, mbar)
    published, slack = ByEnumeration(*case, mbar), 0.005 * (high - low)  # of the simulated critical value
    assert not published.keeps(low - slack)
    assert published.keeps(low + slack)
    assert published.keeps(high - slack)
    assert not published.keeps(high + slack)


@pytest.mark.parametrize(("n_before", "weights", "covariance"), CASES)
def test_parallel_trends_give_the_usual_interval(n_before, weights, covariance):
    path, noise, *_ = case = case_of(n_before, weights, covariance)
    half = 1.959964 * np.sqrt(weights @ noise[n_before:, n_before:] @ weights)
    usual = weights @ path[n_before:] + half * np.array([-1, 1])
    assert relative_magnitudes(*case, 0.0) == pytest.approx(usual, abs=1e-5)
    assert relative_magnitudes(*case, 1e-6) == pytest.approx(usual, abs=1e-4)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_without_noise_the_interval_is_what_the_restriction_leaves_open(sign):
    # steps before: 1, -3, 2 (to the reference); the worst trend goes on by 2 x 3 a year: 6, 12, 18
    path = sign * np.array([0.0, 1.0, -2.0, 5.0, 5.0, 5.0])
    weights = np.array([1.0, 0.0, 1.0])
    left = relative_magnitudes(path, 1e-12 * shared_reference(6), 3, weights, 2.0)
    assert left == pytest.approx((sign * 10 - 24, sign * 10 + 24), abs=1e-4)


def test_without_noise_the_trend_is_carried_on_and_bends():
    # the last step before the start, 2, is carried on to 2 and 4; bends of 0.5 add 0.5 and 0.5 + 2 x 0.5
    path = np.array([7.0, -2.0, 3.0, 5.0])
    left = smoothness(path, 1e-12 * shared_reference(4), 2, np.array([0.5, 0.5]), 0.5)
    assert left == pytest.approx((1 - 1, 1 + 1), abs=1e-4)


def test_an_effect_of_hundreds_of_standard_errors_is_not_cut_off():
    path = np.array([0.0, 300.0])
    low, high = relative_magnitudes(path, shared_reference(2), 1, np.ones(1), 1.0)
    assert low < 300 < high
    assert 2 * 1.96 * np.sqrt(2) < high - low < 20


@pytest.mark.parametrize(("n_before", "weights", "covariance"), CASES)
def test_a_straight_trend_is_extrapolated_as_least_squares_does(n_before, weights, covariance):
    path, noise, *_ = case = case_of(n_before, weights, covariance)
    n_after = len(weights)
    years = np.r_[np.arange(-n_before, 0), np.arange(1, n_after + 1)]
    design = np.column_stack([years, np.eye(n_before + n_after)[:, n_before:]])
    precision = np.linalg.inv(noise)
    spread = np.linalg.inv(design.T @ precision @ design)
    wanted = np.r_[0.0, weights]
    centre = wanted @ spread @ design.T @ precision @ path
    half = 1.959964 * np.sqrt(wanted @ spread @ wanted)
    assert smoothness(*case, 0.0) == pytest.approx((centre - half, centre + half), abs=1e-5)


def estimator(covariance, n_before, weights, m):
    """Weights on the path and half the length of the smoothness interval: neither depends on the path."""
    ends = np.array([smoothness(unit, covariance, n_before, weights, m) for unit in np.eye(len(covariance))])
    halves = (ends[:, 1] - ends[:, 0]) / 2
    assert np.ptp(halves) < 1e-9 * halves[0]
    return ends.mean(axis=1), float(halves[0])


def worst_trend(used, n_before, m):
    """Trend of the set that biases an estimator most, by a linear programme, and the bias."""
    n = len(used)
    second = np.diff(np.insert(np.eye(n), n_before, 0.0, axis=0), n=2, axis=0)
    found = linprog(-used, np.vstack([second, -second]), np.full(2 * (n - 1), m), bounds=(None, None))
    assert found.status == 0
    return found.x, -found.fun


@pytest.mark.parametrize("m", [0.05, 0.5])
@pytest.mark.parametrize(("n_before", "weights", "covariance"), CASES)
def test_no_estimator_has_a_shorter_interval(n_before, weights, covariance, m):
    _, noise, *_ = case_of(n_before, weights, covariance)

    def half_length(used):
        error = np.sqrt(used @ noise @ used)
        return error * foldnorm.ppf(0.95, worst_trend(used, n_before, m)[1] / error)

    used, half = estimator(noise, n_before, weights, m)
    assert used[n_before:] == pytest.approx(weights)
    assert half == pytest.approx(half_length(used), rel=1e-6)
    # moves that keep straight lines out; the length is convex, so that near ones suffice
    years = np.arange(-n_before, 0.0)
    rng = np.random.default_rng(1)
    for size in (1e-3, 1e-1):
        move = rng.normal(size=n_before)
        move -= years * (years @ move) / (years @ years)
        for sign in (-size, size):
            assert half_length(used + sign * np.r_[move, np.zeros(len(weights))]) >= half * (1 - 1e-9)


@pytest.mark.parametrize("robust", [relative_magnitudes, smoothness])
@pytest.mark.parametrize(("n_before", "weights", "covariance"), CASES)
class TestWhatMustNotMatter:
    bound = 0.7

    def both(self, robust, case, factor=1.0):
        return np.array(robust(*case, self.bound * (factor if robust is smoothness else 1.0)))

    def test_the_unit(self, robust, n_before, weights, covariance):
        path, noise, *rest = case_of(n_before, weights, covariance)
        scaled = self.both(robust, (100 * path, 100**2 * noise, *rest), 100)
        assert scaled == pytest.approx(100 * self.both(robust, (path, noise, *rest)), rel=1e-6)

    def test_the_sign(self, robust, n_before, weights, covariance):
        path, *rest = case_of(n_before, weights, covariance)
        mirrored = self.both(robust, (-path, *rest))
        assert mirrored == pytest.approx(-self.both(robust, (path, *rest))[::-1], rel=1e-6)

    def test_an_effect_moves_the_interval_by_as_much(self, robust, n_before, weights, covariance):
        path, *rest = case_of(n_before, weights, covariance)
        effect = np.arange(1.0, len(weights) + 1) ** 2
        moved = self.both(robust, (path + np.r_[np.zeros(n_before), effect], *rest))
        assert moved - self.both(robust, (path, *rest)) == pytest.approx(weights @ effect, rel=1e-5)

    def test_it_grows_longer_with_the_bound(self, robust, n_before, weights, covariance):
        case = case_of(n_before, weights, covariance)
        ends = np.array([robust(*case, bound) for bound in (0.0, 0.01, 0.5, 1.0, 3.0)])
        assert (np.diff(ends[:, 1] - ends[:, 0]) > 0).all()


@pytest.mark.parametrize(("n_before", "weights", "covariance"), CASES)
def test_relative_magnitudes_hold_what_a_smaller_bound_holds(n_before, weights, covariance):
    case = case_of(n_before, weights, covariance)
    ends = np.array([relative_magnitudes(*case, mbar) for mbar in (0.0, 0.01, 0.5, 1.0, 3.0)])
    assert (np.diff(ends[:, 0]) < 0).all()
    assert (np.diff(ends[:, 1]) > 0).all()


@pytest.mark.parametrize(("n_before", "weights", "covariance"), CASES)
def test_relative_magnitudes_do_not_mind_which_way_a_step_is_counted(n_before, weights, covariance):
    path, noise, *_ = case = case_of(n_before, weights, covariance)
    difference = steps(n_before, len(weights))
    flip = np.diag(np.r_[np.ones(n_before), -1.0, np.ones(len(weights) - 1)])  # the first from the reference
    turn = np.linalg.inv(difference) @ flip @ difference
    turned = np.linalg.inv(turn)[n_before:, n_before:].T @ weights  # the same effect of the turned path
    same = relative_magnitudes(turn @ path, turn @ noise @ turn.T, n_before, turned, 1.0)
    assert same == pytest.approx(relative_magnitudes(*case, 1.0), abs=1e-5)


def test_a_straight_trend_does_not_move_the_smoothness_interval():
    path, *rest = case_of(4, np.array([0.5, 0.5, 0.0]), autocorrelated)
    line = 3 * np.r_[np.arange(-4, 0), np.arange(1, 4)]
    assert smoothness(path + line, *rest, 0.2) == pytest.approx(smoothness(path, *rest, 0.2))


# coverage of the truth at the edge of the restriction; four standard errors of the simulation below 0.95

DRAWS = 300
LEAST = 0.95 - 4 * np.sqrt(0.95 * 0.05 / DRAWS)


def coverage(robust, trend, covariance, bound):
    """Part of the draws in which the interval for the mean of three years holds the truth, zero."""
    noise = np.linalg.cholesky(covariance)
    paths = trend + np.random.default_rng(7).normal(size=(DRAWS, 7)) @ noise.T
    found = np.array([robust(path, covariance, 4, np.full(3, 1 / 3), bound) for path in paths])
    return float(((found[:, 0] <= 0) & (found[:, 1] >= 0)).mean())


@pytest.mark.parametrize(
    ("covariance", "largest"),
    [(shared_reference, 0.0), (shared_reference, 20.0), (autocorrelated, 20.0), (drawn, 1.0), (drawn, 20.0)],
)
def test_relative_magnitudes_cover_where_trends_diverge_as_much_as_allowed(covariance, largest):
    before = np.array([0.3, -0.5, 1.0, 0.2]) * largest  # yearly steps
    after = np.full(3, 1.5 * largest)
    trend = np.r_[-np.cumsum(before[::-1])[::-1], np.cumsum(after)]
    assert coverage(relative_magnitudes, trend, covariance(7), 1.5) >= LEAST


@pytest.mark.parametrize("covariance", COVARIANCES)
@pytest.mark.parametrize("m", [0.1, 2.0])
def test_smoothness_covers_exactly_where_trends_bend_as_much_as_allowed(covariance, m):
    weights = np.full(3, 1 / 3)
    trend, _ = worst_trend(estimator(covariance(7), 4, weights, m)[0], 4, m)
    found = coverage(smoothness, trend, covariance(7), m)
    assert abs(found - 0.95) <= 0.95 - LEAST


def test_intervals_miss_where_trends_diverge_by_more():
    trend = 20 * np.array([-1.0, -0.7, -1.2, -0.2, 1.5, 3.0, 4.5])  # as above
    assert coverage(relative_magnitudes, trend, shared_reference(7), 1.0) < 0.5
    bent = 2.0 * np.r_[np.zeros(4), 1.0, 3.0, 6.0]
    assert coverage(smoothness, bent, shared_reference(7), 0.2) < 0.5


# where a conclusion falls


@pytest.mark.parametrize("robust", [relative_magnitudes, smoothness])
@pytest.mark.parametrize("sign", [-1, 1])
def test_beyond_the_breakdown_the_conclusion_is_gone(robust, sign):
    path = sign * np.array([-1.0, 0.5, 8.0, 9.0])

    def interval(bound):
        low, high = robust(path, 0.1 * shared_reference(4), 2, np.array([0.5, 0.5]), bound)
        return low, high

    found = breakdown(interval, precision=1e-4)
    low, high = interval(found)
    assert low > 0 or high < 0
    low, high = interval(found * 1.0001)
    assert low <= 0 <= high


def test_breakdown_by_hand():
    assert breakdown(lambda bound: (2 - bound, 3 + bound), precision=1e-6) == pytest.approx(2, rel=2e-6)
    assert breakdown(lambda bound: (2 - bound, 3 + bound), null=1000.0) == pytest.approx(997, rel=2e-3)
    assert breakdown(lambda bound: (2 - bound, 3 + bound), null=2.5) is None
    assert breakdown(lambda bound: (1e-9 - bound, 1)) == pytest.approx(1e-9, rel=2e-3)


def test_breakdown_is_the_first_where_an_interval_comes_back_out():
    def wandering(bound):
        return (-1.0, 1.0) if 2.3 <= bound < 2.6 or bound > 5 else (0.5, 1.5)

    assert breakdown(wandering) == pytest.approx(2.3, rel=2e-3)


def test_an_interval_that_never_holds_it_has_no_breakdown():
    with pytest.raises(NoBreakdown, match="0 stays outside"):
        breakdown(lambda bound: (1.0, 2.0))


# what cannot be answered


@pytest.mark.parametrize("robust", [relative_magnitudes, smoothness])
def test_all_that_is_wrong_is_said_at_once(robust):
    with pytest.raises(UnusableEventPath) as refused:
        robust(np.array([1.0, np.nan]), np.eye(4), 0, np.zeros(3), -1.0, 95)
    said = str(refused.value)
    for part in (
        "0 years before the reference year; at least 1 needed",
        "path has shape (2,), expected (3,)",
        "covariance has shape (4, 4), expected (3, 3)",
        "path has figures that are not finite",
        "weights are all zero",
        "bound on the violation is -1.0",
        "level is 95",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("covariance", "said"),
    [
        (np.ones((3, 3)), "fewer draws than years"),
        (np.eye(3) + np.eye(3, k=1) / 2, "not symmetric: correlations differ by up to 0.5"),
        (np.diag([1.0, 0.0, 1.0]), r"not positive, at \[1\]"),
    ],
)
def test_what_is_no_covariance_is_refused(covariance, said):
    with pytest.raises(UnusableEventPath, match=said):
        smoothness(np.ones(3), covariance, 1, np.ones(2), 0.1)
