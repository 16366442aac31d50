"""Processes that are killed and disks that are full, for real: nothing that was finished is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine import run_to_be_killed as script
from lmpeval.engine.answer_store import FILE, FOLDER, kept_answers
from lmpeval.engine.planning import plan
from lmpeval.engine.running import cells_of, run
from lmpeval.finding import Answered, Failed
from lmpeval.parallel import WorkersLost, in_order
from lmpeval.study import DesignChoice
from simulation.equality import differences
from simulation.small_country import prepared, study

TESTS = Path(__file__).parents[1]
LINUX = pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(), reason="reads the children of a process in /proc"
)


def started(folder, *arguments):
    path = os.pathsep.join([str(TESTS), str(TESTS.parent / "src")])
    return subprocess.Popen(
        [sys.executable, script.__file__, str(folder), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run_again(folder):
    """Run in this process what was killed: the findings, and the outcomes that were not there."""
    new = []
    with kept_answers(folder) as store:
        plans = [plan(prepared(script.ASKED))]
        cells = cells_of(plans, store)
        (found,) = run(plans, 1, lambda finding: new.append(finding.cell.outcome.name), cells)
    return found.findings, new


@pytest.fixture(scope="module")
def undisturbed():
    (found,) = run([plan(prepared(script.ASKED))], 1)
    return found.findings


@LINUX
def test_what_was_finished_outlives_a_process_that_is_killed(tmp_path, undisturbed):
    running = started(tmp_path, 2)
    named = [running.stdout.readline().strip() for _ in range(2)]
    workers = [
        int(pid) for pid in Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    ]
    os.kill(running.pid, signal.SIGKILL)
    rest = running.communicate(timeout=120)[0].split()  # which ends when its workers do
    assert running.returncode == -signal.SIGKILL
    assert workers
    findings, new = run_again(tmp_path)
    kept = set(script.NAMES) - set(new)
    assert set(named) | set(rest) <= kept < set(script.NAMES)
    assert differences(findings, undisturbed) == []
    assert run_again(tmp_path)[1] == []


def test_a_full_disk_costs_no_answer_and_the_next_run_goes_on(tmp_path, undisturbed):
    done = started(tmp_path, 1, 60_000)
    told = done.communicate(timeout=100)[0].splitlines()
    assert done.returncode == 0
    assert told[:-1] == list(script.NAMES)
    assert told[-1].startswith("6 found; lost: ")
    assert told[-1] != "6 found; lost: "
    findings, new = run_again(tmp_path)
    assert 0 < len(new) < 6
    assert differences(findings, undisturbed) == []
    assert (tmp_path / FOLDER / FILE).exists()


def answered_with(*designs, jobs=2):
    of = study(designs=designs, outcomes=study().outcomes[:1])
    (found,) = run([plan(prepared(of))], jobs)
    return found.findings


def test_a_worker_that_is_killed_is_replaced(tmp_path):
    sound = DesignChoice("difference_in_differences", primary=True)
    reprieve = {"reprieve": str(tmp_path / "killed")}
    deadly = DesignChoice("simulation.deadly_design", settings=reprieve)
    findings = answered_with(sound, deadly)
    assert (tmp_path / "killed").exists()
    assert [type(finding.result) for finding in findings] == [Answered, Answered]
    assert differences(findings, answered_with(sound, deadly, jobs=1)) == []


def test_a_cell_that_kills_its_worker_every_time_fails_alone():
    designs = ("simulation.deadly_design", "difference_in_differences", "synthetic_control")
    findings = answered_with(*(DesignChoice(use, primary=use == designs[1]) for use in designs))
    assert [type(finding.result) for finding in findings] == [Failed, Answered, Answered]
    assert findings[0].result.error.startswith("Killed, twice")


def killed_at_one(number):
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_work_without_an_answer_for_being_killed_is_told():
    with pytest.raises(WorkersLost, match="is there enough memory"):
        list(in_order(killed_at_one, range(2), 2))
