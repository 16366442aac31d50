"""A folder with one thing wrong in each file: each is found, with its place, and is never repeated."""

from __future__ import annotations

import json
import pickle
import sqlite3
import zipfile

import pandas as pd
import pytest
from docx import Document

from lmpeval.disclosure import CBS, OPENSAFELY
from lmpeval.disclosure.scanning import Rule, Watch, scan, scan_kept, scan_names
from lmpeval.engine.answer_store import kept_answers

WATCH = Watch(keys=("7700000123", "Johanna Canary"), user="mvisser")


def found(folder, watch=WATCH) -> set[tuple[str, Rule]]:
    return {(leak.place, leak.rule) for leak in scan(folder, watch)}


WRONG = [
    ("ids.csv", "person_id,cost\n1,2\n", Rule.COLUMN),
    ("dutch.csv", "RINPERSOON;value\n", Rule.COLUMN),
    ("page.html", "<p>Known as 7700000123</p>", Rule.KEY),
    ("page.html", "<p>Known as Johanna Canary</p>", Rule.KEY),
    ("service.txt", "number 111222333 of the register", Rule.IDENTIFIER),
    ("places.csv", "place,cost\n3571 AB,12.5\n", Rule.POSTCODE),
    ("few.csv", "group,n_persons\nold,7\n", Rule.SMALL),
    ("few.json", json.dumps({"a": [{"deaths": 3}]}), Rule.SMALL),
    ("few.html", "<p>on <b>4</b> <i>persons</i> alone</p>", Rule.SMALL),
    ("few.md", "Het gaat om 8 mensen.", Rule.SMALL),
    ("exact.csv", "group,persons\nold,50012\n", Rule.EXACT),
    ("edge.csv", "outcome,max_cost\ncost,1\n", Rule.EXTREME),
    ("edge.json", json.dumps({"cost_p99": 81234.5}), Rule.EXTREME),
    ("log.txt", "read C:\\Users\\mvisser\\persons.csv", Rule.FOLDER),
    ("note.yaml", "file: /Users/" + "somebody/persons.parquet", Rule.FOLDER),
    ("run.txt", "user: mvisser", Rule.USER),
    ("model.pkl", "anything", Rule.KIND),
    ("rows.parquet", "anything", Rule.KIND),
]


@pytest.mark.parametrize(
    ("name", "text", "rule"), WRONG, ids=[f"{name}-{rule.name}" for name, _, rule in WRONG]
)
def test_each_is_found_where_it_stands_and_not_repeated(tmp_path, name, text, rule):
    (tmp_path / name).write_text(text, encoding="utf-8")
    leaks = [*scan(tmp_path, WATCH)]
    assert (name, rule) in {(leak.place, leak.rule) for leak in leaks}
    told = " ".join(map(str, leaks))
    assert not any(
        secret in told for secret in ("7700000123", "Canary", "111222333", "3571 AB", "50012", "81234")
    )


def test_what_may_leave_is_not_found(tmp_path):
    (tmp_path / "study.results.csv").write_text(
        "study,unit,estimate,low,high,n_persons,n_treated,rank,p\n"
        "a,euro per insured year,-12.34,-20.1,-4.2,1230,3,1,0.04\n"
        "b,deaths per 1000 persons,4,1,7,,2,,\n",
        encoding="utf-8",
    )
    (tmp_path / "page.html").write_text(
        "<p>fewer than 10 persons; 1,230 persons in 8 regions; 12 persons; -3 people per 1,000</p>"
        f"<code>{'8f3a' * 16}</code><path d='M 123.456789012 5 L 111222333.5 7'/>",
        encoding="utf-8",
    )
    (tmp_path / "metrics.json").write_text(
        json.dumps({"smallest_p": 0.02, "largest_weight": 0.4, "n_persons": 20})
    )
    assert found(tmp_path) == set()


def test_rules_are_those_of_the_profile(tmp_path):
    (tmp_path / "few.csv").write_text("group,persons\na,9\nb,15\n", encoding="utf-8")
    assert found(tmp_path, Watch(CBS)) == {("few.csv", Rule.SMALL), ("few.csv", Rule.EXACT)}
    assert found(tmp_path, Watch(OPENSAFELY)) == {("few.csv", Rule.EXACT)}


def test_files_are_judged_by_what_they_hold(tmp_path):
    (tmp_path / "plain.csv").write_bytes(pickle.dumps({"a": [1, 2]}))
    (tmp_path / "table.txt").write_bytes(b"SQLite format 3\0rows")
    (tmp_path / "report.docx").write_text("no document", encoding="utf-8")
    (tmp_path / "picture.png").write_bytes(b"\x80\x04pickled")
    (tmp_path / "link.html").symlink_to(tmp_path / "plain.csv")
    assert found(tmp_path) == {
        (name, Rule.KIND) for name in ("plain.csv", "table.txt", "report.docx", "picture.png", "link.html")
    }


