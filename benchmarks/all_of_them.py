"""Every benchmark, into one table: benchmarks/RESULTS.md.

    make bench

The peers are those of `benchmarks/requirements.txt`, in an environment that make keeps for them.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from measured import HEADER, Measured, Size, apart

HERE = Path(__file__).parent
SCRIPTS = (
    "stand_in_fits", "did", "group_time", "honesty",
    "synthetic_control", "searched_importance", "prediction_intervals", "matching",
)  # fmt: skip
HEAD = """\
# What everything costs

Written by `make bench` on {when}, {commit}. {machine}; {versions}; peers as named.

CPU seconds on one thread, so that a busy machine matters less; what is repeated is a median. A floor is plain
numpy or scipy with equal results and no checks. Memory is the largest that the process held until ours was
done, modules and data with it. What each row does is said in the script of its name.
"""
OF_OURS = ("lmpeval", "numpy", "scipy", "pandas", "scikit-learn")


def measured(size: Size, scripts: tuple[str, ...] = SCRIPTS) -> Iterator[tuple[str, Measured]]:
    """Rows of all scripts, each with the script's name, as they come."""
    for script in scripts:
        for piece in import_module(script).PIECES:
            for row in apart(str(HERE / f"{script}.py"), piece, size):
                yield script, row


def machine() -> str:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    listed = Path("/proc/cpuinfo")
    if listed.is_file():
        names = [line for line in listed.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = platform.python_version()
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, {platform.system()}, Python {python}"


def page(found: list[tuple[str, Measured]], when: datetime) -> str:
    """The table with what it was measured on."""
    versions = ", ".join(f"{name} {version(name)}" for name in OF_OURS)
    head = HEAD.format(when=f"{when:%d %B %Y}", commit=commit(), machine=machine(), versions=versions)
    tables = []
    for script in dict.fromkeys(name for name, _ in found):
        rows = "\n".join(str(row) for name, row in found if name == script)
        tables.append(f"\n## {script.replace('_', ' ')}\n\n{HEADER}\n{rows}\n")
    return head + "".join(tables)


def commit() -> str:
    """The commit that is checked out, and whether files differ from it."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude", "*"],
        cwd=HERE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return f"commit {told.stdout.strip()}" if told.returncode == 0 else "an unknown commit"


def main() -> None:
    """Measure, show each row as it comes, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scripts", nargs="*", default=SCRIPTS, help="all where none is named")
    parser.add_argument("--size", type=Size, choices=list(Size), default=Size.WHOLE)
    parser.add_argument("--out", type=Path, default=HERE / "RESULTS.md")
    options = parser.parse_args()
    found = []
    for script, row in measured(options.size, tuple(options.scripts)):
        found.append((script, row))
        print(f"{script}: {row}", file=sys.stderr, flush=True)
    options.out.write_text(page(found, datetime.now(UTC)), encoding="utf-8")


if __name__ == "__main__":
    main()
