"""The page on adding a design does what it says: its blocks are written to files and run."""

from __future__ import annotations

import importlib
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lmpeval.cli import app
from lmpeval.cli.demonstration import TRUE_EFFECT, lay_out
from lmpeval.cli.new_design import write_design
from lmpeval.design import Case, Circumstances, Status, estimate
from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.engine.running import run
from lmpeval.simulation.world import World
from lmpeval.study_files.design_lookup import design_class, design_names
from lmpeval.study_files.reading import load_study
from worlds import tiny

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "adding-a-design.md").read_text(encoding="utf-8")
DRAWS = 40
"""The fewest that the suite allows; its bounds widen with fewer draws, so they stay valid."""


def blocks() -> dict[str, str]:
    """The page's files by name; blocks of one file are joined."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, text in re.findall(r"<!-- ([\w.]+) -->\n```\w+\n(.*?)```", PAGE, re.DOTALL):
        found[name].append(text)
    return {name: "\n\n".join(texts) for name, texts in found.items()}


FILES = blocks()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the page's modules, on the path."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    for name in ("matched_series.py", "test_matched_series.py"):
        (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def matched_series(folder):
    return importlib.import_module("matched_series")


def test_the_page_has_the_files_that_the_tests_run():
    assert set(FILES) == {
        "matched_series.py", "test_matched_series.py", "study.yaml", "pyproject.toml"
    }  # fmt: skip
    assert len(re.findall(r"^```\w", PAGE, re.MULTILINE)) == 5 + PAGE.count("```sh")


def test_commands_of_the_page_exist():
    lines = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
    called = [words for line in lines if "lmpeval" in (words := shlex.split(line))]
    assert len(called) >= 2
    for words in called:
        assert app[words[words.index("lmpeval") + 1]] is not None


def test_files_keep_the_project_s_rules(folder):
    for command in (("check",), ("format", "--check")):
        done = subprocess.run(
            [str(Path(sys.executable).parent / "ruff"), *command, "--no-cache", "--config",
             ROOT / "pyproject.toml", *sorted(folder.glob("*.py"))],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout


def test_new_design_writes_the_files_that_the_page_changes(tmp_path):
    assert {path.name for path in write_design("matched_series", tmp_path)} == {
        "matched_series.py", "test_matched_series.py"
    }  # fmt: skip


# The design itself


def test_line_by_hand(matched_series):
    # difference to the one match: 1, 3, 5 before the start, carried on to 7 and 9
    panel = tiny([[11, 10], [23, 20], [35, 30], [90, 40], [95, 50]], before=3)
    answer = matched_series.MatchedSeries().compare(panel)
    assert answer.counterfactual == pytest.approx([11, 23, 35, 47, 59])
    assert answer.weights.tolist() == [1.0]


def test_one_year_before_the_start_gives_a_level(matched_series):
    panel = tiny([[11, 10], [23, 20], [35, 30]], before=1)
    assert matched_series.MatchedSeries().compare(panel).counterfactual == pytest.approx([11, 21, 31])


@pytest.mark.parametrize("slope", [-40.0, 40.0])
def test_own_straight_trend_changes_nothing(matched_series, slope):
    panel = World("steady").draw(np.random.default_rng(1)).panel
    own = np.outer(slope * (panel.years - panel.years[0]), panel.treated)
    moved = replace(panel, outcome=panel.outcome + own)
    effects = [told(matched_series, each).estimate.effect for each in (panel, moved)]
    assert effects[1] == pytest.approx(effects[0], abs=1e-8)


def told(module, panel, margin=60.0):
    design = module.MatchedSeries()
    found = estimate(design, panel, 0, np.random.default_rng(0))
    return Case(design, panel, found, Circumstances(margin=margin), np.random.default_rng(0))


def test_check_supports_a_straight_line_and_contradicts_a_bent_one(matched_series):
    panel = World("steady", shock=2.0, noise=3.0).draw(np.random.default_rng(2)).panel
    bend = np.outer(8.0 * (panel.years - panel.years[0]) ** 2, panel.treated)
    straight = matched_series.foretold(told(matched_series, panel))
    bent = matched_series.foretold(told(matched_series, replace(panel, outcome=panel.outcome + bend)))
    assert straight.status is Status.SUPPORTED
    assert bent.status is Status.NOT_SUPPORTED
    # six years' line through 8 t^2 misses the seventh by 8 * (36 - 26.67)
    assert bent.number - straight.number == pytest.approx(8 * (36 - 80 / 3))


def test_check_says_where_there_are_too_few_years(matched_series):
    panel = World("steady", before=3).draw(np.random.default_rng(2)).panel
    assert matched_series.foretold(told(matched_series, panel)).status is Status.UNCERTAIN


# The suite


def suite(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The page's own test, run as a statistician does."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, "test_matched_series.py"],
        cwd=folder,
        env={**os.environ, "LMPEVAL_DRAWS": str(DRAWS)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_design_conforms(folder):
    worlds = ("steady", "level_gap", "three_years_before", "own_trend", "shared_factor", "anticipation")
    done = suite(folder, "-k", " or ".join(worlds))
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 60


@pytest.mark.slow
def test_design_conforms_in_all_worlds(folder):
    done = suite(folder)
    assert done.returncode == 0, done.stdout


FORGOTTEN = {
    "[before] in the line": (
        "matched_series.py",
        "np.polyfit(since[before], (panel.treated_mean - matched)[before], slopes)",
        "np.polyfit(since, panel.treated_mean - matched, slopes)",
    ),
    "that a curve is no line": ("test_matched_series.py", 'CURVED = {"shared_factor"}', "CURVED = set()"),
}


@pytest.mark.parametrize("what", FORGOTTEN)
def test_what_is_forgotten_fails_first_where_the_page_says(folder, what):
    name, right, wrong = FORGOTTEN[what]
    text = (folder / name).read_text(encoding="utf-8")
    assert text.count(right) == 1
    (folder / name).write_text(text.replace(right, wrong), encoding="utf-8")
    [expected] = re.findall(
        rf"\*\*{re.escape(what.replace('[before]', '`[before]`'))}\*\*.*?`(\w+-\w+)`", PAGE, re.DOTALL
    )
    done = suite(folder, "-x", "-k", "steady or shared_factor")
    [first] = re.findall(
        r"^FAILED test_matched_series.py::test_conforms\[([\w-]+)\]", done.stdout, re.MULTILINE
    )
    assert first == expected


# The study


def study_text() -> str:
    """The demonstration's study with the page's designs."""
    text = (ROOT / "src" / "lmpeval" / "simulation" / "demo.yaml").read_text(encoding="utf-8")
    changed, count = re.subn(
        r"^designs:\n(?:  .*\n)+", lambda _: FILES["study.yaml"], text, flags=re.MULTILINE
    )
    assert count == 1
    return changed


def test_study_is_answered_by_the_design(folder):
    study = lay_out(folder / "demo", 3)
    study.write_text(study_text(), encoding="utf-8")
    [result] = run([plan(each) for each in prepare([study], folder / "demo")], 1)
    [found] = [each for each in result.findings if each.cell.primary and each.cell.outcome.name == "cost"]
    assert type(found.cell.design).__name__ == "MatchedSeries"
    assert found.cell.design.matches == 20
    low, high = found.result.estimate.uncertainty.interval
    assert low < TRUE_EFFECT["cost"] < high
    assert high - low < 200
    entries = {entry.assumption.number: entry for entry in found.result.ledger.entries}
    assert entries[3].assumption.name == "straight_difference"
    assert "foretold from those before it" in entries[3].evidence.finding


def test_package_offers_it_by_a_short_name_and_by_the_dotted_one(folder):
    project = tomllib.loads(FILES["pyproject.toml"])["project"]
    [(short, dotted)] = project["entry-points"]["lmpeval.designs"].items()
    package, module = dotted.split(".")
    (folder / package).mkdir()
    (folder / "matched_series.py").rename(folder / package / f"{module}.py")
    about = folder / f"{package}-{project['version']}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    (about / "entry_points.txt").write_text(f"[lmpeval.designs]\n{short} = {dotted}\n")
    importlib.invalidate_caches()
    assert f"`use: {dotted}`" in PAGE
    assert f"`use: {short}`" in PAGE
    assert short not in design_names()
    assert design_class(short) is design_class(dotted)
    path = folder / "study.yaml"
    path.write_text(study_text(), encoding="utf-8")
    assert [choice.use for choice in load_study(path).designs] == [short, "difference_in_differences"]
