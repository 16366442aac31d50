"""Members that the delivered data does not know."""

from __future__ import annotations

from lmpeval.population import unknown, unknown_members
from simulation.small_country import study, table


def test_known_members_are_not_mentioned():
    assert list(unknown_members(study().population, table())) == []


def test_unknown_member_stands_at_its_place_with_the_nearest_name():
    population = study("population", members=("kant_01", "kant_O2", "Atlantis")).population
    found = list(unknown_members(population, table()))
    assert [each.path for each in found] == [("population", "members", 1), ("population", "members", 2)]
    assert found[0].message == "the data has no unit 'kant_O2': did you mean 'kant_02'?"
    assert found[1].message == "the data has no unit 'Atlantis'"


def test_another_case_is_another_name_but_the_hint_finds_it():
    found = list(unknown(["MAASTRICHT"], {"Maastricht", "Meerssen"}, ("pool",), "unit"))
    assert [each.message for each in found] == [
        "the data has no unit 'MAASTRICHT': did you mean 'Maastricht'?"
    ]
