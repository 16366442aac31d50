"""What must not stand in a text, of whatever kind of file it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lmpeval.disclosure.scanning.leaks import Leak, Rule, Watch

NINE_DIGITS = re.compile(r"(?<![\w.,-])\d{9}(?![\w]|[.,]\d)")
FOLDER = re.compile(r"(?:/home/|/Users/|/root/|\b[A-Za-z]:\\+Users\\+)\w")
FEW = re.compile(
    r"(?<![\d.,\u2212-])(\d{1,2}) "
    r"(?:persons?|people|patients?|inhabitants|personen|persoon|mensen|pati\u00ebnten|inwoners)\b"
)
LINKING = re.compile(
    r"(?i)\b(?:rinpersoons?|rinadres|rinobjectnummer|beid|brin|bsn|burgerservicenummer|"
    r"(?:person|patient|client|insured|household|persoon)_?(?:id|nr|number|nummer)|geboortedatum|"
    r"(?:birth_?date|date_of_birth))\b"
)
"""Keys of the Dutch microdata, and the usual names of a person's number and day of birth."""
WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def in_text(place: str, text: str, watch: Watch) -> Iterator[Leak]:
    """Find what must not stand in a text, line by line."""
    for number, line in enumerate(text.splitlines(), start=1):
        for rule in rules_broken(line, watch):
            yield Leak(place, str(number), rule)


def rules_broken(line: str, watch: Watch) -> Iterator[Rule]:
    """Which rules a line breaks, each once."""
    if any(key in line for key in watch.keys):
        yield Rule.KEY
    if any(passes_eleven(found.group()) for found in NINE_DIGITS.finditer(line)):
        yield Rule.IDENTIFIER
    if LINKING.search(line):
        yield Rule.COLUMN
    if any(0 < int(found.group(1)) < watch.profile.least for found in FEW.finditer(line)):
        yield Rule.SMALL
    if FOLDER.search(line):
        yield Rule.FOLDER
    if watch.user and re.search(rf"(?i)\b(?:user|author|owner)\W{{1,4}}{re.escape(watch.user)}\b", line):
        yield Rule.USER


def passes_eleven(digits: str) -> bool:
    """Whether nine digits are what a citizen service number may be: their weighted sum is a multiple of 11.

    >>> passes_eleven("111222333"), passes_eleven("111222334")
    (True, False)
    """
    weighted = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=True))
    return weighted % 11 == 0 and int(digits) > 0
