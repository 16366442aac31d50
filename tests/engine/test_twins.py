"""What stands beside a cell: the same question with one thing changed, by hand and by invariances."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lmpeval.engine import answering
from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.engine.running import run
from lmpeval.errors import UserError
from lmpeval.finding import Answered, Failed, NotEstimable, Twin, TwinEffect
from lmpeval.report.language import MINUS
from lmpeval.report.page import render
from lmpeval.report.twins import twin_table
from lmpeval.report.words import ENGLISH
from lmpeval.simulation.regions import SITE
from lmpeval.tracking.metrics import metrics_of
from lmpeval.uncertainty.placebo import stand_ins
from report.small_results import cost, finding, result
from several_starts import delivered, three_starts
from simulation.quiet_regions import asking, effect, in_site, quiet
from simulation.small_country import laid_out, prepared, study, table

START = 2014


def found_in(data, **changes):
    """The primary design's finding on cost."""
    [told] = run([plan(asking(data, **changes))], jobs=1)
    return told.findings[0]


def of_outcome(data, **changes):
    first = replace(study().outcomes[0], **changes)
    asked = study(outcomes=(first,), designs=study().designs[:1])
    [told] = run([plan(prepared(asked, data))], jobs=1)
    return told.findings[0]


def on_the_first_only(rows):
    return -100.0 * ((rows["unit"] == SITE[0]) & (rows["year"] >= START))


def test_the_mean_municipality_is_moved_by_a_quarter_of_what_moves_one_of_four():
    plain, moved = found_in(quiet(seed=5)), found_in(quiet(on_the_first_only, seed=5))
    rows = quiet(seed=5).query("unit in @SITE and year < @START")
    size = rows.groupby("unit")["insured_years"].mean()
    share = size[SITE[0]] / size.sum()
    assert abs(share - 0.25) > 0.02  # else both means would be the same
    by_size = moved.result.estimate.effect - plain.result.estimate.effect
    alike = moved.twins[Twin.MEAN_UNIT].effect - plain.twins[Twin.MEAN_UNIT].effect
    assert by_size == pytest.approx(-100 * share, abs=1e-9)
    assert alike == pytest.approx(-25, abs=1e-9)


def test_where_all_are_of_one_size_the_mean_municipality_is_the_mean_insured_year():
    data = table().assign(insured_years=30_000.0)
    found = of_outcome(data)
    twin, sure = found.twins[Twin.MEAN_UNIT], found.result.estimate.uncertainty
    numbers = (found.result.estimate.effect, *sure.interval, sure.p)
    assert (twin.effect, twin.low, twin.high, twin.p) == pytest.approx(numbers, rel=1e-12)


def test_the_site_s_stand_ins_are_of_its_size_whatever_units_count_for():
    [panel] = plan(asking(quiet(seed=5))).tasks[0].panels
    alike = panel.units_alike()
    assert set(alike.size) == {1.0}
    assert np.array_equal(alike.magnitude, panel.size)
    for label, units in stand_ins(panel).items():
        assert np.array_equal(units, stand_ins(alike)[label])
    assert np.array_equal(alike.in_order(np.arange(9, -1, -1)).magnitude, panel.size[9::-1])


def test_ratios_take_a_percentage_for_what_it_is():
    data = table()
    dearer = data.assign(cost=data["cost"] * np.where(in_site(data), 1.05, 1.0))
    before, after = (of_outcome(each).twins[Twin.RATIO] for each in (data, dearer))
    for name in ("effect", "low", "high"):
        was, now = getattr(before, name), getattr(after, name)
        assert 1 + now / 100 == pytest.approx(1.05 * (1 + was / 100), rel=1e-9)


def test_cents_leave_percentages_alone_and_make_a_hundred_of_a_euro():
    data = table()
    euro, cent = (of_outcome(each).twins for each in (data, data.assign(cost=100 * data["cost"])))
    assert cent[Twin.MEAN_UNIT].effect == pytest.approx(100 * euro[Twin.MEAN_UNIT].effect, rel=1e-9)
    assert cent[Twin.RATIO].effect == pytest.approx(euro[Twin.RATIO].effect, rel=1e-9)


