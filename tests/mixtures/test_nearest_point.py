"""The nearest point of a polyhedron: a general solver, conflicts, questions that grow."""

import numpy as np
import pytest

from lmpeval.mixtures.nearest_point import Bounds, Conflict, Nearest

optimize = pytest.importorskip("scipy.optimize")


def drawn(seed, n_bounds=12, n_dimensions=4):
    """Bounds of which none holds the origin, scaled over six decades."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n_bounds, n_dimensions)) + 0.7
    lengths = 10.0 ** rng.uniform(-3, 3, n_bounds)
    return rows * lengths[:, None], rng.uniform(-0.5, 1.5, n_bounds) * lengths


def all_of(bounds):
    return np.ones(len(bounds.rows), dtype=bool)


def feasible(rows, least):
    found = optimize.linprog(
        np.zeros(rows.shape[1]), -rows, -least, bounds=[(None, None)] * rows.shape[1], method="highs"
    )
    return found.status == 0


@pytest.mark.parametrize("seed", range(25))
def test_it_is_the_nearest_or_nothing_is_left(seed):
    rows, least = drawn(seed)
    bounds = Bounds.of(rows, least)
    found = bounds.nearest(all_of(bounds), Nearest.unbound(4))
    assert isinstance(found, Nearest) is feasible(bounds.rows, bounds.least)
    if isinstance(found, Conflict):
        assert found.multipliers.min() > 0
        assert found.multipliers @ bounds.rows[found.bounds] == pytest.approx(np.zeros(4), abs=1e-9)
        assert found.multipliers @ bounds.least[found.bounds] > 0
        return
    # kept, met where it is held, and pushed by nothing else: no other point is nearer
    assert (bounds.rows @ found.point - bounds.least).min() > -1e-10
    assert bounds.rows[found.held] @ found.point == pytest.approx(bounds.least[found.held], abs=1e-10)
    assert found.multipliers.min() >= 0
    assert found.multipliers @ bounds.rows[found.held] == pytest.approx(found.point, abs=1e-9)


@pytest.mark.parametrize("seed", range(25))
def test_a_question_that_grows_has_the_answer_of_the_whole(seed):
    rows, least = drawn(seed, n_bounds=9)
    bounds, at_once = Bounds.of(rows, least), None
    found, asked = Nearest.unbound(4), np.zeros(9, dtype=bool)
    for position in np.random.default_rng(seed).permutation(9):
        asked[position] = True
        found = bounds.nearest(asked, found)
        if isinstance(found, Conflict):
            break
    at_once = bounds.nearest(all_of(bounds), Nearest.unbound(4))
    if isinstance(found, Conflict):
        assert isinstance(at_once, Conflict)
    else:
        assert found.point == pytest.approx(at_once.point, abs=1e-9)


def test_bounds_that_are_met_with_equality_are_two_that_face_each_other():
    bounds = Bounds.of(np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, 0.0]]), np.array([2.0, -2.0, 0.0]))
    assert bounds.nearest(all_of(bounds), Nearest.unbound(2)).point == pytest.approx([1.0, 1.0])
    apart = Bounds.of(bounds.rows, np.array([2.0, -1.9, 0.0]))
    assert isinstance(apart.nearest(all_of(apart), Nearest.unbound(2)), Conflict)
