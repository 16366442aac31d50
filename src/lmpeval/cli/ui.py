"""`lmpeval ui`: the runs in a browser, few columns of them."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lmpeval.cli.application import app

if TYPE_CHECKING:
    from lmpeval.tracking.serving import Shown


def _is_port(_: object, port: int) -> None:
    if not 1 <= port <= 65535:
        raise ValueError(f"{port} found, expected 1 to 65535")


@app.command
def ui(
    *,
    port: Annotated[int, Parameter(help="Of this machine.", validator=_is_port)] = 5000,
    browser: Annotated[bool, Parameter(help="Open the first address in a browser.", negative="")] = False,
) -> int:
    """Serve the runs to this machine alone until Ctrl-C, each portfolio in tables of few columns.

    The runs are those of MLFLOW_TRACKING_URI, else of the file mlflow.db in this folder. Where that is a
    server already, none is started, and its addresses are told.
    """
    from lmpeval.tracking import tracking_store, without_password
    from lmpeval.tracking.serving import experiments_shown, refuse_taken, served

    store = tracking_store()
    if store.startswith("http"):
        _tell(store.rstrip("/"), experiments_shown(store), browser=browser)
        return 0
    refuse_taken(port)
    shown = experiments_shown(store)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # who is ended ends the server too
    try:
        with served(store, port) as server:
            print(f"Runs of {without_password(store)}, until Ctrl-C:")
            _tell(server.address, shown, browser=browser)
            server.stay()
    except KeyboardInterrupt:
        print("stopped")
    finally:
        signal.signal(signal.SIGTERM, before)
    return 0


def _tell(server: str, shown: Iterable[Shown], *, browser: bool) -> None:
    """Say what is seen where, and open the first of it."""
    import webbrowser

    from lmpeval.tracking.views import address

    first = ""
    for each in shown:
        print(f"\n{each.name}")
        for view in each.views:
            where = address(server, each.id, view)
            print(f"  {view.about}\n    {where}", flush=True)
            first = first or where
    if browser:
        webbrowser.open(first)
