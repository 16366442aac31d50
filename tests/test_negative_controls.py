"""Outcomes that the intervention cannot move: what the others hear of them, and that they answer nothing."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from lmpeval.beside.other_methods import Reason
from lmpeval.design import Status
from lmpeval.engine.planning import plan
from lmpeval.engine.running import run
from lmpeval.finding import Failed, not_studied
from lmpeval.ledger import Certainty
from lmpeval.negative_controls import beside_controls, moved_by_more_than_chance
from lmpeval.persons.empirical_null import empirical_null
from lmpeval.report.glance import glance
from lmpeval.report.language import DUTCH, MINUS
from lmpeval.report.language.phrases import AS_IT_IS, tell_phrase
from lmpeval.report.page import render
from lmpeval.report.words import ENGLISH
from lmpeval.results.file import rows_of
from lmpeval.results.row import Quantity
from lmpeval.study import Aim, Better, PlausibleEffect, contradictions
from lmpeval.tracking.metrics import metrics_of
from lmpeval.verdict import Answer, State, Verdict
from report.reading import read
from report.small_results import cost, finding, result
from simulation.small_country import prepared, study, table

ROADS = {"name": "road_deaths", "primary": False, "negative_control": True}


def control(effect, reach, p, **changes):
    made = finding(effect, reach, outcome=cost(**ROADS | changes))
    sure = replace(made.result.estimate.uncertainty, p=p)
    return replace(
        made, result=replace(made.result, estimate=replace(made.result.estimate, uncertainty=sure))
    )


def trends(heard):
    return next(e for e in heard.result.ledger.entries if e.assumption.name == "parallel_trends")


def test_a_control_that_moved_puts_trends_in_doubt_and_the_verdict_follows():
    before = finding(-60, 20)
    heard, silent = beside_controls([before, control(90, 20, 0.02)])
    assert trends(before).status is Status.SUPPORTED
    assert trends(heard).status is Status.UNCERTAIN
    assert trends(heard).evidence.finding.endswith(
        "negative control, road deaths: 90 (70 to 110), against a margin of 25: the intervention cannot have "
        "done that, so something else did"
    )
    assert "uncertain:parallel_trends" in heard.verdict.reasons
    assert before.verdict.certainty is Certainty.MODERATE
    assert heard.verdict.certainty is Certainty.MODERATE  # one doubt of a site not drawn by lot
    assert silent.verdict == Verdict(State.NOT_STUDIED, ("negative control",))
    assert silent.verdict.answer is Answer.NOT_STUDIED


@pytest.mark.parametrize(
    ("effect", "reach", "said"),
    [
        (2, 10, "that is too small to matter"),
        (2, 60, "a difference that matters would not have been ruled out"),
    ],
)
@pytest.mark.parametrize("status", list(Status))
def test_one_that_stood_still_changes_no_status(effect, reach, said, status):
    before = finding(-60, 20, statuses={"parallel_trends": status})
    heard, _ = beside_controls([before, control(effect, reach, 0.6)])
    assert trends(heard).status is status
    assert said in trends(heard).evidence.finding
    assert heard.verdict == before.verdict


@pytest.mark.parametrize("status", [Status.UNCERTAIN, Status.NOT_SUPPORTED, Status.NOT_ASSESSED])
def test_doubt_is_never_taken_away(status):
    heard, _ = beside_controls(
        [finding(-60, 20, statuses={"parallel_trends": status}), control(90, 20, 0.02)]
    )
    assert trends(heard).status is status


def test_several_controls_share_their_chance():
    one = control(90, 20, 0.025)
    assert moved_by_more_than_chance(one, 1)
    assert moved_by_more_than_chance(one, 2)
    assert not moved_by_more_than_chance(one, 3)
    calm = [control(1, 10, 0.9, name=name) for name in ("falls", "births")]
    heard = beside_controls([finding(-60, 20), one, *calm])[0]
    assert trends(heard).status is Status.SUPPORTED
    assert trends(heard).evidence.finding.count("negative control, ") == 3


def test_a_design_hears_its_own_controls_only_and_a_broken_one_says_nothing():
    other = finding(-60, 20, primary=False)
    broken = replace(control(90, 20, 0.02), result=Failed("ValueError", ""))
    heard = beside_controls([other, control(90, 20, 0.02)])[0]
    assert heard == other
    assert beside_controls([finding(-60, 20), broken])[1] == broken


def test_order_does_not_matter():
    asked, told = finding(-60, 20), control(90, 20, 0.02)
    assert (
        trends(beside_controls([asked, told])[0]).evidence
        == trends(beside_controls([told, asked])[1]).evidence
    )


def test_the_page_keeps_it_apart_from_the_answers():
    heard = beside_controls([finding(-60, 20), control(90, 20, 0.02)])
    shown = glance(result(*heard), ENGLISH)
    assert [line.outcome for line in (*shown.lines, *shown.exploratory) if "road" in line.outcome] == []
    assert shown.estimates == 1
    text = read(render(result(*heard), ENGLISH)).text
    assert "Road deaths (negative control), difference in differences" in text
    assert "road deaths, negative control" in text.lower()
    assert text.index("Appendix: figures that are no answer") < text.rindex("Road deaths (negative control)")


def test_it_answers_for_no_aim():
    asked = (cost(), cost(**ROADS | {"aim": Aim.HEALTH, "price": None}))
    assert Aim.HEALTH in not_studied(asked)
    assert contradictions({"outcomes": asked}) == []


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ((cost(), cost(**ROADS | {"primary": True})), "leave `primary` out"),
        (
            (cost(), cost(**ROADS, plausible_effect=PlausibleEffect(-5.0, 0.0, "a guess"))),
            "leave `plausible_effect` out",
        ),
        ((cost(**ROADS),), "nothing is left that the study asks"),
    ],
)
def test_what_a_control_cannot_be(outcomes, said):
    assert any(said in str(found) for found in contradictions({"outcomes": outcomes}))


@pytest.mark.parametrize(("moved", "status"), [(0.0, None), (400.0, Status.UNCERTAIN)])
def test_through_the_engine(moved, status):
    """What hits the site alone moves an outcome that the programme cannot, and every design hears it."""
    asked = study()
    first = asked.outcomes[0]
    extra = replace(first, name="elsewhere", column="elsewhere", primary=False, negative_control=True)
    data, site = table(), set(asked.population.members)
    other = table(seed=6)
    data["elsewhere"] = other["cost"].to_numpy()
    late = data["unit"].isin(site) & (data["year"] >= asked.intervention.start)
    data.loc[late, "elsewhere"] += moved
    with_control = replace(asked, outcomes=(*asked.outcomes, extra))
    (told,) = run([plan(prepared(with_control, data))], jobs=1)
    (plain,) = run([plan(prepared(asked, data))], jobs=1)
    by_name = {found.cell.name: found for found in told.findings}
    for before in plain.findings:
        heard = by_name[before.cell.name]
        old, new = (
            next(e for e in f.result.ledger.entries if e.assumption.number == 3) for f in (before, heard)
        )
        assert "negative control, " in new.evidence.finding
        if status and old.status in (Status.SUPPORTED, Status.ARGUED):
            assert new.status is status
        else:
            assert new.status is old.status
        if moved:
            assert "something else did" in new.evidence.finding
    for found in told.findings:
        if found.cell.outcome.negative_control:
            assert found.verdict.state is State.NOT_STUDIED


FIVE = (40, 60, 20, 45, 55)


def five(better=Better.LOWER, sign=1):
    return [control(sign * effect, 20, 0.5, name=f"road_{effect}", better=better) for effect in FIVE]


def law(effects=FIVE, reach=20):
    margin = 25.0
    return empirical_null(-np.array(effects) / margin, np.full(len(effects), reach / 2 / margin)), margin


def calibrated(heard):
    return heard.result.others[-1]


def test_from_five_controls_on_what_moved_them_is_told_as_a_law():
    heard = beside_controls([finding(-60, 20), *five()])[0]
    found, margin = law()
    assert (
        f"over 5 negative controls systematic error has a mean of {found.mean:.2f}"
        in trends(heard).evidence.finding
    )
    assert found.mean == pytest.approx(-44 / margin, rel=0.01)
    fewer = beside_controls([finding(-60, 20), *five()[1:]])[0]
    assert "systematic" not in trends(fewer).evidence.finding
    assert calibrated(fewer).reason is Reason.FEW_CONTROLS
    assert beside_controls([finding(-60, 20)])[0].result.others == ()


def test_the_effect_is_calibrated_by_the_law():
    """The mean comes off, the deviation is added; t of four degrees of freedom and the law's own error."""
    found, margin = law()
    alone = finding(-60, 20)
    assert calibrated(beside_controls([alone, *five()])[0]).p is None  # of one site that is ranked
    several = replace(alone, result=replace(alone.result, n_sites=3))
    told = calibrated(beside_controls([several, *five()])[0])
    error = np.sqrt(found.deviation**2 * 5 / 4 + found.mean_error**2 + (10 / margin) ** 2) * margin
    assert told.effect == pytest.approx(-60 + found.mean * margin)
    assert told.effect == pytest.approx(-104, abs=0.5)
    reach = stats.t.ppf(0.975, 4) * error
    assert told.interval == pytest.approx((told.effect - reach, told.effect + reach))
    assert told.p == pytest.approx(2 * stats.t.sf(abs(told.effect) / error, 4))


