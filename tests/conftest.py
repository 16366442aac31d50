"""Fixtures that several test modules share."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from lmpeval.cli import main

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder with the published files, or a skip that says what is missing."""
    folder = Path(os.environ.get("LMPEVAL_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no published data in {folder}; set LMPEVAL_DATA to the folder with vektis/ and cbs/")
    return folder


@pytest.fixture(scope="session")
def experiment_named() -> Callable[[str], ModuleType]:
    """Load the script of an experiment by the name of its folder."""

    def load(name: str) -> ModuleType:
        script = REPOSITORY / "experiments" / name / "run.py"
        spec = importlib.util.spec_from_file_location(f"experiment_{name}", script)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # dataclasses look their module up
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def called_in(monkeypatch, capsys) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command line in this process and in a folder: for what is quick."""

    def call(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["lmpeval", *map(str, arguments)])
        monkeypatch.chdir(folder)
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return subprocess.CompletedProcess(arguments, code, told.out, told.err)

    return call
