"""The demonstration: what it lays out, and the truth beside every estimate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lmpeval.cli.demonstration import TRUE_EFFECT, lay_out, truth_beside
from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.engine.running import run
from lmpeval.errors import UserError
from lmpeval.simulation.regions import SITE, Country, draw
from lmpeval.study import Status
from simulation.small_country import SMALL, prepared, study, table


@pytest.fixture(scope="module")
def laid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demonstration") / "within" / "a folder"
    return lay_out(folder, 7)


def test_what_is_laid_out_is_ready_to_run(laid):
    (ready,) = prepare([laid], laid.parent)
    assert ready.study.population.members == SITE
    assert ready.delivery.notes == ()
    assert len(ready.delivery.table) == 240 * 12


def test_truth_is_that_of_the_country_and_covers_every_outcome(laid):
    (ready,) = prepare([laid], laid.parent)
    assert set(TRUE_EFFECT) == {outcome.name for outcome in ready.study.outcomes}
    assert TRUE_EFFECT["cost"] == Country().effect == -60
    assert ready.study.intervention.start == Country().start


def test_twice_the_same_is_laid_out_twice(laid):
    before = (laid.parent / "panel.csv").read_bytes()
    assert lay_out(laid.parent, 7) == laid
    assert (laid.parent / "panel.csv").read_bytes() == before
    assert draw(Country(), 7).to_csv(index=False).encode() == before


@pytest.mark.parametrize("name", ["study.yaml", "panel.csv"])
def test_changed_files_are_not_overwritten(tmp_path, name):
    lay_out(tmp_path, 7)
    path = tmp_path / name
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    mine = path.read_bytes()
    with pytest.raises(UserError, match=f"{name}: not what the demonstration would write"):
        lay_out(tmp_path, 7)
    assert path.read_bytes() == mine


def test_truth_stands_beside_every_estimate():
    (found,) = run([plan(prepared(study()))], 1)
    told = truth_beside(found).splitlines()
    assert len(told) == 2 + len(found.findings)
    for line, finding in zip(told[1:-1], found.findings, strict=True):
        low, high = finding.result.estimate.uncertainty.interval
        truth = -60 if finding.cell.outcome.name == "cost" else 0
        assert line.startswith(f"  {finding.cell.name}: true effect {truth}, estimate ")
        assert ("holds it" in line) == (low <= truth <= high)
        assert ("misses it" in line) != ("holds it" in line)
    assert "one country of twenty" in told[-1]


def test_interval_that_misses_the_truth_is_said_to():
    data = table(replace(SMALL, effect=4000.0))
    (found,) = run([plan(prepared(study(), data))], 1)
    assert "misses it" in truth_beside(found).splitlines()[1]


def test_nothing_is_told_of_cells_without_an_estimate():
    (found,) = run([plan(prepared(study("intervention", status=Status.PLANNED)))], 1)
    assert len(truth_beside(found).splitlines()) == 2
