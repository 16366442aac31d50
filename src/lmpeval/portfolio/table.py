"""A comparison as a table, one line an outcome of a study at a level, for whoever works on with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields, replace
from math import isfinite
from pathlib import Path

from lmpeval.economics import NetEffect
from lmpeval.portfolio.comparing import SideBySide
from lmpeval.portfolio.members import Member
from lmpeval.study import Aim
from lmpeval.verdict import State
from lmpeval.whole_file import write_whole


@dataclass(frozen=True)
class Line:
    """One line; None or empty where a column says nothing of it.

    Attributes
    ----------
    effect, low, high : float or None
        As measured, in the `unit`; none that may not be quoted.
    harm : bool or None
        Whether the outcome would tell that care was withheld.
    net, net_low, net_high : float or None
        Of a cost, with the programme's own cost in it, where that is known.
    chance_net_saving : float or None
        That less is paid with the programme than without it; no nearer to 0 or 1 than stand-ins can tell.
    together, together_low, together_high : float or None
        The same seen together with those that measure the same.
    chance_better, chance_worse : float or None
        That the true difference is better, or worse, by more than the smallest that matters.
    rank_low, rank_high, ranked : int or None
        Interval of its rank, 1 for the best, and among how many.
    tests : int or None
        How many are corrected together.
    p_adjusted : float or None
        None for a study of one site, whose p-value is not stated anywhere: `still_stands_out` holds.
    detectable : float or None
        Smallest improvement that would be found four times in five.
    protocol : str
        Whether the study was planned before its results were seen: frozen, amended or exploratory.
    """

    study: str
    site: str
    intervention: str
    theme: str
    status: str
    aim: str
    outcome: str
    unit: str
    level: str
    design: str
    verdict: str
    answer: str
    certainty: str
    harm: bool | None = None
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    net: float | None = None
    net_low: float | None = None
    net_high: float | None = None
    chance_net_saving: float | None = None
    margin: float | None = None
    together: float | None = None
    together_low: float | None = None
    together_high: float | None = None
    chance_better: float | None = None
    chance_worse: float | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    ranked: int | None = None
    tests: int | None = None
    stands_out: bool | None = None
    still_stands_out: bool | None = None
    p_adjusted: float | None = None
    detectable: float | None = None
    designs_agree: int | None = None
    designs: int | None = None
    reasons: str = ""
    protocol: str = ""


def write_comparison_table(compared: SideBySide, path: Path) -> Path:
    """Write a comparison as a CSV file; the same findings give the same bytes.

    Raises
    ------
    OSError
        Where the file cannot be written.
    """
    told = io.StringIO()
    writer = csv.writer(told, lineterminator="\n")
    writer.writerow(each.name for each in fields(Line))
    writer.writerows(astuple(line) for line in lines_of(compared))
    return write_whole(path, told.getvalue())


def lines_of(compared: SideBySide) -> Iterator[Line]:
    """All lines: by theme and name, then by aim; aims that nobody studied among them."""
    for result in compared.results:
        members = compared.of(result)
        done, study = result.study.intervention, result.study.study
        bare = replace(
            _bare(study, done.site, done.name, done.theme, done.status), protocol=result.protocol.standing
        )
        for aim in Aim:
            asked = [each for each in members if each.outcome.aim is aim]
            yield from (_line(replace(bare, aim=aim), compared, each) for each in asked)
            if not asked:
                yield replace(bare, aim=aim)
    for each in compared.file.portfolio.unstudied:
        bare = _bare("", each.site, each.name, each.theme, each.status)
        yield from (replace(bare, aim=aim, reasons=each.reason) for aim in Aim)


def _bare(study: str, site: str, name: str, theme: str, status: str) -> Line:
    unseen = State.NOT_STUDIED
    return Line(study, site, name, theme, status, "", "", "", "", "", unseen, "not studied", "")


def _line(bare: Line, compared: SideBySide, member: Member) -> Line:
    finding, outcome, verdict = member.finding, member.outcome, member.finding.told
    same, every = member.agreeing()
    line = replace(
        bare,
        outcome=outcome.name,
        harm=outcome.harm,
        unit=outcome.effect_unit,
        level=finding.cell.level,
        design=finding.cell.label,
        verdict=verdict.state,
        answer=verdict.answer,
        certainty=verdict.certainty or "",
        margin=outcome.minimal_important_difference,
        designs_agree=same or None,
        designs=every or None,
        reasons="; ".join(verdict.reasons),
    )
    if not member.stated:
        return line
    seen, tested = member.seen, compared.adjusted(member)
    assert member.answered is not None
    line = replace(
        line,
        effect=verdict.effect,
        low=_finite(verdict.low),
        high=_finite(verdict.high),
        stands_out=member.stands_out,
        detectable=_finite(seen.detectable.value) if seen else None,
        still_stands_out=tested[1] if tested else None,
        p_adjusted=tested[0] if tested and member.answered.n_sites > 1 else None,
        tests=next((len(f.members) for f in compared.families if member in f.members), None),
    )
    return _with_others(_with_net(line, member.answered.net), compared, member)


def _with_net(line: Line, net: object) -> Line:
    if not isinstance(net, NetEffect):
        return line
    low, high = net.interval
    saving = None if net.saving is None else net.saving.bounded
    return replace(
        line, net=net.effect, net_low=_finite(low), net_high=_finite(high), chance_net_saving=saving
    )


def _with_others(line: Line, compared: SideBySide, member: Member) -> Line:
    found = compared.together(member)
    if found is None or found[0].shrunk is None:
        return line
    among, i = found
    shrunk, sign = found[0].shrunk, among.sign
    low, high = sorted((sign * float(shrunk.low[i]), sign * float(shrunk.high[i])))
    return replace(
        line,
        together=sign * float(shrunk.effect[i]),
        together_low=low,
        together_high=high,
        chance_better=float(shrunk.above[i]),
        chance_worse=float(shrunk.below[i]),
        rank_low=int(shrunk.rank_low[i]),
        rank_high=int(shrunk.rank_high[i]),
        ranked=len(among.members),
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
