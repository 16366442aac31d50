"""Numbers and names of persons are planted in the data, and searched for in everything that a run leaves."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pandas as pd
import pytest
from ruamel.yaml import YAML

from lmpeval.engine.answer_store import FILE, FOLDER
from simulation.broken_design import ROW
from simulation.small_delivery import read
from simulation.trapped import PLAIN

FIRST_NUMBER, NAME = 7_700_000_000, "Johanna Canary"
CANARIES = (str(FIRST_NUMBER)[:4] + "000", NAME, "Canary", ROW, "900123")
MAPS = ("municipalities.csv", "municipality_codes.csv", "municipality_neighbours.csv", "register.csv")
ROOT = Path(__file__).resolve().parents[2]
DESIGNS = [
    {"use": "difference_in_differences", "primary": True, "over": "persons"},
    {"use": "propensity_matching"},
    {"use": "simulation.broken_design", "over": "persons"},
]


def with_canaries(country: Path, folder: Path) -> Path:
    """The country with other numbers for its people, and a name where the insurer of some stands."""
    for table in ("person_year", "participants"):
        (folder / table).mkdir(parents=True)
        for part in (country / table).glob("*.parquet"):
            rows = pd.read_parquet(part)
            rows["person_id"] = rows["person_id"].astype("int64") + FIRST_NUMBER
            if "insurer" in rows:
                rows["insurer"] = rows["insurer"].astype(str).where(rows["person_id"] % 50 > 0, NAME)
            rows.to_parquet(folder / table / part.name, index=False)
    for name in MAPS:
        (folder / name).write_bytes((country / name).read_bytes())
    study = read(country / "person_studies" / "site_6_formulary.yaml")
    study["data"] = {name: path for name, path in study["data"].items() if name != "panel"}
    study["comparator"]["match_on"] = []
    study["population"]["level"] = "intervention"
    study["outcomes"] = [
        {k: v for k, v in study["outcomes"][0].items() if k != "column"} | {"truncated": "cost_truncated"}
    ]
    study["designs"] = DESIGNS
    path = folder / "study.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(study, file)
    return path


def called(folder: Path, name: str, *asked: object, store: str = "") -> dict[str, Any]:
    """How a command is called, for `subprocess`: its words, its place, and where runs are tracked."""
    (folder / "store").mkdir(exist_ok=True)
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    tracked = store or f"sqlite:///{folder / 'store' / 'runs.db'}"
    return {
        "args": [sys.executable, "-m", "lmpeval.cli", name, *map(str, asked), "--data", str(folder)],
        "cwd": folder / "store",
        "env": {**os.environ, "PYTHONPATH": path, "MLFLOW_TRACKING_URI": tracked},
    }


def command(
    folder: Path, study: Path, name: str = "run", *more: object, store: str = "", typed: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    jobs = () if name == "doctor" else ("--jobs", 1)
    out = () if name == "judge" else ("--out", folder / "out")
    asked = (study, *more, *jobs, *out)
    return subprocess.run(
        **called(folder, name, *asked, store=store), input=typed, capture_output=True, check=False
    )


def left(folder: Path, done: subprocess.CompletedProcess[bytes]) -> dict[str, bytes]:
    """Everything that a run says and writes; what is packed is unpacked."""
    files = [path for name in ("out", "store") for path in (folder / name).rglob("*") if path.is_file()]
    found = {"said": done.stdout, "told of errors": done.stderr} | {str(p): p.read_bytes() for p in files}
    for path in files:
        if path.suffix == ".docx":
            with ZipFile(path) as packed:
                found |= {f"{path}: {part}": packed.read(part) for part in packed.namelist()}
        if path.name == FILE:
            with closing(sqlite3.connect(path)) as kept:
                rows = kept.execute("SELECT name, text FROM answer").fetchall()
            found |= {f"{path}: {cell}": zlib.decompress(text) for cell, text in rows}
    return found


def refuse_canaries(found: dict[str, bytes]) -> None:
    for canary in CANARIES:
        assert [name for name, text in found.items() if canary.encode() in text] == []


@pytest.mark.slow
def test_nothing_that_a_run_leaves_holds_a_number_or_name_of_a_person(laid, tmp_path):
    study = with_canaries(laid(PLAIN), tmp_path)
    done = command(tmp_path, study)
    assert done.returncode == 1, done.stderr  # the third design breaks, with a row in its message
    found = left(tmp_path, done)
    assert any(b"propensity" in text for name, text in found.items() if name.endswith(".html"))
    assert len(found) > 20
    kinds = {Path(name.partition(": ")[0]).suffix for name in found}
    assert kinds >= {".docx", ".html", ".csv", ".sqlite", ".db"}
    assert sum(f"{FILE}: " in name for name in found) == 3  # the cell that broke is kept too
    refuse_canaries(found)


@pytest.mark.slow
def test_a_delivery_that_breaks_its_contract_or_cannot_be_read_names_nobody(laid, tmp_path):
    study = with_canaries(laid(PLAIN), tmp_path)
    part = next((tmp_path / "person_year").glob("*.parquet"))
    rows = pd.read_parquet(part)
    rows["sex"] = rows["sex"].astype(str).where(rows.index % 3 > 0, NAME)
    rows.to_parquet(part, index=False)
    refused = command(tmp_path, study)
    part.write_bytes(b"Johanna Canary, born 1931")
    unreadable = command(tmp_path, study)
    assert (refused.returncode, unreadable.returncode) == (2, 2)
    assert b"sex: must be one of M, V" in refused.stderr
    assert b"cannot be read as person-years" in unreadable.stderr
    for done in (refused, unreadable):
        assert all(b"Canary" not in text and b"7700000" not in text for text in left(tmp_path, done).values())


NOT_THERE = "http://127.0.0.1:9"
"""Where no tracking server listens."""


@pytest.mark.slow
def test_neither_does_any_other_command_nor_a_run_whose_store_is_gone(laid, tmp_path):
    study = with_canaries(laid(PLAIN), tmp_path)
    comparison = tmp_path / "comparison.yaml"
    again = study.read_text(encoding="utf-8").replace("study: ", "study: again_", 1)
    (tmp_path / "again.yaml").write_text(again, encoding="utf-8")
    beside = "comparison: both\ntitle: Both\nstudies: [{file: study.yaml}, {file: again.yaml}]\n"
    comparison.write_text(beside, encoding="utf-8")
    asked = {
        "check": (study, b""),
        "doctor": (study, b""),
        "judge": (study, b"uncertain\nBecause\n" + b"keep\n" * 40),
        "compare": (comparison, b""),
        "run": (study, b""),
    }
    for name, (file, typed) in asked.items():
        more = ("--by", "Somebody") if name == "judge" else ()
        store = NOT_THERE if name == "run" else ""
        done = command(tmp_path, file, name, *more, store=store, typed=typed)
        found = left(tmp_path, done) | {p.name: p.read_bytes() for p in tmp_path.glob("study.*.yml")}
        assert len(done.stdout) > 50, (name, done.stderr)
        refuse_canaries(found)


@pytest.mark.slow
def test_nor_does_a_run_that_is_stopped_half_way(laid, tmp_path):
    study = with_canaries(laid(PLAIN), tmp_path)
    asked = called(tmp_path, "run", study, "--jobs", 1, "--out", tmp_path / "out")
    running = subprocess.Popen(**asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    waited = time.monotonic()
    while running.poll() is None and time.monotonic() < waited + 300 and not answered(tmp_path / "out"):
        time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    said, errors = running.communicate(timeout=120)
    done = subprocess.CompletedProcess(asked["args"], running.returncode, said, errors)
    found = left(tmp_path, done)
    assert any(f"{FILE}: " in name for name in found), errors
    refuse_canaries(found)


def answered(out: Path) -> int:
    """Cells that are kept already."""
    path = out / FOLDER / FILE
    if not path.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as kept:
            return int(kept.execute("SELECT count(*) FROM answer").fetchone()[0])
    except sqlite3.OperationalError:  # not laid out yet
        return 0
