"""`lmpeval conform`: hold a design to what it claims."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lmpeval.cli.application import FAILED, LOG_WIDTH, Jobs, app

if TYPE_CHECKING:
    from rich.table import Table

    from lmpeval.conformance import Check, Seen

    Looked = tuple[Check, Seen]

LEDGER = ("ledger_stays_quiet", "ledger_never_vouches", "ledger_rings")


def _enough(_: object, draws: int) -> None:
    from lmpeval.conformance import FEWEST_DRAWS

    if draws < FEWEST_DRAWS:
        raise ValueError(f"{draws} found, expected {FEWEST_DRAWS} or more: fewer tell nothing from chance")


@app.command
def conform(
    design: str,
    /,
    *,
    draws: Annotated[int, Parameter(help="Of each world.", validator=_enough)] = 200,
    seed: Annotated[int, Parameter(help="Draws other worlds.")] = 0,
    jobs: Jobs = -1,
) -> int:
    """Hold a design to what it claims, in worlds where the truth is known.

    Exit code 0 when every check holds, 1 when one does not, 2 when the design cannot be built.

    Parameters
    ----------
    design
        As a study file names it: one of this package, of an installed one, or a module. Its settings are
        their defaults.
    """
    from rich.console import Console
    from rich.progress import track

    from lmpeval.conformance import FALSE_ALARM, checks
    from lmpeval.study_files.designs import build_by_default

    terminal = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else LOG_WIDTH)
    begun = time.perf_counter()
    laid = checks(build_by_default(design), draws=draws, seed=seed, jobs=jobs)
    shown = track(laid, "checks", console=terminal, transient=True, disable=not sys.stdout.isatty())
    looked = [(check, check.look()) for check in shown]
    terminal.print(_table(looked, draws))
    failed = [(check, seen) for check, seen in looked if not seen.held]
    for check, seen in failed:
        claim = (check.of.__doc__ or "").splitlines()[0]
        terminal.print(f"FAILED {check}: {claim}\n  seen: {seen.seen}\n  allowed: {seen.allowed}")
    by_chance = sum(check.alarm > 0 for check in laid)
    held, seconds = len(laid) - len(failed), time.perf_counter() - begun
    terminal.print(
        f"{design}: {held} of {len(laid)} checks hold, in {seconds:.0f} s. {by_chance} are decided by "
        f"{draws} draws: a design that does what it states fails any of them with a probability of "
        f"{FALSE_ALARM:.0%} at most."
    )
    return FAILED if failed else 0


def _table(looked: Iterable[Looked], draws: int) -> Table:
    """A row a world: what it breaks, checks that hold, and in how many of its draws what happened."""
    from rich import box
    from rich.table import Table

    caption = (
        f"{draws} draws of each world, fewer where several sites are drawn together; the ledger is "
        "filled in for part of them. Missed: intervals without the truth. Contradicted, vouched for, rang: "
        "the ledger."
    )
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=caption, caption_justify="left")
    for name in ("world", "breaks", "checks", "bias", "missed", "contradicted", "vouched for", "rang"):
        table.add_column(name, no_wrap=True)
    for world, found in groupby(looked, key=lambda each: each[0].draws.world):
        here = list(found)
        seen = {check.of.__name__: saw.seen for check, saw in here}
        held = sum(saw.held for _, saw in here)
        claimed = {each.name for each in here[0][0].draws.design.assumptions}
        table.add_row(
            world.name,
            ", ".join(sorted(world.breaks & claimed)),
            f"{held}/{len(here)}" + ("" if held == len(here) else " FAILED"),
            *(_short(seen.get(name, "")) for name in ("is_unbiased", "covers_as_stated", *LEDGER)),
            style=None if held == len(here) else "bold",
        )
    return table


def _short(seen: str) -> str:
    """The numbers of what a check saw; the words stand in the head and the caption."""
    if counted := re.match(r"(\d+) of (\d+) ", seen):
        return "/".join(counted.groups())
    if bias := re.match(r"bias (\S+) over ", seen):
        return bias[1]
    return "broke off" if seen else ""
