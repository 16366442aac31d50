"""What the checker acro 1.0.2 let through, on small data of the same shape, and what this gate does with it.

Each test is named after the failure. The data are drawn, so that what would leak is known.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cohorts import a_cohort
from lmpeval.cohort import Cohort
from lmpeval.disclosure import CBS, OPENSAFELY, Code, Contribution, Gate, Profile, Support, judge
from lmpeval.disclosure.differences import few_apart
from lmpeval.disclosure.tables import withheld_cells
from lmpeval.errors import UserError
from lmpeval.persons.support import refused, shown_regions, supports
from lmpeval.report.persons import person_flow_table
from lmpeval.report.words import ENGLISH
from lmpeval.sources.persons.flow import Flow, Step
from lmpeval.study_files.reading import load_study
from person_country import written

GATE = Gate()


def codes(refusals) -> set[Code]:
    return {each.code for each in refusals}


def one_year(amounts, practices=None, n_regions=2, regions=None) -> Cohort:
    """Persons of two years whose amounts are given, the first half treated; insurers many."""
    n = len(amounts)
    home = np.arange(n) * n_regions // n if regions is None else np.asarray(regions)
    return Cohort(
        outcome=np.tile(np.asarray(amounts, float), (2, 1)),
        exposure=np.ones((2, n)),
        years=np.array([2013, 2014]),
        start=2014,
        treated=home == 0,
        covariates=np.empty((n, 0)),
        covariate_names=(),
        strata=np.zeros(n, dtype=np.intp),
        regions=home.astype(np.intp),
        region_names=tuple(f"R{i}" for i in range(home.max() + 1)),
        practices=None if practices is None else np.asarray(practices, np.intp),
        insurers=np.arange(n, dtype=np.intp) % 7,
    )


def test_integer_columns_with_margins():
    """Regions by integer years with margins: cells of one person were written, unsuppressed, as reviewed."""
    rng = np.random.default_rng(0)
    region, year = rng.integers(0, 3, 400), rng.integers(2015, 2018, 400)
    region[:2], year[:2] = 3, 2016  # two persons alone in a region
    counts = np.array([[((region == r) & (year == y)).sum() for y in (2015, 2016, 2017)] for r in range(4)])
    assert counts[3].tolist() == [0, 2, 0]
    why = withheld_cells(counts, CBS)
    hidden = np.not_equal(why, None)
    assert why[3, 1] is Code.FEW_PERSONS
    assert hidden[3].all()  # an empty cell would say that both are in another
    # with all totals known, no hidden cell follows from the others of its row or column
    for cells, of in ((counts, hidden), (counts.T, hidden.T)):
        for line, out in zip(cells, of, strict=True):
            assert not out.any() or (out.sum() >= 2 and line[out].sum() >= 10) or out.all()
    assert 0 < hidden.sum() < hidden.size
    # the table of persons that a report has, by integer years and with totals
    steps = [Step(f"counted in {y}", "", int(n), 900) for y, n in enumerate(counts[3], start=2015)]
    rows = person_flow_table(Flow((*steps, Step("insured", "", 2, 2703))), ENGLISH).rows
    assert [row[1:] for row in rows[1:]] == [
        ("fewer than 10", "900"),
        ("0", "900"),
        ("fewer than 10", "2,700"),
    ]


def test_rows_are_not_people():
    """Three persons in four years are twelve rows, which passed a threshold of ten."""
    cohort = one_year(np.full(60, 100.0), regions=[0] * 3 + [1] * 57)
    four = replace(
        cohort,
        outcome=np.tile(cohort.outcome, (2, 1)),
        exposure=np.ones((4, 60)),
        years=np.array([2011, 2012, 2013, 2014]),
    )
    assert int((four.exposure[:, four.treated] > 0).sum()) == 12
    cells = [*supports(four, np.ones(60), np.flatnonzero(four.treated), GATE)]
    assert [each.persons.distinct for each in cells] == [3, 3, 3, 3]
    assert Code.FEW_PERSONS in codes(refused(four, np.ones(60), GATE))
    _, of_sites = shown_regions(four, GATE)
    assert Code.FEW_PERSONS in codes(of_sites)


def test_provider_dominance():
    """One provider with four fifths of a region's cost over five hundred patients passed."""
    rng = np.random.default_rng(1)
    amounts = rng.gamma(2, 500, 1000)
    practices = np.where(np.arange(1000) % 10 < 2, 1 + np.arange(1000) % 7, 0)
    practices[500:] = 10 + np.arange(500) % 9
    cohort = one_year(amounts, practices)
    assert codes(refused(cohort, np.ones(1000), GATE)) == {Code.DOMINANT_PROVIDER}
    spread = replace(cohort, practices=np.arange(1000, dtype=np.intp) % 9)
    assert refused(spread, np.ones(1000), GATE) == ()
    agreed = replace(GATE, agreed=True)
    assert refused(cohort, np.ones(1000), agreed) == ()


