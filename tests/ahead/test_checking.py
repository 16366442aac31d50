"""What can be known of a study before its results, and that whoever looks there cannot have seen them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from lmpeval.ahead.calibration_file import Foreseen, Standing
from lmpeval.ahead.checking import check, known_of, two_made_up
from lmpeval.comparators import Role
from lmpeval.design import Evidence, Status
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.estimate import Comparison
from lmpeval.ledger import Entry
from lmpeval.report.check_page import render_check
from lmpeval.report.sheets.readability import banned
from lmpeval.report.words import DUTCH, ENGLISH
from report.browser import axe
from report.languages import left_in_english
from report.reading import read
from several_starts import delivered, three_starts
from simulation.small_country import laid_out, prepared, study, table
from worlds import World, draw


def asked(**changes):
    return study(**{"outcomes": study().outcomes[:1], "designs": study().designs[:1], **changes})


def checked(of, data=None):
    [told] = check([plan(prepared(of, data))], jobs=1)
    return told


def page(of, data=None):
    return render_check(checked(of, data), ENGLISH, Foreseen(Standing.ABSENT))


def with_another_fate(data, of):
    """The delivery, had everything gone otherwise at the site since the start."""
    site = plan(prepared(of, data)).selection.units(Role.TREATED)
    since = data["unit"].isin(site) & (data["year"] >= of.intervention.start)
    assert since.sum() > 10
    other = data.copy()
    other.loc[since, "cost"] = other.loc[since, "cost"] * 1.7 + 300
    return other


def test_the_page_is_the_same_whatever_happened_at_the_site():
    of, data = asked(), table()
    assert page(of, data) == page(of, with_another_fate(data, of))


def test_the_page_in_dutch_has_no_word_of_english():
    of = asked(arguments={}, title="Kant")
    dutch = render_check(checked(of), DUTCH, Foreseen(Standing.ABSENT))
    assert [text for text in left_in_english(dutch) if of.intervention.name not in text] == []
    assert banned(read(dutch).text, "nl") == ()


def test_axe_finds_nothing(tmp_path):
    assert axe(render_check(checked(asked()), DUTCH, Foreseen(Standing.ABSENT)), tmp_path) == []


def test_what_came_before_the_start_is_there():
    told = {each.assumption.name: each for each in checked(asked()).cells[0].known}
    assert {each.assumption.number for each in told.values()} == set(range(1, 13))
    for name in ("no_anticipation", "overlap", "observed_balance", "selection_not_by_chance"):
        assert told[name].status is not None, name
    assert told["parallel_trends"].status is None
    assert "difference in trend over" in told["parallel_trends"].finding
    assert told["right_scale"].finding == ""


def test_balance_and_weights_are_those_of_the_run():
    of = asked()
    [cell] = checked(of).cells
    from lmpeval.engine.running import run  # noqa: PLC0415 - the check itself must do without it

    [result] = run([plan(prepared(of))], jobs=1)
    answered = result.findings[0].result
    assert cell.balance == answered.robustness.balance
    assert cell.effective == pytest.approx(answered.estimate.effective_controls, rel=1e-12)


@dataclass(frozen=True)
class Peeking(DifferenceInDifferences):
    """Weighs units by what became of the site."""

    def compare(self, panel):
        gap = np.abs(panel.outcome[-1] - panel.treated_mean[-1])[panel.compared]
        weights = np.exp(-gap / gap.mean())
        weights /= weights.sum()
        return Comparison(panel.outcome[:, panel.compared] @ weights, weights)


def test_a_design_that_looks_at_results_to_choose_gives_nothing_away():
    laid = plan(prepared(asked()))
    [task, *_] = laid.tasks
    peeking = replace(task, cell=replace(task.cell, design=Peeking(matches=5)))
    [told] = check([replace(laid, tasks=(peeking,))], jobs=1)
    assert (told.cells[0].effective, told.cells[0].balance) == (None, ())
    told_of = {each.assumption.name: each.status for each in told.cells[0].known}
    assert told_of["overlap"] is None


def test_no_figure_of_the_site_since_the_start_is_left():
    panel = draw(World(), seed=3)
    since = np.ix_(~panel.before, panel.treated)
    made_up = [panels[0] for panels in two_made_up((panel,))]
    for other in made_up:
        assert not np.isclose(other.outcome[since], panel.outcome[since]).any()
        np.testing.assert_array_equal(other.outcome[:, panel.compared], panel.outcome[:, panel.compared])
        np.testing.assert_array_equal(other.outcome[panel.before], panel.outcome[panel.before])
    assert not np.isclose(made_up[0].outcome[since], made_up[1].outcome[since]).any()


def test_clauses_that_do_not_rest_on_results_are_kept():
    assumption = checked(asked()).cells[0].known[0].assumption
    seen = [
        Entry(
            assumption, Evidence(Status.UNCERTAIN, f"a trend of 3; {effect} with the drift; few years"), "why"
        )
        for effect in (1, 2)
    ]
    told = known_of(*seen)
    assert (told.status, told.finding, told.argument) == (None, "a trend of 3; few years", "why")
    referring = [
        replace(e, evidence=Evidence(Status.UNCERTAIN, f"{i}; so small")) for i, e in enumerate(seen)
    ]
    assert known_of(*referring).finding == ""


def test_several_starts_are_checked_too():
    told = checked(three_starts(designs=study().designs[:1]), delivered())
    assert told.cells[0].why_not == ""
    assert told.cells[0].known


def test_a_programme_that_never_started_says_so(tmp_path):
    never = asked()
    never = replace(never, intervention=replace(never.intervention, status="never delivered", ended=None))
    [each] = prepare([laid_out(tmp_path, never)], tmp_path)
    [told] = check([plan(each)], jobs=1)
    assert told.cells[0].why_not == "the intervention is never delivered"
    assert "Nothing can be said beforehand" in render_check(told, ENGLISH, Foreseen(Standing.ABSENT))


def test_through_the_command_line(called_in, tmp_path):
    path = laid_out(tmp_path, asked())
    done = called_in(tmp_path, "check", path.name, "--data", ".", "--jobs", 1)
    assert (done.returncode, done.stderr) == (0, "")
    assert "waiting for the results" in done.stdout
    text = (tmp_path / "results" / "demo.check.html").read_text("utf-8")
    assert "Not frozen yet" in text
    assert not (tmp_path / "mlflow.db").exists()
