"""Synthetic control that matches predictors: published mixtures, the search, invariances, what is refused."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest

from lmpeval.assembly.panels import assemble
from lmpeval.comparators import delivery_contradictions, select
from lmpeval.design import AlsoRead, compare_all, estimate
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.donors.predictor_search import Search
from lmpeval.mixtures.simplex import on_simplex
from lmpeval.mixtures.within_bounds import within
from lmpeval.predictors import Measured, Predictor
from lmpeval.study import DesignChoice, contradictions
from lmpeval.uncertainty.placebo import stand_ins
from simulation.small_country import register, study, table
from worlds import World, draw, tiny

CLASSICAL = {"ridge": 1e-6, "levels": "together"}


def table_of(real_data, name):
    pandas = pytest.importorskip("pandas")
    return pandas.read_csv(real_data / "replication" / f"{name}.csv")


def measured(predictors, columns, years, before):
    """Readings of columns, each of shape (n_years, n_units), and the years of the outcome itself."""
    in_path = np.zeros((len(predictors), len(years)), dtype=bool)
    rows, when, of = [], [], []
    for k, each in enumerate(predictors):
        asked = (years >= each.first) & (years <= each.until)
        assert (asked <= before).all()
        if each.column is None:
            in_path[k] = asked
            continue
        for t in np.flatnonzero(asked & np.isfinite(columns[each.column]).any(axis=1)):
            rows.append(columns[each.column][t])
            when.append(years[t])
            of.append(k)
    n_units = next(iter(columns.values())).shape[1]
    return Measured(
        tuple(map(str, predictors)), in_path, np.reshape(rows, (-1, n_units)), np.array(when), np.array(of)
    )


SMOKING = tuple(
    Predictor(first, last, column)
    for column, first, last in (
        ("lnincome", 1980, 1988),
        ("age15to24", 1980, 1988),
        ("retprice", 1980, 1988),
        ("beer", 1984, 1988),
        (None, 1988, None),
        (None, 1980, None),
        (None, 1975, None),
    )
)


@pytest.fixture(scope="module")
def california(real_data):
    table = table_of(real_data, "prop99_smoking")
    wide = {c: table.pivot(index="year", columns="state", values=c) for c in (*NEEDED, "cigsale")}
    sales = wide["cigsale"]
    panel = tiny(sales.to_numpy().tolist(), before=19)
    years = sales.index.to_numpy()
    return replace(
        panel,
        years=years,
        start=1989,
        units=tuple(sales),
        treated=np.array([name == "California" for name in sales]),
        groups=tuple(sales),
        predictors=measured(SMOKING, {c: wide[c].to_numpy() for c in NEEDED}, years, years < 1989),
    )


NEEDED = ("lnincome", "age15to24", "retprice", "beer")


def mixture(panel, design):
    answer = design.compare(panel)
    gap = panel.treated_mean - answer.counterfactual
    weights = dict(zip(panel.control_names, answer.weights.tolist(), strict=True))
    return {name: w for name, w in weights.items() if w > 1e-4}, float((gap[panel.before] ** 2).mean())


def test_the_search_reaches_the_best_mixture_of_proposition_99(california):
    found, misfit = mixture(california, SyntheticControl(predictors=SMOKING, v="nested", **CLASSICAL))
    assert misfit == pytest.approx(3.07666340, abs=2e-8)
    best = {"Utah": 0.3351, "Nevada": 0.2356, "Montana": 0.2019, "Colorado": 0.1595, "Connecticut": 0.0679}
    assert found == pytest.approx(best, abs=5e-5)


def test_an_importance_gives_the_printed_mixture_of_proposition_99_and_follows_worse(california):
    given = (3.54093e-4, 0.0481759, 0.17692, 0.017669, 0.0340644, 0.0557389, 1.0)
    weighed = tuple(replace(each, weight=w) for each, w in zip(SMOKING, given, strict=True))
    found, misfit = mixture(california, SyntheticControl(predictors=weighed, v="given", **CLASSICAL))
    printed = {"Utah": 0.334, "Nevada": 0.234, "Montana": 0.199, "Colorado": 0.164, "Connecticut": 0.069}
    assert found == pytest.approx(printed, abs=5e-4)
    assert misfit == pytest.approx(3.0892, abs=5e-4)


# The search


def drawn_search(seed, n_predictors=4, n_donors=7):
    """A target outside of what donors surround, and a path to follow."""
    rng = np.random.default_rng(seed)
    donors = rng.normal(size=(n_predictors, n_donors))
    target = donors @ rng.dirichlet(np.ones(n_donors)) + rng.normal(size=n_predictors) * 0.8
    path = rng.normal(size=(12, n_donors))
    return Search(target[:, None] - donors, path / np.sqrt(12))


def by_importance(search, importance):
    """Weights that an importance gives, by the slow way: every set of donors, solved as it stands."""
    scaled, best = np.sqrt(importance)[:, None] * search.apart, (np.inf, None)
    for size in range(1, len(importance) + 2):
        for chosen in combinations(range(scaled.shape[1]), size):
            some = scaled[:, chosen]
            others = np.linalg.lstsq(some[:, 1:] - some[:, :1], -some[:, 0], rcond=None)[0]
            weights = np.append(1 - others.sum(), others)
            value = float(((some @ weights) ** 2).sum())
            if weights.min() >= -1e-12 and value < best[0] - 1e-14:
                best = (value, (chosen, weights))
    whole = np.zeros(scaled.shape[1])
    whole[list(best[1][0])] = best[1][1]
    return whole


@pytest.mark.parametrize("seed", range(3))
def test_the_search_finds_nothing_worse_than_many_importances(seed):
    search = drawn_search(seed)
    told = search.best()
    found = told.weights
    assert told.proved
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)
    rng = np.random.default_rng(seed)
    tried = [search.value(by_importance(search, 10 ** rng.uniform(-5, 0, 4))) for _ in range(15)]
    assert search.value(found) <= min(tried) * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_what_the_search_finds_is_given_by_some_importance(seed):
    """There is a pull with the signs of what is left to which no donor answers better: v is pull by left."""
    optimize = pytest.importorskip("scipy.optimize")
    search = drawn_search(seed)
    weights = search.best().weights
    left, own = search.apart @ weights, weights > 0
    signs = np.sign(left)
    behind = search.apart[:, own][:, :1] - search.apart  # no donor is nearer
    level = search.apart[:, own][:, 1:] - search.apart[:, own][:, :1]
    away = np.abs(left) > 1e-7
    found = optimize.linprog(
        np.zeros(len(left)),
        A_ub=behind.T,
        b_ub=np.full(behind.shape[1], 1e-7),
        A_eq=np.vstack([level.T, np.where(away, signs, 0)]),
        b_eq=np.append(np.zeros(level.shape[1]), 1.0),
        bounds=[
            (None, None) if not far else (0, None) if sign > 0 else (None, 0)
            for far, sign in zip(away, signs, strict=True)
        ],
    )
    assert found.status == 0


def best_of_all(search):
    """Misfit of the best mixture, by looking at every set of donors with every set of signs."""
    optimize = pytest.importorskip("scipy.optimize")
    n_predictors, n = search.apart.shape
    objective, best = search.missed.T @ search.missed, np.inf
    for signs in map(np.array, product((-1.0, 1.0), repeat=n_predictors)):
        ways = [(0, None) if sign > 0 else (None, 0) for sign in signs]
        for size in range(1, n_predictors + 1):
            for own in map(list, combinations(range(n), size)):
                some = search.apart[:, own]
                pull = optimize.linprog(
                    np.zeros(n_predictors), -search.apart.T, -np.ones(n), some.T, np.ones(size), bounds=ways
                )
                if pull.status:
                    continue
                least = np.vstack([np.eye(size), signs[:, None] * some])
                begin = optimize.linprog(
                    np.zeros(size), -least, np.zeros(len(least)), np.ones((1, size)), [1.0]
                )
                if begin.status == 0:
                    weights = within(objective[np.ix_(own, own)], least, begin.x)
                    best = min(best, float(weights @ objective[np.ix_(own, own)] @ weights))
    return best


@pytest.mark.parametrize("seed", range(2))
def test_the_search_proves_what_looking_everywhere_shows(seed):
    search = drawn_search(seed, n_predictors=3, n_donors=5)
    found = search.best()
    assert found.proved
    assert search.value(found.weights) == pytest.approx(best_of_all(search), rel=1e-6)


def test_it_says_when_it_has_not_looked_everywhere(monkeypatch):
    monkeypatch.setattr("lmpeval.donors.predictor_search.MOST_PLACES", 2)
    search = drawn_search(1, n_predictors=6, n_donors=20)
    found = search.best()
    assert not found.proved
    assert found.places == 2
    assert search.value(found.weights) <= search.value(on_simplex(search.apart)) * (1 + 1e-9)


STAND_INS = {"Idaho": 5.3137652, "Minnesota": 15.108022, "Oklahoma": 4.6504179, "Kentucky": 416.77562}
"""Mean squared gap of the best mixture, by state in California's place."""


