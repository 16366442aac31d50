"""Who a piece of work is: a hash of all that its answer depends on, and of the code that gives it.

What a worker is given decides what it answers, and nothing else does: the panel and not the file it was
read from, the outcome's terms and not the whole study. So two runs share an answer where they ask the same
of the same figures, whatever else in the study or the delivery has changed.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import lmpeval

COUNTED_ON = ("numpy", "scipy", "scikit-learn", "pandas", "econml", "linearmodels", "dowhy")
"""Packages whose numbers an answer is made of."""
NOT_ASKED = frozenset(
    {"cli", "conformance", "portfolio", "report", "results", "simulation", "templates", "tracking"}
)
"""Parts of the package that no answer is made by: a change of a page's words costs no cell."""
PLAIN = frozenset({str, int, float, bool, type(None)})
"""Values whose text tells them apart from all others."""


class NoIdentity(TypeError):
    """Something of which it cannot be told whether it is the same in another run."""


def identity(work: Callable[..., Any], task: Any, seen: Seen | None = None) -> str:
    """Hash what is to be done and what it is done with, 64 hexadecimal digits.

    Parameters
    ----------
    work : callable
        A function of a module, with `task` as its only input.
    task : any
        Dataclasses, arrays, texts, numbers, and what holds them.
    seen : Seen, optional
        Shared among the tasks of a run, so that a panel of many cells is hashed once.

    Raises
    ------
    NoIdentity
        Where `task` holds something else, such as a generator of random numbers.
    """
    seen = seen or Seen()
    return seen.of((environment(), work, task)).hex()


@cache
def environment() -> str:
    """Versions of Python and of the packages that numbers come from."""
    versions = ", ".join(f"{name} {version(name)}" for name in COUNTED_ON)
    return f"python {sys.version_info.major}.{sys.version_info.minor}, {versions}"


@dataclass(frozen=True, eq=False)
class Seen:
    """Hashes of what was met before, by object: it is held, so that its place in memory stays its own."""

    known: dict[int, tuple[Any, bytes]] = field(default_factory=dict)

    def of(self, value: Any) -> bytes:
        """SHA-256 of a value and its kind."""
        if not _is_record(value) and not isinstance(value, np.ndarray):
            return self._hashed(value)
        if id(value) not in self.known:
            self.known[id(value)] = (value, self._hashed(value))
        return self.known[id(value)][1]

    def _hashed(self, value: Any) -> bytes:
        kind, parts = _laid_open(value)
        hashed = hashlib.sha256(kind.encode() + b"\0")
        for part in parts:
            hashed.update(part if isinstance(part, memoryview) else self.of(part))
        return hashed.digest()


def _laid_open(value: Any) -> tuple[str, Sequence[Any]]:
    """The kind of a value, and its parts; what has none is told by its kind."""
    if isinstance(value, Enum):
        return f"{_origin(type(value))} {value.name}", ()
    if value is None or isinstance(value, (bool, int, float, str, date)):
        # the shortest text that gives a float back tells all of them apart, -0.0 from 0.0 too
        return f"{type(value).__name__} {value!r}", ()
    if isinstance(value, (np.ndarray, np.generic)):
        return _array(np.asarray(value))
    if _is_record(value):
        kind, names = _record(value.__class__)
        return kind, [getattr(value, name) for name in names]
    if isinstance(value, type) or _is_of_a_module(value):
        return _origin(value), ()
    return _gathered(value)


def _gathered(value: Any) -> tuple[str, Sequence[Any]]:
    if isinstance(value, Mapping):
        return f"table {len(value)}", [part for pair in value.items() for part in pair]
    if not isinstance(value, (tuple, list)):
        raise NoIdentity(f"{type(value).__name__} has no identity that holds in another run")
    if all(type(part) in PLAIN for part in value):  # names of units: thousands, and told at once
        return f"plain {tuple(value)!r}", ()
    return f"row {len(value)}", value


def _array(value: np.ndarray[Any, Any]) -> tuple[str, Sequence[Any]]:
    kind = f"array {value.dtype.str} {value.shape}"
    if value.dtype.hasobject:
        return kind, value.ravel().tolist()
    return kind, [np.ascontiguousarray(value).reshape(-1).view(np.uint8).data]


def _is_record(value: Any) -> bool:
    return is_dataclass(value) and not isinstance(value, type)


@cache
def _record(kind: type[Any]) -> tuple[str, tuple[str, ...]]:
    """What tells records of a kind from all others, and the names of their fields."""
    names = tuple(each.name for each in fields(kind))
    return f"{_origin(kind)} {names}", names


def _is_of_a_module(value: Any) -> bool:
    """Whether a function is found under its name: a closure holds what its name does not tell."""
    name = getattr(value, "__qualname__", "<locals>")
    return callable(value) and "<" not in name and hasattr(value, "__module__")


def _origin(found: Any) -> str:
    """The name of a class or function, with a hash of the code that it stands in."""
    return f"{found.__module__}.{found.__qualname__} {code_of(found.__module__)}"


@cache
def code_of(module: str) -> str:
    """Hash of the source of the package that a module belongs to, or of the module that stands alone.

    Of lmpeval only what an answer is made by counts. A module without source, such as a built-in one, is
    told by the version of Python.
    """
    top = module.partition(".")[0]
    file = getattr(sys.modules.get(top), "__file__", None)
    if file is None or not file.endswith(".py"):
        return ""
    here = Path(file)
    if top in sys.stdlib_module_names:
        return ""
    paths = [here] if here.name != "__init__.py" else sorted(here.parent.rglob("*.py"))
    if top == lmpeval.__name__:
        paths = [path for path in paths if path.relative_to(here.parent).parts[0] not in NOT_ASKED]
    hashed = hashlib.sha256()
    for path in paths:
        source = path.read_bytes()
        name = path.relative_to(here.parent).as_posix()
        hashed.update(f"{name} {len(source)}\0".encode() + source)
    return hashed.hexdigest()
