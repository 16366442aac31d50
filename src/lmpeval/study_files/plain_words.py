"""Values and types in plain words, for messages about what was found and what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from difflib import get_close_matches
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError

from lmpeval.study.values import Year

PATTERNS = {
    r"^[a-z][a-z0-9_]*$": ("a name", "names"),
    r"^[a-z_][a-z0-9_.]*$": ("the name of a design's module", "names of design modules"),
}
"""What a pattern of the study types is for."""
LETTERS = " of small letters, digits and underscores"


def found(value: Any, written: str = "") -> str:
    """Say what a value is.

    >>> found(2014), found("2014"), found(None), found(363, "0363")
    ('the number 2014', "'2014'", 'nothing', 'the number 0363')
    """
    words = {
        NoneType: "nothing",
        bool: f"the truth value {written or str(value).lower()}",
        int: f"the number {written or value}",
        float: f"the number {written or value}",
        date: f"the date {value}",
        str: f"'{value}'" if str(value).strip() else "an empty text",
        list: f"a list of {_count(value)}",
        dict: f"a mapping of {_count(value)}",
    }
    return words.get(type(value), f"an object of type {type(value).__name__}")


def _count(value: Any) -> str:
    size = len(value) if isinstance(value, list | dict) else 0
    return f"{size} {'item' if size == 1 else 'items'}" if size else "nothing"


def listed(words: Sequence[Any]) -> str:
    """Words with commas between."""
    return ", ".join(map(str, words))


def nearest(word: Any, known: Sequence[str]) -> str | None:
    """The known word that a misspelt one most likely stands for, if any is near."""
    by_small = {name.lower(): name for name in known}
    spelt = str(word).lower().replace("-", "_") if any("_" in name for name in known) else str(word).lower()
    near = get_close_matches(spelt, by_small, n=1, cutoff=0.6)
    return by_small[near[0]] if near else None


def bare(annotation: Any) -> Any:
    """A type without its constraints."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def options(annotation: Any) -> tuple[Any, ...]:
    """The types that a type is a choice of; itself where it is none.

    >>> options(int | None), options(str)
    ((<class 'int'>, <class 'NoneType'>), (<class 'str'>,))
    """
    plain = bare(annotation)
    return get_args(plain) if get_origin(plain) in (Union, UnionType) else (annotation,)


def choices(annotation: Any) -> tuple[Any, ...]:
    """The values of an enumeration or a literal; none for other types."""
    plain = bare(annotation)
    if get_origin(plain) is Literal:
        return get_args(plain)
    if isinstance(plain, type) and issubclass(plain, Enum):
        return tuple(member.value for member in plain)
    return ()


def expected(annotation: Any) -> str:
    """Say what a type asks for.

    >>> expected(Year), expected(tuple[str, ...]), expected(bool), expected(dict[str, float] | None)
    ('a year from 1900 to 2100', 'a list of texts', 'true or false', 'a mapping of texts to numbers')
    """
    return " or ".join(_words(option)[0] for option in options(annotation) if option is not NoneType)


def _words(annotation: Any) -> tuple[str, str]:
    """One and many of a type that is no choice of types."""
    plain = bare(annotation)
    if annotation == Year:
        return "a year from 1900 to 2100", "years"
    if some := choices(annotation):
        one = f"one of {listed(some)}" if len(some) > 1 else f"'{some[0]}'"
        return one, f"items out of {listed(some)}"
    if is_dataclass(plain):
        keys = listed([each.name for each in fields(plain)])
        return f"the keys {keys}", f"items with the keys {keys}"
    inner = [" or ".join(_words(o)[1] for o in options(arg)) for arg in get_args(plain) if arg is not ...]
    if get_origin(plain) in (tuple, list):
        return f"a list of {listed(inner)}", f"lists of {listed(inner)}"
    if get_origin(plain) is dict:
        return f"a mapping of {' to '.join(inner)}", f"mappings of {' to '.join(inner)}"
    return _leaf_words(_schema(annotation))


def _schema(annotation: Any) -> dict[str, Any]:
    """JSON Schema of a single value's type."""
    try:
        return TypeAdapter(annotation).json_schema()
    except PydanticUserError:  # a function, an array: nothing that has one
        return {"type": "object of Python"}


def _leaf_words(schema: dict[str, Any]) -> tuple[str, str]:
    """One and many of a single value, by its JSON Schema."""
    if schema.get("format") == "date":
        return "a date (2013-05-01)", "dates"
    if pattern := schema.get("pattern"):
        one, many = PATTERNS.get(pattern, (f"text of the form {pattern}", f"texts of the form {pattern}"))
        most = f", at most {schema['maxLength']} characters" if "maxLength" in schema else ""
        return f"{one}{LETTERS}, starting with a letter{most}", f"{many}{LETTERS}"
    kinds = {
        "string": ("text", "texts"),
        "integer": ("a whole number", "whole numbers"),
        "number": ("a number", "numbers"),
        "boolean": ("true or false", "truth values"),
        "object of Python": ("what no file can hold", "items that no file can hold"),
    }
    one, many = kinds.get(schema.get("type", ""), ("a value", "values"))
    bounds = _bounds(schema)
    return one + bounds, many + bounds


def _bounds(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f" from {low} to {high}"
    signs = {
        "minimum": "not below",
        "exclusiveMinimum": "above",
        "maximum": "not above",
        "exclusiveMaximum": "below",
    }
    return "".join(f" {sign} {schema[key]}" for key, sign in signs.items() if key in schema)
