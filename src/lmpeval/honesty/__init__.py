"""Intervals that stay honest where trends were not parallel (Rambachan and Roth 2023).

Parallel trends is an assumption about years nobody can see. These intervals replace "the trends would have
been parallel" by "they would have differed by no more than so much", with so much tied to what was seen
before the start: `relative_magnitudes` by the largest step between two years, `smoothness` by how far a
trend may bend. `breakdown` gives the so much at which a conclusion falls.
"""

from lmpeval.honesty.question import UnusableEventPath
from lmpeval.honesty.relative import relative_magnitudes
from lmpeval.honesty.smooth import smoothness
from lmpeval.honesty.tipping import NoBreakdown, breakdown

__all__ = ["NoBreakdown", "UnusableEventPath", "breakdown", "relative_magnitudes", "smoothness"]
