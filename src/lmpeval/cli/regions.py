"""`lmpeval regions`: persons added up to what may leave where persons may not."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from lmpeval.cli.application import app
from lmpeval.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

WRITERS = {".csv": "to_csv", ".parquet": "to_parquet"}


@app.command
def regions(
    persons: str,
    out: Path,
    /,
    *,
    municipalities: Annotated[Path, Parameter(help="Where municipalities lie (municipality_regions).")],
    municipality_codes: Annotated[
        Path | None, Parameter(help="What became of municipalities that merged (municipality_codes).")
    ] = None,
    table: Annotated[str | None, Parameter(help="Table of a DuckDB file or a database.")] = None,
    profile: Annotated[Literal["cbs", "opensafely"], Parameter(help="Whose rules counts keep.")] = "cbs",
) -> None:
    """Add persons up by municipality and year, to a region panel that studies of whole regions read.

    Persons are held to their contract first, and read where they lie. A municipality in which fewer persons
    live in a year than the profile wants (10, or 8) has no figures there. Exit code 2 when a file is wrong.

    Parameters
    ----------
    persons
        Person-years: a folder of Parquet files, a file, a DuckDB file, or a PostgreSQL database.
    out
        The panel: .parquet or .csv.
    """
    from lmpeval.disclosure import PROFILES
    from lmpeval.sources.persons.delivered import deliver_persons
    from lmpeval.sources.persons.region_panel import region_panel
    from lmpeval.study import Data

    if out.suffix.lower() not in WRITERS:
        raise UserError(f"{out}: expected a file that ends in .parquet or .csv")
    named = Data(
        persons=persons,
        table=table,
        municipalities=str(municipalities),
        municipality_codes=None if municipality_codes is None else str(municipality_codes),
    )
    found = region_panel(deliver_persons(named, Path()), PROFILES[profile])
    _write(found, out)
    units, first, last = found["unit"].nunique(), found["year"].min(), found["year"].max()
    hidden = int(found["insured_years"].isna().sum())
    without = f"; {hidden:,} of {len(found):,} rows without figures, for too few persons" if hidden else ""
    print(f"{out}: {units:,} municipalities, {first}-{last}{without}")


def _write(panel: pd.DataFrame, out: Path) -> None:
    from lmpeval.whole_file import write_whole

    content = BytesIO()
    getattr(panel, WRITERS[out.suffix.lower()])(content, index=False)
    try:
        write_whole(out, content.getvalue())
    except OSError as error:
        raise UserError(f"{out}: cannot be written: {error.strerror}") from error
