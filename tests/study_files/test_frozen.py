"""A study is held to what it said when it was frozen, and every change is seen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from lmpeval.errors import UserError
from lmpeval.study_files.changes import changes_between
from lmpeval.study_files.frozen import (
    NEVER_FROZEN,
    Standing,
    freeze,
    frozen_again,
    protocol_path,
    standing_of,
)
from lmpeval.study_files.writing import sha256
from report.small_results import cost, study

FILES = [("panel.csv", "a" * 64)]
DAY, LATER = date(2013, 5, 1), date(2016, 2, 3)


def frozen(folder, said=None, files=FILES, reason=None, on=DAY, until=2013):
    path = protocol_path(folder / "small.yaml")
    return freeze(path, frozen_again(said or study(), path, files, until, on, reason))


def told(folder, said=None, files=FILES):
    return standing_of(said or study(), protocol_path(folder / "small.yaml"), files)


def stricter(margin=20.0):
    return study([cost(minimal_important_difference=margin)])


def test_a_study_without_a_protocol_is_exploratory(tmp_path):
    assert told(tmp_path) == NEVER_FROZEN
    assert NEVER_FROZEN.standing is Standing.EXPLORATORY


def test_a_study_that_is_run_as_it_was_frozen(tmp_path):
    frozen(tmp_path)
    held = told(tmp_path)
    assert held.standing is Standing.FROZEN
    assert (held.frozen_on, held.delivered_until) == (DAY, 2013)
    assert held.unexplained == held.amendments == held.other_files == ()


def test_a_change_without_a_reason_makes_it_exploratory_and_is_named(tmp_path):
    frozen(tmp_path, study([cost()]))
    held = told(tmp_path, stricter())
    assert held.standing is Standing.EXPLORATORY
    [change] = held.unexplained
    assert change.key == "outcomes[cost_core].minimal_important_difference"
    assert (change.before, change.after) == ("25.0", "20.0")


def test_a_change_with_a_reason_is_an_amendment(tmp_path):
    frozen(tmp_path, study([cost()]))
    frozen(tmp_path, stricter(), reason="the ministry set another margin", on=LATER)
    held = told(tmp_path, stricter())
    assert held.standing is Standing.AMENDED
    assert held.frozen_on == DAY
    [amendment] = held.amendments
    assert (amendment.on, amendment.reason) == (LATER, "the ministry set another margin")
    assert [each.key for each in amendment.changes] == ["outcomes[cost_core].minimal_important_difference"]


def test_taking_an_amendment_back_without_a_word_does_not_make_it_frozen_again(tmp_path):
    frozen(tmp_path, study([cost()]))
    frozen(tmp_path, stricter(), reason="another margin", on=LATER)
    assert told(tmp_path, study([cost()])).standing is Standing.EXPLORATORY


def test_a_plan_of_before_numbers_reached_were_rounded_is_not_changed_by_that(tmp_path):
    path = frozen(tmp_path)
    kept = json.loads(path.read_text("utf-8"))
    [version] = kept["versions"]
    assert "2015: 1230" in version["study_text"]
    version["study_text"] = version["study_text"].replace("2015: 1230", "2015: 1234")
    version["study_hash"] = sha256(version["study_text"])
    path.write_text(json.dumps(kept), encoding="utf-8")
    assert told(tmp_path).standing is Standing.FROZEN
    other = replace(study().intervention, reach={2015: 1310})
    assert told(tmp_path, replace(study(), intervention=other)).standing is Standing.EXPLORATORY


def test_years_that_are_delivered_later_are_no_change_and_other_figures_are_told(tmp_path):
    frozen(tmp_path)
    more = [*FILES, ("panel_2018.csv", "b" * 64)]
    assert told(tmp_path, files=more).other_files == ()
    assert told(tmp_path, files=[("panel.csv", "c" * 64)]).other_files == ("panel.csv",)
    assert told(tmp_path, files=[]).other_files == ("panel.csv",), "a file that has gone"
    assert told(tmp_path, files=[]).standing is Standing.FROZEN


def test_other_data_can_be_a_reason_to_amend(tmp_path):
    frozen(tmp_path)
    other = [("panel.csv", "c" * 64)]
    frozen(tmp_path, files=other, reason="2012 was delivered anew", on=LATER)
    held = told(tmp_path, files=other)
    assert (held.standing, held.other_files) == (Standing.AMENDED, ())


@pytest.mark.parametrize(
    ("first", "second", "reason", "message"),
    [
        (study(), study(), None, "frozen on 2013-05-01, and nothing was changed since"),
        (study([cost()]), stricter(), None, "1 key changed since; a change needs --amend and a reason"),
        (study(), study(), "why not", "nothing to amend"),
    ],
)
def test_what_cannot_be_frozen_is_refused_and_the_file_stays(tmp_path, first, second, reason, message):
    path = frozen(tmp_path, first)
    before = path.read_bytes()
    with pytest.raises(UserError, match=message):
        frozen(tmp_path, second, reason=reason)
    assert path.read_bytes() == before


def test_nothing_can_be_amended_that_was_not_frozen(tmp_path):
    with pytest.raises(UserError, match="nothing to amend"):
        frozen(tmp_path, reason="why not")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda text: text[:-9], "not what `lmpeval freeze` writes"),
        (lambda text: text.replace("25.0", "15.0"), "changed by hand.*2013-05-01"),
        (lambda text: json.dumps(json.loads(text) | {"versions": []}), "changed by hand: no version"),
        (lambda text: json.dumps(json.loads(text) | {"more": 1}), "not what .*more"),
    ],
)
def test_a_protocol_that_somebody_changed_is_refused(tmp_path, spoil, message):
    path = frozen(tmp_path)
    path.write_text(spoil(path.read_text("utf-8")), encoding="utf-8")
    with pytest.raises(UserError, match=message) as refused:
        told(tmp_path)
    assert str(refused.value).startswith(str(path))


def test_a_small_number_of_people_reached_is_not_in_the_protocol(tmp_path):
    few = study()
    few = replace(few, intervention=replace(few.intervention, reach={2014: 7, 2015: 400}))
    path = frozen(tmp_path, few)
    kept = json.loads(path.read_text("utf-8"))["versions"][0]["study_text"]
    assert "2015: 400" in kept
    assert "2014: 7" not in kept
    assert told(tmp_path, few).standing is Standing.FROZEN


# Changes, key by key


def test_a_study_is_no_change_to_itself():
    assert changes_between(study(), study()) == ()


def test_a_new_outcome_leaves_those_after_it_alone():
    one, more = study([cost()]), study([cost(name="cost_gp", primary=False), cost()])
    keys = {each.key.partition("]")[0] for each in changes_between(one, more)}
    assert keys == {"outcomes[cost_gp"}
    assert all(each.before is None for each in changes_between(one, more))
    assert all(each.after is None for each in changes_between(more, one))
