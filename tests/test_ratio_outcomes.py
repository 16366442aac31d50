"""Outcomes compared by ratios: their figures in percent, from the study file to the page."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from math import log1p

import numpy as np
import pytest

from lmpeval.ahead.calibrating import calibrate_studies
from lmpeval.ahead.calibration_file import calibration_path, foreseen, write_calibration
from lmpeval.ahead.look_ahead import look_ahead
from lmpeval.calibration import Calibration, Sought
from lmpeval.design import estimate
from lmpeval.effect_scale import EffectScale
from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.engine.running import run
from lmpeval.errors import UserError
from lmpeval.finding import NotEstimable, Twin
from lmpeval.report import told_ahead
from lmpeval.report.language import MINUS
from lmpeval.report.numbers import THIN, scale_of
from lmpeval.report.page import render
from lmpeval.report.words import ENGLISH
from lmpeval.results.file import results_text
from lmpeval.study import PlausibleEffect
from lmpeval.tracking.metrics import glimpse_metrics, metrics_of
from lmpeval.tracking.params import cell_params
from lmpeval.verdict import State, judge
from several_starts import delivered, three_starts
from simulation.quiet_regions import QUIET, in_site
from simulation.small_country import laid_out, prepared, study, table

RATIO = EffectScale.RATIO
FALL = -3.0
START = 2014


def asked(**changes):
    """The study of cost alone by its first design, compared by ratios."""
    of_ratio = {"scale": RATIO, "minimal_important_difference": 2.0} | changes
    cost = replace(study().outcomes[0], **of_ratio)
    return study(outcomes=(cost,), designs=study().designs[:1])


def cheaper(rows, percent=FALL):
    """The site costs this percentage more from the start on."""
    return rows.assign(cost=rows["cost"] * np.where(in_site(rows), 1 + percent / 100, 1.0))


def quiet(seed=5, noise=0.004):
    return table(replace(QUIET, shock=noise, noise=noise), seed)


def told_of(data, **changes):
    [told] = run([plan(prepared(asked(**changes), data))], jobs=1)
    return told


@pytest.fixture(scope="module")
def fell():
    return told_of(cheaper(quiet()))


@pytest.fixture(scope="module")
def difference():
    return told_of(cheaper(quiet()), scale=EffectScale.DIFFERENCE, minimal_important_difference=50.0)


def rows_of(told):
    return list(csv.DictReader(io.StringIO(results_text(told))))


# The figures


def test_figures_are_those_that_stand_beside_a_difference_and_the_reverse(fell, difference):
    of_ratio, of_difference = fell.findings[0], difference.findings[0]
    for one, other, twin in (
        (of_ratio, of_difference, Twin.RATIO),
        (of_difference, of_ratio, Twin.DIFFERENCE),
    ):
        found, beside = one.result.estimate.told, other.twins[twin]
        assert (found.effect, *found.interval) == pytest.approx(
            (beside.effect, beside.low, beside.high), rel=1e-9
        )
        assert one.result.estimate.uncertainty.p == beside.p
    assert Twin.RATIO not in of_ratio.twins
    assert of_ratio.twins[Twin.MEAN_UNIT].effect == pytest.approx(FALL, abs=0.5)


def test_cents_change_no_figure_no_word_of_the_ledger_and_no_verdict(fell):
    data = cheaper(quiet())
    cents = told_of(data.assign(cost=100 * data["cost"]))
    for euro, cent in zip(rows_of(fell), rows_of(cents), strict=True):
        level = euro["quantity"] == "without_intervention"
        factor = 100 if level else 1
        for name in ("estimate", "low", "high", "standard_error"):
            was, now = (float(row[name] or "nan") for row in (euro, cent))
            assert now == pytest.approx(factor * was, rel=1e-6, abs=1e-8, nan_ok=True)
        assert euro["unit"] == ("euro per insured year" if level else "percent")
        assert [euro[name] for name in ("verdict", "answer", "p", "rank")] == [
            cent[name] for name in ("verdict", "answer", "p", "rank")
        ]
    ledgers = [each.findings[0].result.ledger.entries for each in (fell, cents)]
    for one, other in zip(*ledgers, strict=True):
        assert one.evidence.finding == other.evidence.finding
        assert one.status is other.status


def test_every_figure_of_the_results_is_a_percentage_of_what_is_told_beside(fell):
    found = fell.findings[0].result.estimate
    assert found.scale is RATIO
    ratio = found.told.observed / found.told.counterfactual
    assert found.told.gap == pytest.approx(100 * (ratio - 1), rel=1e-9)
    assert found.told.effect == pytest.approx(
        100 * (np.exp(np.log(ratio)[found.counted].mean()) - 1), rel=1e-9
    )
    by_year = [float(row["estimate"]) for row in rows_of(fell) if row["quantity"] == "difference"]
    assert by_year == pytest.approx(found.told.gap.tolist(), rel=1e-9)
    for left in fell.findings[0].result.robustness.left_out:
        assert left.effect == pytest.approx(found.told.effect, abs=0.5)  # percent; in logarithms it is 0.03
    pretended = [row for row in rows_of(fell) if row["quantity"] == "pretended_start"]
    assert max(abs(float(row["estimate"])) for row in pretended) > 0.1
    assert fell.findings[0].verdict.effect == found.told.effect
    assert fell.findings[0].verdict.margin == 2.0


def test_a_fall_of_three_percent_is_found_without_bias_and_intervals_hold_it():
    missed, errors = 0, []
    for seed in range(40):
        [task] = plan(prepared(asked(), cheaper(quiet(seed, noise=0.01)))).tasks
        [panel] = task.panels
        found = estimate(task.cell.design, panel, 0, np.random.default_rng(0))
        low, high = found.told.interval
        missed += not low <= FALL <= high
        errors.append(found.told.effect - FALL)
    spread = np.std(errors, ddof=1)
    assert spread < 1.5  # else nothing could be seen of a bias
    assert abs(np.mean(errors)) < 3 * spread / np.sqrt(len(errors))
    assert missed <= 6  # of 40 at 95 %: seven or more in one run of 350


def test_several_starts_are_told_in_percent_start_by_start_and_over_all():
    cost = replace(three_starts().outcomes[0], scale=RATIO, minimal_important_difference=2.0)
    by_ratio = three_starts(outcomes=(cost,), designs=three_starts().designs[:1])
    plain = replace(by_ratio, outcomes=three_starts().outcomes[:1])
    data = delivered()
    [of_ratio], [of_difference] = (
        next(run([plan(prepared(each, data))], jobs=1)).findings for each in (by_ratio, plain)
    )
    found, beside = of_ratio.result.estimate.told, of_difference.twins[Twin.RATIO]
    assert found.effect == pytest.approx(beside.effect, rel=1e-9)
    assert of_difference.result.estimate.effect == pytest.approx(
        of_ratio.twins[Twin.DIFFERENCE].effect, rel=1e-9
    )
    several = of_ratio.result.several
    for each in several.averages:
        assert abs(each.overall.effect) < 20  # percent, and not a logarithm times a hundred euro
        assert each.overall.low < each.overall.effect < each.overall.high
    since = next(each for each in several.averages if each.by == "years since the start")
    shown = dict(zip(since.at.tolist(), since.effect.tolist(), strict=True))
    path = dict(zip(of_ratio.result.estimate.years.tolist(), found.gap.tolist(), strict=True))
    for year in set(shown) & set(path):
        assert shown[year] == pytest.approx(path[year], rel=1e-6, abs=1e-6)
    metrics = metrics_of(of_ratio)
    name = "over_years_since_the_start.effect"
    assert metrics.get(name, metrics.get(f"withheld.{name}")) == since.overall.effect


# The margin


@pytest.mark.parametrize(
    ("low", "high", "state"),
    [
        (-4.99, 4.99, State.NO_MATERIAL_DIFFERENCE),
        (-5.01, 4.99, State.INCONCLUSIVE),  # in logarithms -0.0514: a fall of 5 % is further off than a rise
        (-4.99, 5.01, State.INCONCLUSIVE),
        (-9.0, -5.01, State.BETTER),
        (-9.0, -4.99, State.LEAN_BETTER),
        (5.01, 9.0, State.WORSE),
        (4.99, 9.0, State.LEAN_WORSE),
    ],
)
def test_margins_are_percentages_on_either_side(fell, low, high, state):
    result = fell.findings[0].result
    sure = replace(result.estimate.uncertainty, interval=(log1p(low / 100), log1p(high / 100)))
    of_five = replace(fell.study.outcomes[0], minimal_important_difference=5.0)
    moderate = replace(
        result.ledger,
        entries=tuple(
            replace(e, evidence=replace(e.evidence, status="supported")) for e in result.ledger.entries
        ),
    )
    assert judge(replace(result.estimate, uncertainty=sure), moderate, of_five).state is state


def test_scales_undo_what_they_do():
    some = np.array([-0.3, 0.0, 1e-12, 0.2])
    for scale in EffectScale:
        assert scale.untold(scale.told(some)) == pytest.approx(some, abs=1e-15)
        assert scale.level(scale.working(np.array([0.5, 2000.0]))) == pytest.approx([0.5, 2000.0])
        assert scale.told(float("inf")) == float("inf")
        assert scale.untold(scale.told(-float("inf"))) == -float("inf")
        assert scale.other.other is scale


# What can be seen


@pytest.fixture(scope="module")
def seen():
    return plan(prepared(asked(), quiet(noise=0.01)))


@pytest.mark.parametrize("less_is_better", [True, False])
def test_an_improvement_is_found_where_an_injected_one_would_be(less_is_better):
    sought = Sought(2.0, less_is_better, RATIO)
    low, high = np.array([-8.0, -1.0, 1.0]), np.array([3.0, 6.0, 9.0])
    for size in (0.5, 2.9, 2.913, 5.7, 8.6, 9.0):
        moved = log1p(-size / 100) if less_is_better else log1p(size / 100)
        ends = [np.log1p(end / 100) + moved for end in (low, high)]
        found = ends[1] < 0 if less_is_better else ends[0] > 0
        assert np.array_equal(sought.needed(low, high) < size, found)


def test_what_can_be_seen_is_in_percent_and_the_same_by_both_roads(seen, tmp_path):
    [calibrated] = calibrate_studies([seen], jobs=1)
    [cell] = calibrated.cells
    assert isinstance(cell.result, Calibration)
    assert 0.1 < cell.result.detectable.value < 10
    assert cell.result.relative(cell.result.detectable.value) == cell.result.detectable.value / 100
    assert cell.result.numbers()["power_2_percent"] == cell.result.power(2.0)
    assert cell.result.numbers()["power_at_margin"] == cell.result.power(2.0)
    [known] = look_ahead([seen], tmp_path, jobs=1)
    [glimpse] = known.glimpses
    assert glimpse.result.detectable.value == pytest.approx(cell.result.detectable.value, rel=0.5)
    assert glimpse_metrics(glimpse.result)["look_ahead.mde"] == glimpse.result.detectable.value
    path = calibration_path(tmp_path, calibrated.of.study.study)
    write_calibration(calibrated, path)
    [result] = run([seen], jobs=1)
    kept = foreseen(result, path).cells[0].result
    for name in ("effects", "low", "high", "p"):
        assert getattr(kept, name) == pytest.approx(getattr(cell.result, name))
    assert kept.detectable.value == pytest.approx(cell.result.detectable.value)
    assert "of the mean)" not in render(result, ENGLISH, foreseen(result, path)).split("2. The question")[0]


def test_what_no_plausible_fall_reaches_cannot_be_answered(tmp_path):
    barely = PlausibleEffect(low=-0.1, high=0.0, source="a trial")
    plans = [plan(prepared(asked(plausible_effect=barely), quiet(noise=0.01)))]
    [known] = look_ahead(plans, tmp_path, jobs=1)
    told = told_ahead(plans[0].study.study, known)
    assert "Cannot answer on" in told
    assert f"no more than 0.1{THIN}% is plausible" in told
    assert "€" not in told


# What a reader is told


def test_the_page_speaks_in_percent(fell):
    page = render(fell, ENGLISH)
    found = fell.findings[0].result.estimate.told
    scale = scale_of(fell.study.outcomes[0])
    assert scale.change(found.effect) == f"{MINUS}{abs(found.effect):.1f}{THIN}%"
    base = "of the level without it"
    assert (
        f"{scale.size(found.effect)} {base} (between" in page
        or f"{scale.change(found.effect)} {base}" in page
    )
    assert (
        "percent of what it would have been without the intervention (in euro per insured person per year"
        in page
    )
    assert "Difference in percent of the level without the intervention" in page
    assert "differences compared in place of ratios" in page
    assert f"2.0{THIN}%" in page  # the smallest difference that matters
    level = found.counterfactual_mean
    assert f"€{level:,.0f}" in page
    assert "on the scale of ratios the effect is" not in page
    assert f"on the scale of differences the effect is {MINUS}" in page


def test_the_ledger_s_numbers_carry_their_sign(fell):
    entries = {e.assumption.name: e.evidence.finding for e in fell.findings[0].result.ledger.entries}
    assert "% (90% interval " in entries["parallel_trends"]
    assert "against a margin of 2%" in entries["parallel_trends"]
    assert "% a year" in entries["parallel_trends"]
    assert "on that of ratios -3" in entries["right_scale"]


def test_runs_carry_percent_and_say_so(fell):
    finding = fell.findings[0]
    metrics = metrics_of(finding)
    found = finding.result.estimate.told
    silent = "withheld." if "withheld.effect" in metrics else ""
    assert metrics[f"{silent}effect"] == found.effect
    assert metrics[f"{silent}standard_error"] == found.standard_error
    assert metrics["misfit_before"] == found.misfit
    assert f"{silent}difference.effect" in metrics
    params = cell_params(finding.cell)
    assert (params["scale"], params["effect_unit"]) == ("ratio", "percent")


# What is refused


def written(tmp_path, data, **changes):
    return laid_out(tmp_path, asked(**changes), data)


@pytest.mark.parametrize("mean", [0.0, -5.0])
def test_a_mean_that_is_not_positive_is_refused_at_its_line(tmp_path, mean):
    data = quiet()
    data.loc[(data["unit"] == "streek03_01") & (data["year"] == 2011), "cost"] = mean
    path = written(tmp_path, data)
    line = 1 + [each.strip() for each in path.read_text().splitlines()].index("scale: ratio")
    with pytest.raises(UserError) as refused:
        prepare([path], tmp_path)
    [told] = str(refused.value).splitlines()
    assert f"{path}:{line}" in told
    assert "a mean of 'cost' of zero or less for streek03_01 in 2011; expected means above zero" in told
    assert "log(y + c)" in told


def test_a_unit_that_the_study_leaves_out_may_be_zero(tmp_path):
    data = quiet()
    data.loc[data["unit"] == "streek03_01", "cost"] = 0.0
    path = written(tmp_path, data)
    text = path.read_text()
    assert "exclude:" not in text.split("outcomes:")[0]
    path.write_text(
        text.replace(
            "comparator:\n", "comparator:\n  exclude:\n  - reason: no claims\n    units: [streek03_01]\n"
        )
    )
    assert prepare([path], tmp_path)


def test_a_mean_that_is_zero_after_all_gives_no_answer_and_the_reason():
    data = quiet()
    data.loc[data["unit"] == "streek03_01", "cost"] = 0.0
    [finding] = told_of(data).findings
    assert isinstance(finding.result, NotEstimable)
    assert finding.verdict.state is State.NO_DATA
    assert "compared by ratios: a mean of zero or less has no logarithm" in finding.result.reason


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"minimal_important_difference": 100.0}, r"outcomes\.0\.minimal_important_difference: .* below 100"),
        (
            {"plausible_effect": PlausibleEffect(low=-100.0, high=0.0, source="a guess")},
            r"outcomes\.0\.plausible_effect\.low: .* above -100",
        ),
    ],
)
def test_nothing_falls_by_a_hundred_percent(changes, place):
    with pytest.raises(ValueError, match=place):
        asked(**changes)


def test_an_unknown_scale_is_refused(tmp_path):
    path = written(tmp_path, quiet())
    path.write_text(path.read_text().replace("scale: ratio", "scale: log"))
    with pytest.raises(UserError, match=r"scale: found 'log', expected one of difference, ratio"):
        prepare([path], tmp_path)
