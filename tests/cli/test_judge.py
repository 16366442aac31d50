"""`lmpeval judge` as somebody at a terminal uses it, and what `lmpeval run` makes of it."""

from __future__ import annotations

import io

import pytest

from lmpeval.study_files.judging import judgements_path, read_judgements
from lmpeval.study_files.reading import load_study
from simulation.small_country import laid_out, study


@pytest.fixture
def asked(tmp_path):
    """A study that argues for nothing: what no data can test is open."""
    said = study(outcomes=study().outcomes[:1], designs=study().designs[:1], arguments={})
    return laid_out(tmp_path, said)


@pytest.fixture
def judged(called_in, monkeypatch, tmp_path, asked):
    def judge(*answers):
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{each}\n" for each in answers)))
        done = called_in(tmp_path, "judge", asked.name, "--data", ".", "--by", "A. Reader", "--jobs", 1)
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
