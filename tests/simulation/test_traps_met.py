"""Twenty traps: the engine refuses, warns or adjusts, or is known not to.

Where the country is too small for its noise to let a trap show, a quiet one has the same defect in it, and
the answer without the defect stands beside the answer with it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lmpeval.ahead.calibrating import calibrate_studies
from lmpeval.comparators import Role
from lmpeval.design import Status
from lmpeval.economics import NetEffect
from lmpeval.engine.planning import plan
from lmpeval.engine.running import StudyResult
from lmpeval.finding import Answered, Finding, Twin
from lmpeval.ledger import Entry
from lmpeval.portfolio.comparing import SideBySide, side_by_side
from lmpeval.portfolio.comparison_file import Compared, ComparisonFile, Family, Portfolio
from lmpeval.report.calibration_page import render_calibration
from lmpeval.report.comparison_page import render_comparison
from lmpeval.report.page import render
from lmpeval.report.words import ENGLISH
from lmpeval.simulation.planting import COSTLIEST, INDICATORS
from lmpeval.study import DatedReason, Level, Neighbours
from lmpeval.verdict import Answer, State
from simulation.quiet_regions import FIRST, NEIGHBOUR, START, asking, effect, in_site, judged, quiet
from simulation.small_delivery import answered, asked, refusal
from simulation.small_persons import of_persons
from simulation.trapped import (
    PLAIN,
    STUDY,
    Laid,
    beside_site_1,
    costs_of_the_costliest,
    panel,
    studies,
    taken_over,
    truth,
)


@cache
def _answered(folder: Path, measured: tuple[str, ...]) -> StudyResult:
    return answered(folder, asked(folder, STUDY, measured))


def answer_to(laid: Laid, name: str, measured: tuple[str, ...] = ("cost",), **changes) -> StudyResult:
    folder = laid(name)
    return (
        answered(folder, asked(folder, STUDY, measured, **changes))
        if changes
        else _answered(folder, measured)
    )


def plain_words(page: str) -> str:
    """The words of a page, without its pictures and marks."""
    words = re.sub(r"(?s)<(style|svg)\b.*?</\1>", " ", page)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", words)))


def reader_is_told(result: StudyResult) -> str:
    return plain_words(render(result, ENGLISH))


def found_by(finding: Finding) -> Answered:
    assert isinstance(finding.result, Answered)
    return finding.result


def headline(result: StudyResult) -> Finding:
    """What the primary design finds of the study's first outcome."""
    first = result.study.outcomes[0]
    return next(f for f in result.findings if f.cell.primary and f.cell.outcome == first)


def beside(result: StudyResult) -> list[Finding]:
    """What is found beside the headline."""
    return [finding for finding in result.findings if finding is not headline(result)]


def entry(finding: Finding, name: str) -> Entry:
    return next(e for e in found_by(finding).ledger.entries if e.assumption.name == name)


def effect_of(finding: Finding) -> float:
    return found_by(finding).estimate.effect


# Refused

REFUSED = {
    "few_treated_clusters": r"cluster-robust errors need at least 10 treated groups",
    "person_level_errors": r"found 'independent persons', expected one of placebo groups, multiplier boot",
    "post_start_covariates": r"'risk_score' is known only from 2013 on, not before the start in 2013",
    "contaminated_pool": r"comparator\.register: missing",
    "covid_years": r"2020 and 2021 in the window of a cost outcome",
    "modelled_outcome": r"modelled small-area figures are built from background traits and cannot show",
    "nominal_euros": r"'cost' is in euro: add `price`",
    "gross_as_net": r"'savings on care' speaks of savings, and `programme_cost` is not given for 2013, 2014",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name, laid):
    measured = ("cost", "mortality", "good_health") if name == "modelled_outcome" else ("cost",)
    reason = refusal(laid(name), asked(laid(name), STUDY, measured))
    assert reason is not None
    assert re.search(REFUSED[name], reason)
    # without the trap the same study runs: it is the trap that is refused
    assert refusal(laid(PLAIN), asked(laid(PLAIN), STUDY, measured)) is None


# Warned of, or adjusted for


def test_matching_on_level_shows_both_and_says_what_it_invites(laid):
    result = answer_to(laid, "matching_on_level")
    assert [finding.cell.label for finding in result.findings] == [
        "difference_in_differences (matched on the outcome)",
        "difference_in_differences (not matched on the outcome)",
    ]
    found = entry(headline(result), "selection_not_by_chance")
    assert found.status is Status.UNCERTAIN
    assert "invites regression to the mean" in found.evidence.finding
    [plain] = answer_to(laid, PLAIN).findings
    assert "invites" not in entry(plain, "selection_not_by_chance").evidence.finding


