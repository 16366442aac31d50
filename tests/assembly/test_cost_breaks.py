"""Breaks of costs that everybody should know: looked at whether a study names them or not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lmpeval.assembly.cost_breaks import break_notes, break_years
from lmpeval.engine.planning import plan
from lmpeval.sources.known_breaks import known_breaks
from lmpeval.study import DatedReason
from simulation.small_country import prepared, study, table

COST, MORTALITY = study().outcomes
WINDOW = replace(study().window, breaks=())
YEARS = np.arange(2010, 2018)


def test_the_calendar_rises_and_says_what_and_from_where():
    years = [each.year for each in known_breaks()]
    assert years == sorted(set(years))
    assert 2015 in years
    assert all(each.what and each.source for each in known_breaks())


def test_a_known_break_of_a_cost_is_looked_at_with_those_that_are_named():
    named = replace(WINDOW, breaks=(DatedReason(2012, "a merger"),))
    assert break_years(COST, named, YEARS) == (2012, 2015)
    [note] = break_notes(COST, named, YEARS)
    assert note.startswith(
        "2015 is a known break of Dutch costs that the study does not name: hospital claims"
    )
    assert "Stb. 2014, 494" in note


def test_what_is_named_is_not_told_again():
    named = replace(WINDOW, breaks=(DatedReason(2015, "shorter claims"),))
    assert break_years(COST, named, YEARS) == (2015,)
    assert break_notes(COST, named, YEARS) == ()


@pytest.mark.parametrize(("outcome", "years"), [(MORTALITY, YEARS), (COST, np.array([2010, 2014, 2016]))])
def test_other_outcomes_and_years_have_none(outcome, years):
    assert break_years(outcome, WINDOW, years) == ()
    assert break_notes(outcome, WINDOW, years) == ()


def test_the_study_s_cells_look_at_it():
    asked = replace(study(), window=WINDOW)
    tasks = {task.cell.outcome.name: task for task in plan(prepared(asked, table())).tasks}
    assert tasks["cost"].circumstances.breaks == (2015,)
    assert tasks["mortality"].circumstances.breaks == ()
    assert any("known break" in note for note in tasks["cost"].notes)
