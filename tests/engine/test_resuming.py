"""What an earlier run has finished is read back to the last bit, and nothing else is."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from enum import Enum
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from numpy.typing import NDArray

from lmpeval.design import Assumption
from lmpeval.engine import kept_findings
from lmpeval.engine.answer_store import FILE, FOLDER, StoreError, kept_answers
from lmpeval.engine.answering import answer
from lmpeval.engine.identity import NoIdentity, Seen, identity
from lmpeval.engine.kept_findings import FindingKeeping, assumptions_of
from lmpeval.engine.planning import plan
from lmpeval.engine.running import cells_of, run
from lmpeval.engine.written_down import NotAsWritten, read_back, written
from lmpeval.estimate import Estimate
from lmpeval.finding import Answered, Failed, Finding
from lmpeval.persons.balance import Balance
from lmpeval.study import DesignChoice
from simulation.equality import differences
from simulation.small_country import prepared, study, table

COST, MORTALITY = study().outcomes
DID = study().designs[:1]
BROKEN = DesignChoice("simulation.broken_design")


def asked(**changes):
    """The demonstration's study with one design: two cells."""
    return study(**{"designs": DID, **changes})


def run_in(folder, of, data=None):
    """Run a study in a folder of results: its findings, and the names of those that were not there."""
    new = []
    with kept_answers(folder) as store:
        plans = [plan(prepared(of, data))]
        cells = cells_of(plans, store)
        (found,) = run(plans, 1, lambda finding: new.append(finding.cell.name), cells)
        assert sum(cells.there) == len(found.findings) - len(new)
        assert store.lost == ""
    return found.findings, new


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    findings, new = run_in(folder, asked())
    assert len(new) == 2
    return folder, findings


@pytest.fixture
def folder(finished, tmp_path):
    """A copy of the folder of results, for tests that change it."""
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / FILE).write_bytes((finished[0] / FOLDER / FILE).read_bytes())
    return tmp_path


def test_a_second_run_computes_nothing_and_says_the_same(finished):
    folder, before = finished
    after, new = run_in(folder, asked())
    assert new == []
    assert differences(before, after) == []
    assert [one.twins for one in before] == [one.twins for one in after]
    assert all(finding.seconds > 0 for finding in after)
    for one, other in zip(before, after, strict=True):  # reports look checks up
        checks = [[entry.assumption.check for entry in each.result.ledger.entries] for each in (one, other)]
        assert checks[0] == checks[1]


def test_a_change_of_one_outcome_computes_that_outcome_only(folder, finished):
    changed = replace(COST, minimal_important_difference=COST.minimal_important_difference * 2)
    findings, new = run_in(folder, asked(outcomes=(changed, MORTALITY)))
    assert new == ["cost - difference_in_differences"]
    assert differences(findings[1:], finished[1][1:]) == []
    assert findings[0].cell.outcome == changed


def test_a_change_of_words_computes_nothing(folder):
    assert run_in(folder, asked(title="Another title"))[1] == []


def test_a_figure_that_changes_computes_the_cells_that_read_it(folder):
    data = table()
    data.loc[(data["unit"] == "streek07_03") & (data["year"] == 2015), "cost"] += 1e-9
    assert run_in(folder, asked(), data)[1] == ["cost - difference_in_differences"]


def test_another_seed_computes_all(folder):
    assert len(run_in(folder, asked(seed=study().seed + 1))[1]) == 2


def test_what_broke_is_tried_again(tmp_path):
    of = asked(designs=(*DID, BROKEN), outcomes=(COST,))
    findings, new = run_in(tmp_path, of)
    assert [type(finding.result) for finding in findings] == [Answered, Failed]
    assert len(new) == 2
    assert run_in(tmp_path, of)[1] == ["cost - simulation.broken_design"]
    assert b"900123" not in b"".join(path.read_bytes() for path in (tmp_path / FOLDER).iterdir())


def test_a_damaged_answer_is_sought_again(folder, finished):
    with sqlite3.connect(folder / FOLDER / FILE) as connection:
        connection.execute("UPDATE answer SET text = x'00' WHERE name LIKE '%: cost - d%'")
    connection.close()
    assert differences(run_in(folder, asked())[0], finished[1]) == []
    assert differences(run_in(folder, asked())[0], finished[1]) == []


def test_a_file_that_is_no_store_is_told_and_fresh_starts_over(folder):
    path = folder / FOLDER / FILE
    path.write_bytes(b"not a database, or no longer one" * 40)
    with (
        pytest.raises(StoreError, match=r"cells\.sqlite: finished cells cannot.*--fresh starts over"),
        kept_answers(folder),
    ):
        pass
    with kept_answers(folder, fresh=True) as store:
        assert store.known() == frozenset()


def test_what_is_kept_is_for_its_owner_alone(finished):
    folder = finished[0] / FOLDER
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / ".gitignore").read_text() == "*\n"