def drift(yearly: float) -> Callable[[pd.DataFrame], pd.Series]:
    """Of the site alone, in euro a year, from the first year on."""
    return lambda rows: yearly * in_site(rows, FIRST) * (rows["year"] - FIRST)


def test_pretrend_not_significant_is_not_read_as_support():
    plain, trapped = judged(quiet(seed=6)), judged(quiet(drift(2.5), seed=6))
    without, found = (entry(headline(result), "parallel_trends") for result in (plain, trapped))
    assert without.status is Status.SUPPORTED
    assert headline(plain).verdict.reasons == ()
    low, high = map(float, re.findall(r"interval (\S+) to (\S+?)\)", found.evidence.finding)[0])
    assert low < 0 < high  # a test would not reject
    assert found.evidence.number == pytest.approx(without.evidence.number + 4 * 2.5, abs=1e-6)
    assert found.evidence.detectable > 4 * 2.5  # and says that it would have missed as large a trend
    assert found.status is Status.UNCERTAIN
    assert headline(trapped).verdict.reasons == ("uncertain:parallel_trends",)
    assert not re.search(r"parallel trends[^.]*\bhold", reader_is_told(trapped))


def felt_next_door(rows: pd.DataFrame) -> pd.Series:
    """Half of the effect."""
    return -30.0 * ((rows["unit"] == NEIGHBOUR) & (rows["year"] >= START))


def test_neighbour_spillover_is_kept_out_of_the_effect_and_told():
    asks = {"matches": 3}
    plain = judged(quiet(effect(-60), seed=5), comparator=asks)
    rows = quiet(effect(-60), felt_next_door, seed=5)
    trapped = judged(rows, comparator=asks)
    assert trapped.selection.units(Role.NEIGHBOUR) == (NEIGHBOUR,)
    assert effect_of(headline(trapped)) == pytest.approx(effect_of(headline(plain)))
    let_in = headline(judged(rows, comparator={**asks, "neighbours": Neighbours.KEEP}))
    assert effect_of(let_in) > effect_of(headline(plain)) + 10  # what the trap would have hidden
    assert entry(headline(plain), "no_spillover").status is Status.SUPPORTED
    assert entry(headline(trapped), "no_spillover").status is Status.UNCERTAIN
    assert "uncertain:no_spillover" in headline(trapped).verdict.reasons


def test_neighbour_spillover_sets_the_site_s_own_neighbourhood_aside(laid):
    result = answer_to(laid, "neighbour_spillover")
    own = {unit for unit, region in beside_site_1().items() if region == "Achterhoek"}
    assert own
    assert own <= set(result.selection.units(Role.NEIGHBOUR))
    assert not own & set(found_by(headline(result)).estimate.control_names)


def test_neighbour_spillover_sets_what_borders_on_the_site_elsewhere_aside(laid):
    result = answer_to(laid, "neighbour_spillover")
    elsewhere = {unit for unit, region in beside_site_1().items() if region != "Achterhoek"}
    assert elsewhere
    assert not elsewhere & set(result.selection.units(Role.COMPARED))


def shorter_claims(rows: pd.DataFrame) -> pd.Series:
    """What the reform takes off the site's bills, from 2015 on."""
    return -60.0 * in_site(rows, 2015)


def test_billing_reform_2015_shows_the_effect_without_the_year():
    told = {"breaks": (DatedReason(2015, "shorter claims"),)}
    shown = []
    for changes in ((), (shorter_claims,)):
        found = entry(headline(judged(quiet(*changes, seed=6), window=told)), "no_other_change")
        assert found.status is Status.ARGUED  # shown, and no test: never supported
        without, within = re.findall(
            r"^without 2015 the effect is (\S+) instead of (\S+);", found.evidence.finding
        )[0]
        shown.append((float(without), float(within)))
    (plain_without, plain_within), (without, within) = shown
    # the reform is there in three of the four years, and in two of the three that are left without 2015
    assert within - plain_within == pytest.approx(-60 * 3 / 4, abs=0.2)
    assert without - plain_without == pytest.approx(-60 * 2 / 3, abs=0.2)


def late(rows: pd.DataFrame) -> pd.Series:
    """What is not in of the last year's claims, anywhere."""
    return -0.07 * rows["cost"] * (rows["year"] == rows["year"].max())


