"""A page in a real browser or office suite: how many A4 it takes, and what axe-core finds wrong with it."""

import json
import re
import shutil
import subprocess
from html import unescape
from importlib.resources import files
from pathlib import Path

import pytest

QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")


def chromium() -> str:
    """The browser; the test is skipped where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return found or pytest.skip("no chromium on this machine")


def printed_pages(page: str, folder: Path) -> int:
    """Count the A4 pages that a page is printed on."""
    written, printed = folder / "page.html", folder / "page.pdf"
    written.write_text(page, encoding="utf-8")
    _run(folder, "--no-pdf-header-footer", f"--print-to-pdf={printed}", written.as_uri())
    return pages_of(printed)


def pages_of(printed: Path) -> int:
    """Count the pages of a PDF."""
    return len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes()))


def libreoffice() -> str:
    """The office suite that sets a Word file; the test is skipped where there is none."""
    return shutil.which("soffice") or pytest.skip("no LibreOffice on this machine")


def axe(page: str, folder: Path) -> list[str]:
    """What axe-core finds, a line a fault; closed details are opened, for what is hidden is not looked at."""
    source = pytest.importorskip("axe_core_python", reason="axe-core is not installed")
    script = (files(source) / "axe.min.js").read_text(encoding="utf-8")
    asked = json.dumps({"runOnly": RULES, "resultTypes": ["violations"]})
    probe = (
        "document.querySelectorAll('details').forEach(each => each.open = true);"
        f"axe.run(document, {asked}).then(found => {{const told = document.createElement('pre');"
        "told.id = 'axe'; told.textContent = JSON.stringify(found.violations.map(fault =>"
        " fault.id + ': ' + fault.nodes.map(node => node.html).slice(0, 3).join(' | ')));"
        "document.body.appendChild(told)})"
    )
    written = folder / "probed.html"
    written.write_text(
        page.replace("</body>", f"<script>{script}</script><script>{probe}</script></body>"), encoding="utf-8"
    )
    dom = _run(folder, "--virtual-time-budget=20000", "--dump-dom", written.as_uri())
    told = re.search(r'<pre id="axe">(.*?)</pre>', dom, re.DOTALL)
    assert told, "axe-core gave no answer"
    return json.loads(unescape(told.group(1)))


def _run(folder: Path, *asked: str) -> str:
    command = [chromium(), *QUIET, f"--user-data-dir={folder / 'profile'}", *asked]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