@pytest.mark.parametrize("state", STAND_INS)
def test_the_search_reaches_the_best_mixture_of_stand_ins(california, state):
    position = np.flatnonzero(np.array(california.units) == state)
    placebo = california.placebo_sites({state: position})
    misfit = mixture(placebo, SyntheticControl(predictors=SMOKING, v="nested", **CLASSICAL))[1]
    assert misfit == pytest.approx(STAND_INS[state], rel=1e-6)


def test_within_equals_a_general_solver():
    optimize = pytest.importorskip("scipy.optimize")
    rng = np.random.default_rng(4)
    root = rng.normal(size=(8, 5))
    objective, least = root.T @ root, np.vstack([np.eye(5), rng.normal(size=(3, 5))])
    start = np.full(5, 0.2)
    least[5:] *= np.sign(least[5:] @ start)[:, None]
    best = within(objective, least, start)
    slow = optimize.minimize(
        lambda w: w @ objective @ w,
        start,
        jac=lambda w: 2 * objective @ w,
        constraints=[
            {"type": "eq", "fun": lambda w: w.sum() - 1},
            {"type": "ineq", "fun": lambda w: least @ w},
        ],
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    )
    assert best @ objective @ best <= slow.fun * (1 + 1e-9)
    assert (least @ best).min() > -1e-9
    assert best == pytest.approx(slow.x, abs=1e-5)


