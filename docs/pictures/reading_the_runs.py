"""The pictures of docs/reading-the-runs.md: a browser without a window, before a real server of real runs.

    cd FOLDER                      # that holds mlflow.db
    python .../docs/pictures/reading_the_runs.py

Needs Chromium, and the packages for development.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from browser import Page, page

from lmpeval.tracking import tracking_store
from lmpeval.tracking.connection import connected
from lmpeval.tracking.serving import Shown, experiments_shown, served
from lmpeval.tracking.views import VIEWS, View, address

HERE = Path(__file__).parent
SIZE = (1500, 640)
ROWS = "document.querySelectorAll('.ag-center-cols-container .ag-row').length"
HEADING = "[...document.querySelectorAll('*')].find(each => each.textContent === 'Tags')"
LARGEST = 150_000  # bytes of a picture


def view(key: str) -> View:
    """A view by its key."""
    return next(each for each in VIEWS if each.key == key)


async def photographed(server: str, shown: Shown, sheet: str) -> None:
    """All pictures, one after the other in one browser."""
    async with page(*SIZE) as seen:
        await seen.open(address(server, shown.id, view("interventions")), "matching run")
        await seen.wait(f"{ROWS} > 0")
        await taken(seen, "table")
        await seen.open(address(server, shown.id, view("outcomes")), "matching run")
        await seen.wait(f"{ROWS} > 1")
        await taken(seen, "outcomes")
        await compared(seen)
        await seen.open(address(server, shown.id, view("cost"), "CHART"), "Difference and its range")
        await seen.wait("document.querySelectorAll('.js-plotly-plot .bars').length >= 1")
        await taken(seen, "charts")
        await one_run(seen, server, shown, sheet)


async def compared(seen: Page) -> None:
    """Tick the first runs of the table and press Compare."""
    ticked = "document.querySelectorAll('.ag-pinned-left-cols-container .ag-row input[type=checkbox]')"
    await seen.value(f"[...{ticked}].slice(0, 3).forEach(each => each.click())")
    button = "[...document.querySelectorAll('button')].find(each => each.innerText.trim() === 'Compare')"
    await seen.wait(f"{button} && !{button}.disabled")
    await seen.value(f"{button}.click()")
    await seen.wait("document.body.innerText.includes('Show diff only')")
    await pressed(seen, "[...document.querySelectorAll('*')].find(e => e.textContent === 'Visualizations')")
    await seen.value(f"{HEADING}.scrollIntoView()")
    await taken(seen, "compare")


async def one_run(seen: Page, server: str, shown: Shown, sheet: str) -> None:
    """The page of the first study, its whole description, and its files."""
    await seen.open(address(server, shown.id, view("interventions")), "matching run")
    await seen.wait("document.querySelector('.ag-row a')")
    link = str(await seen.value("document.querySelector('.ag-row a').href"))
    await seen.open(f"{link}?workflowType=machine_learning", "Description")
    await seen.wait("document.body.innerText.includes('Show more')")
    await seen.value(
        "[...document.querySelectorAll('button')].find(b => b.innerText === 'Show more').click()"
    )
    await taken(seen, "run")
    run = str(await seen.value("location.href")).partition("?")[0]
    await seen.open(f"{run}/artifacts/{sheet}?workflowType=machine_learning", sheet)
    await seen.wait("document.querySelector('iframe')")
    await asyncio.sleep(4)
    place = "[...document.querySelectorAll('*')].filter(each => each.textContent.startsWith('Path: '))"
    await seen.value(f"{place}.forEach(each => each.style.visibility = 'hidden')")  # a folder of this machine
    await taken(seen, "artifacts")


async def pressed(seen: Page, what: str) -> None:
    """Press with the mouse what a script finds: some parts of the page do not hear a click of a script."""
    place = await seen.value(
        f"(at => [at.x + at.width / 2, at.y + at.height / 2])({what}.getBoundingClientRect())"
    )
    for kind in ("mousePressed", "mouseReleased"):
        await seen.call(
            "Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1
        )


async def taken(seen: Page, name: str) -> None:
    """Take one picture and say how large it is."""
    path = HERE / f"runs-{name}.png"
    await seen.photograph(path)
    size = path.stat().st_size
    print(f"{path.name}: {size / 1000:.0f} kB" + ("; too large" if size > LARGEST else ""), flush=True)


def main() -> None:
    """Serve the runs of this folder and photograph them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--port", type=int, default=5099)
    asked.add_argument("--experiment", default="synthetic_country")
    given = asked.parse_args()
    store = tracking_store()
    [shown] = [each for each in experiments_shown(store) if each.name == given.experiment]
    order = [f"tags.`{view('interventions').order}` ASC"]
    with connected(store) as client:
        [first] = client.search_runs([shown.id], view("interventions").only, order_by=order, max_results=1)
    sheet = f"{first.data.tags['study']}.glance.en.html"
    with served(store, given.port) as server:
        asyncio.run(photographed(server.address, shown, sheet))


if __name__ == "__main__":
    main()
