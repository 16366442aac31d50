"""What cannot be so of outcomes in euro: their price, their tail, the years, what the programme cost."""

from __future__ import annotations

import re

from lmpeval.study.contradiction import Contradiction, Found
from lmpeval.study.intervention import NOT_STARTED, Intervention, Status
from lmpeval.study.outcome import Aim, Outcome
from lmpeval.study.window import Window


def cut_is_another_cost(outcomes: tuple[Outcome, ...]) -> Found:
    """Only a cost is delivered with its tail cut off, in a column of its own."""
    for position, outcome in enumerate(outcomes):
        at = ("outcomes", position, "truncated")
        if outcome.truncated is None:
            continue
        if outcome.aim is not Aim.COST:
            yield Contradiction(at, "only costs have a tail that is cut off: leave it out")
        if outcome.truncated == (outcome.column or outcome.name):
            yield Contradiction(
                at, f"'{outcome.truncated}' is the cost that is not cut; name the other column"
            )


def price_covers(outcomes: tuple[Outcome, ...], window: Window) -> Found:
    """The price year, or every year of a price series, is at hand."""
    years = set(range(window.first, window.last + 1)) - {dated.year for dated in window.exclude}
    for position, outcome in enumerate(outcomes):
        if outcome.price is None or outcome.price.index == "none":
            continue
        at = ("outcomes", position, "price")
        if outcome.price.index == "national":
            if outcome.price.year not in years:
                yield Contradiction(
                    (*at, "year"),
                    f"{outcome.price.year} is not a year of the window; with index 'national' it must be",
                )
        elif missing := sorted((years | {outcome.price.year}) - set(outcome.price.index)):
            yield Contradiction((*at, "index"), f"no figure for {', '.join(map(str, missing))}")


PANDEMIC = (2020, 2021)


def pandemic_declared(outcomes: tuple[Outcome, ...], window: Window) -> Found:
    """Years of the pandemic in the window of a cost outcome are named by the study."""
    if all(outcome.aim is not Aim.COST for outcome in outcomes):
        return
    named = {dated.year for dated in (*window.exclude, *window.breaks)}
    hidden = [year for year in PANDEMIC if window.first <= year <= window.last and year not in named]
    if hidden:
        years = " and ".join(map(str, hidden))
        yield Contradiction(
            ("window",),
            f"{years} in the window of a cost outcome: care was put off, and part of it was paid outside "
            "the claims, unevenly over regions; name each year in `exclude` (not used) or in `breaks` (used, "
            "with the effect without it beside)",
        )


SAVINGS = re.compile(r"\bsav(e|es|ed|ings?)\b", re.IGNORECASE)


def savings_are_net(intervention: Intervention, outcomes: tuple[Outcome, ...], window: Window) -> Found:
    """Who speaks of savings says what the programme cost in every year from its start on."""
    stopped = intervention.status is Status.STOPPED and intervention.ended is not None
    last = min(window.last, intervention.ended or window.last) if stopped else window.last
    absent = [year for year in range(intervention.start, last + 1) if year not in intervention.programme_cost]
    if intervention.status in NOT_STARTED or not absent:
        return
    for position, outcome in enumerate(outcomes):
        if outcome.aim is Aim.COST and SAVINGS.search(outcome.called):
            yield Contradiction(
                ("outcomes", position, "label" if outcome.label else "name"),
                f"'{outcome.called}' speaks of savings, and `programme_cost` is not given for "
                f"{', '.join(map(str, absent))}: a difference in the cost of care is gross of what the "
                "programme cost; give it for every year from the start on, or call the outcome cost of care",
            )
