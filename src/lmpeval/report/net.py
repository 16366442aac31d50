"""What is left of an effect on cost once the programme is paid, and all of it in a year."""

from __future__ import annotations

from dataclasses import dataclass

from lmpeval.economics import NetEffect
from lmpeval.finding import Answered
from lmpeval.report.language import ENGLISH
from lmpeval.report.numbers import Scale, plain
from lmpeval.report.tables import Table
from lmpeval.report.together_parts import chance_words


@dataclass(frozen=True)
class NetView:
    """Gross and net side by side, or why there is only gross."""

    table: Table | None
    sentence: str


def net_view(result: Answered, scale: Scale) -> NetView | None:
    """Set out what the programme cost and what is left; None for an outcome that is no headline of cost."""
    net = result.net
    if net is None:
        return None
    if not isinstance(net, NetEffect):
        return NetView(None, f"Gross only: {net.reason}. The difference says nothing of savings.")
    return NetView(_table(net, scale), _sentence(net, scale))


def _table(net: NetEffect, scale: Scale) -> Table:
    rows = [
        ("Cost of care", net.gross, (net.low, net.high)),
        ("Cost of the programme", net.programme, None),
        ("Both together: net", net.effect, net.interval),
    ]
    return Table(
        "With what the programme cost",
        ("", f"difference{scale.after}", "range", "for all of them, in a year"),
        tuple(
            (what, scale.fine.change(value), scale.fine.interval(*ends) if ends else "known from the books",
             _in_all(net.in_all(value)))
            for what, value, ends in rows
        ),
    )  # fmt: skip


def _sentence(net: NetEffect, scale: Scale) -> str:
    low, high = net.interval
    if high < 0:
        said = "With the programme paid, the whole range lies below zero."
    elif low > 0:
        said = "With the programme paid, the whole range lies above zero."
    else:
        said = "With the programme paid, the range holds both less and more."
    if net.saving is not None:
        said += f" That less is paid than without it has a chance of {chance_words(net.saving, ENGLISH)}."
    if net.before > 0:
        said += (
            f" From its start to the first year that counts the programme cost {_in_all(net.before)[1:]}, "
            "which is not in the table."
        )
    return said


def _in_all(amount: float) -> str:
    """An amount for many people, to three digits, with its sign."""
    sign = "\u2212" if amount < 0 else "+"
    return f"{sign}€{plain(float(f'{abs(amount):.3g}'), 0)}"