def test_nominal_euros_of_a_year_with_late_claims_are_noticed():
    plain, trapped = (headline(judged(quiet(*changes, seed=6))) for changes in ((), (late,)))
    without, found = (entry(finding, "same_measurement") for finding in (plain, trapped))
    assert without.status is Status.ARGUED
    assert found.status is Status.NOT_SUPPORTED
    assert found.evidence.number == pytest.approx(0.07, abs=0.01)
    assert found.evidence.number > found.evidence.threshold > without.evidence.number
    assert "without 2017 the effect is" in found.evidence.finding
    assert "not supported:same_measurement" in trapped.verdict.reasons


def test_nominal_euros_of_a_small_country_say_what_would_have_been_noticed(laid):
    """Of 20,000 persons cost is too noisy for 7 % to stand out, and that is what is said."""
    price = {"price": {"year": 2018, "index": "national"}}
    outcome = studies(laid, "nominal_euros")[0]["outcomes"][0] | price
    found = entry(headline(answer_to(laid, "nominal_euros", outcomes=[outcome])), "same_measurement")
    assert abs(found.evidence.number - 0.07) < found.evidence.threshold
    [noticed] = re.findall(r"would have been noticed from ([\d.]+) % on", found.evidence.finding)
    assert float(noticed) == pytest.approx(100 * found.evidence.threshold, abs=0.06)


def test_nominal_euros_of_which_the_delivery_tells_what_is_not_in(laid):
    rows = pd.read_parquet(laid("nominal_euros") / "region_panel.parquet")
    rows["completeness"] = np.where(rows["year"] == 2018, 0.93, 1.0)
    rows.to_parquet(laid("nominal_euros") / "told.parquet", index=False)
    price = {"price": {"year": 2018, "index": "national"}}
    outcome = studies(laid, "nominal_euros")[0]["outcomes"][0] | price
    result = answer_to(laid, "nominal_euros", outcomes=[outcome], data={"panel": "told.parquet"})
    found = entry(headline(result), "same_measurement")
    assert found.status is Status.UNCERTAIN
    assert found.evidence.number == pytest.approx(0.07)
    assert "without 2018 the effect is" in found.evidence.finding


def test_covid_years_declared_are_shown_with_and_without(laid):
    told_of = [{"year": year, "reason": "pandemic"} for year in (2020, 2021)]
    result = answer_to(laid, "covid_years", window={"breaks": told_of})
    assert (
        "without 2015, 2020, 2021 the effect is"
        in entry(headline(result), "no_other_change").evidence.finding
    )
    left_out = answer_to(laid, "covid_years", window={"breaks": [], "exclude": told_of})
    assert "2020 left out: pandemic" in left_out.findings[0].notes
    assert found_by(left_out.findings[0]).estimate.years[-1] == 2019


NOT_MEAN = "This does not mean that it does not work."


def test_dilution_is_not_read_as_does_not_work():
    worked, diluted = (judged(quiet(effect(size), seed=5, noise=0.004)) for size in (-60, -6))
    assert headline(worked).verdict.answer is Answer.WORKED
    assert NOT_MEAN not in reader_is_told(worked)
    assert headline(diluted).verdict.answer is Answer.CANNOT_TELL
    assert NOT_MEAN in reader_is_told(diluted)


def needed_of_those_reached(persons: int) -> tuple[float, float]:
    """What a page tells before the run: what each has to gain, in euro and in percent of the mean."""
    reach = dict.fromkeys(range(START, 2018), persons)
    asks = asking(quiet(seed=5, noise=0.004), intervention={"reach": reach})
    [calibration] = calibrate_studies([plan(asks)], 1)
    page = plain_words(render_calibration(calibration, ENGLISH))
    [(euro, percent)] = re.findall(r"= €([\d,]+) each, ([\d,]+) % of the region's mean", page)
    return float(euro.replace(",", "")), float(percent.replace(",", ""))


def test_dilution_is_said_before_the_run_to_ask_ten_times_as_much_of_those_reached():
    euro, percent = needed_of_those_reached(8000)
    diluted_euro, diluted_percent = needed_of_those_reached(800)
    assert diluted_euro == pytest.approx(10 * euro, rel=0.02)
    assert percent < 100 < diluted_percent  # nobody can save more than they cost


def test_many_outcomes_are_counted_with_what_chance_gives(laid):
    text = reader_is_told(answer_to(laid, "many_outcomes", ("experience", *INDICATORS[:3])))
    assert "This page holds 4 estimates" in text
    assert "0.2 times on average by chance alone" in text


