"""What cannot be so of the rules that numbers of persons keep before they leave."""

from __future__ import annotations

from lmpeval.study.contradiction import Contradiction, Found
from lmpeval.study.disclosure import Disclosure


def departures_have_a_reason(disclosure: Disclosure) -> Found:
    """Who departs from a profile says why, and by whose leave."""
    if disclosure.departs and disclosure.because is None:
        yield Contradiction(
            ("disclosure",),
            f"departs from the profile '{disclosure.profile}' without a reason: say in `because` why, and by "
            "whose leave",
        )