def test_a_name_has_one_answer(folder):
    with kept_answers(folder) as store:
        before = store.known()
        assert store.keep("s: cost", "a" * 64, 1.0, "one")
        assert store.keep("s: cost", "b" * 64, 2.0, "two")
        assert store.known() == before | {"b" * 64}
        assert store.text("a" * 64) is None
        assert store.text("b" * 64) == "two"
        assert store.seconds()["s: cost"] == 2.0


def test_every_part_of_a_task_counts():
    task = plan(prepared(study())).tasks[1]
    (panel,) = task.panels
    outcome = panel.outcome.copy()
    outcome[3, 7] = np.nextafter(outcome[3, 7], np.inf)
    others = [
        replace(task, panels=(replace(panel, outcome=outcome),)),
        replace(task, panels=(replace(panel, start=panel.start + 1),)),
        replace(task, panels=(replace(panel, units=panel.units[::-1]),)),
        replace(task, panels=(panel, panel)),
        replace(task, seed=(task.seed[0], task.seed[1] + 1)),
        replace(task, arguments={"no_anticipation": "argued"}),
        replace(task, circumstances=replace(task.circumstances, lag=2)),
        replace(task, cell=replace(task.cell, design=plan(prepared(study())).tasks[0].cell.design)),
        replace(task, twins=task.twins[1:]),
        replace(task, private=True),
    ]
    seen = Seen()
    identities = [identity(answer, each, seen) for each in (task, *others)]
    assert len(set(identities)) == len(identities)
    assert identity(answer, plan(prepared(study())).tasks[1]) == identities[0]
    assert identity(assumptions_of, task) != identities[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.0, -0.0),
        (1, 1.0),
        (1, True),
        ("1", 1),
        (("a", "bc"), ("ab", "c")),
        (("a", ("b",)), ("a", "b")),
        (np.zeros(2), np.zeros((2, 1))),
        (np.zeros(2), np.zeros(2, np.float32)),
        ({"a": 1}, {"a": 2}),
    ],
)
def test_what_differs_has_another_identity(one, other):
    assert identity(answer, one) != identity(answer, other)


@pytest.mark.parametrize("value", [np.random.default_rng(1), lambda task: task, {1}])
def test_what_no_other_run_can_be_known_to_share_has_none(value):
    with pytest.raises(NoIdentity):
        identity(answer, value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"is":"Failed","error":"","trace":""}',
        '{"is":"_Kept"}',
        '{"is":"Popen","args":"ls"}',
        '{"is":"array","dtype":"|O","shape":[1],"figures":"AAAAAAAAAAA="}',
    ],
)
def test_a_text_that_is_no_finding_is_refused(text):
    task = plan(prepared(study())).tasks[0]
    with pytest.raises(NotAsWritten):
        FindingKeeping().up(task, text)


def test_no_assumption_but_the_design_s_own_is_written():
    other = Assumption(1, "other", "", "", "", critical=True)
    with pytest.raises(NotAsWritten, match="none of the design's"):
        written(other, ())
    assert read_back(written(other, (other,)), Assumption, (other,)) is other


def test_what_stands_in_the_place_of_another_kind_is_refused():
    with pytest.raises(NotAsWritten, match="str"):
        read_back('["<script>"]', tuple[float, ...], ())
    assert read_back(written(date(2026, 1, 2), ()), date | None, ()) == date(2026, 1, 2)
    assert read_back("[1,null,NaN]", tuple[float | None, ...], ())[:2] == (1, None)


def kinds_within(kind, seen):
    """All that an answer of a kind may hold, by the types that its records declare."""
    if kind in seen:
        return
    seen.add(kind)
    alternatives = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    names = [each.__name__ for each in alternatives if is_dataclass(each)]
    assert len(set(names)) == len(names), f"two records of one name in {kind}"
    assert sum(get_origin(each) is not None and each is not kind for each in alternatives) <= 1, kind
    for each in alternatives if len(alternatives) > 1 else ():
        kinds_within(each, seen)
    if is_dataclass(kind) and kind is not Assumption:
        for each in get_type_hints(kind).values():
            kinds_within(each, seen)
    elif get_origin(kind) in (tuple, dict, Mapping):
        for each in get_args(kind):
            kinds_within(each, seen)


def test_all_that_a_finding_may_hold_can_be_written_down():
    seen = set()
    kinds_within(kept_findings._Kept, seen)
    classes = {kind for kind in seen if isinstance(kind, type) and get_origin(kind) is None}
    plain = {kind for kind in classes if not is_dataclass(kind) and not issubclass(kind, Enum)}
    assert plain <= {int, float, str, bool, type(None), date}
    held = {get_origin(kind) for kind in seen if get_origin(kind) not in (None, Union, UnionType)}
    # the name that NumPy has for types of arrays is an alias of its own from 2.5 on
    assert held <= {tuple, dict, Mapping, get_origin(NDArray[np.float64])}
    assert {Answered, Estimate, Balance, Assumption} <= classes


def test_all_of_a_finding_is_in_its_task_or_kept():
    kept = {each.name for each in fields(kept_findings._Kept)}
    assert {each.name for each in fields(Finding)} == kept | {"cell", "dropped", "notes"}
