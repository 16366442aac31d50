"""Numbers about nearly the same persons: the second is not told, in one study and over several."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lmpeval.disclosure import CBS, OPENSAFELY, Code, Contribution, Support
from lmpeval.engine.batches import batches
from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.engine.running import run
from lmpeval.engine.told_beside import withheld_beside
from lmpeval.finding import Answered, NotEstimable
from lmpeval.persons.support import Behind
from lmpeval.verdict import State
from person_country import START, lay_out, person_years, written
from report.small_results import cost, finding


def of_persons(*persons, primary=False, outcome=None):
    """A finding on so many persons of each site."""
    made = finding(-60.0, 20.0, primary=primary, outcome=outcome or cost())
    behind = Behind(Support(Contribution(min(persons))), persons, CBS)
    return replace(made, result=replace(made.result, behind=behind))


def told(findings, profile=CBS) -> list[bool]:
    return [isinstance(each.result, Answered) for each in withheld_beside(findings, profile)]


def test_a_comparison_that_leaves_few_out_stands_beside_none_that_leaves_none():
    assert told([of_persons(400), of_persons(397, primary=True)]) == [False, True]
    assert told([of_persons(400, primary=True), of_persons(400), of_persons(390)]) == [True, True, True]
    assert told([of_persons(400), of_persons(392)], OPENSAFELY) == [True, True]
    assert told([of_persons(400), of_persons(392)], CBS) == [True, False]
    assert told([of_persons(400, 80), of_persons(400, 79)]) == [True, False]
    other = of_persons(397, outcome=cost(name="cost_gp"))
    assert told([of_persons(400), other]) == [True, True]
    # the third is far from what is told, and near to what is not
    assert told([of_persons(400), of_persons(395), of_persons(388)]) == [True, False, True]


def test_what_is_withheld_says_why_and_keeps_no_number():
    _, found = withheld_beside([of_persons(400, primary=True), of_persons(397)], CBS)
    assert isinstance(found.result, NotEstimable)
    assert [each.code for each in found.result.refusals] == [Code.TOO_ALIKE]
    assert found.verdict.state is State.WITHHELD
    assert found.verdict.effect is None
    assert dict(found.twins) == {}


def test_figures_of_regions_are_no_persons():
    assert told([finding(-60.0, 20.0), finding(-60.0, 20.0)]) == [True, True]


@pytest.mark.parametrize(("apart", "state"), [(4, State.WITHHELD), (60, None)])
def test_of_two_studies_of_a_run_whose_persons_differ_by_few_the_second_is_withheld(tmp_path, apart, state):
    people = person_years()
    country = lay_out(tmp_path, people)
    here = people.query(f"year == {START - 1} and municipality == 'R0' and birth_year <= {START - 1 - 65}")
    richest = np.sort(here["ses"])[-apart - 1 : -apart + 1].mean()
    designs = [{"use": "difference_in_differences", "primary": True}]
    paths = []
    for name, more in (("everybody", ""), ("nearly", f" and ses < {richest:.6f}")):
        path = written(country, designs=designs, population={"subpopulation": f"age >= 65{more}"})
        text = path.read_text(encoding="utf-8").replace("study: persons", f"study: {name}")
        paths.append(path.with_name(f"{name}.yaml"))
        paths[-1].write_text(text, encoding="utf-8")
    both, earlier = prepare(paths, country), []
    assert batches(both) == [[each] for each in both]
    first, second = (found for each in both for found in run([plan(each)], jobs=1, earlier=earlier))
    assert all(isinstance(each.result, Answered) for each in first.findings)
    if state is None:
        assert all(isinstance(each.result, Answered) for each in second.findings)
    else:
        assert {each.verdict.state for each in second.findings} == {state}
