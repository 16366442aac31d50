"""A statistician's first file: it works as written, reads well, and never hides or overwrites anything."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from lmpeval.cli import main
from lmpeval.cli.design_catalogue import describe
from lmpeval.cli.new_design import write_design
from lmpeval.design import estimate
from lmpeval.errors import UserError
from lmpeval.study import Comparator, DesignChoice
from lmpeval.study_files.designs import build_design
from worlds import World, draw, tiny

ROOT = Path(__file__).parents[2]


@pytest.fixture
def written(tmp_path, monkeypatch):
    """The new design as a module, and the folder that it lies in."""
    write_design("first_attempt", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield import_module("first_attempt"), tmp_path
    del sys.modules["first_attempt"]


def test_design_equals_a_calculation_by_hand(written):
    panel = tiny([[10, 4, 8], [20, 5, 11], [31, 6, 12]], before=2, size=[1, 1, 3])
    answer = written[0].FirstAttempt().compare(panel)
    assert answer.weights == pytest.approx([0.25, 0.75])
    # means 7, 9.5, 10.5; before the start the treated are 6.75 above them
    assert answer.counterfactual == pytest.approx([13.75, 16.25, 17.25])
    even = written[0].FirstAttempt(size_power=0.0).compare(panel)
    assert even.weights == pytest.approx([0.5, 0.5])


def test_design_finds_a_large_effect_and_claims_all_twelve(written):
    design = written[0].FirstAttempt()
    found = estimate(design, draw(World(effect=-120.0), 1), 0, np.random.default_rng(0))
    assert found.effect == pytest.approx(-120, abs=4 * found.uncertainty.standard_error)
    assert found.uncertainty.p == found.uncertainty.smallest_p
    assert sorted(assumption.number for assumption in design.assumptions) == list(range(1, 13))


@pytest.mark.parametrize("size_power", [-0.1, 1.1])
def test_study_is_told_what_a_setting_must_be(written, size_power):
    choice = DesignChoice("first_attempt", {"size_power": size_power})
    with pytest.raises(UserError, match=f"settings: size_power is {size_power}, expected 0 to 1"):
        build_design(choice, Comparator(register="none", match_on=("age",)))


def test_catalogue_can_describe_it(written):
    entry = describe(written[0].FirstAttempt, "first_attempt", "here")
    assert entry.summary.startswith("Change of the treated minus the mean change")
    assert entry.source == "Angrist and Pischke (2009), Mostly Harmless Econometrics, chapter 5."
    assert [setting.name for setting in entry.settings] == ["size_power"]


def test_both_files_are_short_and_keep_the_project_s_rules(written):
    files = [written[1] / "first_attempt.py", written[1] / "test_first_attempt.py"]
    assert all(len(file.read_text(encoding="utf-8").splitlines()) < 60 for file in files)
    for command in (("check",), ("format", "--check")):
        done = subprocess.run(
            [tool("ruff"), *command, "--no-cache", "--config", ROOT / "pyproject.toml", *files],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_both_files_are_typed(written):
    done = subprocess.run(
        [tool("mypy"), "--config-file", ROOT / "pyproject.toml", "--cache-dir", written[1] / "cache",
         *sorted(written[1].glob("*.py"))],
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": str(written[1])},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_its_own_test_passes(written):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_first_attempt.py"],
        cwd=written[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def tool(name: str) -> str:
    """A tool of this environment, or a skip that says that it is missing."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


# What is refused


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("My_design", "'My_design' cannot name a design, expected a name of small letters"),
        ("2nd", "'2nd' cannot name a design, expected a name of small letters"),
        ("_hidden", "'_hidden' cannot name a design, expected a name of small letters"),
        ("a.b", "'a.b' cannot name a design, expected a name of small letters"),
        ("lambda", "'lambda' cannot name a design: Python keeps the word for itself"),
        ("synthetic_control", "'synthetic_control' is a design of lmpeval "),
        ("numpy", "'numpy' is a module that is installed already ("),
        ("sys", "'sys' is a module that is installed already (built-in)"),
    ],
)
def test_name_that_cannot_serve(tmp_path, name, message):
    with pytest.raises(UserError) as caught:
        write_design(name, tmp_path)
    assert str(caught.value).startswith(message)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", ["mine.py", "test_mine.py"])
def test_nothing_is_overwritten_and_nothing_half_written(tmp_path, monkeypatch, there):
    (tmp_path / there).write_text("precious")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UserError) as caught:
        write_design("mine", tmp_path)
    assert str(caught.value) == f"{tmp_path / there}: is there already and is not overwritten"
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(there, "precious")]


def test_all_that_is_wrong_is_said_at_once(tmp_path):
    with pytest.raises(UserError) as caught:
        write_design("lambda", tmp_path / "nowhere")
    assert str(caught.value).splitlines() == [
        f"{tmp_path / 'nowhere'}: no such folder",
        "'lambda' cannot name a design: Python keeps the word for itself",
    ]


# The command


@pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens")
def test_command_writes_both_files_and_says_how_to_go_on(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "my designs"
    folder.mkdir()
    arguments = ["lmpeval", "new-design", "first_attempt", "--folder", str(folder)]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as left:
        main()
    told = capsys.readouterr().out
    assert left.value.code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["first_attempt.py", "test_first_attempt.py"]
    assert f"pytest '{folder / 'test_first_attempt.py'}'" in told
    assert f"PYTHONPATH='{folder}' lmpeval conform first_attempt" in told
    assert "- use: first_attempt" in told
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    assert "is not overwritten" in capsys.readouterr().err
