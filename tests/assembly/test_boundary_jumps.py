"""Units whose size jumps: by hand, among chance, and on the published years."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lmpeval.assembly.boundary_jumps import jump_notes, jumps
from lmpeval.comparators import Placement, Role, Selection
from lmpeval.engine.planning import plan
from lmpeval.engine.running import run
from lmpeval.sources.vektis import read_years
from simulation.small_country import prepared, study, table

YEARS = range(2010, 2016)


def delivered(size) -> pd.DataFrame:
    """A table of sizes, shape (n_years, n_units), missing ones without a row."""
    wide = pd.DataFrame(size, index=YEARS, columns=[f"u{i:02d}" for i in range(np.shape(size)[1])])
    rows = wide.rename_axis("year").reset_index().melt("year", var_name="unit", value_name="insured_years")
    return rows.dropna()


def steady(seed=1, n=40):
    """Sizes from 50 to 50,000 that vary as counts of people do."""
    rng = np.random.default_rng(seed)
    mean = np.exp(rng.uniform(np.log(50), np.log(50_000), n))
    return rng.poisson(np.tile(mean, (len(YEARS), 1))).astype(float)


def test_a_takeover_is_named_with_its_year_and_size():
    size = np.full((6, 30), 1000.0)
    size[3:, 4] += size[3:, 7]
    size[3:, 7] = np.nan
    size[:5, 9] *= 0.5
    assert jumps(delivered(size), "insured_years") == {2013: ["u04 by +100 %"], 2015: ["u09 by +100 %"]}


def test_growth_that_all_share_is_no_jump():
    size = np.full((6, 30), 1000.0)
    size[3:] *= 1.2
    assert jumps(delivered(size), "insured_years") == {}


@pytest.mark.parametrize("seed", range(20))
def test_chance_is_no_jump_and_a_third_more_of_a_large_unit_is(seed):
    size = steady(seed)
    assert jumps(delivered(size), "insured_years") == {}
    largest = int(size[0].argmax())
    size[2:, largest] *= 4 / 3
    [(year, [named])] = jumps(delivered(size), "insured_years").items()
    assert year == 2012
    assert named.startswith(f"u{largest:02d} by +3")


def test_order_of_rows_and_a_year_without_rows_do_not_matter():
    size = steady()
    size[3:, 5] *= 3
    rows = delivered(size)
    assert jumps(rows.sample(frac=1, random_state=2), "insured_years") == jumps(rows, "insured_years")
    holes = rows[rows["year"] != 2012]
    assert jumps(holes, "insured_years") == {}  # between 2011 and 2013 lie two years' growth


def test_units_that_are_left_out_are_not_looked_at():
    size = np.full((6, 30), 1000.0)
    size[3:, [4, 5]] *= 2
    places = [
        Placement(f"u{i:02d}", "g", Role.LEFT_OUT if i == 4 else Role.COMPARED, "why") for i in range(30)
    ]
    columns = ["insured_years", "insured_years"]
    [note] = jump_notes(delivered(size), columns, Selection(tuple(places)))
    assert note.startswith("insured years jump from 2012 to 2013: u05 by +100 %. No other unit")


def test_of_very_many_some_are_named_and_the_others_counted():
    size = np.full((6, 60), 1000.0)
    size[3:, :25] *= 2
    places = tuple(Placement(f"u{i:02d}", "g", Role.COMPARED, "why") for i in range(60))
    [note] = jump_notes(delivered(size), ["insured_years"], Selection(places))
    assert "u19 by +100 % and 5 more." in note
    assert "u20" not in note


def test_a_jump_reaches_the_study_and_an_even_country_has_none():
    assert plan(prepared(study(), table())).study.delivery.notes == ()
    data = table()
    data.loc[(data["unit"] == "streek03_02") & (data["year"] >= 2015), "insured_years"] *= 1.5
    [told] = run([plan(prepared(study(outcomes=study().outcomes[:1]), data))], jobs=1)
    assert any("from 2014 to 2015: streek03_02 by +50 %" in note for note in told.notes)


def test_one_municipality_in_the_published_years_on_one_map(real_data):
    files = read_years(real_data / "vektis", range(2011, 2019))
    sizes = [
        f.cells.groupby("unit", as_index=False)["insured_years"].sum().assign(year=f.year) for f in files
    ]
    assert jumps(pd.concat(sizes), "insured_years") == {2013: ["HET HOGELAND by -6 %"]}
