"""`lmpeval judge` as somebody at a terminal uses it, and what `lmpeval run` makes of it."""

from __future__ import annotations

import io
import re

import pandas as pd
import pytest

from lmpeval.comparators import Role
from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.engine.running import run
from lmpeval.report.page import render
from lmpeval.report.words import ENGLISH
from lmpeval.study_files.judging import judgements_path, read_judgements
from lmpeval.study_files.reading import load_study
from report.reading import read
from simulation.small_country import laid_out, study

KEEP_ALL = ["keep"] * 12


@pytest.fixture
def asked(tmp_path):
    """A study that argues for nothing: what no data can test is open."""
    said = study(outcomes=study().outcomes[:1], designs=study().designs[:1], arguments={})
    return laid_out(tmp_path, said)


@pytest.fixture
def judged(called_in, monkeypatch, tmp_path, asked):
    def judge(*answers, options=()):
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{each}\n" for each in answers)))
        arguments = (asked.name, "--data", ".", "--by", "A. Reader", "--jobs", 1, *options)
        done = called_in(tmp_path, "judge", *arguments)
        return done, read_judgements(judgements_path(asked), load_study(asked))

    return judge


def test_answers_are_kept_one_by_one_and_not_asked_again(judged):
    done, said = judged("supported", "", "the register was complete", "keep", "not supported", "", "stop")
    assert done.returncode == 0, done.stderr
    assert [(str(each.status), each.reason) for each in said] == [
        ("supported", "the register was complete"),
        ("not supported", None),
    ]
    first = said[0].assumption
    again, after = judged()
    assert after == said, "the end of the input stops"
    assert f". {first}" not in again.stdout
    assert "supported: " not in again.stderr


def test_nothing_is_written_where_nobody_judged(judged, asked):
    done, said = judged("keep", "stop")
    assert (done.returncode, said) == (0, ())
    assert "none judged" in done.stdout
    assert not judgements_path(asked).exists()


def test_whoever_judges_blind_sees_the_same_whatever_happened_at_the_site(called_in, judged, asked, tmp_path):
    blind = ("--blind",)
    seen, said = judged(*KEEP_ALL, options=blind)
    assert (seen.returncode, said) == (0, ())
    assert "nothing yet, for it rests on the results" in seen.stdout
    panel = tmp_path / "panel.csv"
    data, of = pd.read_csv(panel), load_study(asked)
    [each] = prepare([asked], tmp_path)
    since = data["unit"].isin(plan(each).selection.units(Role.TREATED)) & (
        data["year"] >= of.intervention.start
    )
    assert since.sum() > 10
    data.loc[since, "cost"] = data.loc[since, "cost"] * 1.7 + 300
    data.to_csv(panel, index=False)
    assert judged(*KEEP_ALL, options=blind)[0].stdout == seen.stdout
    assert judged(*KEEP_ALL)[0].stdout != seen.stdout


def test_a_word_from_before_the_results_is_kept_and_shown_as_one(judged, asked, tmp_path):
    done, said = judged("supported", "", "a register of all practices", "stop", options=("--blind",))
    assert done.returncode == 0, done.stderr
    [one] = said
    assert (str(one.status), one.blind, one.reason) == ("supported", True, "a register of all practices")
    assert f". {one.assumption}" not in judged(options=("--blind",))[0].stdout, "nobody is asked twice"
    [each] = prepare([asked], tmp_path)
    [result] = run([plan(each)], jobs=1)
    text = read(render(result, ENGLISH)).text
    assert "before the results were seen: supported, because a register of all practices" in text


def test_what_waits_for_the_results_is_taken_up_only_with_a_reason(judged):
    seen, _ = judged(*KEEP_ALL, options=("--blind",))
    first = seen.stdout.partition("The data gave: nothing yet")[0].count("The data gave")
    done, said = judged(*["keep"] * first, "uncertain", "", "few years", "stop", options=("--blind",))
    assert done.returncode == 0, done.stderr
    assert [(str(each.status), each.reason) for each in said] == [("uncertain", "few years")]
    waiting = re.findall(r"\n\d+\. (\w+).*\n.*\nThe data gave: nothing yet", seen.stdout)
    assert said[0].assumption == waiting[0]
