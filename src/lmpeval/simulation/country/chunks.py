"""Draw a country chunk by chunk, side by side, and write it; nothing half-written stays behind.

Each chunk seeds itself from the country's seed and its own number, and sums of chunks are added in order, so
what comes out does not depend on the number of jobs.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lmpeval.errors import UserError
from lmpeval.parallel import in_order
from lmpeval.simulation.country.drawn import Geography
from lmpeval.simulation.country.geography import (
    code_table,
    draw_geography,
    municipalities,
    neighbour_table,
)
from lmpeval.simulation.country.one_chunk import CHUNK, Chunk, Sums, draw_chunk
from lmpeval.simulation.country.region_noise import draw_noise
from lmpeval.simulation.country.region_sums import region_panel
from lmpeval.simulation.country.settings import Country
from lmpeval.simulation.country.surveys import figures
from lmpeval.simulation.country.tally import Tally


@dataclass(frozen=True, eq=False)
class Simulated:
    """What was drawn besides the people, whose rows are in the files.

    Attributes
    ----------
    country : Country
    geography : Geography
    panel : DataFrame
        Contract region_panel, with the columns of the surveys.
    tally : Tally
        What the programmes did.
    """

    country: Country
    geography: Geography
    panel: pd.DataFrame
    tally: Tally


def simulate(
    country: Country,
    out: Path,
    jobs: int,
    on_done: Callable[[int, int], None] = lambda done, all_chunks: None,
    finish: Callable[[Path, Simulated], None] = lambda folder, simulated: None,
) -> Simulated:
    """Draw a country and write it to a folder.

    Parameters
    ----------
    out : Path
        Absent, or an empty folder. It appears whole at the end, or not at all.
    jobs : int
        Chunks at a time; -1 for one a core.
    on_done : callable
        Told the number of chunks done and of all chunks; what it raises stops the drawing.
    finish : callable
        Given the folder before it gets its name, and what was drawn, to write more files there.

    Raises
    ------
    UserError
        `out` holds files already, or cannot be made.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out}: is not an empty folder; name a new one")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise UserError(f"{out}: cannot be made: {error.strerror}") from error
    try:
        simulated = _drawn(country, folder, jobs, on_done)
        finish(folder, simulated)
        folder.chmod(0o755)
        folder.replace(out)
    except BaseException:  # an interrupt too must leave nothing half-written
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return simulated


def _drawn(country: Country, folder: Path, jobs: int, on_done: Callable[[int, int], None]) -> Simulated:
    geography = draw_geography(country)
    noise = draw_noise(country, geography)
    for disturbance in country.disturbances:
        noise = disturbance.noise(noise, country, geography)
    chunks = [Chunk(country, geography, noise, part, folder) for part in range(-(-country.persons // CHUNK))]
    total: Sums | None = None
    with closing(in_order(draw_chunk, chunks, jobs)) as all_sums:
        for n_done, sums in enumerate(all_sums, start=1):
            total = sums if total is None else total + sums
            on_done(n_done, len(chunks))
    assert total is not None  # a country has at least one chunk
    years = np.arange(country.first, country.last + 1)
    panel = region_panel(geography, years, total.regions, figures(total.asked))
    for disturbance in country.disturbances:
        panel = disturbance.panel(panel, country, geography)
    panel.to_parquet(folder / "region_panel.parquet", index=False)
    municipalities(geography).to_csv(folder / "municipalities.csv", index=False)
    code_table(geography, country.first, country.last).to_csv(folder / "municipality_codes.csv", index=False)
    neighbour_table(geography).to_csv(folder / "municipality_neighbours.csv", index=False)
    return Simulated(country, geography, panel, total.tally)
