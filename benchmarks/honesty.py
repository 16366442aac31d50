"""Speed of honest intervals, as a ratio to linear programmes solved in the same run.

    python benchmarks/honesty.py

CPU seconds, one thread, median of five. The floor for relative magnitudes does what the published algorithm
says with scipy's `linprog`: a programme for every value tried, more for the range in which its solution
stays, and a thousand draws for the critical value of each of the tests. It is timed on a few values and
draws and scaled to the thousand of each that R's HonestDiD uses. The floor for smoothness looks for the
shortest interval with scipy's general constrained minimiser, the size of every response a variable.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import nan

import numpy as np
from measured import Measured, Size, cpu, held, main
from scipy.optimize import linprog, minimize
from scipy.stats import norm

from lmpeval.honesty import breakdown, relative_magnitudes, smoothness
from lmpeval.honesty.smooth import folded_quantile
from lmpeval.panel import Floats

REPEATS, VALUES, DRAWS, AS_R = 5, 3, 20, 1000


def an_event_study(n_before: int, n_after: int) -> tuple[Floats, Floats, int, Floats]:
    """A path of standard error near one, its covariance, and the mean of the years after as the effect."""
    rng, n = np.random.default_rng(2), n_before + n_after
    noise = rng.normal(size=(n + 20, n))
    return rng.normal(size=n), noise.T @ noise / (n + 20), n_before, np.full(n_after, 1 / n_after)


class Programmes:
    """One test of relative magnitudes: the first step before the start was the largest, and upwards."""

    def __init__(self, path: Floats, covariance: Floats, n_before: int, weights: Floats, mbar: float) -> None:
        steps = np.diff(np.insert(np.eye(len(path)), n_before, 0.0, axis=0), axis=0)
        moments = np.vstack([s * steps[n_before:] - mbar * steps[0] for s in (1, -1)])
        others = np.linalg.svd(weights[None, :])[2][1:].T
        self.at, self.slope = moments @ path, moments[:, n_before:] @ (weights / (weights @ weights))
        self.noise = moments @ covariance @ moments.T
        self.right = np.column_stack([np.sqrt(np.diag(self.noise)), moments[:, n_before:] @ others]).T
        self.root = np.linalg.svd(self.noise)

    def solve(self, statistic: Floats) -> tuple[float, Floats]:
        """Value of the dual programme and its solution."""
        found = linprog(-statistic, A_eq=self.right, b_eq=np.eye(len(self.right))[0])
        return -float(found.fun), np.asarray(found.x)

    def critical(self, draws: int, rng: np.random.Generator) -> float:
        """Least-favourable critical value by simulation."""
        left, size, _ = self.root
        noise = rng.normal(size=(draws, len(size))) * np.sqrt(size.clip(0)) @ left.T
        return float(np.quantile([self.solve(draw)[0] for draw in noise], 0.995))

    def keeps(self, effect: float, critical: float) -> bool:
        """Whether the hybrid test keeps an effect."""
        statistic = self.at - effect * self.slope
        value, solution = self.solve(statistic)
        if value > critical:
            return False
        variance = float(solution @ self.noise @ solution)
        share = self.noise @ solution / variance
        rest, scale = statistic - share * value, np.sqrt(variance)
        low, high = (self.end(rest, share, value + away * scale) for away in (-40, 40))
        inside = norm.cdf([low / scale, min(high, critical) / scale])
        kept = inside[0] + (1 - 0.045 / 0.995) * (inside[1] - inside[0])
        return bool(value <= max(0.0, scale * norm.ppf(kept)))

    def end(self, rest: Floats, share: Floats, far: float) -> float:
        """Last value, towards `far`, at which the solution stays the best one."""
        for _ in range(20):
            best, other = self.solve(rest + share * far)
            if abs(best - far) < 1e-7 * max(1.0, abs(far)):
                return far
            far = float(other @ rest / (1 - other @ share))
        return far


def shortest_by_minimiser(covariance: Floats, n_before: int, weights: Floats, m: float) -> float:
    """Half the length of the smoothness interval, found by sequential quadratic programming."""
    n, n_after = len(covariance), len(weights)
    bend = np.diff(np.insert(np.eye(n), n_before, 0.0, axis=0), n=2, axis=0)
    line = np.r_[np.arange(-n_before, 0), np.arange(1, n_after + 1)]
    inverse = np.linalg.inv(np.vstack([bend, line]))  # paths that bend once, then the straight line

    def half(parts: Floats) -> float:
        used = np.r_[parts[:n_before], weights]
        error = float(np.sqrt(used @ covariance @ used))
        return error * folded_quantile(0.95, m * float(parts[n_before:].sum()) / error)

    def responses(parts: Floats) -> Floats:
        return np.r_[parts[:n_before], weights] @ inverse[:, :-1]

    start = np.r_[np.zeros(n_before - 1), weights @ line[n_before:]]
    size = np.abs(responses(start))
    rules = [
        {"type": "eq", "fun": lambda p: np.r_[p[:n_before], weights] @ line},
        {"type": "ineq", "fun": lambda p: p[n_before:] - responses(p)},
        {"type": "ineq", "fun": lambda p: p[n_before:] + responses(p)},
    ]
    found = minimize(half, np.r_[start, size], method="SLSQP", constraints=rules, options={"ftol": 1e-12})
    return float(found.fun)


def by_programmes(case: tuple[Floats, Floats, int, Floats]) -> float:
    """CPU seconds of an interval by linear programmes, scaled from a few of them."""
    test, rng = Programmes(*case, 1.0), np.random.default_rng(3)
    simulating = cpu(lambda: test.critical(DRAWS, rng), 1) / DRAWS
    trying = cpu(lambda: [test.keeps(effect, 3.0) for effect in np.linspace(-1, 1, VALUES)], 1) / VALUES
    return (simulating + trying) * AS_R * 2 * case[2]


def intervals(size: Size) -> Iterator[Measured]:
    """One interval of each kind at three lengths of a study."""
    for n_before, n_after in ((5, 2), (4, 5), (9, 3))[: size.of(3, 1)]:
        case, about = an_event_study(n_before, n_after), f"{n_before} years before, {n_after} after"
        ours, memory = cpu(lambda c=case: relative_magnitudes(*c, 1.0), size.of(REPEATS, 1)), held()
        theirs = by_programmes(case) if size is Size.WHOLE else nan
        yield Measured(
            f"honest interval by relative magnitudes, {about}", ours, memory, theirs, note="floor: linprog"
        )
        ours, memory = cpu(lambda c=case: smoothness(*c, 0.2), size.of(REPEATS, 1)), held()
        theirs = cpu(lambda c=case: shortest_by_minimiser(*c[1:], 0.2), size.of(REPEATS, 1))
        low, high = smoothness(*case, 0.2)
        longer = 2 * shortest_by_minimiser(*case[1:], 0.2) / (high - low) - 1
        note = f"floor: scipy SLSQP, whose interval is longer by {longer:.0e}"
        yield Measured(f"honest interval by smoothness, {about}", ours, memory, theirs, note=note)


def tipping(size: Size) -> Iterator[Measured]:
    """How far trends may part before an effect falls."""
    path, *rest = an_event_study(4, 5)
    far = path + np.r_[np.zeros(4), np.full(5, 20.0)]
    ours = cpu(lambda: breakdown(lambda bound: relative_magnitudes(far, *rest, bound)), size.of(REPEATS, 1))
    yield Measured("breakdown of relative magnitudes, 4 years before, 5 after", ours, held())


PIECES = {"intervals": intervals, "tipping": tipping}

if __name__ == "__main__":
    main(PIECES, __doc__)