def test_a_mean_of_zero_has_no_ratio_and_the_page_says_why():
    data = table()
    data.loc[(data["unit"] == "streek03_01") & (data["year"] == 2011), "cost"] = 0.0
    asked = study(designs=study().designs[:1])
    [told] = run([plan(prepared(asked, data))], jobs=1)
    assert isinstance(told.findings[0].twins[Twin.RATIO], NotEstimable)
    assert isinstance(told.findings[1].twins[Twin.RATIO], TwinEffect)
    assert "a mean of zero or less has no logarithm; log(y + c)" in render(told, ENGLISH)


def test_what_is_cut_is_estimated_from_its_own_column():
    data = table()
    dear = data.assign(cut=data["cost"], cost=data["cost"] + 500.0 * in_site(data))
    whole, plain = of_outcome(dear, truncated="cut"), of_outcome(data)
    assert Twin.TRUNCATED not in plain.twins
    moved = whole.result.estimate.effect - plain.result.estimate.effect
    assert moved == pytest.approx(500, abs=1e-6)
    assert whole.twins[Twin.TRUNCATED].effect == pytest.approx(plain.result.estimate.effect, abs=1e-9)


def test_a_cut_cost_without_figures_leaves_the_rest_of_the_cell():
    data = table().assign(cut=np.nan)
    found = of_outcome(data, truncated="cut")
    assert isinstance(found.result, Answered)
    assert found.twins[Twin.TRUNCATED] == NotEstimable("no figures of cost before the start (2014)")


def test_the_share_of_cost_beyond_the_cut_is_told():
    data = table().assign(cut=lambda rows: 0.8 * rows["cost"])
    data.loc[in_site(data), "cut"] = 0.5 * data["cost"]
    notes = of_outcome(data, truncated="cut").notes
    assert notes[-1] == (
        "beyond the 99th percentile lies 50.0 % of the site's cost (20.0 % before the start) and "
        "20.0 % of the pool's (20.0 % before the start)"
    )
    assert not [note for note in of_outcome(table()).notes if "percentile" in note]


def test_a_cut_cost_of_other_units_or_years_is_not_shown_beside():
    data = table().assign(cut=lambda rows: rows["cost"])
    data.loc[(data["unit"] == "streek03_01") & (data["year"] == 2011), "cut"] = np.nan
    twin = of_outcome(data, truncated="cut").twins[Twin.TRUNCATED]
    assert twin == NotEstimable("cut has no complete figures for streek03_01")
    data.loc[data["year"] == 2016, "cut"] = np.nan
    twin = of_outcome(data, truncated="cut").twins[Twin.TRUNCATED]
    assert twin == NotEstimable("cut has no complete figures for 2016, streek03_01")


@pytest.mark.parametrize(
    ("position", "named", "reason"),
    [
        (1, "cost", r"outcomes\[1\]\.truncated: only costs have a tail that is cut off"),
        (0, "cost", r"outcomes\[0\]\.truncated: 'cost' is the cost that is not cut"),
        (0, "cut_cost", r"outcomes\[0\]\.truncated: .*cut_cost"),
    ],
)
def test_a_cut_that_cannot_be_is_refused_in_its_place(tmp_path, position, named, reason):
    path = laid_out(tmp_path, study())
    before, mark, after = path.read_text().partition(f"- name: {study().outcomes[position].name}\n")
    path.write_text(f"{before}{mark}  truncated: {named}\n{after}")
    with pytest.raises(UserError, match=reason):
        prepare([path], tmp_path)


def test_a_twin_that_breaks_leaves_its_cell_and_the_other_twins(monkeypatch):
    whole = answering.twin_effect

    def breaks(beside, *rest):
        if beside.twin is Twin.MEAN_UNIT:
            raise ArithmeticError("1.2345")
        return whole(beside, *rest)

    monkeypatch.setattr(answering, "twin_effect", breaks)
    [told] = run([plan(asking(quiet(effect(-60), seed=5)))], jobs=1)
    [found] = told.findings
    assert isinstance(found.result, Answered)
    assert not found.failed
    assert isinstance(found.twins[Twin.MEAN_UNIT], Failed)
    assert isinstance(found.twins[Twin.RATIO], TwinEffect)
    page = render(told, ENGLISH)
    assert "ArithmeticError in test_twins.py" in page
    assert "1.2345" not in page


