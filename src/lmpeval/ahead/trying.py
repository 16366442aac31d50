"""Places where nothing happened, tried a few at a time: what a worker of a calibration does."""

from __future__ import annotations

import hashlib
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lmpeval.design import Circumstances, Design
from lmpeval.engine.answering import WORKER_KILLED
from lmpeval.engine.written_down import read_back, written
from lmpeval.finding import Failed, NotEstimable
from lmpeval.panel import Panel
from lmpeval.placebo_trial import NotCalibrated, Sites, Trial, refuse_unmoved, trial
from lmpeval.starts.placebo import refuse_unmoved_starts, trial_of_starts

Place = tuple[Sites, ...]
"""What stands in for the sites of every start."""


@dataclass(frozen=True, eq=False)
class Piece:
    """Some of the places that one cell's design is tried on; the first piece of a cell tries the design too.

    Its panels, one a start, are blinded: no worker holds what happened to the sites.
    """

    name: str
    """Of the study, the cell, and the piece of it."""
    design: Design
    panels: tuple[Panel, ...]
    circumstances: Circumstances
    seed: tuple[int, ...]
    places: tuple[Place, ...]
    first: bool


@dataclass(frozen=True, eq=False)
class Tried:
    """What became of one piece."""

    trials: tuple[Trial, ...]
    trouble: NotEstimable | Failed | None
    seconds: float


@dataclass(frozen=True)
class PieceKeeping:
    """What became of pieces, by study, cell and place in it; of one that broke nothing is kept."""

    def name(self, piece: Piece) -> str:
        """The study, the cell and the piece."""
        return piece.name

    def killed(self, piece: Piece) -> Tried:
        """A piece that broke, as for want of memory."""
        return Tried((), Failed(WORKER_KILLED, ""), 0.0)

    def seconds(self, tried: Tried) -> float:
        """How long it took."""
        return tried.seconds

    def down(self, piece: Piece, tried: Tried) -> str | None:
        """What became of it."""
        return None if isinstance(tried.trouble, Failed) else written(tried, ())

    def up(self, piece: Piece, text: str) -> Tried:
        """What became of it."""
        found: Tried = read_back(text, Tried, ())
        return found


def try_places(piece: Piece) -> Tried:
    """Judge the places of one piece; whatever goes wrong is told and stays in its cell."""
    begun = time.perf_counter()
    try:
        if piece.first:
            _refuse_unmoved(piece)
        trials = tuple(_trial(piece, place) for place in piece.places)
    except NotCalibrated as reason:
        return Tried((), NotEstimable(str(reason)), time.perf_counter() - begun)
    except Exception as error:  # noqa: BLE001 - the one place where a cell may break without the rest
        return Tried((), broken(error), time.perf_counter() - begun)
    return Tried(trials, None, time.perf_counter() - begun)


def _refuse_unmoved(piece: Piece) -> None:
    design, panels, place, seen = piece.design, piece.panels, piece.places[0], piece.circumstances
    if len(panels) == 1:
        refuse_unmoved(design, panels[0], place[0], seen.lag, piece.seed)
    else:
        refuse_unmoved_starts(design, panels, place, seen, piece.seed)


def _trial(piece: Piece, place: Place) -> Trial:
    rng = np.random.default_rng((*piece.seed, _number(place)))
    if len(piece.panels) == 1:
        return trial(piece.design, piece.panels[0], place[0], piece.circumstances.lag, rng)
    return trial_of_starts(piece.design, piece.panels, place, piece.circumstances, rng)


def _number(place: Place) -> int:
    """A number of a place's name, for its seed."""
    name = " | ".join(" + ".join(sorted(sites)) for sites in place)
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


def broken(error: Exception) -> Failed:
    """Kind of an error and its place in the code; its message may quote the data and is not repeated."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
    return Failed(where, traceback.format_exc())
