"""Fixtures that several test modules share, and the count of open traps at the end of a test run."""

import os
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder with the published files, or a skip that says what is missing."""
    folder = Path(os.environ.get("LMPEVAL_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no published data in {folder}; set LMPEVAL_DATA to the folder with vektis/ and cbs/")
    return folder


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Count the traps that the engine has no answer to; here, so that it is heard of from every worker."""
    known = [
        report.nodeid.split("[")[1].split("-")[0]
        for report in terminalreporter.stats.get("xfailed", ())
        if "test_traps_met.py::test_open[" in report.nodeid
    ]
    if known:
        names = sorted(set(known))
        terminalreporter.section("traps")
        terminalreporter.line(f"{len(names)} of 20 are open, in whole or in part: {', '.join(names)}")