def test_words_of_a_document_are_read_over_its_breaks(tmp_path):
    document = Document()
    written = document.add_paragraph("The programme reached ")
    for part in ("6", " ", "people", " of Johanna ", "Canary"):
        written.add_run(part).bold = part == "6"
    document.save(str(tmp_path / "sheet.docx"))
    assert {rule for _, rule in found(tmp_path)} == {Rule.SMALL, Rule.KEY}
    fine = Document()
    fine.add_paragraph("The programme reached 60 people in 6 municipalities.")
    (tmp_path / "sheet.docx").unlink()
    fine.save(str(tmp_path / "sheet.docx"))
    assert found(tmp_path) == set()
    with zipfile.ZipFile(tmp_path / "sheet.docx", "a") as parts:
        parts.writestr("word/embeddings/persons.xlsx", "rows")
    assert found(tmp_path) == {("sheet.docx", Rule.KIND)}


def test_names_of_files_are_looked_at_and_kept_answers_are_not(tmp_path):
    (tmp_path / ".lmpeval").mkdir()
    with sqlite3.connect(tmp_path / ".lmpeval" / "cells.sqlite") as kept:
        kept.execute("create table a (b)")
    kept.close()
    assert found(tmp_path) == set()
    (tmp_path / "Johanna Canary.txt").write_text("fine", encoding="utf-8")
    [leak] = scan(tmp_path, WATCH)
    assert leak.rule is Rule.KEY
    assert "Canary" not in str(leak)


def test_names_and_values_of_a_run():
    values = {
        "n_persons": 4.0,
        "reach.2015": "1,234",
        "reach.2016": "1,230",
        "cost_max": 3.0,
        "mlflow.user": "mvisser",
        "n_treated_units": 4.0,
        "effect": 7.0,
    }
    leaks = {(leak.where, leak.rule) for leak in scan_names("run a", values, WATCH)}
    assert leaks == {
        ("n_persons", Rule.SMALL),
        ("reach.2015", Rule.EXACT),
        ("cost_max", Rule.EXTREME),
        ("mlflow.user", Rule.USER),
    }


def test_command_copies_what_may_leave_and_lists_what_may_not(tmp_path, called_in):
    results = tmp_path / "results"
    results.mkdir()
    with kept_answers(results) as kept:
        kept.keep("a: cost", "1", 0.1, '{"persons": 7, "figures": [1.25]}')  # exact, and it stays
    pd.DataFrame({"persons": [40]}).to_csv(results / "flow.csv", index=False)
    done = called_in(tmp_path, "release", "results", "--to", "release")
    assert done.returncode == 0, done.stderr
    assert [str(path.relative_to(tmp_path)) for path in (tmp_path / "release").rglob("*")] == [
        "release/flow.csv"
    ]
    assert "no program can judge" in done.stdout
    again = called_in(tmp_path, "release", "results", "--to", "release")
    assert (again.returncode, "name a new folder" in again.stderr) == (2, True)
    (tmp_path / "keys.txt").write_text("planted 17\n", encoding="utf-8")
    (results / "note.md").write_text("it is planted 17 here\n", encoding="utf-8")
    refused = called_in(tmp_path, "release", "results", "--keys", "keys.txt", "--to", "other")
    assert refused.returncode == 2
    assert "note.md:1: a key that was to be looked for" in refused.stderr
    assert "planted 17" not in refused.stderr
    assert not (tmp_path / "other").exists()


def test_command_looks_through_kept_answers_too(tmp_path, called_in):
    (tmp_path / "keys.txt").write_text("planted 17\n", encoding="utf-8")
    (tmp_path / "results").mkdir()
    with kept_answers(tmp_path / "results") as kept:
        kept.keep("a: cost", "1", 0.1, '{"persons": 7}')
        kept.keep("b: cost", "2", 0.1, '{"why": "it is planted 17 here"}')
        kept.keep("c: planted 17", "3", 0.1, '{"rows": ["person_id"]}')
    refused = called_in(tmp_path, "release", "results", "--keys", "keys.txt", "--to", "other")
    assert refused.returncode == 2
    said = refused.stderr.splitlines()
    assert [line.partition(":")[0] for line in said[:3]] == [
        f".lmpeval/cells.sqlite, answer {n}" for n in (2, 3, 3)
    ]
    assert "planted 17" not in refused.stderr
    assert not (tmp_path / "other").exists()


def test_an_answer_that_is_damaged_cannot_be_looked_through():
    assert [leak.rule for leak in scan_kept("answer 1", None, WATCH)] == [Rule.KIND]
    assert list(scan_kept("answer 1", "7 persons", WATCH)) == []
