"""Work that comes up while other work is being done, and what is sent to a worker."""

from __future__ import annotations

import os
import pickle
import signal
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from lmpeval.engine.planning import plan
from lmpeval.parallel import Errands, WorkersLost, as_done
from simulation.small_country import prepared, study


def doubled(number):
    return 2 * number


def of_process(_):
    return os.getpid()


def killed_once(folder):
    """Kill the process that does it, the first time."""
    mark = Path(folder) / "killed"
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


@dataclass(frozen=True, eq=False)
class Holds:
    figures: np.ndarray


def where_from(task):
    """The file that figures lie in, and whether they could be written over; no file for what was sent."""
    return getattr(task.figures, "filename", None), task.figures.flags.writeable


def killed_always(_):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_errand_that_an_answer_gives_rise_to_is_done_with_the_rest(jobs):
    errands, told, found = Errands(), [], {}
    for at, answer in as_done(doubled, range(20), jobs, errands=errands):
        if at < 0:
            assert answer is None
            continue
        found[at] = answer
        if at % 10 == 0:
            errands.send(doubled, 100 + at, told.append)
    assert found == {n: 2 * n for n in range(20)}
    assert sorted(told) == [200, 220]
    assert (errands.left, len(errands.waiting)) == ({}, 0)


def test_an_errand_goes_before_tasks_that_wait():
    errands, order = Errands(), []
    errands.send(doubled, 1, lambda answer: order.append("errand"))
    for at, _ in as_done(doubled, range(3), 1, errands=errands):
        order += [at] if at >= 0 else []
    assert order == ["errand", 0, 1, 2]


def test_errands_alone_are_done_by_workers():
    errands, processes = Errands(), []
    for _ in range(3):
        errands.send(of_process, None, processes.append)
    assert [at for at, _ in as_done(doubled, [], 2, errands=errands)] != []
    assert len(processes) == 3
    assert os.getpid() not in processes


def test_an_errand_whose_worker_is_killed_is_done_again(tmp_path):
    errands, told = Errands(), []
    errands.send(killed_once, str(tmp_path), told.append)
    answers = dict(as_done(doubled, range(4), 2, errands=errands))
    assert told == ["alive"]
    assert {at: answer for at, answer in answers.items() if at >= 0} == {n: 2 * n for n in range(4)}


def test_an_errand_that_kills_its_worker_every_time_is_told():
    errands = Errands()
    errands.send(killed_always, None, lambda answer: None)
    with pytest.raises(WorkersLost, match="is there enough memory"):
        list(as_done(doubled, [], 2, errands=errands))


def test_a_task_is_as_large_as_its_panels_and_no_larger():
    """Figures of a region's cell are sent with it: outcome and exposure of each panel, and little else."""
    whole, brief = (plan(prepared(study()), brief=brief).tasks for brief in (False, True))
    for task, bare in zip(whole, brief, strict=True):
        panels = [*task.panels, *(panel for twin in task.twins for panel in twin.panels)]
        arrays = sum(panel.outcome.nbytes + panel.exposure.nbytes for panel in panels)
        assert len(pickle.dumps(task)) < arrays + 10_000
        assert len(pickle.dumps(bare)) < 0.7 * len(pickle.dumps(task))


def test_large_figures_lie_in_one_file_for_all_tasks_and_nobody_writes_over_them():
    """As those of a country's persons do, which a dozen cells read."""
    large, small = np.arange(400_000.0), np.arange(3_400.0)
    found = dict(as_done(where_from, [Holds(large), Holds(small), Holds(large)], 2))
    assert found[0] == found[2]
    file, writeable = found[0]
    assert file is not None
    assert not writeable
    assert found[1] == (None, True)
