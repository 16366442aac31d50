"""Studies in batches: which are laid out together, and how many cells they have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lmpeval.engine.batches import batches
from lmpeval.engine.planning import n_cells, plan
from simulation.small_country import prepared, study


def asking(name, persons=None):
    ready = prepared(study(study=name))
    data = replace(ready.study.data, persons=persons, municipalities=persons and "municipalities.csv")
    return replace(ready, study=replace(ready.study, data=data))


def test_studies_of_persons_come_one_by_one_and_in_their_order():
    of = [asking(name, "persons.csv" if name in "cdg" else None) for name in "abcdefg"]
    together = [[each.study.study for each in batch] for batch in batches(of)]
    assert together == [["a", "b"], ["c"], ["d"], ["e", "f"], ["g"]]
    assert batches([]) == []


@pytest.mark.parametrize("settings", [{}, {"match_on_outcome": True}], ids=str)
def test_cells_are_counted_before_anything_is_laid_out(settings):
    design = {"use": "difference_in_differences", "primary": True, "settings": settings}
    ready = prepared(study(designs=[design]))
    assert n_cells(ready.study) == len(plan(ready).tasks) == len(ready.study.outcomes) * (1 + bool(settings))
