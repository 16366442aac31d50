"""Where the plain values of a file do not fit the types that they are for: all places, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from lmpeval.study.contradiction import Contradiction
from lmpeval.study_files.plain_words import bare, choices, expected, found, listed, nearest, options

Written = Mapping[tuple[Any, ...], str]
"""How the file spells the single value at a path."""


def misfits(
    annotation: Any, value: Any, path: tuple[Any, ...] = (), written: Written | None = None
) -> Iterator[Contradiction]:
    """Find every place where a value does not fit a type.

    Nothing is converted on the way: text is never taken for a number, a number never for a truth value.

    Parameters
    ----------
    annotation : type
        A dataclass, list, mapping, choice of these, or a type of single values known to pydantic.
    value
        Of texts, numbers, truth values, dates, None, lists and mappings, as YAML gives them.
    path : tuple
        Where the value stands.
    written : mapping of path to str, optional
        Spelling of single values in the file, for the messages.
    """
    written = written or {}
    plain, some = bare(annotation), options(annotation)
    if plain is Any or (value is None and NoneType in some):
        return
    if len(some) > 1:
        yield from _misfits_of_choice(annotation, value, path, written)
    elif is_dataclass(plain) and isinstance(value, dict):
        yield from _misfits_of_keys(plain, value, path, written)
    elif get_origin(plain) is dict and isinstance(value, dict):
        yield from _misfits_of_mapping(plain, value, path, written)
    elif _is_list(plain) and isinstance(value, list):
        inside = [
            m for i, item in enumerate(value) for m in misfits(get_args(plain)[0], item, (*path, i), written)
        ]
        if inside or _fits(annotation, value):
            yield from inside
        else:
            yield Contradiction(path, f"found {found(value)}, expected at least one item")
    elif is_dataclass(plain) or get_origin(plain) is dict or _is_list(plain) or not _fits(annotation, value):
        yield Contradiction(path, _message(annotation, value, written.get(path, "")))


@cache
def settable(cls: type) -> Mapping[str, Any]:
    """Types of a dataclass's fields by name."""
    hints = get_type_hints(cls, include_extras=True)
    return {each.name: hints[each.name] for each in fields(cls) if each.init}


def unknown_keys(keys: Mapping[str, Any], value: Mapping[Any, Any]) -> dict[Any, str | None]:
    """Keys of a mapping that are not among the known ones, each with the known one nearest to it."""
    return {key: nearest(key, list(keys)) for key in value if key not in keys}


def unknown_key(key: Any, near: str | None, keys: Mapping[str, Any]) -> str:
    """Say that a key is unknown and which one it could be."""
    return f"no key `{key}` here: " + (
        f"did you mean `{near}`?" if near else f"expected one of {listed(list(keys))}"
    )


def _misfits_of_keys(
    cls: Any, value: dict[Any, Any], path: tuple[Any, ...], written: Written
) -> Iterator[Contradiction]:
    keys = settable(cls)
    unknown = unknown_keys(keys, value)
    for key, item in value.items():
        meant = unknown.get(key, key)
        if key in unknown:
            yield Contradiction((*path, key), unknown_key(key, meant, keys))
        if meant is not None and (key not in unknown or meant not in value):
            yield from misfits(keys[meant], item, (*path, key), written)
    for each in fields(cls):
        needed = each.default is MISSING and each.default_factory is MISSING
        if needed and each.name not in value and each.name not in unknown.values():
            yield Contradiction((*path, each.name), f"missing, expected {expected(keys[each.name])}")


def _misfits_of_mapping(
    plain: Any, value: dict[Any, Any], path: tuple[Any, ...], written: Written
) -> Iterator[Contradiction]:
    key_type, item_type = get_args(plain)
    for key, item in value.items():
        if not _fits(key_type, key):
            yield Contradiction((*path, key), f"as a key: {_message(key_type, key, '')}")
        yield from misfits(item_type, item, (*path, key), written)


def _misfits_of_choice(
    annotation: Any, value: Any, path: tuple[Any, ...], written: Written
) -> Iterator[Contradiction]:
    """Of the types to choose from the one of the value's shape is meant; single values may fit any."""
    for option in options(annotation):
        plain = bare(option)
        shape = (
            dict if is_dataclass(plain) or get_origin(plain) is dict else list if _is_list(plain) else None
        )
        if shape is not None and isinstance(value, shape):
            yield from misfits(option, value, path, written)
            return
    if not _accepts(annotation, value):
        yield Contradiction(path, _message(annotation, value, written.get(path, "")))


def _is_list(plain: Any) -> bool:
    """Whether a type is a list or tuple of any length."""
    return get_origin(plain) is list or (get_origin(plain) is tuple and get_args(plain)[-1] is ...)


def _fits(annotation: Any, value: Any) -> bool:
    if some := choices(annotation):
        return any(value == choice and type(value) is type(choice) for choice in some)
    strict = not isinstance(value, list)  # pydantic would ask for a tuple; the items are checked one by one
    try:
        _adapter(annotation).validate_python(value, strict=strict)
    except (ValidationError, PydanticUserError):  # the latter: a type that no value of a file has
        return False
    return True


@cache
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


def _accepts(annotation: Any, value: Any) -> bool:
    """Whether a single value, or a list of single values, fits."""
    for option in options(annotation):
        plain = bare(option)
        if _is_list(plain):
            items = value if isinstance(value, list) else [None]
            if all(_accepts(get_args(plain)[0], item) for item in items) and _fits(option, items):
                return True
        elif not is_dataclass(plain) and get_origin(plain) is not dict and _fits(option, value):
            return True
    return False


def _message(annotation: Any, value: Any, written: str) -> str:
    some = [str(choice) for option in options(annotation) for choice in choices(option)]
    near = nearest(value, some) if isinstance(value, str) else None
    advice = f"did you mean '{near}'?" if near else _advice(annotation, value, written)
    return f"found {found(value, written)}, expected {expected(annotation)}" + (
        f": {advice}" if advice else ""
    )


def _advice(annotation: Any, value: Any, written: str) -> str:
    """What to write instead: the first of the usual slips that explains the value."""
    for meant, advice in _slips(value, written):
        if _accepts(annotation, meant):
            return advice
    return ""


def _slips(value: Any, written: str) -> Iterator[tuple[Any, str]]:
    """What a value could have been meant as, each with how to write that."""
    if isinstance(value, str):
        yield from _slips_of_text(value)
    elif isinstance(value, bool | int | float | date):
        text = written or str(value)
        yield text, f"put quotes around it to make it text, '{text}'"
        if isinstance(value, float) and value.is_integer():
            yield int(value), f"write {int(value)}"
    if isinstance(value, list) and len(value) == 1:
        yield value[0], "write it without the brackets"
    elif not isinstance(value, list):
        yield [value], f"write [{value}] for a list of one"


def _slips_of_text(value: str) -> Iterator[tuple[Any, str]]:
    unquote = "in quotes it is text, so take the quotes off"
    for read, spelt, advice in (
        (int, value, unquote),
        (float, value, unquote),
        (date.fromisoformat, value, unquote),
        (float, value.replace(",", "."), "write the decimals after a point"),
    ):
        try:
            yield read(spelt), advice
        except ValueError:  # not that slip
            continue
    if value.lower() in ("yes", "no", "on", "off", "true", "false"):
        yield True, "write true or false, without quotes"
