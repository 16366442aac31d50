"""`lmpeval simulate` as a user meets it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from lmpeval.cli import main
from lmpeval.contracts import load_contract
from lmpeval.simulation.country.settings import Country
from lmpeval.simulation.delivery import lay_out
from lmpeval.simulation.traps import TRAPS
from lmpeval.study_files.reading import load_study
from simulation.small_delivery import answered, asked

pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens")
SMALL = ("--persons", "12000", "--jobs", "1")


@pytest.fixture
def called(called_in, tmp_path):
    return partial(called_in, tmp_path, "simulate")


@pytest.fixture(scope="module")
def country(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("drawn") / "country"
    lay_out(Country(persons=12_000, seed=7), [], folder, jobs=1)
    return folder


def test_it_writes_a_country_and_says_what_comes_next(called, tmp_path):
    done = called("new/country", *SMALL)
    assert (done.returncode, done.stderr) == (0, "")
    assert "12,000 persons, 2009-2018, without traps" in done.stdout
    asked = [f"lmpeval {verb} new/country/studies/*.yaml --data new/country --out new/country/results"
             for verb in ("calibrate", "run")]  # fmt: skip
    assert [line.strip() for line in done.stdout.splitlines()[-2:]] == asked
    explained = (tmp_path / "new/country/README.txt").read_text()
    here = (
        "lmpeval calibrate studies/*.yaml --data . --out results\n  lmpeval run studies/*.yaml --data . --out"
    )
    assert here in explained
    there = {path.name for path in (tmp_path / "new/country").iterdir()} - {"README.txt"}
    assert [name for name in there if not re.search(rf"^{re.escape(name)}\b", explained, re.MULTILINE)] == []
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["country"]


def test_every_delivered_intervention_has_a_study_that_loads(country):
    files = sorted((country / "studies").glob("*.yaml"))
    register = pd.read_csv(country / "interventions.csv")
    delivered = register[register["status"] != "never delivered"]["programme"].unique()
    assert [file.stem for file in files] == sorted(delivered)
    assert set(register["programme"]) - set(delivered) == {"site_7_early_help_for_families"}
    assert register["site"].nunique() == 9
    for file in files:
        study = load_study(file)
        assert study.study == file.stem
        known = register[(register["programme"] == study.study) & (register["reach"] >= 0)]
        assert study.intervention.reach == dict(zip(known["year"], known["reach"], strict=True))


def test_a_study_runs_without_an_edit(country):
    result = answered(country, country / "studies" / "site_1_diabetes_care.yaml")
    assert len(result.findings) == 10
    assert not any(finding.failed for finding in result.findings)
    assert {finding.cell.outcome.aim for finding in result.findings} == {"health", "experience", "cost"}


def test_a_site_stands_aside_in_the_studies_of_the_others(country):
    register = pd.read_csv(country / "register.csv")
    load_contract("initiative_register").check(register, "register.csv")
    assert register["initiative"].nunique() == 9
    result = answered(country, asked(country, "site_8_lifestyle"))
    roles = {placed.unit: placed.role for placed in result.selection.placements}
    for row in register.itertuples():
        assert roles[row.unit] == ("treated" if row.initiative == "Site 8" else "left out")


@pytest.mark.parametrize("contract", ["health_survey", "experience_ratings", "participants"])
def test_person_tables_keep_their_contracts(country, contract):
    folder = country / contract.replace("_ratings", "")
    table = pd.read_parquet(folder).head(2000)
    load_contract(contract).check(table, str(folder))


def test_a_folder_of_parts_is_held_against_its_contract(country, monkeypatch, capsys):
    folder = country / "person_year"
    monkeypatch.setattr(sys, "argv", ["lmpeval", "check-table", "person_year", str(folder)])
    with pytest.raises(SystemExit) as ended:
        main()
    rows = sum(len(pd.read_parquet(part)) for part in folder.glob("*.parquet"))
    said = capsys.readouterr()
    assert (ended.value.code, said.err) == (0, "")
    assert f"{rows} rows keep contract person_year" in said.out


def test_the_help_offers_no_option_that_does_nothing(called):
    said = called("--help").stdout
    assert "--empty" not in said
    assert "--no-" not in said
    assert "Processes at a time" in said


def test_the_same_seed_draws_the_same_country_and_another_one_another(country, tmp_path):
    again = lay_out(Country(persons=12_000, seed=7), [], tmp_path / "again", jobs=1)
    other = lay_out(Country(persons=12_000, seed=8), [], tmp_path / "other", jobs=1)
    drawn = pd.read_parquet(country / "region_panel.parquet")
    pd.testing.assert_frame_equal(drawn, again.panel)
    assert not drawn["cost"].equals(other.panel["cost"])
    for file in ("truth.parquet", "interventions.csv", "studies/site_1_formulary.yaml"):
        assert (country / file).read_bytes() == (tmp_path / "again" / file).read_bytes()


def test_the_traps_are_listed_one_a_line(called):
    done = called("--traps")
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert [line.split()[:2] for line in lines] == [[str(trap.number), trap.name] for trap in TRAPS]


def test_a_trap_is_planted_and_named(called, tmp_path):
    done = called("c", *SMALL, "--trap", "covid_years", "--trap", "top_costs", "--trap", "covid_years")
    assert "2009-2021, with covid_years, top_costs" in done.stdout
    assert "traps planted: covid_years, top_costs" in (tmp_path / "c" / "README.txt").read_text()
    assert pd.read_parquet(tmp_path / "c" / "region_panel.parquet")["year"].max() == 2021


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name a folder to write the country to"),
        (("c", "--trap", "compositon"), "no trap 'compositon': did you mean 'composition'?"),
        (("c", "--persons", "12"), "persons must be at least 10,000"),
        (("full",), "full: is not an empty folder"),
        (("full/file.txt",), "is not an empty folder"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(called, tmp_path, arguments, message):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file.txt").write_text("mine")
    done = called(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "c").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["full"]
    assert (tmp_path / "full" / "file.txt").read_text() == "mine"


def test_all_wrong_names_of_traps_are_told_at_once(called):
    done = called("c", "--trap", "luck", "--trap", "dilutoin")
    assert "no trap 'luck': `lmpeval simulate --traps`" in done.stderr
    assert "did you mean 'dilution'" in done.stderr


def test_an_empty_folder_is_filled(called, tmp_path):
    (tmp_path / "empty").mkdir()
    assert called("empty", *SMALL).returncode == 0
    assert (tmp_path / "empty" / "truth.parquet").exists()


def test_ctrl_c_leaves_nothing_behind(tmp_path):
    command = [sys.executable, "-m", "lmpeval.cli", "simulate", "c", "--persons", "2000000", "--jobs", "1"]
    running = subprocess.Popen(
        command, cwd=tmp_path, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 30
    while not list(tmp_path.glob(".c-*/person_year/*")) and time.monotonic() < until:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    told = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "interrupted: nothing was written to c" in told[1]
    assert "Traceback" not in told[1]
    assert list(tmp_path.iterdir()) == []
