"""What is left of an effect on cost once the programme is paid, and all of it in a year."""

from __future__ import annotations

from dataclasses import dataclass

from lmpeval.economics import NetEffect
from lmpeval.finding import Answered
from lmpeval.report.language import MINUS
from lmpeval.report.numbers import Scale, plain
from lmpeval.report.tables import Table
from lmpeval.report.together_parts import chance_words
from lmpeval.report.words import Words


@dataclass(frozen=True)
class NetView:
    """Gross and net side by side, or why there is only gross."""

    table: Table | None
    sentence: str


def net_view(result: Answered, scale: Scale, words: Words) -> NetView | None:
    """Set out what the programme cost and what is left; None for an outcome that is no headline of cost."""
    net = result.net
    if net is None:
        return None
    if not isinstance(net, NetEffect):
        return NetView(None, words.say("net.gross-only", reason=words.told(net.reason)))
    return NetView(_table(net, scale, words), _sentence(net, words))


def _table(net: NetEffect, scale: Scale, words: Words) -> Table:
    say = words.say
    rows = [
        (say("net.care"), net.gross, (net.low, net.high)),
        (say("net.programme"), net.programme, None),
        (say("net.both"), net.effect, net.interval),
    ]
    return Table(
        say("net.caption"),
        (say("net.part"), say("net.difference", per=scale.after), say("net.range"), say("net.in-all")),
        tuple(
            (what, scale.fine.change(value), scale.fine.interval(*ends) if ends else say("net.known"),
             _in_all(net.in_all(value), words))
            for what, value, ends in rows
        ),
    )  # fmt: skip


def _sentence(net: NetEffect, words: Words) -> str:
    low, high = net.interval
    said = words.say("net.below" if high < 0 else "net.above" if low > 0 else "net.around")
    if net.saving is not None:
        said += " " + words.say("net.saving", chance=chance_words(net.saving, words.catalogue))
    if net.before > 0:
        said += " " + words.say("net.before", cost=_in_all(net.before, words)[1:])
    return said


def _in_all(amount: float, words: Words) -> str:
    """An amount for many people, to three digits, with its sign."""
    number = plain(float(f"{abs(amount):.3g}"), 0, words.numerals)
    return (MINUS if amount < 0 else "+") + words.numerals.euro.format(number=number)
