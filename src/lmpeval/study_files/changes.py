"""What is different between two versions of a study, key by key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lmpeval.study import Study
from lmpeval.study_files.writing import plain_study

NAMED_BY = ("name", "use")
"""Keys that tell one item of a list from another: an outcome's name, the design that a choice uses."""


@dataclass(frozen=True)
class Change:
    """One key of a study that is no longer what it was.

    Attributes
    ----------
    key : str
        Path in the study file; items of a list by their name where they have one.
    before, after : str or None
        None where the key is not there.
    """

    key: str
    before: str | None
    after: str | None


def changes_between(before: Study, after: Study) -> tuple[Change, ...]:
    """Every key whose value differs, defaults included, in the order of the file."""
    old, new = dict(_leaves(plain_study(before))), dict(_leaves(plain_study(after)))
    keys = dict.fromkeys([*old, *new])
    return tuple(Change(key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        for position, item in enumerate(value):
            yield from _leaves(item, f"{path}[{_label(item) or position}]")
    elif isinstance(value, list):
        yield path, ", ".join(map(str, value))
    else:
        yield path, str(value)


def _label(item: Any) -> str | None:
    """What an item of a list is called, so that a new one does not change all that follow."""
    if not isinstance(item, Mapping):
        return None
    return next((str(item[key]) for key in NAMED_BY if key in item), None)
