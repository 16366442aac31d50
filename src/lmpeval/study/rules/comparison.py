"""What cannot be so about whom a site is compared with."""

from __future__ import annotations

from lmpeval.study.comparator import Comparator, Neighbours
from lmpeval.study.contradiction import Contradiction, Found


def borders_are_for_leaving_out(comparator: Comparator) -> Found:
    """A map says who is set aside; where neighbours are kept it would be read in vain."""
    if comparator.borders is not None and comparator.neighbours is Neighbours.KEEP:
        yield Contradiction(
            ("comparator", "borders"),
            "says who is next to the site, and `neighbours: keep` lets them be compared with: leave out one "
            "of the two",
        )
