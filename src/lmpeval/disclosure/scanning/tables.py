"""What must not stand under a name: counts of few persons, extremes, postcodes of a few households."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any

from lmpeval.disclosure.scanning.leaks import Leak, Rule, Watch

PERSONS = frozenset(
    {"person", "persons", "people", "patient", "patients", "participants", "respondents", "inhabitants",
     "deaths", "died", "insured", "personen", "mensen", "deelnemers", "overledenen", "verzekerden", "reach"}
)  # fmt: skip
"""Words of a name under which a whole number counts persons."""
MEASURED = frozenset({"mean", "share", "rate", "per", "years", "cost", "effect", "percent", "p", "id"})
"""Words beside them under which it does not."""
EXTREMES = frozenset(
    {"min", "max", "minimum", "maximum", "p0", "p1", "p01", "p99", "p100", "q1", "q99", "percentile"}
)
THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
POSTCODE = re.compile(r"[1-9]\d{3} ?[A-Z]{2}")


def in_csv(place: str, text: str, watch: Watch) -> Iterator[Leak]:
    """Look through a table: its names, and every cell under them."""
    rows = csv.reader(io.StringIO(text))
    head = next(rows, [])
    for name in head:
        yield from under(place, f"column {name}", name, None, watch)
    for number, row in enumerate(rows, start=2):
        for name, value in zip(head, row, strict=False):
            yield from under(place, f"{number}, {name}", name, value, watch)


def in_json(place: str, text: str, watch: Watch) -> Iterator[Leak]:
    """Look through names and values, however deep; a text that is no JSON is looked through as text alone."""
    try:
        whole = json.loads(text)
    except ValueError:
        return
    for name, value in _pairs(whole):
        yield from under(place, name, name, value, watch)


def under(place: str, where: str, name: str, value: Any, watch: Watch) -> Iterator[Leak]:
    """Look at a name, or with a value at that alone."""
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    if value is None:
        if words & EXTREMES:
            yield Leak(place, where, Rule.EXTREME)
        return
    if isinstance(value, str) and POSTCODE.fullmatch(value.strip()):
        yield Leak(place, where, Rule.POSTCODE)
    count = _whole(value)
    if count is None or not words & PERSONS or words & MEASURED:
        return
    if 0 < count < watch.profile.least:
        yield Leak(place, where, Rule.SMALL)
    elif count % watch.profile.nearest:
        yield Leak(place, where, Rule.EXACT)


def _whole(value: Any) -> int | None:
    """A count; None for what is no whole number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and THOUSANDS.fullmatch(value.strip()):
        value = value.replace(",", "")
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return int(number) if isfinite(number) and number == int(number) else None


def _pairs(value: Any, name: str = "") -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key), None
            yield from _pairs(item, str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _pairs(item, name)
    elif name:
        yield name, value
