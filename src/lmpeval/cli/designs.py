"""`lmpeval designs` and `lmpeval new-design`: what designs there are, and a file to begin another."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lmpeval.cli.application import app

if TYPE_CHECKING:
    from rich.table import Table

    from lmpeval.cli.design_catalogue import Described, Unusable

WIDTH = 110
"""Characters a line where the output goes to a file."""


@app.command
def designs() -> None:
    """List every design that a study file can name, with its settings and its own assumption."""
    from rich.console import Console

    from lmpeval.cli.design_catalogue import Described, catalogue

    entries = catalogue()
    terminal = Console(
        highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else WIDTH
    )
    for each in entries:
        terminal.print(_table(each) if isinstance(each, Described) else _why_not(each))
        terminal.print()
    terminal.print(
        "A study file names one of these with `use`, or any other design by its module.\n"
        "To write your own: lmpeval new-design my_design"
    )


@app.command
def new_design(name: str, /, *, folder: Path = Path()) -> None:
    """Write a design that works, with the lines to change pointed out, and its test.

    Parameters
    ----------
    name
        Of the module: small letters, digits and underscores.
    folder
        Where to write the two files.
    """
    from lmpeval.cli.new_design import write_design

    design, test = write_design(name, folder)
    place = shlex.quote(str(folder))
    print(
        f"Written: {design}, a design that works, and {test}, its test.\n"
        "Next:\n"
        f"  pytest {shlex.quote(str(test))}\n"
        f"  PYTHONPATH={place} lmpeval conform {name}\n"
        "Then name it in a study file, and run that with the same PYTHONPATH:\n"
        "  designs:\n"
        f"    - use: {name}\n"
        "      settings: {size_power: 0.5}\n"
        "      primary: true"
    )


def _table(entry: Described) -> Table:
    from rich.table import Table

    settings = [f"{s.name} ({s.takes}): {s.default or 'must be given'}" for s in entry.settings]
    table = Table(
        title=entry.name, title_justify="left", title_style="bold", show_header=False, box=None, expand=True
    )
    table.add_column(width=15)
    table.add_column(ratio=1)
    table.add_row("what it does", entry.summary or "its docstring does not say")
    table.add_row("settings", "\n".join(settings) or "none")
    table.add_row("own assumption", "\n".join(f"{a.name}: {a.claim}" for a in entry.assumptions) or "none")
    table.add_row("inference", entry.inference or "none by default")
    table.add_row("source", entry.source or "its docstring names none")
    table.add_row("comes with", entry.origin)
    return table


def _why_not(entry: Unusable) -> str:
    return f"{entry.name} ({entry.origin}) cannot be used: {entry.why}"
