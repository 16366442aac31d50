"""Results made by hand: every number is known, every state can be had."""

import numpy as np

from lmpeval.comparators import Placement, Role, Selection
from lmpeval.design import Evidence, Status
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.engine.running import StudyResult
from lmpeval.estimate import Comparison, Estimate, Uncertainty
from lmpeval.finding import Answered, Cell, Finding
from lmpeval.ledger import Entry, Ledger
from lmpeval.robustness import Balance, LeftOut, PlaceboStart, Robustness
from lmpeval.study import (
    Aim,
    Better,
    Comparator,
    Data,
    DatedReason,
    Delineation,
    DesignChoice,
    Intervention,
    Level,
    Outcome,
    Population,
    Price,
    Provenance,
    Study,
    Theme,
    Window,
)
from lmpeval.study import Status as LifeCycle
from lmpeval.verdict import judge

YEARS = np.arange(2011, 2019)
START = 2014
DONORS = tuple(f"town {i:02d}" for i in range(20))


def cost(**changes) -> Outcome:
    said = {
        "name": "cost_core",
        "aim": Aim.COST,
        "unit": "euro per insured year",
        "better": Better.LOWER,
        "exposure": "insured_years",
        "minimal_important_difference": 25.0,
        "expected_lag": 1,
        "provenance": Provenance.REGISTERED,
        "price": Price(year=2018, index="national"),
        "primary": True,
    }
    return Outcome(**(said | changes))


def study(outcomes=None, **changes) -> Study:
    said = {
        "study": "small",
        "title": "A small study",
        "portfolio": "tests",
        "intervention": Intervention(
            name="Care nearby", site="Kant", theme=Theme.SUBSTITUTION, status=LifeCycle.RUNNING, start=START,
            reach={2014: 7, 2015: 1234},
        ),
        "population": Population(
            level=Level.POPULATION, delineation=Delineation.MUNICIPALITIES, members=("kant",)
        ),
        "comparator": Comparator(register="none known", match_on=("share_65_plus",)),
        "outcomes": outcomes or (cost(),),
        "window": Window(first=2011, last=2018, breaks=(DatedReason(year=2015, reason="a reform"),)),
        "designs": (
            DesignChoice(use="difference_in_differences", primary=True),
            DesignChoice(use="synthetic_control"),
        ),
        "data": Data(panel="panel.csv"),
    }  # fmt: skip
    return Study(**(said | changes))


def estimate(effect: float, reach: float, lag: int = 1, stand_ins: int = 39) -> Estimate:
    """Effect of `effect` in every year from the start on, interval of plus and minus `reach`."""
    after = YEARS >= START
    counterfactual = 2000.0 + 10 * (YEARS - 2011)
    gap = np.where(after, effect, 0.0)
    weights = np.arange(len(DONORS), 0, -1) / sum(range(len(DONORS) + 1))
    placebo = np.random.default_rng(1).normal(0, 20, (stand_ins, len(YEARS)))
    counted = after & (lag <= YEARS - START)
    return Estimate(
        years=YEARS,
        start=START,
        counted=counted if counted.any() else after,
        observed=counterfactual + gap,
        comparison=Comparison(counterfactual, weights),
        control_names=DONORS,
        uncertainty=Uncertainty(
            method="permutation over groups of neighbours",
            level=0.95,
            standard_error=reach / 2,
            interval=(effect - reach, effect + reach),
            path_interval=np.column_stack([gap - reach, gap + reach]),
            p=0.3,
            smallest_p=1 / (1 + stand_ins) if stand_ins else 0.0,
            rank=12,
            placebo=placebo,
            placebo_labels=tuple(f"region {i}" for i in range(stand_ins)),
        ),
    )


def ledger(statuses: dict[str, Status] | None = None) -> Ledger:
    """All supported but those named."""
    known = statuses or {}
    ordered = sorted(DifferenceInDifferences.assumptions, key=lambda assumption: assumption.number)
    return Ledger(
        tuple(
            Entry(
                assumption,
                Evidence(
                    known.get(assumption.name, Status.SUPPORTED),
                    f"looked at {assumption.name}",
                    0.3,
                    0.5,
                    "ours",
                ),
                None,
            )
            for assumption in ordered
        )
    )


def finding(effect=-60.0, reach=20.0, outcome=None, statuses=None, primary=True, **drawn) -> Finding:
    """A finding whose verdict follows from its numbers and its ledger."""
    outcome = outcome or cost()
    found, book = estimate(effect, reach, outcome.expected_lag, **drawn), ledger(statuses)
    robustness = Robustness(
        tuple(
            LeftOut(name, float(w), effect + 1)
            for name, w in zip(DONORS, found.comparison.weights, strict=True)
        ),
        (PlaceboStart(2012, 3.0, -30.0, 36.0, 0.45, 7.0), PlaceboStart(2013, -4.0, -35.0, 27.0, 0.4, 4.0)),
        (Balance("share_65_plus", 0.21, 0.2, 0.31), Balance("share_80_plus", 0.05, 0.05, -0.02)),
    )
    label = "difference_in_differences" if primary else "synthetic_control"
    cell = Cell("small", Level.POPULATION, outcome, label, DifferenceInDifferences(), primary)
    return Finding(
        cell, Answered(found, book, robustness, 1, 20, 60123.0), judge(found, book, outcome),
        (("town 99", "no figure for 2012"),), ("2020 left out: a pandemic",),
    )  # fmt: skip


def result(*findings: Finding, **changes) -> StudyResult:
    outcomes = tuple({f.cell.outcome.name: f.cell.outcome for f in findings}.values())
    selection = Selection(
        (
            Placement("kant", "Kant", Role.TREATED, "in Kant"),
            *(Placement(name, "pool", Role.COMPARED, "in the pool") for name in DONORS),
            Placement("next door", "Kant", Role.NEIGHBOUR, "in the site's own neighbourhood, Kant"),
            Placement("other town", "far", Role.LEFT_OUT, "other initiative: Elsewhere"),
            Placement("third town", "far", Role.LEFT_OUT, "other initiative: Elsewhere"),
        )
    )
    return StudyResult(
        study(outcomes or None, **changes),
        selection,
        findings,
        ("3 cells suppressed",),
        (("vektis/a.csv", "ab" * 32),),
    )
