"""What cannot be so of the designs that a study asks for, and of their inference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lmpeval.study.contradiction import Contradiction, Found
from lmpeval.study.design_choice import DesignChoice, InferenceChoice, Over
from lmpeval.study.intervention import Assigned, Intervention
from lmpeval.study.outcome import Outcome
from lmpeval.study.population import Population
from lmpeval.study.window import Window


def one_primary_design(designs: tuple[DesignChoice, ...]) -> Found:
    """Exactly one design is primary, and none stands twice."""
    primary = sum(design.primary for design in designs)
    if primary != 1:
        yield Contradiction(
            ("designs",), f"{primary} of {len(designs)} are primary: mark exactly one with `primary: true`"
        )
    seen: list[tuple[str, dict[str, Any], Over | None]] = []
    for position, design in enumerate(designs):
        if (design.use, design.settings, design.over) in seen:
            yield Contradiction(("designs", position), f"'{design.use}' stands twice with the same settings")
        seen.append((design.use, design.settings, design.over))


FEWEST_CLUSTERS = 10  # under ten treated clusters permutation (MacKinnon and Webb 2020)


def inference_can_bear(
    designs: tuple[DesignChoice, ...], intervention: Intervention, population: Population
) -> Found:
    """Cluster-robust errors of few groups are refused with the reason."""
    n = treated_groups(intervention, population)
    for position, design in enumerate(designs):
        if design.inference is InferenceChoice.CLUSTER_ROBUST and n < FEWEST_CLUSTERS:
            yield Contradiction(
                ("designs", position, "inference"),
                "cluster-robust errors need at least "
                f"{FEWEST_CLUSTERS} treated groups and a study has few sites: with so few they call a "
                "difference real far too often where there is none (MacKinnon and Webb 2020); "
                "leave the line out for 'placebo groups'",
            )


def treated_groups(intervention: Intervention, population: Population) -> int:
    """How many groups took up the intervention, each as a whole."""
    by_member = intervention.assigned is Assigned.MEMBER
    return len(population.members) if by_member else max(1, len(intervention.sites))


def enough_for_influence(
    designs: tuple[DesignChoice, ...], intervention: Intervention, population: Population
) -> Found:
    """Errors from influence functions need many treated groups."""
    n = treated_groups(intervention, population)
    for position, design in enumerate(designs):
        if design.inference is InferenceChoice.MULTIPLIER_BOOTSTRAP and n < FEWEST_CLUSTERS:
            yield Contradiction(
                ("designs", position, "inference"),
                f"'{design.inference}' rests on influence functions, which need {FEWEST_CLUSTERS} treated "
                f"groups or more; found {n}, with each {intervention.assigned} as one: with so few their "
                "errors are too small (MacKinnon and Webb 2020); leave the line out for 'placebo groups'",
            )


def untouched_is_another(designs: tuple[DesignChoice, ...], outcomes: tuple[Outcome, ...]) -> Found:
    """No design takes an outcome of the study for one that the intervention leaves alone."""
    called = {outcome.column or outcome.name: outcome.name for outcome in outcomes}
    for position, design in enumerate(designs):
        column = design.settings.get("untouched")
        if isinstance(column, str) and column in called:
            yield Contradiction(
                ("designs", position, "settings", "untouched"),
                f"'{column}' is the outcome '{called[column]}' itself: name a column that the intervention "
                "cannot touch and that is no outcome of this study",
            )


def predictors_before_the_start(
    designs: tuple[DesignChoice, ...], intervention: Intervention, window: Window
) -> Found:
    """What a mixture is to match is measured before the first start, the outcome in years of the window."""
    for position, design in enumerate(designs):
        for number, first, last, column in _predictors(design):
            at = ("designs", position, "settings", "predictors", number)
            if last < first:
                yield Contradiction((*at, "last"), f"{last} lies before the first year, {first}")
            elif last >= intervention.start:
                yield Contradiction(
                    (*at, "last" if last > first else "first"),
                    f"{last} is not before the start in {intervention.start}: the intervention may have "
                    "changed it",
                )
            elif column is None and last < window.first:
                yield Contradiction(
                    at, f"the outcome is matched in years before the window begins, in {window.first}"
                )


def _predictors(design: DesignChoice) -> Iterator[tuple[int, int, int, str | None]]:
    """Position, first and last year and column of every predictor that is written as one."""
    asked = design.settings.get("predictors")
    for number, each in enumerate(asked if isinstance(asked, list) else []):
        if isinstance(each, dict) and isinstance(first := each.get("first"), int):
            last, column = each.get("last"), each.get("column")
            yield (
                number,
                first,
                last if isinstance(last, int) else first,
                column if isinstance(column, str) else None,
            )


TWO_WAY = ("two_way_fixed_effects", "two_way", "twfe")
"""Names under which a study may ask for a regression on unit and year effects; no design has them."""


def no_two_way_over_starts(designs: tuple[DesignChoice, ...], intervention: Intervention) -> Found:
    """Say why several starts are not answered by a regression on unit and year effects."""
    if len({each.start for each in intervention.sites}) < 2:
        return
    for position, design in enumerate(designs):
        if design.use in TWO_WAY:
            yield Contradiction(
                ("designs", position, "use"),
                "a regression on unit and year effects compares later sites with earlier ones, which counts "
                "some effects with a weight below zero (Goodman-Bacon 2021; de Chaisemartin and "
                "D'Haultfoeuille 2020): use difference_in_differences, which answers each start against "
                "units never exposed",
            )
