"""`lmpeval freeze` as an evaluator uses it, and what `lmpeval run` makes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.engine.running import run
from lmpeval.report.page import render
from lmpeval.report.words import ENGLISH
from lmpeval.study_files.frozen import Standing
from lmpeval.study_files.reading import load_study
from lmpeval.study_files.writing import dump_study
from lmpeval.tracking.tags import study_tags
from simulation.small_country import laid_out, study, table


def light(**changes):
    return study(**{"outcomes": study().outcomes[:1], "designs": study().designs[:1], **changes})


@pytest.fixture
def asked(tmp_path):
    return laid_out(tmp_path, light())


def changed(path):
    said = load_study(path)
    path.write_text(dump_study(replace(said, seed=said.seed + 1)), encoding="utf-8")


def page_of(path):
    [result] = run([plan(each) for each in prepare([path], path.parent)], jobs=1)
    return result, render(result, ENGLISH)


def test_freezing_amending_and_what_every_page_and_run_says(called_in, tmp_path, asked):
    result, page = page_of(asked)
    assert "not frozen before its results were seen" in page
    assert study_tags(result)["protocol"] == "exploratory"

    done = called_in(tmp_path, "freeze", asked.name, "--data", ".")
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        "demo.protocol.json: frozen, with data until 2017, of years after the start (2014) too" in done.stdout
    )
    result, page = page_of(asked)
    assert study_tags(result)["protocol"] == "frozen"
    assert "and not changed since. Figures until 2017 had been delivered then" in page

    changed(asked)
    result, page = page_of(asked)
    assert study_tags(result)["protocol"] == "exploratory"
    assert "changed since without a reason" in page

    done = called_in(tmp_path, "freeze", asked.name, "--data", ".", "--amend", "the seed was to be odd")
    assert (done.returncode, done.stderr) == (0, "")
    result, page = page_of(asked)
    assert result.protocol.standing is Standing.AMENDED
    assert "changed once since, with reasons" in page
    assert "the seed was to be odd" in page
    assert ">seed<" in page


def test_all_that_cannot_be_frozen_is_told_at_once_and_nothing_is_written(called_in, tmp_path, asked):
    assert called_in(tmp_path, "freeze", asked.name, "--data", ".").returncode == 0
    second = laid_out(tmp_path, light(study="second"), table())
    changed(asked)
    before = asked.with_name("demo.protocol.json").read_bytes()
    done = called_in(tmp_path, "freeze", asked.name, second.name, "--data", ".")
    assert done.returncode == 2
    assert "demo.protocol.json: frozen on" in done.stderr
    assert asked.with_name("demo.protocol.json").read_bytes() == before
    assert not second.with_name("second.protocol.json").exists()


def test_an_empty_reason_is_none(called_in, tmp_path, asked):
    done = called_in(tmp_path, "freeze", asked.name, "--data", ".", "--amend", " ")
    assert (done.returncode, done.stdout) == (2, "")
    assert "expected the reason of the change" in done.stderr


def test_protocols_that_cannot_be_read_stop_a_run_before_it_begins(called_in, tmp_path, asked):
    second = laid_out(tmp_path, light(study="second"), table())
    for path in (asked, second):
        path.with_name(f"{path.stem}.protocol.json").write_text("{}", encoding="utf-8")
    done = called_in(tmp_path, "run", asked.name, second.name, "--data", ".")
    assert done.returncode == 2
    assert "demo.protocol.json: not what" in done.stderr
    assert "second.protocol.json: not what" in done.stderr
    assert not (tmp_path / "results").exists()
