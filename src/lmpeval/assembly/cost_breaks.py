"""Breaks that an outcome's years hold: those that the study names, and for costs those that are known."""

from __future__ import annotations

from lmpeval.panel import Years
from lmpeval.sources.known_breaks import KnownBreak, known_breaks
from lmpeval.study import Aim, Outcome, Window


def break_years(outcome: Outcome, window: Window, years: Years) -> tuple[int, ...]:
    """Years of breaks, rising: whether the study names one or the calendar does, it is looked at alike.

    Parameters
    ----------
    outcome : Outcome
    window : Window
    years : array of int, shape (n_years,)
        Of the panel.
    """
    named = {dated.year for dated in window.breaks}
    return tuple(sorted(named | {each.year for each in _unnamed(outcome, window, years)}))


def break_notes(outcome: Outcome, window: Window, years: Years) -> tuple[str, ...]:
    """A sentence for every known break that the study does not name."""
    return tuple(
        f"{each.year} is a known break of Dutch costs that the study does not name: {each.what} "
        f"({each.source}). It is looked at as if it were named"
        for each in _unnamed(outcome, window, years)
    )


def _unnamed(outcome: Outcome, window: Window, years: Years) -> list[KnownBreak]:
    if outcome.aim is not Aim.COST:
        return []
    named = {dated.year for dated in window.breaks}
    return [each for each in known_breaks() if each.year in years and each.year not in named]
