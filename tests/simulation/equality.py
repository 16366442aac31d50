"""Whether two findings are the same to the last bit."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np


def differences(one: Any, other: Any, path: str = "finding") -> list[str]:
    """Paths at which two values differ; the time that a cell took does not count."""
    if path.endswith(".seconds"):
        return []
    if type(one) is not type(other):
        return [f"{path}: {type(one).__name__} and {type(other).__name__}"]
    if isinstance(one, np.ndarray):
        same = one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
        return [] if same else [path]
    pairs = _parts(one, other)
    if pairs is None:
        return [] if repr(one) == repr(other) else [f"{path}: {one!r} and {other!r}"]
    if pairs == "lengths":
        return [f"{path}: lengths {len(one)} and {len(other)}"]
    return [found for name, *pair in pairs for found in differences(*pair, f"{path}{name}")]


def _parts(one: Any, other: Any) -> list[tuple[str, Any, Any]] | str | None:
    if is_dataclass(one) and not isinstance(one, type):
        return [(f".{each.name}", getattr(one, each.name), getattr(other, each.name)) for each in fields(one)]
    if isinstance(one, (tuple, list)):
        if len(one) != len(other):
            return "lengths"
        return [(f"[{i}]", *pair) for i, pair in enumerate(zip(one, other, strict=True))]
    return None