def test_it_does_not_matter_whether_survival_or_mortality_is_told():
    of_cost = calibrated(beside_controls([finding(-60, 20), *five()])[0])
    turned = calibrated(beside_controls([finding(-60, 20), *five(Better.HIGHER, -1)])[0])
    assert (turned.effect, *turned.interval) == pytest.approx((of_cost.effect, *of_cost.interval))


def test_an_effect_that_the_controls_explain_is_put_in_doubt():
    effects = (-40, 40, -30, 30, 0)
    calm = [control(effect, 20, 0.9, name=f"calm_{i}") for i, effect in enumerate(effects)]
    heard = beside_controls([finding(-30, 20), *calm])[0]
    low, high = calibrated(heard).interval
    assert low < 0 < high
    assert trends(heard).status is Status.UNCERTAIN
    assert "zero is no longer left out" in trends(heard).evidence.finding
    none = beside_controls([finding(-5, 20), *calm])[0]  # nothing was told from zero before
    assert trends(none).status is Status.SUPPORTED


def test_the_ledger_tells_it_in_dutch_too():
    calm = [control(effect, 20, 0.9, name=f"calm_{i}") for i, effect in enumerate((-40, 40, -30, 30, 0))]
    for controls in (five(), calm, [control(90, 20, 0.01)], [control(2, 60, 0.9)]):
        heard = beside_controls([finding(-30, 20), *controls])[0]
        told = trends(heard).evidence.finding.partition("; ")[2]
        assert told
        assert not tell_phrase(told, DUTCH).startswith(AS_IT_IS), told