# Invariances

PREDICTORS = (
    Predictor(2010, 2012),
    Predictor(2014),
    Predictor(2010, 2013, "income"),
    Predictor(2012, None, "age"),
)
FEW = World(neighbourhoods=7, units=3)
DESIGNS = [
    SyntheticControl(predictors=PREDICTORS),
    SyntheticControl(predictors=PREDICTORS, levels="together", ridge=0.1),
    SyntheticControl(predictors=PREDICTORS, v="nested", ridge=0.1),
    SyntheticControl(
        predictors=tuple(replace(p, weight=w) for p, w in zip(PREDICTORS, (1, 2, 0.5, 0.1), strict=True)),
        v="given",
    ),
]
of_design = pytest.mark.parametrize("design", DESIGNS, ids=lambda d: f"{d.v}, {d.levels}")


def with_predictors(world, seed):
    panel = draw(world, seed)
    rng = np.random.default_rng(seed)
    shape = panel.outcome.shape
    columns = {
        "income": rng.normal(30, 4, shape[1]) + rng.normal(size=shape),
        "age": rng.normal(40, 5, shape),
    }
    return replace(panel, predictors=measured(PREDICTORS, columns, panel.years, panel.before))


def told(design, panel):
    found = estimate(design, panel, 0, np.random.default_rng(1))
    sure = found.uncertainty
    return np.array([found.effect, *sure.interval]), dict(
        zip(found.control_names, found.comparison.weights.tolist(), strict=True)
    )


