"""The experiment on a country's plans: which studies it lays out, and what it makes of a run."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest

from lmpeval.study_files.reading import load_study


@pytest.fixture(scope="module")
def run(experiment_named):
    return experiment_named("national")


@pytest.fixture(scope="module")
def country(tmp_path_factory):
    """Forty regions of three municipalities; two bear the names of sites in the country's register."""
    folder = tmp_path_factory.mktemp("country")
    groups = ["Achterhoek", "Twente", *(f"Region {n:02d}" for n in range(38))]
    rows = [{"unit": f"{group} {k}", "group": group} for group in groups for k in range(3)]
    pd.DataFrame(rows).to_parquet(folder / "region_panel.parquet")
    return folder


def test_plans_are_valid_studies_of_whole_regions(run, country, tmp_path):
    paths = run.lay_out(country, tmp_path, 41)
    assert len({path.name for path in paths}) == 41
    first, again = load_study(paths[0]), load_study(paths[40])
    assert first.population.members == again.population.members == tuple(f"Achterhoek {k}" for k in range(3))
    assert first.intervention.site == "Site 1"  # as the register has it: its own municipalities are its own
    assert (first.intervention.name, first.intervention.start) != (
        again.intervention.name,
        again.intervention.start,
    )
    assert (len(first.outcomes), len(first.designs)) == (9, 4)
    assert [design.primary for design in first.designs] == [True, False, False, False]


def test_kinds_and_starts_take_turns(run, country, tmp_path):
    names = [path.stem for path in run.lay_out(country, tmp_path)]
    assert len(set(names)) == run.INTERVENTIONS == 184
    kinds = Counter(name.split("_", 2)[2] for name in names)
    assert len(kinds) == 10
    assert max(kinds.values()) - min(kinds.values()) <= 4


def test_fits_are_the_site_and_its_stand_ins(run, tmp_path):
    row = {
        "study": "a",
        "design": "did",
        "verdict": "INCONCLUSIVE",
        "quantity": "effect",
        "standing": "stated",
    }
    rows = [
        {**row, "low": -1.0, "high": 1.0, "ranked": 40},
        {**row, "low": 1.0, "high": 2.0, "ranked": 30},
        {**row, "quantity": "weight", "low": 9.0, "high": 9.0, "ranked": 7},
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "a.results.csv", index=False)
    found = run.findings(tmp_path)
    assert (len(found), run.fits(found)) == (2, 70)
    assert run.told(tmp_path).loc["did", "interval holds zero, %"] == 50.0
