"""What a design says of itself, in the sections of its docstring."""

from __future__ import annotations

import inspect
import re
from typing import Any


def described(cls: type[Any]) -> str:
    """A class's own docstring without its indent; empty where Python alone wrote one."""
    written = cls.__doc__ or ""
    return "" if written.startswith(f"{cls.__name__}(") else inspect.cleandoc(written)


def section(title: str, docstring: str) -> str:
    r"""A section of a docstring in numpy style, on one line; empty where it is missing.

    >>> section("References", "Mean.\n\nReferences\n----------\nRubin (1980);\nButts (2021).")
    'Rubin (1980); Butts (2021).'
    """
    found = re.search(rf"^{title}\n-+\n(.*?)(?=^[A-Z][\w ]*\n-+\n|\Z)", docstring, re.MULTILINE | re.DOTALL)
    return one_line(found[1]) if found else ""


def one_line(text: str) -> str:
    """A text without its breaks."""
    return " ".join(text.split())
