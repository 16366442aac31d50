"""What every benchmark measures, and how: one row a piece of work, in one table.

CPU seconds on one thread, for the machine may be shared; each piece has a process of its own, so that memory
is its own too. A script names its pieces and leaves the rest to `main`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from math import floor, isfinite, log10, nan

NOTHING = "\u2013"


class Size(StrEnum):
    """Whole, or so small that everything is run in seconds and no figure means anything."""

    WHOLE = "whole"
    SMOKE = "smoke"

    def of(self, whole: int, smoke: int) -> int:
        """A number that depends on it."""
        return whole if self is Size.WHOLE else smoke


@dataclass(frozen=True)
class Measured:
    """One piece of work, done by lmpeval and by others.

    Attributes
    ----------
    work : str
    ours : float
        CPU seconds.
    memory : float
        MiB, the largest that the process held until ours was done, modules and data with it.
    floor : float
        CPU seconds of a plain program with equal results and no checks; not a number where there is none.
    peer : str
        Name and version of another program; empty where none is timed.
    theirs : float
        CPU seconds.
    note : str
    """

    work: str
    ours: float
    memory: float = nan
    floor: float = nan
    peer: str = ""
    theirs: float = nan
    note: str = ""

    def __str__(self) -> str:
        """As a row of the table that `HEADER` begins."""
        cells = [
            self.work, _seconds(self.ours), _seconds(self.floor), _ratio(self.ours / self.floor),
            self.peer or NOTHING, _seconds(self.theirs), _ratio(self.theirs / self.ours),
            f"{self.memory:.0f}" if isfinite(self.memory) else NOTHING, self.note,
        ]  # fmt: skip
        return f"| {' | '.join(cells)} |"


HEADER = (
    "| work | ours, CPU s | floor, CPU s | times the floor | peer | peer, CPU s | faster by | MiB | note |\n"
    "|---|---|---|---|---|---|---|---|---|"
)
Work = Callable[[], object]
Piece = Callable[[Size], Iterable[Measured]]


def cpu(work: Work, repeats: int = 3) -> float:
    """Median CPU seconds, after one run that is not counted where there are several."""
    taken = []
    for _ in range(repeats + (repeats > 1)):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return sorted(taken[-repeats:])[repeats // 2]


def held() -> float:
    """MiB, the largest that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def named(distribution: str) -> str:
    """Name and version of what is installed; empty where it is not."""
    try:
        return f"{distribution} {version(distribution)}"
    except PackageNotFoundError:
        return ""


def has(module: str, size: Size) -> bool:
    """Whether a peer is to be timed: it can be imported, and times mean anything."""
    return size is Size.WHOLE and importlib.util.find_spec(module) is not None


def main(pieces: Mapping[str, Piece], about: str | None) -> None:
    """Measure every piece in a process of its own and print the table, or rows as JSON."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("piece", nargs="*", choices=[*pieces, []], help="all where none is named")
    parser.add_argument("--size", type=Size, choices=list(Size), default=Size.WHOLE)
    parser.add_argument("--json", action="store_true", help="a line a row, and in this process")
    options = parser.parse_args()
    chosen = options.piece or list(pieces)
    if options.json:
        warnings.simplefilter("ignore")
        for name in chosen:
            for row in pieces[name](options.size):
                print(json.dumps(asdict(row)), flush=True)
        return
    print(HEADER)
    for name in chosen:
        for row in apart(sys.argv[0], name, options.size):
            print(row, flush=True)


def apart(script: str, piece: str, size: Size) -> Iterator[Measured]:
    """Rows of a piece, measured in a process of its own on one thread; if it breaks, a row says so."""
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    call = [sys.executable, script, piece, "--size", size, "--json"]
    ran = subprocess.run(call, env=os.environ | one_thread, capture_output=True, text=True, check=False)
    for line in ran.stdout.splitlines():
        if line.startswith("{"):  # some peers talk
            yield Measured(**json.loads(line))
    if ran.returncode:
        why = (ran.stderr.strip().splitlines() or [f"ended by {ran.returncode}"])[-1]
        yield Measured(f"{piece} of {os.path.basename(script)}", nan, note=why.replace("|", "/"))


def _seconds(seconds: float) -> str:
    return f"{seconds:.3g}" if isfinite(seconds) else NOTHING


def _ratio(ratio: float) -> str:
    """Two digits, written out."""
    if not (isfinite(ratio) and ratio > 0):
        return NOTHING
    digits = max(0, 1 - floor(log10(ratio)))
    return f"{float(f'{ratio:.2g}'):,.{digits}f}"
