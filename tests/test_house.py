"""What holds for the project as a whole: names that must agree, links that must lead somewhere."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import lmpeval
from lmpeval import assumptions, designs
from lmpeval.cli import app
from lmpeval.design import Assumption
from lmpeval.study.arguments import ASSUMPTIONS

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    page
    for pages in ("*.md", "docs/*.md", "docs/*/*.md", "benchmarks/*.md", "experiments/*/*.md")
    for page in ROOT.glob(pages)
)

OPTIONS = {
    command: {name for each in app[command].assemble_argument_collection() for name in each.names}
    for command in app
    if not command.startswith("-")
}


def test_a_study_may_argue_for_every_assumption_of_the_ledger_and_no_other():
    known = {value.name for value in vars(assumptions).values() if isinstance(value, Assumption)}
    assert known == set(ASSUMPTIONS)


def test_every_design_claims_all_twelve():
    names = [found.name for found in pkgutil.iter_modules(designs.__path__)]
    assert len(names) >= 3
    for name in names:
        module = importlib.import_module(f"lmpeval.designs.{name}")
        claims = [
            v.assumptions
            for v in vars(module).values()
            if isinstance(v, type) and hasattr(v, "compare") and v.__module__ == module.__name__
        ]
        assert [{a.number for a in claim} for claim in claims] == [set(range(1, 13))], name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    inside = [link for link in links if not link.startswith("http")]
    assert [link for link in inside if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_pages_name_are_there(page):
    folders = r"(?:benchmarks|configs|data_contracts|docs|experiments|src|tests)"
    named = re.findall(rf"`({folders}/[\w./-]+\.\w+)", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def called(text):
    """Commands of `lmpeval` in a page's code, each with the options that are given to it."""
    fences = re.findall(r"^```\w*\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    for line in [line for code in fences for line in code.replace("\\\n", " ").splitlines()] + spans:
        for command, rest in re.findall(r"(?:^|[/ ])lmpeval ([a-z][a-z-]+)([^|;#]*)", line):
            yield command, re.findall(r"--[a-z][a-z-]+", rest)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_options_that_pages_name_are_there(page):
    for command, options in called(page.read_text(encoding="utf-8")):
        assert command in OPTIONS, command
        assert set(options) <= OPTIONS[command], (command, options)


def test_pages_name_every_command():
    texts = (page.read_text(encoding="utf-8") for page in PAGES)
    assert {command for text in texts for command, _ in called(text)} == set(OPTIONS)


def test_the_architecture_page_names_every_package_and_module():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    layers = page.split("| layer | packages and modules | job |")[1].split("\n\n")[0]
    named = {
        name.rstrip("/") for row in layers.splitlines()[2:] for name in re.findall(r"`([a-z_]+/?)`", row)
    }
    assert named == {found.name for found in pkgutil.iter_modules(lmpeval.__path__)}


def test_no_path_of_somebody_s_machine():
    texts = [*PAGES, *ROOT.glob("src/**/*.py"), *ROOT.glob("configs/**/*"), *ROOT.glob("data_contracts/*")]
    wrong = [
        t for t in texts if t.is_file() and re.search(r"/(home|Users|root|work|tmp)/\w", t.read_text("utf-8"))
    ]
    assert wrong == []
