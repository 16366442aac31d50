"""On what scale levels are compared, and how what is found there is told: the one place that knows.

A design takes differences of whatever it is given. Given logarithms, its differences are logarithms of
ratios; nothing else about it changes. `working` brings levels to the scale that it works on, `level` brings
them back, and `told` brings its differences to what a reader is told: percent, where ratios are compared.
"""

from __future__ import annotations

from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NO_LOGARITHM = (
    "a mean of zero or less has no logarithm; log(y + c) would give whatever the choice of c makes of it "
    "(Chen and Roth 2024)"
)
"""Why ratios are not compared where a level is not positive."""


class EffectScale(StrEnum):
    """How the outcome with the intervention is compared with the one without it."""

    DIFFERENCE = "difference"
    RATIO = "ratio"

    @property
    def other(self) -> EffectScale:
        """The scale that stands beside this one."""
        return EffectScale.DIFFERENCE if self is EffectScale.RATIO else EffectScale.RATIO

    @property
    def sign(self) -> str:
        """What follows a number that is told."""
        return "%" if self is EffectScale.RATIO else ""

    @property
    def lowest(self) -> float:
        """Below this no effect can lie: nothing is left of a level that fell by a hundred percent."""
        return -100.0 if self is EffectScale.RATIO else -inf

    def working(self, levels: Floats) -> Floats:
        """Levels as a design works on them; positive ones, where ratios are compared."""
        if self is EffectScale.DIFFERENCE:
            return levels
        import numpy as np  # noqa: PLC0415 - a study file is read without an array library

        return np.asarray(np.log(levels))

    @overload
    def level(self, working: float) -> float: ...
    @overload
    def level(self, working: Floats) -> Floats: ...
    def level(self, working: float | Floats) -> float | Floats:
        """The inverse of `working`; a mean of logarithms becomes a geometric mean."""
        if self is EffectScale.DIFFERENCE:
            return working
        import numpy as np  # noqa: PLC0415 - as above

        return _like(np.exp(working), working)

    @overload
    def told(self, change: float) -> float: ...
    @overload
    def told(self, change: Floats) -> Floats: ...
    def told(self, change: float | Floats) -> float | Floats:
        """A difference on the working scale as readers are told it; one without a bound stays so.

        A standard error or another size without a sign is told as the rise that it would be.

        >>> from math import log
        >>> round(EffectScale.RATIO.told(log(0.97)), 9), EffectScale.DIFFERENCE.told(-60.0)
        (-3.0, -60.0)
        """
        if self is EffectScale.DIFFERENCE:
            return change
        import numpy as np  # noqa: PLC0415 - as above

        return _like(np.where(np.isinf(change), change, 100 * np.expm1(change)), change)

    @overload
    def untold(self, told: float) -> float: ...
    @overload
    def untold(self, told: Floats) -> Floats: ...
    def untold(self, told: float | Floats) -> float | Floats:
        """The inverse of `told`; the signs of a fall and a rise of the same percentage matter.

        >>> round(EffectScale.RATIO.untold(-5.0), 4), round(EffectScale.RATIO.untold(5.0), 4)
        (-0.0513, 0.0488)
        """
        if self is EffectScale.DIFFERENCE:
            return told
        import numpy as np  # noqa: PLC0415 - as above

        infinite = np.isinf(told)
        return _like(np.where(infinite, told, np.log1p(np.where(infinite, 0.0, told) / 100)), told)

    def magnitude(self, working: Floats) -> float:
        """What rounding is a share of; never zero. A logarithm is one of shares already."""
        return 1.0 if self is EffectScale.RATIO else float(abs(working).max()) or 1.0

    def amount(self, share: float, mean: float) -> float:
        """A share of the outcome's mean as an effect of that size is told."""
        return 100 * share if self is EffectScale.RATIO else share * abs(mean)

    def share(self, told: float, mean: float) -> float:
        """The inverse of `amount`; not a number where the mean is zero."""
        if self is EffectScale.RATIO:
            return told / 100
        return told / abs(mean) if mean else float("nan")


def _like(found: Floats, given: float | Floats) -> float | Floats:
    """An array where one was given, else a number."""
    return float(found) if isinstance(given, float | int) else found