def same(one, other, factor=1.0):
    assert other[0] == pytest.approx(one[0] * factor, rel=1e-7, abs=1e-7 * factor)
    assert other[1] == pytest.approx(one[1], abs=1e-8)


@of_design
def test_what_must_change_nothing(design):
    panel = with_predictors(FEW, 3)
    plain = told(design, panel)
    same(plain, told(design, panel.times(100)), 100)
    same(plain, told(design, panel.plus_year_shocks(500 * np.sin(np.arange(8) * 2.3))))
    same(plain, told(design, panel.in_order(np.random.default_rng(2).permutation(len(panel.units)))))
    cents = replace(panel.predictors, readings=panel.predictors.readings * 100 + 7)
    same(plain, told(design, replace(panel, predictors=cents)))
    later = replace(
        panel, outcome=panel.outcome + 50 * np.outer(~panel.before, np.arange(len(panel.units)) % 3)
    )
    assert told(design, later)[1] == plain[1]


@of_design
def test_together_equals_one_by_one(design):
    panel = with_predictors(FEW, 4)
    panels = [panel, *(panel.placebo_sites({label: group}) for label, group in stand_ins(panel).items())]
    for one, answer in zip(panels, compare_all(design, panels), strict=True):
        assert answer.weights == pytest.approx(design.compare(one).weights, abs=1e-12)


def test_predictors_move_the_mixture_and_more_so_the_more_they_count():
    panel = with_predictors(FEW, 5)
    gaps = []
    for weight in (1e-3, 1.0, 1e3):
        asked = (replace(PREDICTORS[0], weight=1.0), replace(PREDICTORS[2], weight=weight))
        both = replace(panel, predictors=subset(panel.predictors, (0, 2)))
        answer = SyntheticControl(predictors=asked, v="given", ridge=0.05).compare(both)
        income = both.predictors.of_columns()[1]
        share = panel.size[panel.treated] / panel.size[panel.treated].sum()
        gaps.append(abs(income[panel.treated] @ share - income[panel.compared] @ answer.weights))
    assert gaps[0] > gaps[1] > gaps[2]


def subset(found, positions):
    kept = np.isin(found.of, positions)
    number = {old: new for new, old in enumerate(positions)}
    return Measured(
        tuple(found.names[k] for k in positions),
        found.in_path[list(positions)],
        found.readings[kept],
        found.years[kept],
        np.array([number[k] for k in found.of[kept]], dtype=np.int64),
    )


# Placebo starts


def test_a_placebo_start_sees_no_predictor_of_a_later_year():
    panel = with_predictors(FEW, 6)
    placebo = panel.placebo_start(2012)
    later = np.where((panel.years >= 2012)[:, None], 1e6, 0.0)
    poisoned = replace(
        panel,
        outcome=panel.outcome + later * np.arange(len(panel.units)),
        predictors=replace(
            panel.predictors,
            readings=panel.predictors.readings
            + np.where(panel.predictors.years >= 2012, 1e6, 0)[:, None] * np.arange(len(panel.units)),
        ),
    ).placebo_start(2012)
    for design in DESIGNS:
        assert design.compare(poisoned).weights.tolist() == design.compare(placebo).weights.tolist()


def test_without_any_predictor_left_the_path_is_matched():
    panel = with_predictors(FEW, 7)
    late = tuple(each for each in PREDICTORS if each.first >= 2012)
    positions = tuple(PREDICTORS.index(each) for each in late)
    placebo = replace(panel, predictors=subset(panel.predictors, positions)).placebo_start(2012)
    assert SyntheticControl(predictors=late).compare(placebo).weights == pytest.approx(
        SyntheticControl().compare(panel.placebo_start(2012)).weights, abs=1e-12
    )