def held_together(*results: StudyResult) -> SideBySide:
    entries = tuple(Compared(file=f"{each.study.study}.yaml") for each in results)
    said = Portfolio("many", "Many outcomes", entries, families=Family.EVERY_OUTCOME)
    return side_by_side(ComparisonFile(said, (), ""), results)


def test_many_outcomes_are_corrected_together(laid):
    """What is asked together with others takes more to stand out than alone; of nothing none does."""
    folder, sites = laid("many_outcomes"), (STUDY, "site_8_lifestyle")
    results = [answered(folder, asked(folder, name, ("experience", *INDICATORS[:3]))) for name in sites]
    together, alone = (
        held_together(*some)
        for some in (results, [replace(each, findings=each.findings[:1]) for each in results])
    )
    [family], [few] = ([each for each in of.families if each.members] for of in (together, alone))
    assert (len(family.members), len(few.members)) == (8, 2)
    assert family.chance.expected == pytest.approx(0.4)
    for member, p in zip(few.members, few.adjusted, strict=True):
        at = [each.finding is member.finding for each in family.members].index(True)
        assert found_by(member.finding).estimate.uncertainty.p <= p < family.adjusted[at]
    assert not any(family.still)
    text = plain_words(render_comparison(together, ENGLISH))
    assert "about 0.4 of these 8 would look different by chance alone" in text


def test_composition_without_an_argument_blocks_the_headline(laid):
    trapped, plain = (headline(answer_to(laid, name)) for name in ("composition", PLAIN))
    assert trapped.verdict.blocked
    assert entry(trapped, "stable_composition").status is Status.NOT_ASSESSED
    assert not plain.verdict.blocked


def test_short_follow_up_is_too_early(laid):
    verdict = headline(answer_to(laid, "short_follow_up")).verdict
    assert (verdict.state, verdict.answer, verdict.effect) == (State.TOO_EARLY, Answer.TOO_EARLY, None)
    assert headline(answer_to(laid, PLAIN)).verdict.state is not State.TOO_EARLY


def with_effect(folder: Path, members: tuple[str, ...], euro: int) -> str:
    """Write the panel with an effect on the site that stands out of its noise; returns its name."""
    rows = pd.read_parquet(folder / "region_panel.parquet")
    rows.loc[rows["unit"].isin(members) & (rows["year"] >= 2013), "cost_standardised"] += euro
    rows.to_parquet(folder / f"plus_{euro}.parquet", index=False)
    return f"plus_{euro}.parquet"


def test_pretrend_the_ledger_tells_the_drift_that_would_overturn_the_answer(laid):
    """The larger the effect, the larger the drift that it takes."""
    name = "pretrend_not_significant"
    members = answer_to(laid, name).selection.units(Role.TREATED)
    drifts = []
    for euro in (2000, 4000):
        panel_with_it = with_effect(laid(name), members, euro)
        found = headline(answer_to(laid, name, data={"panel": panel_with_it}))
        assert found_by(found).estimate.uncertainty.interval[0] > 0
        drifts.append(entry(found, "parallel_trends").evidence.breakdown)
    assert None not in drifts
    assert 0 < drifts[0] < drifts[1]


def test_top_costs_are_shown_cut_at_the_99th_percentile_beside_the_raw_ones(laid):
    """One patient does not move the second effect as the first one, and a reader is told."""
    results = [answer_to(laid, name) for name in ("top_costs", PLAIN)]
    raw, plain = (effect_of(headline(result)) for result in results)
    cut, plain_cut = (headline(result).twins[Twin.TRUNCATED] for result in results)
    assert abs(raw - plain) > 1000
    assert abs(cut.effect - plain_cut.effect) < 0.1 * abs(raw - plain)
    assert cut.low < plain_cut.effect < cut.high
    text = reader_is_told(results[0])
    assert "depends on a few very expensive patients" in text
    [(share, before)] = re.findall(
        r"beyond the 99th percentile lies ([\d.]+) % of the site's cost \(([\d.]+) % before the start", text
    )
    assert float(share) > 2 * float(before)


def test_billing_reform_2015_that_nobody_declared_is_shown_as_if_it_were(laid):
    undeclared = answer_to(laid, "billing_reform_2015", window={"breaks": []})
    declared = answer_to(laid, "billing_reform_2015")
    told = [entry(headline(result), "no_other_change").evidence.finding for result in (undeclared, declared)]
    assert told[0] == told[1]
    assert told[0].startswith("without 2015 the effect is")
    assert "2015 is a known break of Dutch costs that the study does not name" in reader_is_told(undeclared)
    assert "known break" not in reader_is_told(declared).replace("Known breaks", "")


