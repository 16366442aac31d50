"""Persons of a drawn country added up by municipality: the figures that the country itself counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lmpeval.disclosure import OPENSAFELY
from lmpeval.sources.persons.delivered import deliver_persons
from lmpeval.sources.persons.region_panel import region_panel
from lmpeval.study import Data
from simulation.trapped import PLAIN, panel

FILES = ("municipalities.csv", "municipality_codes.csv")
ALIKE = (
    "insured_years", "log_insured_years", "share_under_20", "share_65_plus", "share_80_plus",
    "cost", "cost_gp", "cost_hospital", "cost_pharmacy", "cost_mental", "cost_nursing", "cost_other",
    "cost_standardised", "mortality", "mortality_standardised",
)  # fmt: skip


@pytest.fixture(scope="module")
def added_up(laid):
    data = Data(persons="person_year", municipalities=FILES[0], municipality_codes=FILES[1])
    return region_panel(deliver_persons(data, laid(PLAIN))).set_index(["unit", "year"])


def test_every_figure_is_the_one_that_was_counted_while_they_were_drawn(added_up, laid):
    counted = panel(laid(PLAIN)).sort_index()
    shown = added_up["insured_years"].notna()
    assert shown.mean() > 0.9
    for name in ALIKE:
        np.testing.assert_allclose(
            added_up.loc[shown, name], counted.loc[added_up.index][shown][name], rtol=1e-9
        )
    np.testing.assert_allclose(added_up["ses"][shown], counted["ses"][added_up.index][shown], atol=1e-6)
    assert (added_up["group"] == counted["group"][added_up.index]).all()


def test_costs_are_cut_at_the_percentile_of_the_year(added_up, laid):
    rows = pd.read_parquet(laid(PLAIN) / "person_year")
    rows["cost"] = rows.filter(like="cost_").astype(float).sum(axis=1)
    cut = rows.groupby("year")["cost"].transform(lambda cost: np.quantile(cost, 0.99))
    national = rows["cost"].clip(upper=cut).groupby(rows["year"]).sum()
    known = added_up.dropna(subset="insured_years")
    found = (known["cost_truncated"] * known["insured_years"]).groupby("year").sum()
    everybody = (known["cost"] * known["insured_years"]).groupby("year").sum()
    missing = rows.groupby("year")["cost"].sum() - everybody  # of the smallest municipalities
    assert (np.abs(found - national) <= missing + 1e-6 * national).all()
    assert (found < everybody).all()


def test_a_municipality_of_few_persons_has_no_figures(added_up, laid):
    rows = pd.read_parquet(laid(PLAIN) / "person_year", columns=["year", "municipality"])
    codes = pd.read_csv(laid(PLAIN) / FILES[1]).set_index("code")["unit"]
    people = rows.groupby([rows["municipality"].map(codes), "year"], observed=True).size()
    few = people[people < 10].index.rename(["unit", "year"])
    assert len(few)
    figures = added_up.drop(columns=["group", "area"])
    assert figures.loc[few].isna().all(axis=None)
    assert figures.drop(few)["cost"].notna().all()


def test_how_few_are_too_few_is_the_profiles_to_say(added_up, laid):
    rows = pd.read_parquet(laid(PLAIN) / "person_year", columns=["year", "municipality"])
    codes = pd.read_csv(laid(PLAIN) / FILES[1]).set_index("code")["unit"]
    people = rows.groupby([rows["municipality"].map(codes), "year"], observed=True).size()
    between = people[(people >= 8) & (people < 10)].index.rename(["unit", "year"])
    assert len(between)
    data = Data(persons="person_year", municipalities=FILES[0], municipality_codes=FILES[1])
    other = region_panel(deliver_persons(data, laid(PLAIN)), OPENSAFELY).set_index(["unit", "year"])
    assert other["cost"].isna().sum() == added_up["cost"].isna().sum() - len(between)
    assert other.loc[between, "cost"].notna().all()


def test_the_command_writes_what_a_study_reads_as_its_panel(called_in, laid, tmp_path, added_up):
    folder = laid(PLAIN)
    given = ["--municipalities", folder / FILES[0], "--municipality-codes", folder / FILES[1]]
    told = called_in(tmp_path, "regions", folder / "person_year", "panel.parquet", *given)
    assert told.returncode == 0, told.stderr
    assert "355 municipalities, 2009-2018" in told.stdout
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "panel.parquet").set_index(["unit", "year"]), added_up, check_dtype=False
    )
    told = called_in(tmp_path, "regions", folder / "person_year", "panel.xlsx", *given)
    assert (told.returncode, told.stderr) == (
        2,
        "panel.xlsx: expected a file that ends in .parquet or .csv\n",
    )