def test_a_held_out_year_is_no_predictor():
    panel = with_predictors(FEW, 8)
    poisoned = replace(
        panel.predictors,
        readings=panel.predictors.readings
        + np.where(panel.predictors.years == 2012, 1e6, 0)[:, None] * np.arange(len(panel.units)),
    )
    plain, held = panel.held_out(2), replace(panel, predictors=poisoned).held_out(2)
    for design in DESIGNS[:2]:
        assert design.compare(held).weights.tolist() == design.compare(plain).weights.tolist()


def test_predictors_that_can_be_matched_are_matched_and_the_path_decides_the_rest():
    panel = with_predictors(FEW, 9)
    asked = (Predictor(2014),)
    one = replace(panel, predictors=subset(panel.predictors, (1,)))
    design = SyntheticControl(predictors=asked, v="nested", **CLASSICAL)
    answer = design.compare(one)
    assert (panel.treated_mean - answer.counterfactual)[4] == pytest.approx(0, abs=1e-3)
    missed = panel.controls[panel.before] - panel.treated_mean[panel.before, None]
    objective = missed.T @ missed + 1e-6 * np.eye(missed.shape[1])
    matching = np.vstack([np.eye(len(answer.weights)), missed[4], -missed[4]])
    best = within(objective, matching, answer.weights)
    assert answer.weights @ objective @ answer.weights <= best @ objective @ best * (1 + 1e-4)


# What is refused


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"v": "nested"}, "there are no predictors"),
        ({"predictors": (Predictor(2012),), "v": "given"}, "no weight is given to: outcome 2012"),
        (
            {"predictors": (Predictor(2012, weight=1.0),)},
            "weight of outcome 2012 is given, and v is 'regression'",
        ),
        ({"predictors": (Predictor(2012, weight=0.0),), "v": "given"}, "a weight above 0"),
        ({"predictors": (Predictor(2012), Predictor(2012))}, "stand twice: outcome 2012"),
        ({"predictors": (Predictor(2012),), "v": "searched"}, "v is 'searched', expected one of"),
    ],
)
def test_settings_that_cannot_be(settings, message):
    with pytest.raises(ValueError, match=message):
        SyntheticControl(**settings)


# In a study


def asked_of(*predictors):
    return DesignChoice("synthetic_control", {"predictors": list(predictors)}, primary=True)


@pytest.mark.parametrize(
    ("predictor", "place", "message"),
    [
        ({"first": 2013, "last": 2014}, ("last",), "2014 is not before the start in 2014"),
        ({"first": 2013, "last": 2012}, ("last",), "2012 lies before the first year, 2013"),
        ({"first": 2003}, (), "before the window begins, in 2010"),
        ({"column": "incme", "first": 2012}, ("column",), "the data has no column of figures 'incme'"),
        ({"column": "share_65_plus", "first": 1990}, (), "no figure of 'share_65_plus' in 1990"),
    ],
)
def test_what_a_study_may_not_ask_for(predictor, place, message):
    choice, asked = asked_of({"first": 2012}, predictor), study()
    parts = {"designs": (choice,), "intervention": asked.intervention, "window": asked.window}
    found = [*contradictions(parts), *delivery_contradictions({"designs": (choice,)}, table())]
    told = [each for each in found if message in each.message]
    assert [each.path for each in told] == [("designs", 0, "settings", "predictors", 1, *place)]


def test_a_study_finds_its_predictors_in_the_panel_and_names_units_without():
    asked, data = study(), table()
    unit = "streek07_03"
    data.loc[(data["unit"] == unit) & (data["year"] < 2013), "share_65_plus"] = np.nan
    wanted = (Predictor(2011, 2012, "share_65_plus"), Predictor(2013))
    made = assemble(
        asked, asked.outcomes[0], data, select(asked, data, register()), AlsoRead(predictors=wanted)
    )
    assert (unit, "no figure of share_65_plus 2011-2012") in made.dropped
    panel = made.panel
    early = data[data["year"].between(2011, 2012)].groupby("unit")["share_65_plus"].mean()
    assert panel.predictors.of_columns()[0] == pytest.approx(early.loc[list(panel.units)].to_numpy())
    assert panel.predictors.in_path[1].tolist() == [year == 2013 for year in panel.years]
