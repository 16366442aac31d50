"""What a page says of outcomes that are told together: parts of a cost, care that moved, health for money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lmpeval.economics import NetEffect
from lmpeval.engine.running import StudyResult
from lmpeval.finding import Answered, Finding
from lmpeval.jointly.by_category import Split
from lmpeval.jointly.draws import Ranged
from lmpeval.jointly.substitution import Moved
from lmpeval.outcomes_together import ByCategory, NotTold, Substituted, asked_together
from lmpeval.report.for_money import for_money
from lmpeval.report.language import Catalogue
from lmpeval.report.numbers import Scale, scale_of
from lmpeval.report.svg import drawing, inline_svg
from lmpeval.report.tables import Table
from lmpeval.report.together_figures import ranges_figure
from lmpeval.report.together_parts import (
    Block,
    Drawing,
    by_words,
    chance_words,
    in_all,
    not_told,
    share_words,
    sure_words,
    told,
)


@dataclass(frozen=True)
class TogetherView:
    """The section, ready to print."""

    title: str
    shared: str
    figures: str
    blocks: tuple[Block, ...]


def together_view(result: StudyResult, catalogue: Catalogue) -> TogetherView | None:
    """Set out all that a study asks of several outcomes together; None where it asks nothing."""
    asked = asked_together(result.study, result.findings)
    if not asked:
        return None
    with drawing():
        blocks = [
            *(_category(each, catalogue, f"j{i}") for i, each in enumerate(asked.by_category)),
            *(_substitution(each, catalogue, f"k{i}") for i, each in enumerate(asked.substituted)),
            *(for_money(each, catalogue, f"m{i}") for i, each in enumerate(asked.for_money)),
        ]
    say = catalogue.say
    return TogetherView(say("joint.title"), say("joint.shared"), say("joint.figures"), tuple(blocks))


def _category(asked: ByCategory, catalogue: Catalogue, anchor: str) -> Block:
    outcome, say = asked.total.cell.outcome, catalogue.say
    name = outcome.called_in(catalogue.language)
    block = Block(say("joint.category", total=name))
    if isinstance(asked.found, NotTold):
        return replace(block, sentences=(not_told(asked.found, catalogue),))
    scale = scale_of(outcome, catalogue).fine
    found, rows = asked.found, _rows(asked, asked.found, catalogue)
    alt = say("joint.category-alt", rows="; ".join(f"{row[0]}: {told(row[1], scale)}" for row in rows))
    figure = ranges_figure([(row[0], row[1]) for row in rows], scale, bold=len(found.parts) + 1)
    tables = (_category_table(asked, rows, scale, catalogue), *_payer_table(asked, scale, catalogue))
    return replace(
        block,
        by=by_words(asked.total, found.years, catalogue),
        sentences=tuple(_of_parts(asked, found, catalogue)),
        drawings=(Drawing(inline_svg(figure, anchor, alt), alt, "", ()),),
        tables=tables,
    )


def _rows(asked: ByCategory, found: Split, catalogue: Catalogue) -> list[tuple[str, Ranged, str]]:
    """Name, number and payer of every part, what is left, and the total."""
    say, nobody = catalogue.say, catalogue.say("joint.nobody")
    rows = []
    for part, number in zip(asked.parts, found.parts, strict=True):
        outcome = part.cell.outcome
        rows.append((outcome.called_in(catalogue.language), number, outcome.paid_by or nobody))
    total = asked.total.cell.outcome.called_in(catalogue.language)
    return [
        *rows,
        (say("joint.everything-else"), found.rest, nobody),
        (say("joint.total", total=total), found.total, ""),
    ]


def _category_table(
    asked: ByCategory, rows: list[tuple[str, Ranged, str]], scale: Scale, catalogue: Catalogue
) -> Table:
    say, heads = catalogue.say, _heads(asked.total)
    lines = [
        (name, scale.change(number[0]), scale.interval(*number[1:]), payer,
         in_all(number[0] * heads, catalogue))
        for name, number, payer in rows
    ]  # fmt: skip
    if asked.programme is not None:
        paid, total = asked.programme, rows[-1][1]
        net = tuple(end + paid for end in total)
        lines += [
            (say("joint.programme"), scale.change(paid), say("joint.books"),
             "", in_all(paid * heads, catalogue)),
            (say("joint.net"), scale.change(net[0]), scale.interval(*net[1:]), "",
             in_all(net[0] * heads, catalogue)),
        ]  # fmt: skip
    name = asked.total.cell.outcome.called_in(catalogue.language)
    head = ("", say("joint.difference", after=scale.after), say("joint.range"), say("joint.paid-by"),
            say("joint.in-all"))  # fmt: skip
    return Table(say("joint.category-caption", total=name), head, tuple(lines))


def _heads(finding: Finding) -> float:
    assert isinstance(finding.result, Answered)
    net = finding.result.net
    return net.exposure if isinstance(net, NetEffect) else finding.result.exposure


def _payer_table(asked: ByCategory, scale: Scale, catalogue: Catalogue) -> tuple[Table, ...]:
    if not asked.payers:
        return ()
    say = catalogue.say
    head = (say("joint.payer"), say("joint.difference", after=scale.after), say("joint.range"),
            say("joint.reads"))  # fmt: skip
    rows = tuple(
        (name, scale.change(number[0]), _interval(number, scale, catalogue), say(f"joint.{_reads(number)}"))
        for name, number in asked.payers
    )
    return (Table(say("joint.payers-caption"), head, rows),)


def _interval(number: Ranged, scale: Scale, catalogue: Catalogue) -> str:
    """The range of a number; of what is paid for the programme alone, that it is known."""
    _, low, high = number
    return catalogue.say("joint.books") if low == high else scale.interval(low, high)


def _reads(number: Ranged) -> str:
    _, low, high = number
    return "pays-less" if high < 0 else "pays-more" if low > 0 else "pays-either"


def _of_parts(asked: ByCategory, found: Split, catalogue: Catalogue) -> Iterator[str]:
    say = catalogue.say
    yield sure_words([asked.total, *asked.parts], catalogue)
    if asked.programme is None:
        yield say("joint.gross")
    yield say("joint.maybe")
    if found.rest_share is None:
        yield say("joint.no-share")
    else:
        share, *ends = (share_words(each, catalogue) for each in found.rest_share)
        yield say("joint.rest-share", share=share, interval=_range(ends, catalogue))
    if asked.absent:
        names = ", ".join(each.called_in(catalogue.language) for each in asked.absent)
        yield say("joint.absent", names=names)
    if found.own_mixtures:
        yield say("joint.own-mixtures")


def _range(written: list[str], catalogue: Catalogue) -> str:
    low, high = written
    return catalogue.numerals.range.format(low=low, high=high)


def _substitution(asked: Substituted, catalogue: Catalogue, anchor: str) -> Block:
    say, outcome = catalogue.say, asked.source.cell.outcome
    names = {"source": outcome.called_in(catalogue.language), "destination": asked.asked.destination}
    if asked.destination is not None:
        names["destination"] = asked.destination.cell.outcome.called_in(catalogue.language)
    block = Block(say("joint.substitution", **names))
    if isinstance(asked.found, NotTold):
        return replace(block, sentences=(not_told(asked.found, catalogue),))
    assert asked.destination is not None
    scale, found = scale_of(outcome, catalogue).fine, asked.found
    rows = _taken_apart(found, names, catalogue)
    alt = say("joint.category-alt", rows="; ".join(f"{name}: {told(number, scale)}" for name, number in rows))
    head = ("", say("joint.amount", after=scale.after), say("joint.range"))
    lines = tuple((name, scale.change(number[0]), scale.interval(*number[1:])) for name, number in rows)
    return replace(
        block,
        by=by_words(asked.source, found.years, catalogue),
        sentences=(
            sure_words([asked.source, asked.destination], catalogue),
            say("joint.as-meant", chance=chance_words(found.as_meant, catalogue), **names),
            say("joint.not-the-same"),
        ),
        drawings=(Drawing(inline_svg(ranges_figure(rows, scale), anchor, alt), alt, "", ()),),
        tables=(Table(say("joint.substitution-caption"), head, lines),),
    )


def _taken_apart(found: Moved, names: dict[str, str], catalogue: Catalogue) -> list[tuple[str, Ranged]]:
    say = catalogue.say
    return [
        (names["source"], found.source),
        (names["destination"], found.destination),
        (say("joint.moved"), found.moved),
        (say("joint.added"), found.added),
        (say("joint.leaked"), found.leaked),
        (say("joint.both"), found.both),
    ]
