"""The effect paths of a study's answered cells, each with the limits that its figure shares."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from lmpeval.engine.running import StudyResult
from lmpeval.finding import Answered, Finding
from lmpeval.report.figures import Limits, effect_figure, shared_limits
from lmpeval.report.series import PathSeries, path_alt, path_series
from lmpeval.report.svg import Drawn, drawing, drawn
from lmpeval.report.words import ENGLISH, Words
from lmpeval.study import Level
from lmpeval.verdict import State


@dataclass(frozen=True, eq=False)
class EffectPath:
    """An answered cell with what its figure shows.

    `apart` marks a result whose numbers are no answer: it stands in the appendix.
    """

    finding: Finding
    answer: Answered
    series: PathSeries
    limits: Limits
    apart: bool

    @cached_property
    def drawn(self) -> Drawn:
        """Its figure, drawn once for the page and for the file; to be asked for within `drawing`."""
        return drawn(effect_figure(self.series, self.limits))


@lru_cache(maxsize=2)
def paths_of(result: StudyResult, words: Words) -> tuple[EffectPath, ...]:
    """Every answered cell but those withheld for privacy, in the order of the findings.

    The figures of one outcome share their limits, but not across the border of the appendix: a result
    that is not credible must not stretch the scale of those that are. Nor across levels: a few chosen
    persons wander so much more than a region that its own path would be a flat line beside theirs.
    """
    shown = [
        (
            finding,
            finding.result,
            path_series(finding.result.estimate, finding.cell.outcome, result.study.window, words),
        )
        for finding in result.findings
        if isinstance(finding.result, Answered) and finding.verdict.state is not State.WITHHELD
    ]
    together: dict[_Scope, list[PathSeries]] = {}
    for finding, _, series in shown:
        together.setdefault(_scope(finding), []).append(series)
    limits = {scope: shared_limits(many) for scope, many in together.items()}
    return tuple(
        EffectPath(finding, answer, series, limits[_scope(finding)], _scope(finding).apart)
        for finding, answer, series in shown
    )


def figures_of(result: StudyResult, words: Words = ENGLISH) -> dict[str, str]:
    """Draw the effect path of every cell whose numbers may be stated, as the text of an SVG file.

    Returns
    -------
    dict of cell name to SVG text
        Results that are not credible, too early or withheld have none: a figure travels without its
        caveats.
    """
    with drawing():
        return {
            path.finding.cell.name: path.drawn.standalone(path_alt(path.series))
            for path in paths_of(result, words)
            if not path.apart
        }


class _Scope(NamedTuple):
    """What figures have in common that share their limits."""

    outcome: str
    level: Level
    apart: bool


def _scope(finding: Finding) -> _Scope:
    return _Scope(finding.cell.outcome.name, finding.cell.level, finding.verdict.effect is None)
