from dataclasses import replace

import numpy as np
import pytest

from lmpeval.design import Status
from lmpeval.report import figures_of
from lmpeval.report import svg as as_text
from lmpeval.report.figures import balance_figure, effect_figure, shared_limits
from lmpeval.report.paths import paths_of
from lmpeval.report.series import path_alt, path_series, path_table, stand_in_table
from lmpeval.report.svg import drawing, inline_svg
from lmpeval.report.words import DUTCH, ENGLISH
from lmpeval.robustness import Balance
from lmpeval.study import Level, Window
from report.reading import read
from report.small_results import cost, estimate, finding, result

WINDOW = Window(first=2011, last=2018)


def series(effect=-60.4, reach=20.0, **drawn):
    return path_series(estimate(effect, reach, **drawn), cost(), WINDOW, ENGLISH)


def numbers(texts):
    return [
        float(text.replace(",", "").replace("\u2212", "-").replace("€", "").replace("+", ""))
        for text in texts
    ]


def column(table, name):
    return [row[table.head.index(name)] for row in table.rows]


def test_the_data_table_holds_what_is_drawn():
    drawn = series()
    table = path_table(drawn)
    with drawing():
        above, below = effect_figure(drawn, shared_limits([drawn])).axes
    lines = {line.get_label(): line for line in above.get_lines()}
    for label in ("observed", "without the intervention"):
        np.testing.assert_array_equal(lines[label].get_ydata(), numbers(column(table, label)))
    gap = next(line for line in below.get_lines() if line.get_marker() == "o")
    np.testing.assert_array_equal(gap.get_ydata(), numbers(column(table, "difference")))
    bars = next(c for c in below.collections if "interval" in str(c.get_label()))
    ends = [segment[:, 1].tolist() for segment in bars.get_segments()]
    written = [numbers(text.split(" to ")) for text in column(table, "95\u202f% interval")]
    assert ends == written


def test_every_grey_line_is_in_the_table_without_a_name():
    drawn = series()
    table = stand_in_table(drawn)
    assert len(table.rows) == 39
    np.testing.assert_array_equal([numbers(row[1:]) for row in table.rows], drawn.stand_ins)
    assert not [cell for row in table.rows for cell in row if "region" in cell]


def test_the_band_spans_the_middle_of_the_stand_ins():
    found = estimate(-60, 20)
    low, high = np.percentile(found.uncertainty.placebo, [5, 95], axis=0)
    band = path_series(found, cost(), WINDOW, ENGLISH).band
    np.testing.assert_allclose(band, np.column_stack([low, high]), atol=0.5)


def test_no_line_crosses_a_year_left_out():
    found = estimate(-60, 20)
    kept = found.years != 2015
    with_hole = type(found)(
        years=found.years[kept], start=found.start, counted=found.counted[kept],
        observed=found.observed[kept],
        comparison=type(found.comparison)(found.comparison.counterfactual[kept], found.comparison.weights),
        control_names=found.control_names,
        uncertainty=type(found.uncertainty)(
            **{**vars(found.uncertainty), "path_interval": found.uncertainty.path_interval[kept],
               "placebo": found.uncertainty.placebo[:, kept]}
        ),
    )  # fmt: skip
    drawn = path_series(with_hole, cost(), WINDOW, ENGLISH)
    with drawing():
        above = effect_figure(drawn, shared_limits([drawn])).axes[0]
    observed = next(line for line in above.get_lines() if line.get_label() == "observed")
    assert np.isnan(observed.get_ydata()[4])


@pytest.mark.parametrize("stand_ins", [0, 39])
def test_an_interval_without_bounds_is_not_drawn_but_said(stand_ins):
    drawn = series(reach=np.inf, stand_ins=stand_ins)
    assert set(column(path_table(drawn), "95\u202f% interval")) == {"cannot be bounded"}
    with drawing():
        svg = inline_svg(effect_figure(drawn, shared_limits([drawn])), "a", path_alt(drawn))
    assert "nan" not in svg
    assert (stand_in_table(drawn) is None) == (stand_ins == 0)


def test_the_alternative_text_says_the_numbers():
    said = path_alt(series())
    for number in ("€2,000", "€2,070", "€2,010", "\u2212€60", "39 stand-ins"):
        assert number in said


def test_figures_of_one_outcome_share_their_limits():
    small, large = series(-5, 5), series(-400, 50)
    limits = shared_limits([small, large])
    assert limits.gaps[0] < -450
    assert limits == shared_limits([large, small])


def test_a_few_persons_do_not_flatten_the_path_of_their_region():
    region, persons = finding(), finding(effect=-6000.0, reach=9000.0, primary=False)
    persons = replace(persons, cell=replace(persons.cell, level=Level.INTERVENTION))
    alone = paths_of(result(region), ENGLISH)[0].limits
    beside, wide = (path.limits for path in paths_of(result(region, persons), ENGLISH))
    assert beside == alone
    assert wide.gaps[0] < -6000 < 10 * alone.gaps[0]


def test_a_figure_is_the_same_bytes_every_time_and_its_texts_are_no_markup():
    drawn = path_series(estimate(-60, 20), cost(unit="euro per <b>$x_1$</b>"), WINDOW, ENGLISH)

    def draw():
        with drawing():
            return inline_svg(effect_figure(drawn, shared_limits([drawn])), "a1", 'say "<i>"')

    once = draw()
    assert once == draw()
    assert "<b>" not in once
    assert "$x_1$" in read(once).text
    assert read(once).having("svg")[0]["aria-label"] == 'say "<i>"'


def test_balance_dots_lie_where_the_table_says():
    balances = (Balance("a", 1, 1, 0.31), Balance("b", 1, 1, -0.02))
    with drawing():
        axes = balance_figure(balances, 0.35, ENGLISH).axes[0]
    dots = next(line for line in axes.get_lines() if line.get_marker() == "o")
    assert list(dots.get_xdata()) == [0.31, -0.02]
    upright = {round(float(line.get_xdata()[0]), 2) for line in axes.get_lines() if line is not dots}
    assert {-0.25, -0.1, 0.1, 0.25} <= upright


@pytest.mark.parametrize(("words", "thousands"), [(ENGLISH, "€2,500"), (DUTCH, "€\u00a02.500")])
def test_an_axis_keeps_its_thousands(words, thousands):
    drawn = path_series(estimate(-60.0, 20.0), cost(), WINDOW, words)
    with drawing():
        above, below = effect_figure(drawn, shared_limits([drawn])).axes
    assert above.yaxis.get_major_formatter()(2500.0) == thousands
    assert below.yaxis.get_major_formatter()(2500.0) == f"+{thousands}"


def test_files_of_figures_leave_out_what_is_no_answer():
    shown = finding(primary=True)
    hidden = finding(
        outcome=cost(name="hospital", primary=False), statuses={"parallel_trends": Status.NOT_SUPPORTED}
    )
    files = figures_of(result(shown, hidden))
    assert set(files) == {shown.cell.name}
    assert files[shown.cell.name].startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert not read(files[shown.cell.name]).unbalanced


def test_a_file_names_what_it_shows():
    drawn = series()
    with drawing():
        figure = effect_figure(drawn, shared_limits([drawn]))
        svg = as_text.drawn(figure).standalone(path_alt(drawn))
    assert "<title>Two panels" in svg
