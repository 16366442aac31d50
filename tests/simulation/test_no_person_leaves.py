"""Numbers and names of persons are planted in the data, and searched for in everything that a run leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

from simulation.broken_design import ROW
from simulation.small_delivery import read
from simulation.trapped import PLAIN

FIRST_NUMBER, NAME = 7_700_000_000, "Johanna Canary"
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
    for name in ("municipalities.csv", "municipality_codes.csv", "register.csv"):
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


def command(folder: Path, study: Path) -> subprocess.CompletedProcess[bytes]:
    asked = ["run", study, "--data", folder, "--out", folder / "out", "--jobs", 1]
    store = f"sqlite:///{folder / 'store' / 'runs.db'}"
    (folder / "store").mkdir(exist_ok=True)
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    return subprocess.run(
        [sys.executable, "-m", "lmpeval.cli", *map(str, asked)],
        capture_output=True,
        check=False,
        cwd=folder / "store",
        env={**os.environ, "PYTHONPATH": path, "MLFLOW_TRACKING_URI": store},
    )


def left(folder: Path, done: subprocess.CompletedProcess[bytes]) -> dict[str, bytes]:
    """Everything that a run says and writes."""
    files = [path for name in ("out", "store") for path in (folder / name).rglob("*") if path.is_file()]
    return {"said": done.stdout, "told of errors": done.stderr} | {str(p): p.read_bytes() for p in files}


@pytest.mark.slow
def test_nothing_that_a_run_leaves_holds_a_number_or_name_of_a_person(laid, tmp_path):
    study = with_canaries(laid(PLAIN), tmp_path)
    done = command(tmp_path, study)
    assert done.returncode == 1, done.stderr  # the third design breaks, with a row in its message
    found = left(tmp_path, done)
    assert any(b"propensity" in text for name, text in found.items() if name.endswith(".html"))
    assert len(found) > 20
    for canary in (str(FIRST_NUMBER)[:4] + "000", NAME, "Canary", ROW, "900123"):
        assert [name for name, text in found.items() if canary.encode() in text] == []


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