def test_a_contributor_of_55_percent():
    """Thirty contributors of whom one has 55 percent of the total passed by default."""
    amounts = np.full(60, 1000.0)
    amounts[0] = 55 / 45 * 29 * 1000
    [before, after] = supports(one_year(amounts), np.ones(60), np.arange(30), GATE)
    assert before.persons.distinct == 30
    assert before.persons.shares[0] == pytest.approx(0.55)
    assert Code.DOMINANT_PERSON in codes(judge(after, CBS))
    paid_back = one_year(-amounts)  # a correction tells as much of a person as a claim
    assert Code.DOMINANT_PERSON in codes(refused(paid_back, np.ones(60), GATE))
    amounts[0] = 40 / 60 * 29 * 1000
    assert Code.DOMINANT_PERSON not in codes(refused(one_year(amounts), np.ones(60), GATE))


def test_group_disclosure_94_percent():
    """Of a row 94 percent in one cell passed: who lives there has it."""
    counts = np.array([[940, 60], [500, 500], [450, 550]])
    why = withheld_cells(counts, CBS)
    assert why[0].tolist() == [Code.GROUP, Code.BESIDE]
    assert (np.not_equal(why, None).sum(axis=0) >= 2).all()
    assert not np.not_equal(withheld_cells(counts, CBS, characteristic=False), None).any()
    having = Support(Contribution(1000), events=940)
    assert codes(judge(having, CBS)) == {Code.GROUP}
    assert judge(replace(having, events=880), CBS) == ()
    assert codes(judge(replace(having, events=1000), CBS)) == {Code.ALL_OR_NONE}
    assert judge(replace(having, events=0, structural=True), CBS) == ()


def test_a_saturated_regression_gives_the_mean_of_a_region_of_six():
    """A regression on regions passed on 2,994 degrees of freedom; its numbers are the regions' means."""
    rng = np.random.default_rng(2)
    regions = np.r_[np.zeros(1200), np.ones(1194), np.full(600, 2), np.full(6, 3)].astype(int)
    amounts = rng.gamma(2, 1000, 3000)
    indicator = (regions[:, None] == np.arange(4)).astype(float)
    coefficients, *_ = np.linalg.lstsq(indicator, amounts, rcond=None)
    assert coefficients[3] == pytest.approx(amounts[regions == 3].mean())
    shown, of_sites = shown_regions(one_year(amounts, regions=regions), GATE)
    assert shown.tolist() == [True, True, True, False]
    assert of_sites == ()
    _, of_sites = shown_regions(one_year(amounts, regions=(regions + 1) % 4), GATE)
    assert codes(of_sites) == {Code.FEW_PERSONS}
    amounts[regions == 2] = np.r_[1e6, np.full(599, 10.0)]  # a region that one person makes up
    shown, _ = shown_regions(one_year(amounts, regions=regions), GATE)
    assert shown.tolist() == [True, True, False, False]
    freedom = Support(Contribution(3000), freedom=9)
    assert codes(judge(freedom, CBS)) == {Code.FREEDOM}


def test_two_tables_that_differ_by_one_person():
    """Both got the same line that asks for a look by hand; their difference is the person."""
    everybody = np.arange(5000, 5312)
    without = np.setdiff1d(everybody, [5117])
    assert few_apart(everybody, without, CBS.least)
    assert few_apart(without, everybody, CBS.least)
    assert few_apart(everybody, np.r_[without, 9999], CBS.least)  # one gone and one come
    assert not few_apart(everybody, everybody.copy(), CBS.least)
    assert not few_apart(everybody, everybody[10:], CBS.least)
    assert few_apart(everybody, everybody[9:], CBS.least)
    assert not few_apart(everybody, everybody[9:], OPENSAFELY.least)


def test_configuration_by_path(tmp_path):
    """Rules could only be given by the name of a file inside the installed package."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def profile(**rules) -> Profile:
        return load_study(written(elsewhere, disclosure=rules)).gate.profile

    assert profile() == CBS
    assert profile(profile="opensafely") == OPENSAFELY
    changed = profile(least=30, largest_share=0.4, because="agreed with the holder of the data")
    assert (changed.least, changed.nearest, changed.largest) == (30, 10, (0.4, 0.85))
    assert codes(judge(Support(Contribution(29)), changed)) == {Code.FEW_PERSONS}
    with pytest.raises(UserError, match=r"study\.yaml:\d+.*disclosure.*without a reason"):
        profile(least=30)
    with pytest.raises(UserError, match=r"disclosure\.profile"):
        profile(profile="nobody_s")


def test_a_number_of_which_nobody_knows_who_stands_behind_it_does_not_leave():
    assert codes(judge(None, CBS)) == {Code.NO_SUPPORT}


def test_refusals_never_tell_what_was_found():
    """That a cell has nine persons, or that one has 71 percent, is what may not be known."""
    few = {str(judge(Support(Contribution(n)), CBS)) for n in range(1, 10)}
    assert len(few) == 1
    dominated = {str(judge(Support(Contribution(40, (share, 0.9))), CBS)) for share in (0.6, 0.71, 0.99)}
    assert len(dominated) == 1


def test_the_gate_does_not_depend_on_the_order_of_persons():
    cohort = a_cohort(n=400, n_regions=8, n_treated=1)
    order = np.random.default_rng(3).permutation(400)
    everybody = np.ones(400)
    assert shown_regions(cohort, GATE)[0].tolist() == shown_regions(cohort.in_order(order), GATE)[0].tolist()
    assert refused(cohort, everybody, GATE) == refused(cohort.in_order(order), everybody, GATE)
