"""An answer as text, and back to the last bit.

Only what the answer's own type names can be read back: a text can make nothing but the figures, words and
records that a finding consists of, whoever wrote it. So nothing in it is ever run, as it would be in a
pickle.
"""

from __future__ import annotations

import json
import types
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

from lmpeval.design import Assumption

NUMBERS = frozenset("biuf")
"""Kinds of arrays that are written: truth values, integers, floats."""


class NotAsWritten(ValueError):
    """A text is not what an answer of this type is written as, or an answer cannot be written."""


def written(answer: Any, assumptions: Sequence[Assumption]) -> str:
    """Write an answer down.

    Parameters
    ----------
    answer : any
        Records, rows, mappings, arrays of numbers, texts, numbers.
    assumptions : sequence of Assumption
        Those of the design: an assumption brings the code of its check, so it is written as its position.

    Raises
    ------
    NotAsWritten
        Where it holds something else.
    """
    return json.dumps(_down(answer, assumptions), ensure_ascii=False, separators=(",", ":"))


def read_back(text: str, kind: Any, assumptions: Sequence[Assumption]) -> Any:
    """Read an answer of the type `kind` from what `written` made of it; the `assumptions` are the same.

    Raises
    ------
    NotAsWritten
        Where the text holds anything else than an answer of that type.
    """
    try:
        return _up(json.loads(text), kind, assumptions)
    except (KeyError, TypeError, ValueError, IndexError, RecursionError) as error:
        raise NotAsWritten(f"no {getattr(kind, '__name__', kind)}: {error}") from error


def _down(value: Any, assumptions: Sequence[Assumption]) -> Any:
    if isinstance(value, (Enum, np.generic, date)):
        return _plain_down(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.ndarray):
        return _array_down(value)
    if is_dataclass(value) and not isinstance(value, type):
        return _record_down(value, assumptions)
    if isinstance(value, Mapping):
        value = value.items()
    elif not isinstance(value, (tuple, list)):
        raise NotAsWritten(f"{type(value).__name__} cannot be written down")
    return [_down(part, assumptions) for part in value]


def _plain_down(value: Enum | np.generic | date) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value.item()


def _record_down(value: Any, assumptions: Sequence[Assumption]) -> Any:
    if not isinstance(value, Assumption):
        held = {each.name: _down(getattr(value, each.name), assumptions) for each in fields(value)}
        return {"is": type(value).__name__, **held}
    if value not in assumptions:
        raise NotAsWritten(f"assumption {value.name} is none of the design's")
    return assumptions.index(value)


def _array_down(value: np.ndarray[Any, Any]) -> dict[str, Any]:
    if value.dtype.kind not in NUMBERS:
        raise NotAsWritten(f"an array of {value.dtype} cannot be written down")
    figures = b64encode(np.ascontiguousarray(value).tobytes()).decode()
    return {"is": "array", "dtype": value.dtype.str, "shape": list(value.shape), "figures": figures}


def _up(value: Any, kind: Any, assumptions: Sequence[Assumption]) -> Any:
    if isinstance(value, dict):
        return _record_up(value, kind, assumptions)
    if kind is Assumption:
        return assumptions[value]
    for each in _alternatives(kind):
        if isinstance(each, type) and issubclass(each, Enum) and value is not None:
            return each(value)
        if each is date and isinstance(value, str):
            return date.fromisoformat(value)
        if isinstance(value, list) and get_origin(each) is not None:
            return _row_up(value, each, assumptions)
    plain = {float if each in (int, float) else each for each in _alternatives(kind)}
    if (float if type(value) is int else type(value)) not in plain:
        raise NotAsWritten(f"a {type(value).__name__} where {kind} is due")
    return value


def _record_up(value: dict[str, Any], kind: Any, assumptions: Sequence[Assumption]) -> Any:
    if value["is"] == "array":
        return _array_up(value)
    found = [each for each in _alternatives(kind) if isinstance(each, type) and each.__name__ == value["is"]]
    if len(found) != 1 or not is_dataclass(found[0]):
        raise NotAsWritten(f"a record {value['is']!r} where {kind} is due")
    record: type = found[0]
    types_of = _types_of(record)
    if types_of.keys() != value.keys() - {"is"}:
        raise NotAsWritten(f"other fields than those of {value['is']}")
    return record(**{name: _up(value[name], of, assumptions) for name, of in types_of.items()})


def _array_up(value: dict[str, Any]) -> np.ndarray[Any, Any]:
    kind = np.dtype(value["dtype"])
    if kind.kind not in NUMBERS:
        raise NotAsWritten(f"an array of {kind}")
    # a copy, for what lies in bytes cannot be written to
    return np.frombuffer(b64decode(value["figures"], validate=True), kind).reshape(value["shape"]).copy()


def _row_up(value: list[Any], kind: Any, assumptions: Sequence[Assumption]) -> Any:
    of = get_args(kind)
    if get_origin(kind) is tuple:
        kinds = of[:1] * len(value) if of[1:] == (...,) else of
        return tuple(_up(part, each, assumptions) for part, each in zip(value, kinds, strict=True))
    pairs = (
        [_up(part, each, assumptions) for part, each in zip(pair, of, strict=True)] for pair in value
    )  # a mapping
    return dict(pairs)


def _alternatives(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


@cache
def _types_of(record: type) -> dict[str, Any]:
    hints = get_type_hints(record)
    return {each.name: hints[each.name] for each in fields(record)}
