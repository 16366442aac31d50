"""Work done by a cluster: the same to the last bit, and a worker that is killed costs nothing but time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from engine.run_to_be_killed import ASKED
from lmpeval import parallel
from lmpeval.cli.application import Where
from lmpeval.engine.planning import plan
from lmpeval.engine.running import run
from lmpeval.errors import UserError
from lmpeval.parallel import Backend, in_order, spread_over
from simulation.equality import differences
from simulation.small_country import prepared

TESTS = Path(__file__).parent


@pytest.fixture
def distributed():
    return pytest.importorskip("distributed", reason="needs lmpeval[dask]")


@contextmanager
def process(folder, *command):
    path = os.pathsep.join([str(TESTS), str(TESTS.parent / "src"), *sys.path])
    with (folder / "cluster.log").open("a") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", *map(str, command)],
            env={**os.environ, "PYTHONPATH": path},
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    try:
        yield started
    finally:
        started.kill()
        started.wait()


@pytest.fixture
def cluster(tmp_path, distributed):
    """A scheduler and two workers, each a process: the address, and the workers."""
    told = tmp_path / "scheduler.json"
    with ExitStack() as stack:
        host = ("--host", "127.0.0.1")
        stack.enter_context(
            process(tmp_path, "distributed.cli.dask_scheduler", *host, "--port", 0, "--no-dashboard",
                    "--scheduler-file", told)
        )  # fmt: skip
        patience = time.monotonic() + 60
        while not told.exists() and time.monotonic() < patience:
            time.sleep(0.05)
        with distributed.Client(scheduler_file=str(told), timeout=60, set_as_default=False) as client:
            workers = [
                stack.enter_context(
                    process(tmp_path, "distributed.cli.dask_worker", client.scheduler.address, *host,
                            "--nthreads", 1, "--no-nanny", "--no-dashboard", "--name", name)
                )
                for name in ("one", "two")
            ]  # fmt: skip
            client.wait_for_workers(2, timeout=60)
            yield client.scheduler.address, workers


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
def test_a_cluster_gives_the_same_and_goes_on_without_a_worker(cluster):
    address, workers = cluster
    (here,) = run([plan(prepared(ASKED))], 1)
    done = []

    def kill_one(finding):
        done.append(finding.cell.name)
        if len(done) == 2:
            workers[0].send_signal(signal.SIGKILL)

    with spread_over(Backend.DASK, address):
        (there,) = run([plan(prepared(ASKED))], -1, kill_one)
    assert workers[0].wait(10) == -signal.SIGKILL
    assert workers[1].poll() is None
    assert len(done) == len(there.findings) == 6
    assert differences(here.findings, there.findings) == []


def test_a_scheduler_that_is_not_there_is_told(monkeypatch, distributed):
    monkeypatch.setattr("lmpeval.parallel.PATIENCE", "1s")
    told = pytest.raises(UserError, match=r"tcp://127.0.0.1:9: no Dask scheduler answers")
    with told, spread_over(Backend.DASK, "tcp://127.0.0.1:9"):
        pass


def test_a_worker_of_another_version_is_refused(cluster, monkeypatch):
    address, _ = cluster
    here = parallel._versions()
    told = pytest.raises(UserError, match=r"would give other numbers: it has numpy \S+, here 1\.0")
    # workers look `_versions` up by its name, and find their own
    monkeypatch.setattr(parallel, "version", {**here, "numpy": "1.0"}.__getitem__)
    with told, spread_over(Backend.DASK, address):
        pass


def test_a_backend_without_its_package_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    told = pytest.raises(UserError, match="--backend dask needs a package that is not installed: distributed")
    with told, spread_over(Backend.DASK, "tcp://127.0.0.1:9"):
        pass


@pytest.mark.parametrize(("backend", "address"), [(Backend.LOKY, "tcp://here:1"), (Backend.DASK, "")])
def test_an_address_goes_with_a_cluster(backend, address):
    with pytest.raises(UserError, match="address"), spread_over(backend, address):
        pass


# ray leaves the processes that it started to the end of this one
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_ray_gives_the_same():
    pytest.importorskip("ray", reason="ray is not installed")
    with spread_over(Backend.RAY, "local"):
        assert list(in_order(abs, [-3, 2, -1], 2)) == [3, 2, 1]


def test_persons_are_not_sent_in_the_open():
    open_line, hidden = Where("dask", "tcp://10.0.0.1:8786"), Where("dask", "tls://10.0.0.1:8786")
    open_line.refuse_persons([])
    hidden.refuse_persons(["care"])
    Where().refuse_persons(["care"])
    with pytest.raises(UserError, match=r"care reads persons.*tls://"):
        open_line.refuse_persons(["care"])
