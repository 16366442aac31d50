"""What a design can see on a panel: read off by hand, injected for real, and blind to the site."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from math import inf, nan, sqrt
from typing import ClassVar

import numpy as np
import pytest

from lmpeval.ahead.calibrating import calibrate_studies, sought_in
from lmpeval.ahead.calibration_file import Standing, calibration_path, foreseen, write_calibration
from lmpeval.assumptions import COMMON, PARALLEL_TRENDS
from lmpeval.calibration import SHARES, Calibration, Measured, Sought, calibrate
from lmpeval.design import Assumption, estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.engine.planning import plan
from lmpeval.engine.running import run
from lmpeval.estimate import Comparison
from lmpeval.finding import Failed, NotEstimable
from lmpeval.inference import PlaceboGroups
from lmpeval.placebo_trial import (
    NotCalibrated,
    Trial,
    blinded,
    placebo_sets,
    refuse_unmoved,
    trial,
)
from lmpeval.study import Better, DesignChoice, Status
from lmpeval.uncertainty.placebo import stand_ins
from simulation.curious_design import CuriousDesign
from simulation.small_country import FEW, prepared, study, table
from worlds import World, draw, tiny

DESIGNS = (DifferenceInDifferences(matches=20), SyntheticControl())
LOWER, HIGHER = Sought(5.0, less_is_better=True), Sought(5.0, less_is_better=False)


def rng():
    return np.random.default_rng(8)


def told(effect=0.0, low=-1.0, high=1.0, p=0.5, counterfactual=100.0):
    return Trial("somewhere", effect, low, high, p, 0.95, counterfactual)


def around(*effects, reach=2.0, **more):
    return [told(effect, effect - reach, effect + reach, **more) for effect in effects]


@pytest.fixture(scope="module")
def world():
    return draw(World(neighbourhoods=24, units=3, site_units=3), seed=4)


def judged(design, panel, lag=0):
    return [trial(design, panel, sites, lag, rng()) for sites in placebo_sets(panel, rng())]


# By hand


def test_errors_by_hand():
    found = calibrate(around(-3.0, -1.0, 1.0, 5.0), LOWER)
    assert found.bias.value == 0.5
    spread = sqrt((3.5**2 + 1.5**2 + 0.5**2 + 4.5**2) / 3)
    assert found.spread.value == pytest.approx(spread)
    assert found.bias.error == pytest.approx(spread / 2)
    assert found.spread.error == pytest.approx(spread / sqrt(6))
    assert found.coverage == Measured(0.5, 0.25)  # -3 and 5 lie further than 2 from zero
    assert found.mean == 100
    assert found.relative(5.0) == 0.05


def test_size_by_hand_counts_a_p_of_exactly_five_percent():
    ps = [0.05, 2 / 40, 0.1 - 0.05, 0.0500001, 0.4]
    found = calibrate([replace(told(float(i)), p=p) for i, p in enumerate(ps)], LOWER)
    assert found.size.value == 0.6
    assert found.size.error == pytest.approx(sqrt(0.6 * 0.4 / 5))


def test_share_of_none_or_all_is_not_told_as_certain():
    found = calibrate(around(*range(-10, 10), reach=50.0), LOWER)
    assert found.coverage.value == 1.0
    assert found.coverage.error == pytest.approx(sqrt(0.975 * 0.025 / 20))  # half a place off all


def test_detectable_improvement_is_a_quantile_of_the_intervals_ends():
    ends = [told(0.1 * k, -20.0, float(k)) for k in range(1, 11)]
    found = calibrate(ends, LOWER)
    assert found.detectable.value == 8.0
    assert found.power(8.0).value == 0.7  # an interval that ends in zero still holds it
    assert found.power(8.001).value == 0.8
    assert found.power(0.0).value == 0.0
    # ranks 8 - 1.26 and 8 + 1.26
    assert found.detectable.error == (9 - 7) / 2
    assert not found.answers
    assert calibrate(ends, Sought(8.0, less_is_better=True)).answers


def test_improvement_goes_the_way_that_is_better():
    trials = [told(0.1 * k, -float(k), 30.0) for k in range(1, 11)]
    assert calibrate(trials, HIGHER).detectable.value == 8.0
    assert calibrate(trials, LOWER).detectable.value == 30.0


def test_interval_on_the_worse_side_finds_nothing():
    found = calibrate([told(10.0, 8.0, 12.0), told(0.0, -2.0, 2.0)], LOWER)
    assert found.power(1.0).value == 0.0
    assert found.power(3.0).value == 0.5
    assert found.power(13.0).value == 1.0


def test_intervals_without_ends_see_nothing_at_any_size():
    found = calibrate([told(float(k), -inf, inf) for k in range(10)], LOWER)
    assert found.detectable.value == inf
    assert found.power(1e12).value == 0.0
    assert not found.answers
    assert found.coverage.value == 1.0
    assert not found.covers


def test_few_intervals_without_ends_leave_the_rest_to_see():
    mixed = [told(float(k), -9.0, float(k)) for k in range(9)] + [told(9.0, -inf, inf)]
    found = calibrate(mixed, LOWER)
    assert found.detectable.value == 7.0
    assert found.power(1e12).value == 0.9


def test_place_that_could_not_be_judged_counts_as_one_where_nothing_is_seen():
    mixed = [*around(*range(9)), Trial("x", nan, -inf, inf, 1.0, nan, nan)]
    found = calibrate(mixed, LOWER)
    assert found.bias.value == 4.0
    assert len(found.effects) == 10
    assert np.isnan(found.effects[-1])
    assert found.mean == 100
    assert found.level == 0.95
    assert found.power(1e12).value == 0.9


@pytest.mark.parametrize("trials", [[], around(1.0), [Trial("x", nan, -inf, inf, 1.0, nan, nan)] * 3])
def test_too_few_places_are_refused(trials):
    with pytest.raises(NotCalibrated, match="stand-ins could be judged; calibration needs 2"):
        calibrate(trials, LOWER)


@pytest.mark.parametrize(
    ("held", "covers"), [(84, False), (85, True), (95, True), (99, True), (100, False)]
)  # of a hundred
def test_coverage_outside_85_to_99_is_marked(held, covers):
    trials = [told(0.01 * k, -1.0, 1.0 if k < held else -0.5) for k in range(100)]
    assert calibrate(trials, LOWER).covers is covers


def test_power_is_told_at_shares_of_the_mean():
    trials = [told(0.1 * k, -20.0, 0.5 * k, counterfactual=-100.0) for k in range(1, 11)]
    numbers = calibrate(trials, LOWER).numbers()
    assert SHARES == (0.01, 0.02, 0.05)
    assert numbers["power_1_percent"].value == 0.1
    assert numbers["power_2_percent"].value == 0.3
    assert numbers["power_5_percent"].value == 0.9
    assert numbers["power_at_margin"].value == 0.9


# On panels


def test_a_trial_is_what_the_engine_would_say_of_the_place(world):
    groups = stand_ins(world)
    label = sorted(groups)[3]
    for design in DESIGNS:
        one = trial(design, world, {label: groups[label]}, 1, rng())
        found = estimate(design, world.placebo_sites({label: groups[label]}), 1, rng())
        assert (one.label, one.effect) == (label, found.effect)
        assert (one.low, one.high) == found.uncertainty.interval
        assert (one.p, one.level) == (found.uncertainty.p, 0.95)
        assert one.counterfactual == found.counterfactual_mean


def test_every_stand_in_plays_the_site_once(world):
    sets = placebo_sets(world, rng())
    assert [list(sites) for sites in sets] == [[label] for label in sorted(stand_ins(world))]
    assert len(sets) == 23


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: type(design).__name__)
@pytest.mark.parametrize("effect", [-35.0, 140.0])
def test_injected_effect_moves_effect_and_interval_by_itself(world, design, effect):
    for sites in placebo_sets(world, rng())[:4]:
        clean = estimate(design, world.placebo_sites(sites), 1, rng())
        injected = estimate(design, world.placebo_sites(sites).plus_effect(effect), 1, rng())
        assert injected.effect == pytest.approx(clean.effect + effect, abs=1e-9)
        moved = np.add(clean.uncertainty.interval, effect)
        assert injected.uncertainty.interval == pytest.approx(moved, abs=1e-9)
        assert np.isfinite(moved).all()


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: type(design).__name__)
def test_power_is_that_of_effects_really_injected(world, design):
    found = calibrate(judged(design, world), LOWER)
    for size in (0.6 * found.detectable.value, 1.001 * found.detectable.value):
        seen = [
            estimate(design, world.placebo_sites(sites).plus_effect(-size), 0, rng()).uncertainty.interval[1]
            < 0
            for sites in placebo_sets(world, rng())
        ]
        assert found.power(size).value == pytest.approx(np.mean(seen))
    assert 0 < found.power(0.6 * found.detectable.value).value < 0.8 <= np.mean(seen)


def test_detectable_effect_is_about_what_normal_errors_give():
    """2.8 standard deviations: 1.96 + 0.84."""
    panel = draw(World(neighbourhoods=81, units=2, site_units=2, size_spread=0.1), seed=2)
    found = calibrate(judged(DifferenceInDifferences(matches=40), panel), LOWER)
    assert 2.3 < found.detectable.value / found.spread.value < 3.4
    assert abs(found.bias.value) < 3 * found.bias.error
    assert found.covers


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: type(design).__name__)
def test_numbers_follow_the_unit_of_account_and_not_the_order(world, design):
    euro = calibrate(judged(design, world, lag=1), LOWER)
    cents = calibrate(judged(design, world.times(100.0), lag=1), Sought(500.0, less_is_better=True))
    order = np.random.default_rng(3).permutation(len(world.units))
    mixed = calibrate(judged(design, world.in_order(order), lag=1), LOWER)
    for name in ("bias", "spread", "detectable"):
        one, hundred, other = (getattr(each, name).value for each in (euro, cents, mixed))
        assert hundred == pytest.approx(100 * one, rel=1e-6)
        assert other == pytest.approx(one, rel=1e-6)
    for name, number in euro.numbers().items():
        if name in ("size", "coverage") or name.startswith("power"):
            assert cents.numbers()[name] == number == mixed.numbers()[name]


def test_panel_of_several_sites_is_calibrated_on_sets_of_as_many():
    panel = draw(World(neighbourhoods=12, units=2, site_units=2, sites=3), seed=1)
    sets = placebo_sets(panel, rng(), most=20)
    assert {len(sites) for sites in sets} == {3}
    assert 15 < len(sets) <= 20
    assert len({tuple(sorted(sites)) for sites in sets}) == len(sets)
    again = [list(sites) for sites in placebo_sets(panel, rng(), most=20)]
    assert again == [list(sites) for sites in sets]
    one = trial(DESIGNS[0], panel, sets[0], 0, rng())
    assert one.label == " + ".join(sorted(sets[0]))


def test_site_without_two_stand_ins_cannot_be_calibrated():
    with pytest.raises(NotCalibrated, match=r"1 groups of neighbours .* needs 2 or more"):
        placebo_sets(tiny([[1.0, 2.0], [2.0, 3.0]]), rng())


def test_place_without_anything_to_rank_it_among_sees_nothing():
    panel = tiny([[1.0, 2.0, 4.0], [2.0, 3.0, 4.0]])
    only = trial(DESIGNS[0], panel, {"g1": np.array([1])}, 0, rng())
    assert (only.low, only.high, only.p) == (-inf, inf, 1.0)


# Blind


def wild(panel):
    """The panel after something unheard of befell the site."""
    shaken = panel.outcome.copy()
    shaken[np.ix_(~panel.before, panel.treated)] *= np.array([[-1e6], [3e7], [1e-9]])[: (~panel.before).sum()]
    return replace(panel, outcome=shaken)


@pytest.mark.parametrize("design", [*DESIGNS, CuriousDesign()], ids=lambda design: type(design).__name__)
def test_whatever_befell_the_site_changes_no_bit(world, design):
    ours, theirs = (judged(design, blinded(panel)) for panel in (world, wild(world)))
    assert ours == theirs


def test_blindness_is_needed_for_a_curious_design(world):
    assert judged(CuriousDesign(), world) != judged(CuriousDesign(), wild(world))


def test_blinding_takes_the_site_s_outcomes_out_and_nothing_else(world):
    blind = blinded(world)
    changed = blind.outcome != world.outcome
    assert (changed == np.outer(~world.before, world.treated)).all()


def test_study_s_calibration_does_not_change_with_what_befell_the_site(tmp_path):
    data = table(FEW)
    site = data["unit"].isin(study().population.members) & (data["year"] >= 2014)
    other = data.assign(cost=data["cost"].where(~site, -1e9), mortality=data["mortality"].where(~site, 77.0))
    asked = study(designs=(*study().designs, DesignChoice("simulation.curious_design")))
    texts = []
    for number, figures in enumerate((data, other)):
        (found,) = calibrate_studies([plan(prepared(asked, figures))], 1)
        assert not any(each.failed for each in found.cells)
        texts.append(write_calibration(found, tmp_path / f"{number}.json").read_bytes())
    assert texts[0] == texts[1]


@pytest.mark.parametrize("which", ["treated", "aside"])
def test_units_that_are_not_in_the_pool_are_no_place_to_calibrate_on(which):
    panel = draw(World(neighbourhoods=8, units=3, site_units=2), seed=1)
    members = np.flatnonzero(getattr(panel, which))
    with pytest.raises(ValueError, match="must be in the pool"):
        trial(DESIGNS[0], panel, {"here": members}, 0, rng())


# Designs that do not allow it


@dataclass(frozen=True)
class Halving:
    """A design that takes half of what happened for what would have happened."""

    inference: PlaceboGroups = PlaceboGroups()
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, PARALLEL_TRENDS)

    def compare(self, panel):
        weights = np.full(panel.compared.sum(), 1 / panel.compared.sum())
        return Comparison((panel.controls @ weights + panel.treated_mean) / 2, weights)


def test_design_whose_answer_does_not_move_with_the_effect_is_refused(world):
    sites = placebo_sets(world, rng())[0]
    with pytest.raises(NotCalibrated, match=r"what Halving says of it by .*: power cannot be read off"):
        refuse_unmoved(Halving(), world, sites, 0, (1, 2))
    for design in DESIGNS:
        refuse_unmoved(design, world, sites, 0, (1, 2))


# Studies


@pytest.fixture(scope="module")
def small():
    (found,) = calibrate_studies([plan(prepared(study()))], 1)
    return found


def test_every_cell_of_a_study_is_calibrated(small):
    names = [each.cell.name for each in small.cells]
    assert names == [each.cell.name for each in plan(prepared(study())).tasks]
    assert all(isinstance(each.result, Calibration) for each in small.cells)
    places = len(stand_ins(plan(prepared(study())).tasks[0].panels[0]))
    assert {len(each.result.effects) for each in small.cells} == {places}
    assert places > 20
    data = table().query("unit.str.startswith('kant') and unit != 'kant_05' and year < 2014")
    exposure = data.groupby("unit")["insured_years"].mean().sum()
    assert small.cells[0].site_size == pytest.approx(exposure)
    assert small.of.findings == ()


def test_lag_counts_the_years_that_the_study_counts(small):
    """Mortality is counted from two years after the start on."""
    task = plan(prepared(study())).tasks[2]
    panel, lag = task.panels[0], study().outcomes[1].expected_lag
    assert lag == 2
    effects = sorted(t.effect for t in judged(task.cell.design, panel, lag=2))
    assert small.cells[2].result.effects.tolist() == effects


def test_jobs_change_no_bit(small):
    (other,) = calibrate_studies([plan(prepared(study(outcomes=study().outcomes[:1])))], 2)
    for one, two in zip(small.cells[:2], other.cells, strict=True):
        for name in ("effects", "low", "high", "p"):
            assert getattr(one.result, name).tobytes() == getattr(two.result, name).tobytes()
        assert one.result.mean == two.result.mean


def test_studies_come_one_by_one_and_every_cell_is_counted():
    one = {"outcomes": study().outcomes[:1]}
    plans = [
        plan(prepared(study(**one), table(FEW))),
        plan(prepared(study(study="other", **one), table(FEW))),
    ]
    counted = []
    found = list(calibrate_studies(plans, 1, counted.append))
    assert [each.of.study.study for each in found] == ["demo", "other"]
    assert [cell.study for cell in counted] == ["demo"] * 2 + ["other"] * 2


def test_design_that_breaks_leaves_the_others_alone(small):
    broken = DesignChoice("simulation.broken_design")
    asked = study(designs=(*study().designs, broken), outcomes=study().outcomes[:1])
    (found,) = calibrate_studies([plan(prepared(asked))], 1)
    failed = [each for each in found.cells if each.failed]
    assert [each.cell.label for each in failed] == ["simulation.broken_design"]
    for each in failed:
        assert isinstance(each.result, Failed)
        assert re.fullmatch(r"ArithmeticError in broken_design\.py, line \d+", each.result.error)
    sound = [each.result for each in found.cells if not each.failed]
    for one, other in zip(small.cells[:2], sound, strict=True):
        assert one.result.effects.tolist() == other.effects.tolist()


def test_study_that_was_never_delivered_says_why():
    (found,) = calibrate_studies([plan(prepared(study("intervention", status=Status.PLANNED)))], 1)
    assert {each.result for each in found.cells} == {NotEstimable("the intervention is planned")}


def test_too_few_stand_ins_see_nothing():
    (found,) = calibrate_studies([plan(prepared(study(), table(FEW)))], 1)
    assert {each.result.detectable.value for each in found.cells} == {inf}


def test_what_is_sought_is_what_the_study_says():
    outcome = study().outcomes[0]
    assert sought_in(outcome) == Sought(20, less_is_better=True)
    assert not sought_in(replace(outcome, better=Better.HIGHER)).less_is_better


# The file


@pytest.fixture(scope="module")
def ran():
    (found,) = run([plan(prepared(study()))], 1)
    return found


@pytest.fixture
def kept(small, tmp_path):
    return write_calibration(small, calibration_path(tmp_path, "demo"))


def test_what_is_kept_is_found_again(small, ran, kept):
    assert kept.name == "demo.calibration.json"
    found = foreseen(ran, kept)
    assert found.standing is Standing.CURRENT
    assert found.made_with == "0.1.0"
    for one, other in zip(small.cells, found.cells, strict=True):
        assert one.cell.name == other.cell.name
        mine, theirs = one.result.numbers(), other.result.numbers()
        assert {name: n.value for name, n in mine.items()} == pytest.approx(
            {name: n.value for name, n in theirs.items()}, rel=1e-12
        )
        assert one.result.effects.tolist() == other.result.effects.tolist()
    assert set(found.calibrations()) == {each.cell.name for each in small.cells}


def test_intervals_without_ends_and_cells_without_a_number_are_found_again(tmp_path):
    asked = study(designs=(*study().designs, DesignChoice("simulation.broken_design")))
    (told_,) = calibrate_studies([plan(prepared(asked, table(FEW)))], 1)
    (result,) = run([plan(prepared(asked, table(FEW)))], 1)
    path = write_calibration(told_, tmp_path / "few.json")
    json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    found = foreseen(result, path)
    assert [type(each.result) for each in found.cells] == [type(each.result) for each in told_.cells]
    assert found.cells[0].result.detectable.value == inf
    assert found.cells[2].result == Failed(told_.cells[2].result.error, "")


def test_no_place_has_a_name_in_the_file(kept):
    text = kept.read_text(encoding="utf-8")
    names = set(table()["unit"]) | set(table()["group"])
    assert not [name for name in names if re.search(rf"\b{re.escape(name)}\b", text)]


def test_another_study_or_other_data_put_it_out_of_date(ran, kept):
    assert foreseen(ran, kept.with_name("none.json")).standing is Standing.ABSENT
    others = (
        replace(ran, files=(("panel.csv", "ab"),)),
        replace(ran, study=replace(ran.study, seed=1)),
        replace(ran, findings=ran.findings[1:]),
    )
    for other in others:
        found = foreseen(other, kept)
        assert (found.standing, found.cells) == (Standing.OUT_OF_DATE, ())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text[:200], "JSON"),
        (lambda text: text.replace('"format": 1', '"format": 9'), "format: Input should be 1"),
        (lambda text: text.replace('"study_hash"', '"studyhash"'), "study_hash"),
        (lambda text: text.replace('"p": [', '"p": [0.5, '), "argument"),
    ],
)
def test_file_that_somebody_has_changed_is_not_read(ran, kept, change, why):
    kept.write_text(change(kept.read_text(encoding="utf-8")), encoding="utf-8")
    found = foreseen(ran, kept)
    assert (found.standing, found.cells) == (Standing.UNREADABLE, ())
    assert why in found.why


def test_folder_in_its_place_is_not_read(ran, tmp_path):
    assert foreseen(ran, tmp_path).standing is Standing.UNREADABLE


# The pioneer sites


@pytest.mark.slow
def test_noise_of_a_region_is_that_of_the_published_figures(real_data):
    """Of a COROP-sized site, plain difference-in-differences: 2.0, 3.3, 3.9 and 2.1 %."""
    from pathlib import Path  # noqa: PLC0415

    from lmpeval.engine.preparation import prepare  # noqa: PLC0415

    file = Path(__file__).parents[1] / "configs" / "lmp" / "mijnzorg.yaml"
    (found,) = calibrate_studies([plan(each) for each in prepare([file], real_data)], 2)
    spread = {
        each.cell.outcome.name: 100 * each.result.relative(each.result.spread.value)
        for each in found.cells
        if each.cell.primary
    }
    published = {"cost_core": 2.0, "hospital": 3.3, "gp": 3.9, "pharmacy": 2.1}
    for name, percentage in published.items():
        assert spread[name] == pytest.approx(percentage, rel=0.25)
    assert not any(each.result.answers for each in found.cells)
