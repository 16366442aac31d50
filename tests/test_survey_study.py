"""A study on answers of persons, from its file to its effect."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.engine.running import run
from lmpeval.finding import Answered

STUDY = """
study: asked_twice
title: A programme of which the answers of persons tell
portfolio: surveys
intervention: {name: Programme, site: Kant, theme: prevention, status: running, start: 2014}
population: {level: population, delineation: municipalities, members: [g00_0, g00_1]}
comparator: {register: none known, match_on: [age], matches: 200}
outcomes:
  - name: health
    aim: health
    unit: points
    better: higher
    exposure: health_answers
    minimal_important_difference: 2
    expected_lag: 0
    provenance: surveyed
    primary: true
window: {first: 2008, last: 2016}
designs:
  - {use: difference_in_differences, primary: true}
  - {use: synthetic_control}
data: {survey: answers.parquet}
"""
EFFECT = 5.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Thirty neighbourhoods of two units, asked in four waves, three hundred people in each."""
    rng = np.random.default_rng(4)
    places = [
        (f"g{g:02d}_{u}", year) for g in range(30) for u in range(2) for year in (2008, 2010, 2012, 2016)
    ]
    rows = pd.DataFrame(places, columns=["unit", "year"])
    rows["level"] = 60 + 5 * rng.normal(size=60).repeat(4) + (rows["year"] - 2008)
    answers = rows.loc[rows.index.repeat(300)].reset_index(drop=True)
    answers["group"] = answers["unit"].str[:3]
    answers["weight"] = rng.lognormal(0, 0.5, len(answers))
    answers["age"] = rng.integers(19, 90, len(answers)).astype(float)
    reached = (answers["group"] == "g00") & (answers["year"] >= 2014)
    answers["health"] = answers.pop("level") + EFFECT * reached + 10 * rng.normal(size=len(answers))
    path = tmp_path_factory.mktemp("survey")
    answers.to_parquet(path / "answers.parquet", index=False)
    (path / "study.yaml").write_text(STUDY, encoding="utf-8")
    return path


def test_every_design_finds_the_effect_on_the_people_asked(folder):
    [prepared] = prepare([folder / "study.yaml"], folder)
    [result] = run([plan(prepared)], 1)
    assert len(result.findings) == 2
    for finding in result.findings:
        found = finding.result
        assert isinstance(found, Answered)
        assert found.estimate.effect == pytest.approx(
            EFFECT, abs=3 * found.estimate.uncertainty.standard_error
        )
        assert found.estimate.uncertainty.standard_error < 1.5
        assert found.estimate.uncertainty.p <= 0.1
        # two units of 300 people with weights of this spread: about 300 * 2 / exp(0.25) answers a wave
        assert found.exposure == pytest.approx(600 / np.exp(0.25), rel=0.05)
        assert finding.notes == ("no figures of health for 2009, 2011, 2013, 2014, 2015",)
    assert "survey: waves of 2008, 2010, 2012, 2016" in result.notes
