"""The count of traps that the engine has no answer to, at the end of a test run."""

from __future__ import annotations

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    known = [
        report.nodeid.split("[")[1].split("-")[0]
        for report in terminalreporter.stats.get("xfailed", ())
        if "test_traps.py::test_open[" in report.nodeid
    ]
    if known:
        names = sorted(set(known))
        terminalreporter.section("traps")
        terminalreporter.line(f"{len(names)} of 20 are open, in whole or in part: {', '.join(names)}")
