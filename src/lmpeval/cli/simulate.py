"""`lmpeval simulate`: a country of which the truth is known, with or without traps."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lmpeval.cli.application import INTERRUPTED, Jobs, app
from lmpeval.errors import UserError
from lmpeval.interrupt import heard

if TYPE_CHECKING:
    from lmpeval.simulation.country.settings import Country
    from lmpeval.simulation.traps import Trap


@app.command
def simulate(
    out: Path | None = None,
    /,
    *,
    persons: Annotated[int, Parameter(help="Alive at the start; the real country has 17,100,000.")] = 100_000,
    seed: Annotated[int, Parameter(help="Draws another country.")] = 1,
    trap: Annotated[
        list[str] | None, Parameter(help="A trap to plant; may be repeated.", negative="")
    ] = None,
    traps: Annotated[bool, Parameter(help="List the traps and stop.", negative="")] = False,
    jobs: Jobs = -1,
) -> int:
    """Draw a country like the Netherlands, person by person, with programmes whose effects are known.

    Writes data, registers, a study file for each programme, and the truth beside them.

    Parameters
    ----------
    out
        Folder to write, absent or empty.
    """
    from lmpeval.simulation.country.settings import Country

    if traps:
        _list()
        return 0
    if out is None:
        raise UserError("name a folder to write the country to: lmpeval simulate OUT")
    planted = _named(trap or [])
    return _drawn(Country(persons=persons, seed=seed), planted, out, jobs)


def _list() -> None:
    from lmpeval.simulation.traps import TRAPS

    width = max(len(trap.name) for trap in TRAPS)
    for trap in TRAPS:
        print(f"{trap.number:2d}  {trap.name:{width}}  {trap.line}")


def _named(names: list[str]) -> list[Trap]:
    """Find the traps, each once and by number; all wrong names at once."""
    from lmpeval.simulation.traps import trap_named

    found, wrong = {}, []
    for name in names:
        try:
            found[name] = trap_named(name)
        except UserError as error:  # told with the others that are wrong
            wrong.append(str(error))
    if wrong:
        raise UserError("\n".join(wrong))
    return sorted(found.values(), key=lambda trap: trap.number)


def _drawn(country: Country, traps: list[Trap], out: Path, jobs: int) -> int:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from lmpeval.simulation.delivery import commands, lay_out

    terminal = Console(highlight=False, markup=False, soft_wrap=True)
    columns = (TextColumn("chunks of people"), BarColumn(), MofNCompleteColumn(), TextColumn("left"))
    shown = sys.stdout.isatty()
    with Progress(
        *columns, TimeRemainingColumn(), console=terminal, transient=True, disable=not shown
    ) as bar:
        task = bar.add_task("", total=None)
        try:
            with heard() as stop_if_pressed:

                def done(chunks: int, of: int) -> None:
                    stop_if_pressed()
                    bar.update(task, completed=chunks, total=of)

                simulated = lay_out(country, traps, out, jobs, done)
        except KeyboardInterrupt:
            print(f"interrupted: nothing was written to {out}", file=sys.stderr)
            return INTERRUPTED
    drawn = simulated.country
    names = ", ".join(trap.name for trap in traps)
    print(
        f"{out}: {drawn.persons:,} persons, {drawn.first}-{drawn.last}, "
        + (f"with {names}" if traps else "without traps")
        + f"; {out / 'README.txt'} says what each file is, {out / 'truth.parquet'} what is true.\n"
        "Next, what the studies can see and then their answers:\n  " + "\n  ".join(commands(out))
    )
    return 0
