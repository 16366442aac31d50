"""Numbers as a reader of a language expects them: true minus signs, no more digits than they carry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor, isfinite, log10

from lmpeval.disclosure import CBS, Profile, rounded
from lmpeval.effect_scale import EffectScale
from lmpeval.report.language import ENGLISH, MINUS, Catalogue, Numerals
from lmpeval.study import Outcome

THIN = "\u202f"
NOTHING = 1e-12
"""Smaller is the rounding of sums that are zero."""


def plain(value: float, decimals: int, numerals: Numerals = ENGLISH.numerals) -> str:
    """Write a number with so many decimals; one that would vanish keeps its first digit.

    >>> plain(1234.56, 1), plain(0.034, 0), plain(0.0, 2)
    ('1,234.6', '0.03', '0.00')
    """
    if not isfinite(value):
        return numerals.unbounded
    if abs(value) < NOTHING:
        return numerals.written(0.0, decimals)
    if round(abs(value), decimals) == 0:
        decimals = -floor(log10(abs(value)))
    return (MINUS if value < 0 else "") + numerals.written(abs(value), decimals)


def standardised(difference: float, numerals: Numerals = ENGLISH.numerals) -> str:
    """Write a standardised difference; one far below what anybody calls a difference is none.

    >>> standardised(-0.153), standardised(-0.00004)
    ('\u22120.15', '0.00')
    """
    return plain(round(difference, 2), 2, numerals)


def three_digits(value: float, numerals: Numerals = ENGLISH.numerals) -> str:
    """Write a number to three significant digits at most; whole digits are never lost.

    >>> three_digits(0.092413), three_digits(0.5), three_digits(4321.0)
    ('0.0924', '0.5', '4,321')
    """
    if not isfinite(value):
        return numerals.unbounded
    if abs(value) < NOTHING:
        return "0"
    text, point = plain(value, max(0, 2 - floor(log10(abs(value)))), numerals), numerals.decimal
    return text.rstrip("0").rstrip(point) if point in text else text


def percent(share: float, numerals: Numerals = ENGLISH.numerals) -> str:
    """Write a share as a percentage; what is not nothing is not shown as 0."""
    if 0 < share < 0.001:
        return numerals.under.format(number=numerals.percent.format(number=plain(0.1, 1, numerals)))
    return numerals.percent.format(number=plain(100 * share, 1 if share < 0.1 else 0, numerals))


def share_give_or_take(share: float, error: float, numerals: Numerals = ENGLISH.numerals) -> str:
    """Write a share and its Monte Carlo error as percentages, both to the same digit.

    >>> share_give_or_take(0.66, 0.061), share_give_or_take(0.004, 0.0021)
    ('66 ± 6\u202f%', '0.4 ± 0.2\u202f%')
    """
    decimals = 0 if error >= 0.005 else 1
    middle, beside = (numerals.written(100 * value, decimals) for value in (share, error))
    return numerals.percent.format(number=f"{middle} ± {beside}")


def p_value(p: float, smallest: float = 0.0, numerals: Numerals = ENGLISH.numerals) -> str:
    """Write a p-value, rounded up so that none below the smallest attainable one is ever shown.

    >>> p_value(4 / 60), p_value(0.001, smallest=1 / 61), p_value(1e-6)
    ('0.067', '0.017', 'under 0.001')
    """
    kept = max(p, smallest)
    if kept < 0.001:
        return numerals.under.format(number=numerals.written(0.001, 3))
    return numerals.written(ceil(round(kept * 1000, 6)) / 1000, 3)


def persons(count: int, numerals: Numerals = ENGLISH.numerals, profile: Profile = CBS) -> str:
    """Write a number of persons, rounded; a small one could point at somebody.

    >>> persons(9), persons(0), persons(1234)
    ('fewer than 10', '0', '1,230')
    """
    told = rounded(count, profile)
    return numerals.few.format(n=profile.least) if told is None else plain(told, 0, numerals)


def tick(written: str, numerals: Numerals) -> str:
    """A number at the tick of an axis, without zeros behind the point that say nothing.

    Without the language nobody can tell: 2.600 is two thousand six hundred in Dutch.

    >>> [tick(each, ENGLISH.numerals) for each in ("€1.50", "2.0\u202f%", "€2,600")]
    ['€1.5', '2\u202f%', '€2,600']
    """
    number, space, unit = written.partition(f"{THIN}%")
    point = numerals.decimal
    return (number.rstrip("0").rstrip(point) if point in number else number) + space + unit


@dataclass(frozen=True)
class Scale:
    """How the numbers of one outcome are written.

    Attributes
    ----------
    in_euro : bool
        Whether the numbers are amounts of money.
    per : str
        What follows it: `per insured year`.
    decimals : int
        Two significant digits of the minimal important difference; euros have none.
    finest : int
        The same for euros too, where a figure would otherwise go in steps.
    numerals : Numerals
        Of the language that they are written in.
    """

    in_euro: bool
    per: str
    decimals: int
    finest: int
    numerals: Numerals = ENGLISH.numerals

    @property
    def fine(self) -> Scale:
        """For figures and their tables."""
        return replace(self, decimals=self.finest)

    @property
    def after(self) -> str:
        """`per` as it follows a number in a sentence."""
        return f" {self.per}" if self.per else ""

    @property
    def zero(self) -> str:
        """No difference, at the tick of an axis."""
        return self._amount(0.0, 0)

    def amount(self, value: float) -> str:
        """Write a level."""
        return self._written(value)

    def _written(self, value: float) -> str:
        if not isfinite(value):
            return self.numerals.unbounded
        sign = MINUS if plain(value, self.decimals).startswith(MINUS) else ""
        return sign + self._amount(abs(value), self.decimals)

    def _amount(self, value: float, decimals: int) -> str:
        number = plain(value, decimals, self.numerals)
        return self.numerals.euro.format(number=number) if self.in_euro else number

    def change(self, value: float) -> str:
        """Write a difference, with its sign; one that rounds to zero has no sign worth stating."""
        if self._vanishes(value):
            return self.numerals.about_zero
        written = self._written(value)
        return f"+{written}" if isfinite(value) and value > NOTHING else written

    def size(self, value: float) -> str:
        """Write a difference without its sign."""
        return self.numerals.about_zero if self._vanishes(value) else self._written(abs(value))

    def give_or_take(self, value: float, error: float) -> str:
        """Write a number without its sign and its Monte Carlo error, both to the same digit."""
        written = self._written(abs(self.rounded(value)))
        if not isfinite(error):
            return written
        least = 10.0**-self.decimals
        small = round(error, self.decimals) < least
        beside = self.numerals.under.format(number=self._written(least)) if small else self._written(error)
        return f"{written} ± {beside}"

    def interval(self, low: float, high: float) -> str:
        """Write a range of differences; never with an infinite end."""
        ends = {"low": self._end(low), "high": self._end(high)}
        if isfinite(low) and isfinite(high):
            return self.numerals.range.format(**ends)
        if isfinite(low):
            return self.numerals.no_upper_end.format(**ends)
        if isfinite(high):
            return self.numerals.no_lower_end.format(**ends)
        return self.numerals.unbounded

    def _end(self, value: float) -> str:
        """An end of a range; one that rounds to zero by its side, which is what a reader looks for."""
        if not self._vanishes(value):
            return self.change(value)
        return self.numerals.above_zero if value > 0 else self.numerals.below_zero

    def _vanishes(self, value: float) -> bool:
        return abs(value) >= NOTHING and round(abs(value), self.decimals) == 0

    def rounded(self, value: float) -> float:
        """The difference that is written, as a number."""
        return float(round(value, self.decimals)) if isfinite(value) else float("nan")

    def rounded_level(self, value: float) -> float:
        """The level that is written, as a number."""
        return self.rounded(value)


@dataclass(frozen=True)
class PercentScale(Scale):
    """How the numbers of an outcome compared by ratios are written: levels as they are, the rest in percent.

    Attributes
    ----------
    level_in_euro : bool
        Whether levels are amounts of money.
    """

    level_in_euro: bool = False

    @property
    def zero(self) -> str:
        """No difference, at the tick of an axis."""
        return self.numerals.percent.format(number="0")

    def amount(self, value: float) -> str:
        """Write a level to four digits: the difference that matters does not say how fine it is."""
        if not isfinite(value):
            return self.numerals.unbounded
        sign, rounded = MINUS if value < 0 else "", self.rounded_level(value)
        number = plain(abs(rounded), _decimals_of_level(value), self.numerals)
        return sign + (self.numerals.euro.format(number=number) if self.level_in_euro else number)

    def rounded_level(self, value: float) -> float:
        """The level that is written, as a number."""
        return float(round(value, _decimals_of_level(value))) if isfinite(value) else float("nan")

    def _written(self, value: float) -> str:
        if not isfinite(value):
            return self.numerals.unbounded
        return self.numerals.percent.format(number=super()._written(value))


def _decimals_of_level(value: float) -> int:
    return max(0, 3 - floor(log10(abs(value)))) if abs(value) > NOTHING else 0


def scale_of(outcome: Outcome, catalogue: Catalogue = ENGLISH) -> Scale:
    """Choose how an outcome's numbers are written, by its unit and its minimal important difference."""
    margin, numerals = outcome.minimal_important_difference, catalogue.numerals
    fine = max(0, 1 - floor(log10(margin)))
    head, _, rest = outcome.unit.partition(" ")
    in_euro = head.lower() in ("euro", "eur", "€")
    if outcome.scale is EffectScale.RATIO:
        return PercentScale(False, "", fine, fine, numerals, level_in_euro=in_euro)
    if in_euro:
        return Scale(True, catalogue.unit(rest), 0 if margin >= 1 else fine, fine, numerals)
    return Scale(False, catalogue.unit(outcome.unit), fine, fine, numerals)
