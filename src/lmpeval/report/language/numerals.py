"""How a language writes numbers, amounts, shares and ranges."""

from __future__ import annotations

from dataclasses import dataclass

MINUS = "\u2212"


@dataclass(frozen=True)
class Numerals:
    """Signs and patterns of one language; `{...}` stands for what is put in.

    Attributes
    ----------
    thousands, decimal : str
        Between groups of three digits, and before the decimals.
    euro, percent : str
        Patterns of an amount and of a percentage, with the slot `number`.
    unbounded, about_zero : str
        In place of a number without bound, and of a difference that rounds to zero.
    below_zero, above_zero : str
        In place of an end of a range that rounds to zero: on which side it lies is what a reader looks for.
    range, no_upper_end, no_lower_end : str
        Patterns of a range, with the slots `low` and `high`.
    few : str
        Pattern of a number of persons that is too small to be shown, with the slot `n`.
    one_in : str
        Pattern of a share of people, with the slot `n`.
    under : str
        Pattern of what is smaller than is written, with the slot `number`.
    """

    thousands: str
    decimal: str
    euro: str
    percent: str
    unbounded: str
    about_zero: str
    below_zero: str
    above_zero: str
    range: str
    no_upper_end: str
    no_lower_end: str
    few: str
    one_in: str
    under: str

    def written(self, value: float, decimals: int) -> str:
        """Write a number of zero or more with so many decimals.

        Parameters
        ----------
        value : float
            Finite and not below zero: signs are the business of `lmpeval.report.numbers`.
        decimals : int
        """
        digits = f"{value:,.{decimals}f}"
        return digits.translate({ord(","): self.thousands, ord("."): self.decimal})
