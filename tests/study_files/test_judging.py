"""The file of judgements: read with every error at once, added to without losing what is there."""

from __future__ import annotations

from datetime import date

import pytest

from lmpeval.study.judgements import Judged, Judgement
from lmpeval.study_files.judging import add_judgement, judgements_path, read_judgements
from lmpeval.study_files.problems import StudyFileError
from report.small_results import study

SAID = Judgement(
    "no_spillover", Judged.UNCERTAIN, "A. Reader", date(2019, 3, 1), "cost_core", reason="two practices share"
)


def path(folder, text=None):
    place = judgements_path(folder / "small.yaml")
    if text is not None:
        place.write_text(text, encoding="utf-8")
    return place


def test_without_a_file_nobody_judged(tmp_path):
    assert read_judgements(path(tmp_path), study()) == ()


def test_what_is_added_is_read_in_order(tmp_path):
    other = Judgement("overlap", Judged.NOT_SUPPORTED, "A. Reader", date(2019, 3, 2))
    for said in (SAID, other):
        add_judgement(path(tmp_path), said)
    assert read_judgements(path(tmp_path), study()) == (SAID, other)


def test_comments_stay_where_they_are(tmp_path):
    place = path(
        tmp_path,
        "# minutes of 3 March\njudgements:\n- assumption: overlap  # see annex\n  status: uncertain\n"
        "  by: A. Reader\n  on: 2019-03-01\n",
    )
    add_judgement(place, SAID)
    text = place.read_text("utf-8")
    assert "# minutes of 3 March" in text
    assert "# see annex" in text
    assert [each.assumption for each in read_judgements(place, study())] == ["overlap", "no_spillover"]


def test_all_that_is_wrong_is_told_with_its_place(tmp_path):
    place = path(
        tmp_path,
        "judgements:\n"
        "- {assumption: overlapp, status: uncertain, by: A. Reader, on: 2019-03-01}\n"
        "- {assumption: overlap, status: passed, by: A. Reader, on: 2019-03-01}\n"
        "- {assumption: overlap, status: uncertain, by: A. Reader, on: 2019-03-01, outcome: costs}\n"
        "- {assumption: overlap, status: uncertain, on: 2019-03-01, why: none}\n",
    )
    with pytest.raises(StudyFileError) as refused:
        read_judgements(place, study())
    told = [f"{each.line}: {each.message}" for each in refused.value.problems]
    assert [each.partition(":")[0] for each in told] == ["3", "5", "5"]
    assert "passed" in told[0]
    place.write_text(
        "judgements:\n- {assumption: overlapp, status: uncertain, by: A. Reader, on: 2019-03-01}\n"
        "- {assumption: overlap, status: uncertain, by: A. Reader, on: 2019-03-01, outcome: costs}\n",
        encoding="utf-8",
    )
    with pytest.raises(StudyFileError, match=r"2:.*did you mean 'overlap'") as refused:
        read_judgements(place, study())
    assert "no outcome 'costs'" in str(refused.value)
