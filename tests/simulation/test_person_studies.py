"""Studies of persons that come with a synthetic country: each is one that the engine takes."""

from __future__ import annotations

import pandas as pd

from lmpeval.engine.preparation import prepare
from lmpeval.simulation.country.interventions import Eligible
from lmpeval.simulation.country.person_studies import rule_text
from lmpeval.study import Delineation
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


def test_who_is_eligible_is_a_rule_that_can_be_read():
    whole = Eligible("diabetes", from_age=18, to_age=64, ses_below=-0.5, cost_above=1000)
    text = rule_text(whole)
    assert text == "diabetes == 1 and age >= 18 and age <= 64 and ses < -0.5 and cost > 1000"
    assert read_rule(text)
    assert rule_text(Eligible()) == ""