def test_several_starts_have_twins_too():
    [told] = run([plan(prepared(three_starts(), delivered()))], jobs=1)
    for found in told.findings:
        assert isinstance(found.result, Answered)
        apart = abs(found.twins[Twin.MEAN_UNIT].effect - found.result.estimate.effect)
        assert 0 < apart < found.result.estimate.uncertainty.standard_error * 3


# What a reader is told

TELLS = {
    Twin.MEAN_UNIT: "the mean municipality and the mean insured year say different things",
    Twin.TRUNCATED: "depends on a few very expensive patients",
    Twin.RATIO: "it matters what is compared",
}
"""The counterfactual of the small results is 2,055 euro in the counted years: a percent is 20.55 euro."""


def page_with(twin, value, **changes):
    found = replace(finding(**changes), twins={twin: TwinEffect(value, value - 9, value + 9, 0.2)})
    return render(result(found), ENGLISH)


@pytest.mark.parametrize(
    ("twin", "near", "far", "opposite"),
    [
        (Twin.MEAN_UNIT, -60 + 24.9, -60 - 25.1, 1.0),
        (Twin.TRUNCATED, -60 - 24.9, -60 + 25.1, 1.0),
        (Twin.RATIO, (-60 + 24.9) / 20.55, (-60 - 25.1) / 20.55, 0.1),
    ],
)
def test_a_twin_is_spoken_of_where_it_is_further_off_than_matters_or_has_another_sign(
    twin, near, far, opposite
):
    assert TELLS[twin] not in page_with(twin, near)
    assert TELLS[twin] in page_with(twin, far)
    small = {"effect": -10.0, "reach": 30.0}  # within what matters of it on either side of zero
    assert TELLS[twin] not in page_with(twin, -opposite, **small)
    assert TELLS[twin] in page_with(twin, opposite, **small)


def test_the_table_holds_the_estimate_among_its_twins():
    twins = {
        Twin.MEAN_UNIT: TwinEffect(-40.0, -70.0, -10.0, 0.03),
        Twin.TRUNCATED: NotEstimable("no figures of cost core"),
        Twin.RATIO: TwinEffect(-2.92, -3.9, float("inf"), 0.03),
    }
    found = replace(finding(), twins=twins)
    table = twin_table(found, result(found).study, ENGLISH)
    assert table.rows == (
        (
            "of the mean insured year: each municipality counts by its size",
            f"{MINUS}€60",
            f"{MINUS}€80 to {MINUS}€40",
        ),
        ("of the mean municipality: each counts once", f"{MINUS}€40", f"{MINUS}€70 to {MINUS}€10"),
        (
            "of the mean insured year, each person's cost cut at the 99th percentile of the year",
            "no figures of cost core",
            "",
        ),
        (
            "of the mean insured year, ratios compared in place of differences",
            f"{MINUS}2.9\u202f%",
            "cannot be bounded",
        ),
    )
    assert twin_table(finding(), result(finding()).study, ENGLISH) is None


def test_no_number_is_told_by_its_twin():
    from lmpeval.design import Status  # noqa: PLC0415

    blocked = {"stable_composition": Status.NOT_ASSESSED}
    assert TELLS[Twin.MEAN_UNIT] not in page_with(Twin.MEAN_UNIT, 500.0, statuses=blocked)
    against = {"parallel_trends": Status.NOT_SUPPORTED}
    assert TELLS[Twin.MEAN_UNIT] not in page_with(Twin.MEAN_UNIT, 500.0, statuses=against)


def test_twins_are_tracked_under_their_names():
    twins = {
        Twin.MEAN_UNIT: TwinEffect(-50.0, -70.0, float("inf"), 0.2),
        Twin.TRUNCATED: NotEstimable("no figures"),
        Twin.RATIO: TwinEffect(-2.5, -3.5, -1.5, 0.1),
    }
    metrics = metrics_of(replace(finding(outcome=cost()), twins=twins))
    assert metrics["mean_unit.effect"] == -50.0
    assert "mean_unit.high" not in metrics
    assert metrics["ratio_percent.low"] == -3.5
    assert not [name for name in metrics if name.startswith("truncated")]
