"""What may not leave: numbers from which one of few people, or one of few organisations, could be known.

Every number that leaves has a `Support`: who stands behind it. `judge` holds it to a `Profile` and gives the
`Refusal` of each rule that it breaks; none is what lets it leave.
"""

from lmpeval.disclosure.counts import may_be_shown, rounded, rounded_count, shown_count, to_digits
from lmpeval.disclosure.gate import OF_NO_STUDY, Gate, Organisation
from lmpeval.disclosure.judging import judge
from lmpeval.disclosure.profiles import CBS, OPENSAFELY, PROFILES, Profile
from lmpeval.disclosure.refusals import Code, Refusal, Withheld
from lmpeval.disclosure.support import NOBODY, Contribution, Support

__all__ = [
    "CBS",
    "NOBODY",
    "OF_NO_STUDY",
    "OPENSAFELY",
    "PROFILES",
    "Code",
    "Contribution",
    "Gate",
    "Organisation",
    "Profile",
    "Refusal",
    "Support",
    "Withheld",
    "judge",
    "may_be_shown",
    "rounded",
    "rounded_count",
    "shown_count",
    "to_digits",
]
