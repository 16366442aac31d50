"""What a design must do over many draws, as far as chance can tell.

What is allowed follows from the number of draws and from what the design states, never from what any design
happens to reach: `alarm` is the probability with which a design that does what it states is called wrong.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from lmpeval.conformance.draws import ManyDraws
from lmpeval.conformance.seen import Seen
from lmpeval.design import Status

CONTRADICTED_AT_MOST = 0.05
"""Share of draws in which a check may contradict what holds: the level of the ledger's tests."""
VOUCHED_FOR_AT_MOST = 0.05
"""Share of draws in which a check may support what does not hold: the error of a 90 % equivalence test."""
SEEN_AT_LEAST = 0.5
"""Share of draws in which a check contradicts what stands out from chance."""


def is_unbiased(draws: ManyDraws, alarm: float) -> Seen:
    """The mean error is no further from zero than chance takes it (Student's t, two-sided)."""
    errors = draws.errors
    chance = float(errors.std(ddof=1) / np.sqrt(len(errors)))
    allowed = float(stats.t.isf(alarm / 2, len(errors) - 1)) * chance
    bias = float(errors.mean())
    return Seen(
        abs(bias) <= allowed,
        f"bias {bias:+.3g} over {len(errors)} draws",
        f"{allowed:.3g} either side of zero",
    )


def covers_as_stated(draws: ManyDraws, alarm: float) -> Seen:
    """Intervals miss the truth no more often than they say (exact binomial)."""
    missed = sum(not draw.covers for draw in draws.all)
    return _at_most(missed, len(draws.all), 1 - draws.all[0].level, alarm, "intervals missed the truth")


def errs_as_stated(draws: ManyDraws, alarm: float) -> Seen:
    """The squared error is on average no larger than the squared standard error (Student's t, one-sided).

    Squares have a long tail to the right, with which the test calls a sound design wrong less often yet.
    """
    stated = np.array([draw.standard_error for draw in draws.all])
    excess = draws.errors**2 - stated**2
    chance = float(excess.std(ddof=1) / np.sqrt(len(excess)))
    allowed = float(stats.t.isf(alarm, len(excess) - 1)) * chance
    ratio = float(np.sqrt((draws.errors**2).mean() / max((stated**2).mean(), np.finfo(float).tiny)))
    most = float(np.sqrt(1 + allowed / max((stated**2).mean(), np.finfo(float).tiny)))
    return Seen(
        float(excess.mean()) <= allowed, f"errors {ratio:.2f} times what is stated", f"up to {most:.2f} times"
    )


def keeps_its_size(draws: ManyDraws, alarm: float) -> Seen:
    """Without an effect, p is below 0.05 no more often than in one draw of twenty (exact binomial)."""
    rejected = sum(draw.p <= 0.05 for draw in draws.all)
    return _at_most(rejected, len(draws.all), 0.05, alarm, "true nulls rejected")


def p_agrees_with_interval(draws: ManyDraws, alarm: float) -> Seen:
    """The interval leaves zero out exactly where p says that no effect at all is unlikely."""
    del alarm  # nothing is left to chance
    unlike = sum(
        (draw.p <= 1 - draw.level) != _leaves_zero_out(draw.low, draw.high, draw.effect) for draw in draws.all
    )
    return Seen(unlike == 0, f"{unlike} of {len(draws.all)} draws disagree", "none")


def sees_a_large_effect(draws: ManyDraws, alarm: float) -> Seen:
    """An effect of many standard errors is told from none in most draws, by an interval with two ends."""
    bounded = [draw for draw in draws.all if np.isfinite([draw.low, draw.high]).all()]
    seen = sum(_leaves_zero_out(draw.low, draw.high, draw.effect) for draw in bounded)
    return _at_least(
        seen, len(draws.all), SEEN_AT_LEAST, alarm, "told from none by an interval with two ends"
    )


def ledger_stays_quiet(draws: ManyDraws, alarm: float) -> Seen:
    """No critical assumption that holds is contradicted more often than a test at 5 % would."""
    names = [each.name for each in draws.design.assumptions if each.critical]
    counts = {name: _counted(draws, name, Status.NOT_SUPPORTED) for name in names}
    worst = max(names, key=lambda name: counts[name])
    told = f"draws contradict {worst}, which holds"
    return _at_most(counts[worst], len(draws.examined), CONTRADICTED_AT_MOST, alarm / len(names), told)


def ledger_never_vouches(draws: ManyDraws, alarm: float) -> Seen:
    """No assumption that does not hold is called supported more often than in one draw of twenty."""
    names = sorted({each.name for each in draws.design.assumptions} & draws.world.breaks)
    counts = {name: _counted(draws, name, Status.SUPPORTED) for name in names}
    worst = max(names, key=lambda name: counts[name])
    told = f"draws call {worst} supported, which is broken"
    return _at_most(counts[worst], len(draws.examined), VOUCHED_FOR_AT_MOST, alarm / len(names), told)


def ledger_rings(draws: ManyDraws, alarm: float) -> Seen:
    """An assumption that is broken for all to see is contradicted in most draws."""
    names = sorted({each.name for each in draws.design.assumptions if each.check} & draws.world.visible)
    counts = {name: _counted(draws, name, Status.NOT_SUPPORTED) for name in names}
    worst = min(names, key=lambda name: counts[name])
    told = f"draws contradict {worst}, which is broken"
    return _at_least(counts[worst], len(draws.examined), SEEN_AT_LEAST, alarm / len(names), told)


def _counted(draws: ManyDraws, name: str, status: Status) -> int:
    return sum(draw.entries[name] is status for draw in draws.examined)


def _leaves_zero_out(low: float, high: float, effect: float) -> bool:
    return not low + effect <= 0 <= high + effect


def _at_most(count: int, number: int, share: float, alarm: float, what: str) -> Seen:
    allowed = int(stats.binom.isf(alarm, number, share))
    return Seen(
        count <= allowed, f"{count} of {number} {what}", f"up to {allowed}, for a share of {share:.0%}"
    )


def _at_least(count: int, number: int, share: float, alarm: float, what: str) -> Seen:
    allowed = int(stats.binom.ppf(alarm, number, share))
    return Seen(
        count >= allowed, f"{count} of {number} {what}", f"{allowed} or more, for a share of {share:.0%}"
    )
