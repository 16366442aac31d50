"""From a design's name and settings in a study file to the design itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from lmpeval.design_lookup import UnusableDesign, design_class, design_names, unusable
from lmpeval.misfits import misfits, settable, unknown_key, unknown_keys
from lmpeval.plain_words import expected
from lmpeval.study import Comparator, Contradiction, DesignChoice, InferenceChoice

if TYPE_CHECKING:
    from lmpeval.design import Design

__all__ = ["build_by_default", "build_design", "design_contradictions", "design_names", "setting_types"]


def build_design(choice: DesignChoice, comparator: Comparator) -> Design:
    """Build the design that a study asks for.

    Parameters
    ----------
    choice : DesignChoice
        ``use`` names a design as `design_lookup.design_class` finds it.
    comparator : Comparator
        Its ``matches`` serves a design that has a field of that name, unless the settings give it.

    Raises
    ------
    UnusableDesign
        With every problem: no such design, settings that do not fit.
    """
    if choice.inference is not InferenceChoice.PLACEBO_GROUPS:
        raise UnusableDesign(
            [Contradiction(("inference",), f"'{choice.inference}' cannot judge a study of one site")]
        )
    cls = design_class(choice.use)
    return _built(cls, choice.settings, comparator)


def build_by_default(use: str) -> Design:
    """Build a design with its settings at their defaults.

    Raises
    ------
    UnusableDesign
        No such design, or a setting without a default.
    """
    return _built(design_class(use), {}, Comparator(register="none known", match_on=("age",)))


def design_contradictions(parts: Mapping[str, Any]) -> list[Contradiction]:
    """Find what keeps the designs of a study from being built.

    Parameters
    ----------
    parts : mapping of field name to value
        Any subset of a `Study`'s fields. Without ``designs`` there is nothing to find; without
        ``comparator`` the settings are checked but for the number of matches.
    """
    return [
        Contradiction(("designs", position, *problem.path), problem.message)
        for position, choice in enumerate(parts.get("designs", ()))
        for problem in _problems(choice, parts.get("comparator"))
    ]


def _problems(choice: DesignChoice, comparator: Comparator | None) -> list[Contradiction]:
    try:
        _built(design_class(choice.use), choice.settings, comparator)
    except UnusableDesign as error:
        return error.problems
    return []


def _built(cls: type[Design], given: Mapping[str, Any], comparator: Comparator | None) -> Design:
    types = setting_types(cls)
    settings = dict(given)
    if "matches" in types and comparator is not None:
        settings.setdefault("matches", comparator.matches)
    problems = _setting_problems(cls, types, given) + _missing(cls, types, settings, comparator)
    if problems:
        raise UnusableDesign(problems)
    values = {name: TypeAdapter(types[name]).validate_python(value) for name, value in settings.items()}
    try:
        return cls(**values)
    except ValueError as error:  # the design's own word on its settings
        raise UnusableDesign([Contradiction(("settings",), str(error))]) from error


def setting_types(cls: type) -> dict[str, Any]:
    """Types of a design's settings by name: its fields but for `inference`.

    Raises
    ------
    UnusableDesign
        Where a type cannot be looked up.
    """
    try:
        types = settable(cls)
    except NameError as error:
        raise unusable(
            f"{cls.__name__} annotates a field with '{error.name}', which its module does not hold when it "
            "runs: import it outside `if TYPE_CHECKING`"
        ) from error
    return {name: kind for name, kind in types.items() if name != "inference"}


def _setting_problems(cls: type, types: Mapping[str, Any], given: Mapping[str, Any]) -> list[Contradiction]:
    problems = []
    unknown = unknown_keys(types, given)
    for name, value in given.items():
        at = ("settings", name)
        if name == "inference":
            problems.append(Contradiction(at, "not a setting: write `inference` beside `use`"))
        elif name in unknown:
            problems.append(Contradiction(at, _unknown_setting(cls, name, unknown[name], types)))
        else:
            problems.extend(misfits(types[name], value, at))
    return problems


def _unknown_setting(cls: type, name: str, near: str | None, types: Mapping[str, Any]) -> str:
    if not types:
        return f"{cls.__name__} has no settings"
    return unknown_key(name, near, types)


def _missing(
    cls: Any, types: Mapping[str, Any], settings: Mapping[str, Any], comparator: Comparator | None
) -> list[Contradiction]:
    return [
        Contradiction(("settings", each.name), f"missing, expected {expected(types[each.name])}")
        for each in fields(cls)
        if each.name in types and each.default is MISSING and each.default_factory is MISSING
        if each.name not in settings and not (each.name == "matches" and comparator is None)
    ]
