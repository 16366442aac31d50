"""Studies of persons that come with a synthetic country: each is one that the engine takes."""

from __future__ import annotations

import pandas as pd

from lmpeval.engine.preparation import prepare
from lmpeval.portfolio.comparison_file import read_comparison
from lmpeval.simulation.country.interventions import Eligible
from lmpeval.simulation.country.person_studies import rule_text
from lmpeval.study import Aim, Delineation
from lmpeval.study.rule_reading import read_rule
from simulation.trapped import PLAIN


def test_every_intervention_has_one_for_each_way_in_which_people_are_delineated(laid):
    folder = laid(PLAIN)
    paths = sorted((folder / "person_studies").glob("*.yaml"))
    took_part = set(pd.read_parquet(folder / "participants")["programme"])
    assert {path.stem for path in paths} == took_part
    asked = prepare(paths, folder)
    assert {each.study.population.delineation for each in asked} == set(Delineation)
    assert all(each.study.population.participants == each.study.study for each in asked)
    assert all(each.study.titled_in("nl").endswith("niet bestaat, deelnemers en iedereen") for each in asked)
    named = {(each.study.intervention.named_in("nl"), each.study.intervention.name) for each in asked}
    assert not [pair for pair in named if pair[0] == pair[1]]


def test_all_of_them_stand_in_one_comparison_with_the_one_that_was_never_delivered(laid):
    folder = laid(PLAIN)
    asked = read_comparison(folder / "side_by_side.yaml")
    assert {path.stem for path in asked.studies} == {path.stem for path in (folder / "studies").glob("*")}
    of_persons = {path.stem for path in asked.studies if path.parent.name == "person_studies"}
    assert of_persons == {path.stem for path in (folder / "person_studies").glob("*")}
    register = pd.read_csv(folder / "interventions.csv")
    assert len(asked.studies) + len(asked.portfolio.unstudied) == register["programme"].nunique() >= 25
    assert [each.status for each in asked.portfolio.unstudied] == ["never delivered"]
    assert asked.portfolio.unstudied[0].reason_in("nl") == "Het was gepland en is nooit uitgevoerd."
    assert register["site"].nunique() == 9


def test_every_study_of_persons_asks_about_three_aims(laid):
    for each in prepare(sorted((laid(PLAIN) / "person_studies").glob("*.yaml"))[:2], laid(PLAIN)):
        assert {outcome.aim for outcome in each.study.outcomes if outcome.primary} == set(Aim)


def test_who_is_eligible_is_a_rule_that_can_be_read():
    whole = Eligible("diabetes", from_age=18, to_age=64, ses_below=-0.5, cost_above=1000)
    text = rule_text(whole)
    assert text == "diabetes == 1 and age >= 18 and age <= 64 and ses < -0.5 and cost > 1000"
    assert read_rule(text)
    assert rule_text(Eligible()) == ""
