"""A study of persons, run: what it leaves passes the scan, and what is put into it is found."""

from __future__ import annotations

import csv

import pytest

from person_country import lay_out, person_years, written

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
FIRST_NUMBER = 7_700_000_000
NAME = "Johanna Canary"


@pytest.fixture(scope="module")
def country(tmp_path_factory):
    """Four thousand people with numbers that are found again, and some with a name for an insurer."""
    table = person_years()
    table["insurer"] = table["insurer"].where(table["person_id"] % 97 > 0, NAME)
    table["person_id"] += FIRST_NUMBER
    folder = lay_out(tmp_path_factory.mktemp("country"), table)
    (folder / "keys.txt").write_text(f"{str(FIRST_NUMBER)[:6]}\n{NAME}\nCanary\n", encoding="utf-8")
    return folder


def test_what_a_run_leaves_may_leave(country, monkeypatch, called_in):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{country / 'runs.db'}")
    groups = [{"by": "age", "groups": {"under 75": "age < 75", "75 and over": "age >= 75"}}]
    study = written(country, subgroups=groups, intervention={"reach": {2012: 7, 2013: 140}})
    ran = called_in(country, "run", study, "--data", country, "--out", "out", "--jobs", 1)
    assert ran.returncode == 0, ran.stderr
    assert NAME not in ran.stdout + ran.stderr
    asked = ("release", "out", "--runs", "--keys", "keys.txt")
    clean = called_in(country, *asked, "--to", "released")
    assert clean.returncode == 0, clean.stderr
    released = {path.name for path in (country / "released").iterdir()}
    assert {"persons.html", "persons.results.csv", "persons.glance.nl.docx"} <= released
    assert ".lmpeval" not in released

    results = (country / "out" / "persons.results.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(results.splitlines()))
    counts = {int(row["n_persons"]) for row in rows if row["n_persons"]}
    assert counts
    assert all(count >= 10 and count % 10 == 0 for count in counts)
    figures = [
        row[name] for row in rows for name in ("estimate", "low", "high", "standard_error") if row[name]
    ]
    assert all(len(each.lstrip("-0.").replace(".", "").rstrip("0")) <= 4 for each in figures)

    # what somebody puts in by hand is found, in the folder and in the runs
    (country / "out" / "extra.csv").write_text(f"person,cost\n{FIRST_NUMBER + 4},1\n", encoding="utf-8")
    from mlflow import MlflowClient  # noqa: PLC0415 - takes seconds, and only here

    client = MlflowClient(tracking_uri=f"sqlite:///{country / 'runs.db'}")
    [experiment] = [each for each in client.search_experiments() if each.name == "persons"]
    run = client.search_runs([experiment.experiment_id])[0].info.run_id
    client.log_metric(run, "n_persons_left_out", 3)
    client.log_text(run, f"{NAME}\n", "notes/somebody.txt")
    refused = called_in(country, *asked)
    assert refused.returncode == 2
    assert "extra.csv:2: a key that was to be looked for" in refused.stderr
    assert "n_persons_left_out: a count of few persons" in refused.stderr
    assert "notes/somebody.txt:1: a key that was to be looked for" in refused.stderr
    assert NAME not in refused.stderr
    assert str(FIRST_NUMBER + 4) not in refused.stderr