def test_an_effect_without_an_error_is_not_calibrated():
    made = finding(-60, np.inf)
    told = calibrated(beside_controls([made, *five()])[0])
    assert (told.interval, told.reason) == (None, Reason.NO_ERROR)


def test_page_and_table_and_run_hold_the_calibrated_effect():
    heard = result(*beside_controls([finding(-60, 20), *five()]))
    told = calibrated(heard.findings[0])
    text = read(render(heard, ENGLISH)).text
    assert "calibrated by outcomes that the intervention cannot move" in text
    assert f"The difference becomes {MINUS}€104" in text
    rows = [row for row in rows_of(heard.findings[0]) if row.quantity is Quantity.CALIBRATED]
    assert [(row.estimate, row.low, row.high) for row in rows] == [(told.effect, *told.interval)]
    numbers = {r.by: r.estimate for r in rows_of(heard.findings[0]) if r.quantity is Quantity.SYSTEMATIC}
    found, _ = law()
    assert numbers == {
        "mean": found.mean, "standard deviation": found.deviation, "expected size": found.expected_error,
    }  # fmt: skip
    metrics = metrics_of(heard.findings[0])
    assert (metrics["systematic.mean"], metrics["systematic.deviation"]) == (found.mean, found.deviation)
    assert metrics["calibrated.effect"] == told.effect
    assert (metrics["calibrated.low"], metrics["calibrated.high"]) == told.interval