def test_boundary_vintages_jump_in_size_is_named(laid):
    """A note on the result names every municipality of the site that grew, and the year."""
    result = answer_to(laid, "boundary_vintages")
    grown = taken_over(laid)[0] & set(result.selection.units(Role.TREATED))
    notes = [*result.notes, *headline(result).notes]
    assert grown
    assert all(any(unit in note and "2013" in note for note in notes) for unit in grown)


# Met with persons: a country five times as large, for a few people tell nothing


@pytest.mark.slow
def test_the_costliest_are_compared_with_the_costliest_elsewhere(laid_larger):
    """The effect on those chosen for their high cost is none, far from what their own cost falls by."""
    folder = laid_larger("regression_to_the_mean")
    sure = found_by(headline(answered(folder, asked(folder, COSTLIEST)))).estimate
    low, high = sure.uncertainty.interval
    before, after = costs_of_the_costliest(folder)
    assert after.mean() - before.mean() < -10_000
    assert low < 0 < high
    assert sure.effect > (after.mean() - before.mean()) / 4


def test_people_chosen_for_their_risk_are_not_compared_without_the_rule(laid):
    folder = laid("regression_to_the_mean")
    assert refusal(folder, asked(folder, COSTLIEST)) is None
    population = {"subpopulation": "age >= 40"}
    told = refusal(folder, asked(folder, COSTLIEST, population=population))
    assert re.search(r"population\.selection: .*regression to the mean.*same rule at the same time", told)


@pytest.mark.slow
def test_participants_stand_beside_everybody_with_what_reach_leaves_over(laid_larger):
    folder, name = laid_larger("participants_as_population"), "site_6_formulary"
    result = answered(folder, of_persons(folder, name))
    at_level = {finding.cell.level: finding for finding in result.findings}
    assert set(at_level) == {Level.POPULATION, Level.INTERVENTION}
    low, high = found_by(at_level[Level.INTERVENTION]).estimate.uncertainty.interval
    rows = truth(folder).query("programme == @name and outcome == 'cost' and year >= 2015")
    true = rows.groupby("level")["effect"].mean()
    assert np.isfinite([low, high]).all()
    assert low <= true["participants"] <= high
    assert true["participants"] < 0 < true["population"]  # others use more than the participants less
    words = reader_is_told(result)
    assert "it is volume added by others" in words
    assert "their effect times reach" in words


@pytest.mark.slow
def test_a_fixed_cohort_wherever_they_move_stands_beside_who_lives_there(laid_larger):
    folder = laid_larger("composition")
    path = of_persons(
        folder, "site_1_frail_elderly", over="persons", follow="fixed cohort wherever they move"
    )
    result = answered(folder, path)
    assert entry(headline(result), "stable_composition").status is Status.NOT_ASSESSED
    cohort = next(f for f in beside(result) if f.cell.label == "propensity_matching")
    assert entry(cohort, "stable_composition").status is Status.SUPPORTED
    # whoever counts until they move shows that half of the dearest left
    stay = answered(folder, of_persons(folder, "site_1_frail_elderly", follow="fixed cohort"))
    leaving = next(f for f in stay.findings if f.cell.label == "propensity_matching")
    assert entry(leaving, "stable_composition").status is not Status.SUPPORTED


def test_gross_as_net_the_effect_is_told_with_what_the_programme_cost(laid):
    """It is larger by what the programme cost an insured year."""
    folder = laid("gross_as_net")
    spent = pd.read_csv(folder / "interventions.csv").query("programme == @STUDY").set_index("year")
    cost = {int(year): float(euro) for year, euro in spent["programme_cost"].items()}
    result = answer_to(laid, "gross_as_net", intervention={"programme_cost": cost})
    members = result.selection.units(Role.TREATED)
    insured = panel(folder).loc[list(members), "insured_years"].groupby("year").sum()
    a_head = np.mean([cost[year] / insured[year] for year in range(2014, 2019)])
    found = headline(result)
    net = found_by(found).net
    assert a_head > 0
    assert isinstance(net, NetEffect)
    assert net.effect - effect_of(found) == pytest.approx(a_head, rel=0.1)
    assert "With what the programme cost" in plain_words(render(result, ENGLISH))
