"""From a design's name and settings in a study file to the design itself."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from pydantic import TypeAdapter

from lmpeval.errors import UserError
from lmpeval.misfits import misfits, settable, unknown_key, unknown_keys
from lmpeval.plain_words import expected, listed, nearest
from lmpeval.study import Comparator, Contradiction, DesignChoice, InferenceChoice

if TYPE_CHECKING:
    from lmpeval.design import Design

DESIGNS = "lmpeval.designs"
"""Package whose modules a study names without dots."""


class UnusableDesign(UserError):
    """A design cannot be built from its name and settings."""

    def __init__(self, problems: list[Contradiction]) -> None:
        """Hold all problems; their paths start at the design's entry."""
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def build_design(choice: DesignChoice, comparator: Comparator) -> Design:
    """Build the design that a study asks for.

    Parameters
    ----------
    choice : DesignChoice
        ``use`` names a module of ``lmpeval.designs``, or any importable module by its dotted path.
    comparator : Comparator
        Its ``matches`` serves a design that has a field of that name, unless the settings give it.

    Raises
    ------
    UnusableDesign
        With every problem: no such module, not one design in it, settings that do not fit.
    """
    if choice.inference is not InferenceChoice.PLACEBO_GROUPS:
        raise UnusableDesign(
            [Contradiction(("inference",), f"'{choice.inference}' cannot judge a study of one site")]
        )
    cls = _design_class(choice.use)
    return _built(cls, choice.settings, comparator)


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


def design_names() -> tuple[str, ...]:
    """Names of the designs that come with the package."""
    package = import_module(DESIGNS)
    return tuple(
        sorted(found.name for found in pkgutil.iter_modules(package.__path__) if found.name[0] != "_")
    )


def _problems(choice: DesignChoice, comparator: Comparator | None) -> list[Contradiction]:
    try:
        _built(_design_class(choice.use), choice.settings, comparator)
    except UnusableDesign as error:
        return error.problems
    return []


def _design_class(use: str) -> type[Design]:
    """The one design of a module: a public dataclass, defined there, that can `compare`."""
    module = _module(use)
    designs = [
        each
        for name, each in vars(module).items()
        if isinstance(each, type) and is_dataclass(each) and each.__module__ == module.__name__
        if hasattr(each, "compare") and name[0] != "_"
    ]
    if len(designs) != 1:
        names = f": {listed([each.__name__ for each in designs])}" if designs else ""
        raise _unusable(
            f"module {module.__name__} holds {len(designs)} designs (dataclasses with a method `compare`)"
            f"{names}; expected exactly one"
        )
    return cast("type[Design]", designs[0])


def _module(use: str) -> ModuleType:
    path = use if "." in use else f"{DESIGNS}.{use}"
    if "." not in use and use not in design_names():
        names = design_names()
        near = nearest(use, names)
        raise _unusable(f"no design '{use}': " + (f"did you mean '{near}'? " if near else "") + _known())
    if ".." in use or use.endswith(".") or not _exists(path):
        raise _unusable(f"no module '{use}' can be imported: is its package installed? {_known()}")
    try:
        return import_module(path)
    except ModuleNotFoundError as error:
        raise _unusable(f"module {path} needs '{error.name}', which is not installed") from error


def _exists(path: str) -> bool:
    try:
        return find_spec(path) is not None
    except ModuleNotFoundError:  # a package above it is missing
        return False


def _known() -> str:
    return f"Designs here: {listed(design_names())}; others by the dotted path of their module"


def _unusable(message: str) -> UnusableDesign:
    return UnusableDesign([Contradiction(("use",), message)])


def _built(cls: type[Design], given: Mapping[str, Any], comparator: Comparator | None) -> Design:
    types = _setting_types(cls)
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


def _setting_types(cls: type) -> dict[str, Any]:
    try:
        types = settable(cls)
    except NameError as error:
        raise _unusable(
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
