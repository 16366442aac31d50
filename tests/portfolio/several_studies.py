"""Comparisons made by hand: studies of which every number is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from lmpeval.comparators import Placement, Role, Selection
from lmpeval.engine.running import StudyResult
from lmpeval.finding import Answered, Finding
from lmpeval.portfolio.comparing import SideBySide, side_by_side
from lmpeval.portfolio.comparison_file import Compared, ComparisonFile, Portfolio, Unstudied
from lmpeval.study import Intervention, Status, Theme
from report.small_results import finding, result

START = 2014


def of(
    study: str, /, *findings: Finding, theme: Theme = Theme.SUBSTITUTION, region: str = "", **changes
) -> StudyResult:
    """The result of a study of this name, in a region of its own or a named one."""
    named = [replace(each, cell=replace(each.cell, study=study)) for each in findings]
    said = {"status": Status.RUNNING, "site": study.capitalize(), "name": "Care nearby", **changes}
    made = result(*named, study=study, intervention=Intervention(theme=theme, start=START, **said))
    site = Placement(region or study, "Kant", Role.TREATED, "in the site")
    rest = [each for each in made.selection.placements if each.role is not Role.TREATED]
    return replace(made, selection=Selection((site, *rest)))


def drawn(effect: float, seed: int, spread: float = 20.0, **said) -> Finding:
    """A finding whose stand-ins are drawn: its interval leaves zero out only beyond most of them."""
    made = finding(effect=effect, reach=2 * spread, **said)
    assert isinstance(made.result, Answered)
    found = made.result.estimate
    gaps = np.repeat(np.random.default_rng(seed).normal(0, spread, (39, 1)), len(found.years), axis=1)
    sure = replace(found.uncertainty, placebo=gaps, standard_error=spread)
    return replace(made, result=replace(made.result, estimate=replace(found, uncertainty=sure)))


def compared(*results: StudyResult, unstudied: tuple[Unstudied, ...] = (), **said) -> SideBySide:
    variants = said.pop("variants", [None] * len(results))
    entries = tuple(
        Compared(file=f"{each.study.study}.yaml", variant=variant)
        for each, variant in zip(results, variants, strict=True)
    )
    portfolio = Portfolio(
        comparison="several", title="Several sites", studies=entries, unstudied=unstudied, **said
    )
    files = tuple(Path(each.file) for each in entries)
    return side_by_side(ComparisonFile(portfolio, files, "comparison: several\n"), results)
