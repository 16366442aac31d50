"""What there is to know of every design that a study can name without dots."""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass, fields
from typing import Any

from lmpeval.assumptions import COMMON
from lmpeval.design import Assumption
from lmpeval.study_files.design_lookup import SHORT_NAME, UnusableDesign, design_class, offered
from lmpeval.study_files.designs import setting_types
from lmpeval.study_files.docstrings import described, one_line, section
from lmpeval.study_files.plain_words import expected

COMMON_NAMES = frozenset(assumption.name for assumption in COMMON)


@dataclass(frozen=True)
class Setting:
    """One setting of a design: its name, what it takes in plain words, its default as Python writes it."""

    name: str
    takes: str
    default: str | None
    """None where the study must give it."""


@dataclass(frozen=True)
class Described:
    """A design in words.

    Attributes
    ----------
    name : str
        What a study calls it.
    origin : str
        Package and version.
    summary : str
        First paragraph of its docstring; empty where it has none.
    source : str
        The docstring's section References; empty where it has none.
    settings : tuple of Setting
    assumptions : tuple of Assumption
        Its own: those that not all designs on regions share.
    inference : str
        How it judges uncertainty where the study says nothing else; empty where it has no default.
    """

    name: str
    origin: str
    summary: str
    source: str
    settings: tuple[Setting, ...]
    assumptions: tuple[Assumption, ...]
    inference: str


@dataclass(frozen=True)
class Unusable:
    """A name under which no design can be had, and why."""

    name: str
    origin: str
    why: str


def catalogue() -> tuple[Described | Unusable, ...]:
    """Describe every design with a short name; one that cannot be used does not hide the others."""
    origins: dict[str, list[str]] = {}
    for each in offered():
        origins.setdefault(each.name, []).append(each.origin)
    return tuple(_entry(name, ", ".join(origin)) for name, origin in origins.items())


def _entry(name: str, origin: str) -> Described | Unusable:
    if not SHORT_NAME.fullmatch(name):
        return Unusable(name, origin, "a study file names designs by small letters, digits and underscores")
    try:
        return describe(design_class(name), name, origin)
    except UnusableDesign as error:
        return Unusable(name, origin, "; ".join(problem.message for problem in error.problems))


def describe(cls: type[Any], name: str, origin: str) -> Described:
    """Describe one design.

    Raises
    ------
    UnusableDesign
        Where the type of a setting cannot be looked up.
    """
    types = setting_types(cls)
    summary, *sections = re.split(r"\n\n", described(cls), maxsplit=1)
    default = next((each.default for each in fields(cls) if each.name == "inference"), MISSING)
    return Described(
        name=name,
        origin=origin,
        summary=one_line(summary),
        source=section("References", "".join(sections)),
        settings=tuple(
            Setting(each.name, expected(types[each.name]), _default(each))
            for each in fields(cls)
            if each.name in types
        ),
        assumptions=tuple(
            getattr(each, "statement", each)  # designs of persons bring checks of their own to a statement
            for each in getattr(cls, "assumptions", ())
            if each.name not in COMMON_NAMES
        ),
        inference="" if default is MISSING else type(default).__name__,
    )


def _default(field: Any) -> str | None:
    if field.default_factory is not MISSING:
        return repr(field.default_factory())
    return None if field.default is MISSING else repr(field.default)
