"""A real PostgreSQL server, started for tests and ended after them; skipped where there is none."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BINARIES = [shutil.which("initdb") or "", *map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb"))]


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A server that listens on this machine alone; gives the address of its empty database."""
    initdb = next((Path(each).resolve() for each in BINARIES if each and Path(each).exists()), None)
    if initdb is None:
        pytest.skip("no PostgreSQL server on this machine (Debian: apt-get install postgresql)")
    as_somebody = []
    if os.geteuid() == 0:  # the server does not run as root
        if shutil.which("runuser") is None:
            pytest.skip("PostgreSQL does not run as root, and there is no runuser")
        as_somebody = ["runuser", "-u", "nobody", "--"]
        for place in (folder, *folder.parents[:3]):
            place.chmod(0o755)
        shutil.chown(folder, "nobody")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, control = folder / "data", initdb.with_name("pg_ctl")

    def called(*command: object) -> None:
        subprocess.run(
            [*as_somebody, *map(str, command)], check=True, cwd=folder, capture_output=True, timeout=60
        )

    called(initdb, "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
    called(control, "-D", data, "-l", folder / "log", "-o", options, "-w", "start")
    try:
        yield f"postgresql://tester@127.0.0.1:{port}/postgres"
    finally:
        called(control, "-D", data, "-m", "immediate", "stop")
