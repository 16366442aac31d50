"""Outcomes that a study asks about together: from findings to the page, the table of results and runs."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from lmpeval.design import Status
from lmpeval.economics import NetEffect
from lmpeval.jointly.draws import Chance, Why
from lmpeval.outcomes_together import NotTold, asked_together
from lmpeval.report.delivered import delivered_view
from lmpeval.report.language import DUTCH, ENGLISH, LANGUAGES
from lmpeval.report.sheets.page import page
from lmpeval.report.sheets.readability import banned, without_base
from lmpeval.report.sheets.sheet import sheet
from lmpeval.report.together import together_view
from lmpeval.results.file import results_text
from lmpeval.study import Aim, CostEffectiveness, Level, Price, Substitution, contradictions
from lmpeval.tracking.together import together_metrics
from report.reading import read
from report.small_results import YEARS, cost, finding, result

EFFECTS = {"cost": -52.0, "hospital": -60.0, "gp": 12.0, "deaths": -0.4}
TOTAL = cost(name="cost", label="what care costs", label_nl="de zorgkosten", parts=("hospital", "gp"))
FOLLOWS = Price(year=2018, index="national", column="cost")
HOSPITAL = cost(name="hospital", label="hospital cost", primary=False, paid_by="Zvw", price=FOLLOWS)
GP = cost(name="gp", label="GP cost", primary=False, paid_by="patients", price=FOLLOWS)
DEATHS = cost(
    name="deaths", aim=Aim.HEALTH, unit="deaths per 1,000 insured years", price=None,
    minimal_important_difference=0.3,
)  # fmt: skip
ASKED = {
    "substitutions": (Substitution(source="hospital", destination="gp"),),
    "cost_effectiveness": (
        CostEffectiveness(
            cost="cost", gain="deaths", thresholds=(100_000.0, 500_000.0), source="the board", gain_per=1000
        ),
    ),
}


def _buying(gain, thresholds=(1.0,)):
    return CostEffectiveness(cost="cost", gain=gain, thresholds=thresholds, source="the board")


NOISE = np.random.default_rng(5).normal(size=(59, 3)) * np.array([9.0, 4.0, 0.2])


def found(outcome, moves, **changes):
    """A finding whose stand-ins moved by these, shape (59,)."""
    made = finding(EFFECTS[outcome.name], 1.0, outcome=outcome, **changes)
    reach = np.sort(np.abs(moves))[-3]
    effect = EFFECTS[outcome.name]
    sure = replace(
        made.result.estimate.uncertainty,
        placebo=np.repeat(moves[:, None], len(YEARS), axis=1),
        placebo_labels=tuple(f"region {i}" for i in range(59)),
        interval=(effect - reach, effect + reach),
    )
    answered = replace(made.result, estimate=replace(made.result.estimate, uncertainty=sure))
    verdict = made.verdict
    if verdict.effect is not None:
        verdict = replace(verdict, low=effect - reach, high=effect + reach)
    return replace(made, result=answered, verdict=verdict)


def whole(net=True, paid_by="Zvw", **statuses):
    """The study with all its findings; the third part of the noise is in no part of the cost."""
    total = found(TOTAL, NOISE[:, :2].sum(axis=1) + 5 * NOISE[:, 2])
    if net:
        low, high = total.result.estimate.uncertainty.interval
        told = NetEffect(EFFECTS["cost"], low, high, 8.0, 50_000.0, 0.0, Chance(1.0, 1 / 60))
        total = replace(total, result=replace(total.result, net=told))
    beside = [
        found(HOSPITAL, NOISE[:, 0], **statuses), found(GP, NOISE[:, 1]), found(DEATHS, NOISE[:, 2])
    ]  # fmt: skip
    made = result(total, *beside)
    paid = replace(made.study.intervention, programme_paid_by=paid_by)
    return replace(made, study=replace(made.study, intervention=paid, **ASKED))


def test_rows_down_to_the_total_add_up_and_payers_hold_the_programme():
    [split] = asked_together(whole().study, whole().findings).by_category
    assert sum(part[0] for part in split.found.parts) + split.found.rest[0] == pytest.approx(-52.0)
    assert split.found.rest[0] == pytest.approx(-4.0)
    assert dict(split.payers)["Zvw"][0] == pytest.approx(-60.0 + 8.0)
    alone = asked_together(whole(paid_by="the province").study, whole().findings).by_category[0].payers
    assert dict(alone)["the province"] == (8.0, 8.0, 8.0)


def test_nothing_is_told_of_which_a_part_may_not_be_told():
    silent = whole(statuses={"parallel_trends": Status.NOT_ASSESSED})
    asked = asked_together(silent.study, silent.findings)
    assert asked.by_category[0].absent == (HOSPITAL,)
    assert asked.substituted[0].found == NotTold(Why.NO_ANSWER, (HOSPITAL,))
    view = together_view(silent, ENGLISH)
    assert "Not told" in view.blocks[1].sentences[0]
    assert "hospital cost" in view.blocks[1].sentences[0]
    assert view.blocks[1].tables == ()
    assert "hospital cost" in " ".join(view.blocks[0].sentences), "what is absent is named"


def test_an_outcome_that_is_not_there_is_no_answer():
    made = whole()
    lacking = replace(made, findings=made.findings[:3])
    [worth] = asked_together(lacking.study, lacking.findings).for_money
    assert worth.found == NotTold(Why.NO_ANSWER, ())


def test_persons_are_told_apart_from_everybody():
    made = whole()
    both = [replace(f, cell=replace(f.cell, level=level)) for level in Level for f in made.findings]
    asked = asked_together(made.study, both)
    assert [each.source.cell.level for each in asked.substituted] == list(Level)


def text_of(view) -> str:
    parts = [view.title, view.shared]
    for block in view.blocks:
        parts += [block.heading, block.by, *block.sentences]
        parts += [drawing.alt + " " + drawing.note for drawing in block.drawings]
        tables = [*block.tables, *(t for drawing in block.drawings for t in drawing.tables)]
        parts += [text for t in tables for row in (t.head, *t.rows) for text in (t.caption, *row)]
    return "\n".join(parts)


def numbers_of(text: str, decimal: str) -> list[float]:
    thousands = "," if decimal == "." else r"\."
    numbers = re.findall(rf"\d{{1,3}}(?:{thousands}\d{{3}})+(?:\{decimal}\d+)?|\d+(?:\{decimal}\d+)?", text)
    return sorted(float(re.sub(thousands, "", each).replace(decimal, ".")) for each in numbers)


@pytest.fixture(scope="module")
def views():
    return {name: together_view(whole(), each) for name, each in LANGUAGES.items()}


def test_both_languages_tell_the_same_numbers_and_nothing_that_is_banned(views):
    dutch, english = text_of(views["nl"]), text_of(views["en"])
    assert numbers_of(dutch, ",") == numbers_of(english, ".")
    assert "{" not in dutch + english
    for name, catalogue in LANGUAGES.items():
        assert banned(text_of(views[name]), catalogue.language) == ()


def test_the_page_says_what_is_not_accounted_for_and_that_net_is_known(views):
    told = text_of(views["en"])
    assert "Not accounted for by the parts named: 8" in told
    assert "Gross" not in told
    assert "Certainty: moderate" in told
    assert "mean of 2015\u20132018" in told
    gross = text_of(together_view(whole(net=False), ENGLISH))
    assert gross.count("Gross:") == 2
    assert "with the programme, net" not in gross


def test_a_health_outcome_that_should_fall_is_told_as_fewer(views):
    assert "fewer (deaths per 1,000 insured people per year)" in text_of(views["en"])
    assert "minder (sterfgevallen" in text_of(views["nl"])


def test_the_table_of_results_and_the_run_hold_what_the_page_tells():
    made = whole()
    rows = [line.split(",") for line in results_text(made).splitlines()]
    head = rows[0]
    by = {(r[head.index("quantity")], r[head.index("by")]): r[head.index("estimate")] for r in rows[1:]}
    metrics = together_metrics(made)
    assert float(by["difference_in_no_part", ""]) == pytest.approx(-4.0)
    assert float(by["moved", "gp"]) == pytest.approx(12.0)
    assert float(by["leaked", "gp"]) == metrics["population.hospital.to.gp.leaked.effect"] == 48.0
    assert metrics["population.cost.paid_by.Zvw.effect"] == pytest.approx(-52.0)
    # 0.4 deaths fewer in a thousand, at 500,000 euro each, and 44 euro a head less
    assert metrics["population.cost.for.deaths.net_benefit_at_500000.effect"] == pytest.approx(244.0)
    assert 0 < metrics["population.cost.for.deaths.chance_worth_it_at_500000"] <= 59 / 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheet_says_who_pays_and_where_care_went(language):
    said = read(page(sheet(whole(), LANGUAGES[language]))).text
    # of a name in another language the markup parts it from the colon
    paid, moved = {
        "en": ("Who pays, a head and a year: Zvw", "From hospital cost to GP cost: moved +"),
        "nl": ("Wie betaalt, per hoofd en jaar: Zvw", "Van hospital cost naar GP cost : verschoven +"),
    }[language]
    assert paid in said
    assert moved in said
    assert "98" in said.split(LANGUAGES[language].say("sheet.saving", chance="")[:12])[1][:60]
    assert without_base(sheet(whole(), LANGUAGES[language]).prose(), language) == ()
    bare = read(page(sheet(result(found(cost(name="cost"), NOISE[:, 0])), LANGUAGES[language]))).text
    assert LANGUAGES[language].say("sheet.pays") in bare
    assert LANGUAGES[language].say("sheet.substitution") in bare


def test_everybody_beside_each_person_reached():
    view = delivered_view(whole(), DUTCH)
    rows = {row[0]: row for row in view.table.rows}
    # 1234 of 60123 reached, in 2015 alone: as rounded as their number is told
    assert numbers_of(rows["de zorgkosten"][3], ",")[-2] == pytest.approx(52 * 60123 / 1230, abs=0.5)
    assert rows["de zorgkosten"][2].startswith("2,0")
    made = whole()
    nobody = replace(made.study, intervention=replace(made.study.intervention, reach={}))
    assert delivered_view(replace(made, study=nobody), ENGLISH) is None


# What a study may ask


@pytest.mark.parametrize(
    ("parts", "where", "why"),
    [
        ({"outcomes": (replace(TOTAL, parts=("nobody",)),)}, "parts", "no other outcome"),
        ({"outcomes": (TOTAL, HOSPITAL, replace(GP, price=cost().price))}, "parts", "`column: cost`"),
        ({"outcomes": (TOTAL, replace(HOSPITAL, exposure="persons"), GP)}, "parts", "by persons"),
        ({"outcomes": (TOTAL, HOSPITAL, replace(GP, parts=("deaths",)), DEATHS)}, "parts", "twice"),
        (
            {"outcomes": (cost(price=Price(year=2018, index="none", column="cost")),)},
            "column",
            "only index 'national'",
        ),
        (
            {
                "outcomes": (TOTAL, DEATHS),
                "substitutions": (Substitution(source="cost", destination="deaths"),),
            },
            0,
            "one unit",
        ),
        (
            {"outcomes": (TOTAL,), "substitutions": (Substitution(source="cost", destination="cost"),)},
            "destination",
            "where it was",
        ),
        (
            {"outcomes": (TOTAL,), "substitutions": (Substitution(source="cost", destination="gp"),)},
            "destination",
            "no outcome of the study",
        ),
        (
            {"outcomes": (TOTAL, HOSPITAL), "cost_effectiveness": (_buying("hospital"),)},
            "gain",
            "expected of another aim than cost",
        ),
        (
            {"outcomes": (TOTAL, DEATHS), "cost_effectiveness": (_buying("deaths", (5.0, 2.0)),)},
            "thresholds",
            "must rise",
        ),
    ],
)
def test_what_cannot_be_told_together_is_said_in_its_place(parts, where, why):
    found = contradictions({**parts, "substitutions": (), "cost_effectiveness": ()} | parts)
    told = [each for each in found if why in each.message]
    assert told
    assert where in told[0].path


def test_what_the_example_asks_is_no_contradiction():
    asked = {"outcomes": (TOTAL, HOSPITAL, GP, DEATHS), **ASKED}
    assert contradictions(asked) == []
