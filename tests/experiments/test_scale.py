"""The experiment on the size of a country: every step does on few persons what its row of the table says."""

import re

import pytest

from lmpeval.simulation.delivery import lay_out
from simulation.trapped import COUNTRY


@pytest.fixture(scope="module")
def experiment(experiment_named):
    return experiment_named("scale")


@pytest.fixture(scope="module")
def country(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scale") / "country"
    lay_out(COUNTRY, [], folder, jobs=1)
    return folder


def test_steps_say_what_they_found(experiment, country, monkeypatch):
    monkeypatch.setattr(experiment, "RULE", "age >= 18")
    monkeypatch.setattr(experiment, "BROKEN", 12)
    assert experiment.contract(country) == "20 columns"
    assert experiment.breaches(country) == ("sex: 12 rows, insured_years: 12 rows; 10 told by file and row")
    assert experiment.panel(country) == "355 municipalities x 10 years, 46 columns"
    assert re.fullmatch(r"[1-9][\d,]+ persons in 40 regions", experiment.cohort(country))


def test_a_smaller_country_is_the_first_chunks_of_it(experiment, country, tmp_path):
    cut = experiment.cut(country, 1, tmp_path)
    assert [part.name for part in (cut / "person_year").iterdir()] == ["part-00000.parquet"]
    assert {path.name for path in cut.iterdir()} == {path.name for path in country.iterdir()}


def test_a_step_is_weighed_in_a_process_of_its_own(experiment, country, monkeypatch):
    monkeypatch.setattr(experiment, "EVERY", 0.1)
    found = experiment.measured("contract", country, COUNTRY.persons)
    assert (found.persons, found.step, found.said) == (COUNTRY.persons, "contract", "20 columns")
    assert 0 < found.cpu < 60
    assert 0.05 < found.memory < 4
