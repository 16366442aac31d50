"""How far trends may differ before a conclusion falls."""

from __future__ import annotations

from collections.abc import Callable

STEPS = 16
"""Bounds tried below the one at which the value is inside, in case it was inside before."""


class NoBreakdown(ArithmeticError):
    """The interval leaves the value out however far trends may differ."""


def breakdown(
    robust: Callable[[float], tuple[float, float]], null: float = 0.0, precision: float = 1e-3
) -> float | None:
    """Largest bound up to which an honest interval leaves a value out.

    An interval grows longer with the bound, but that of `smoothness` need not hold the one before it: its
    centre moves as it trusts the years before less. So sixteen bounds are tried before the first that has
    the value inside is closed in on.

    Parameters
    ----------
    robust : callable
        Interval for a bound (Mbar or M).
    null : float
        In the unit of the interval.
    precision : float
        Relative: the bound that is returned leaves `null` out, and one larger by this part takes it in.

    Returns
    -------
    float or None
        None where `null` is inside with parallel (or straight) trends already.

    Raises
    ------
    NoBreakdown

    Notes
    -----
    Rambachan and Roth (2023) call this the breakdown value.

    >>> round(breakdown(lambda bound: (2 - 0.8 * bound, 2 + 0.8 * bound)), 2)
    2.5
    """

    def out(bound: float) -> bool:
        low, high = robust(bound)
        return not low <= null <= high

    if not out(0.0):
        return None
    inside = _some_inside(out)
    if inside is None:
        raise NoBreakdown(f"{null:g} stays outside the interval whatever the bound")
    first = next(step for step in range(1, STEPS + 1) if step == STEPS or not out(inside * step / STEPS))
    low, high = inside * (first - 1) / STEPS, inside * first / STEPS
    for _ in range(100):  # a breakdown of zero has no relative precision
        if high - low <= precision * low:
            break
        middle = (low + high) / 2
        low, high = (middle, high) if out(middle) else (low, middle)
    return low


def _some_inside(out: Callable[[float], bool]) -> float | None:
    """Bound, a power of two, that takes the value in where half of it does not."""
    bound = 1.0
    while out(bound):
        bound *= 2
        if bound > 1e300:
            return None
    while bound > 1e-300 and not out(bound / 2):
        bound /= 2
    return bound
