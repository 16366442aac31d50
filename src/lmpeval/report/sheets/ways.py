"""In how many ways an outcome was compared at each level, and whether they point the same way."""

from __future__ import annotations

from collections.abc import Iterable

from lmpeval.finding import Answered, Finding
from lmpeval.report.glance import at_the_start
from lmpeval.report.language import Catalogue
from lmpeval.report.sheets.headlines import Headline
from lmpeval.study import Level


def ways(first: Headline, asked: Iterable[Finding], catalogue: Catalogue) -> tuple[str, ...]:
    """Tell it of the outcome that is pictured: a sentence for each level that has a number."""
    if first.finding is None:
        return ()
    own = first.finding.cell
    found = [f for f in asked if f.cell.outcome == own.outcome]
    levels = sorted(Level, key=lambda level: level is not own.level)
    return tuple(filter(None, (_way(level, found, catalogue) for level in levels)))


def _way(level: Level, found: list[Finding], catalogue: Catalogue) -> str | None:
    there = [f for f in found if f.cell.level is level and f.verdict.effect is not None]
    rises = [f.result.estimate.told.effect > 0 for f in there if isinstance(f.result, Answered)]
    if not rises:
        return None
    outcome = there[0].cell.outcome.called_in(catalogue.language)
    key = "one" if len(rises) == 1 else "same" if len(set(rises)) == 1 else "differ"
    return catalogue.say(
        f"sheet.ways-{key}",
        what=at_the_start(catalogue.say(f"of.{level}", outcome=outcome)),
        n=len(rises),
        up=sum(rises),
        down=len(rises) - sum(rises),
    )
