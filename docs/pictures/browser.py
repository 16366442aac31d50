"""A page in headless Chromium, driven over its debugging port: opened, clicked in, and photographed."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from PIL import Image
from tornado.websocket import WebSocketClientConnection, websocket_connect

QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--remote-allow-origins=*",
    "--remote-debugging-port=0",
)  # fmt: skip
CALM = "localStorage.setItem('mlflow.assistant.fab.autoOpenedOnFirstLoad_v1', 'true');"
"""MLflow opens a panel for questions to a language model on a first visit; here it is closed."""
PATIENCE = 90.0


class Page:
    """A page that is open."""

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self._connection = connection
        self._asked = 0

    async def call(self, method: str, **given: Any) -> dict[str, Any]:
        """Ask the browser for something and wait for its answer."""
        self._asked += 1
        await self._connection.write_message(
            json.dumps({"id": self._asked, "method": method, "params": given})
        )
        while True:
            told = json.loads(str(await self._connection.read_message()))
            if told.get("id") == self._asked:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']}")
                return dict(told["result"])

    async def value(self, script: str) -> Any:
        """What a script gives."""
        found = await self.call("Runtime.evaluate", expression=script, returnByValue=True)
        return found["result"].get("value")

    async def open(self, address: str, until: str) -> None:
        """Open an address and wait until a text is seen."""
        await self.call("Page.navigate", url="about:blank")
        await self.call("Page.navigate", url=address)
        await self.wait(f"(document.body && document.body.innerText || '').includes({json.dumps(until)})")

    async def wait(self, script: str) -> None:
        """Wait until a script gives something true.

        Raises
        ------
        TimeoutError
        """
        patience = time.monotonic() + PATIENCE
        while time.monotonic() < patience:
            if await self.value(f"Boolean({script})"):
                await asyncio.sleep(1.5)  # what is still being drawn
                return
            await asyncio.sleep(0.3)
        raise TimeoutError(script)

    async def photograph(self, path: Path) -> None:
        """Write what is seen as a PNG of few colours."""
        found = await self.call("Page.captureScreenshot", format="png")
        image = Image.open(io.BytesIO(base64.b64decode(found["data"]))).convert("RGB")
        image.quantize(128).save(path, optimize=True)


@asynccontextmanager
async def page(width: int, height: int) -> AsyncIterator[Page]:
    """Open a browser with one page of some size, and end it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        found = shutil.which("chromium") or shutil.which("chromium-browser") or "google-chrome"
        browser = subprocess.Popen(
            [found, *QUIET, f"--user-data-dir={profile}", f"--window-size={width},{height}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            connection = await websocket_connect(
                await _socket_of(Path(profile) / "DevToolsActivePort"), max_message_size=2**26
            )
            opened = Page(connection)
            await opened.call("Page.enable")
            await opened.call("Page.addScriptToEvaluateOnNewDocument", source=CALM)
            await opened.call(
                "Emulation.setDeviceMetricsOverride",
                width=width, height=height, deviceScaleFactor=1, mobile=False,
            )  # fmt: skip
            yield opened
        finally:
            browser.terminate()
            browser.wait()


async def _socket_of(told: Path) -> str:
    """Where the one page of a browser listens, once the browser has said at which port."""
    patience = time.monotonic() + PATIENCE
    while time.monotonic() < patience:
        with suppress(OSError, ValueError, StopIteration):
            port = int(told.read_text().splitlines()[0])
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=5) as answer:
                pages = json.load(answer)
            return str(next(each["webSocketDebuggerUrl"] for each in pages if each["type"] == "page"))
        await asyncio.sleep(0.2)
    raise TimeoutError("the browser does not start")
