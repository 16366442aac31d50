"""Where designs are found: among the package's own, among those that other packages offer, by module."""

from __future__ import annotations

import pkgutil
import re
import sys
from dataclasses import dataclass, is_dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points, version
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from lmpeval.errors import UserError
from lmpeval.study import Contradiction
from lmpeval.study_files.plain_words import listed, nearest

if TYPE_CHECKING:
    from lmpeval.design import Design

DESIGNS = "lmpeval.designs"
"""Package whose modules a study names without dots; also the entry point group of other packages."""
SHORT_NAME = re.compile(r"[a-z_][a-z0-9_]*")
"""What a study file can name without dots."""


class UnusableDesign(UserError):
    """A design cannot be built from its name and settings."""

    def __init__(self, problems: list[Contradiction]) -> None:
        """Hold all problems; their paths start at the design's entry."""
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def unusable(message: str) -> UnusableDesign:
    """Say what is wrong with the design that is asked for."""
    return UnusableDesign([Contradiction(("use",), message)])


@dataclass(frozen=True)
class Offered:
    """A design that a study can name without dots.

    Attributes
    ----------
    name : str
        What a study calls it.
    target : str
        Its module, or ``module:Class``.
    origin : str
        The package that it comes with, and its version.
    """

    name: str
    target: str
    origin: str


def offered() -> tuple[Offered, ...]:
    """Every design with a short name, by name; none is imported for it."""
    return _offered(tuple(sys.path))


@cache
def _offered(path: tuple[str, ...]) -> tuple[Offered, ...]:
    """What packages on this path offer: all that are installed are opened for it, so once a process."""
    assert path == tuple(sys.path)
    own = f"lmpeval {version('lmpeval')}"
    here = [Offered(name, f"{DESIGNS}.{name}", own) for name in design_names()]
    others = [Offered(each.name, each.value, _origin(each)) for each in entry_points(group=DESIGNS)]
    return tuple(sorted((*here, *others), key=lambda each: (each.name, each.origin)))


def design_names() -> tuple[str, ...]:
    """Names of the designs that come with the package."""
    package = import_module(DESIGNS)
    return tuple(
        sorted(found.name for found in pkgutil.iter_modules(package.__path__) if found.name[0] != "_")
    )


def design_class(use: str) -> type[Design]:
    """Find the design that a study names.

    Parameters
    ----------
    use : str
        A short name: a module of ``lmpeval.designs``, a name that an installed package offers under the
        entry point group ``lmpeval.designs``, or a module that can be imported. With dots: a module.

    Raises
    ------
    UnusableDesign
        No such design; a name that two packages give to different designs; a module that fails on import
        or that does not hold exactly one design.
    """
    if "." in use:
        return _only_design(_imported(use))
    found = [each for each in offered() if each.name == use]
    if len(found) > 1:
        both = " and ".join(f"{each.origin} ({each.target})" for each in found)
        raise unusable(
            f"'{use}' is the name of a design in {both}: name the module by its dotted path instead, or "
            "uninstall one of the packages"
        )
    return _loaded(found[0]) if found else _only_design(_loose_module(use))


def _loaded(found: Offered) -> type[Design]:
    """The design that a package offers."""
    path, _, attribute = found.target.partition(":")
    try:
        module = _imported(path.strip())
        return _named(module, attribute.strip()) if attribute else _only_design(module)
    except UnusableDesign as error:
        if path.startswith(f"{DESIGNS}."):
            raise
        [problem] = error.problems
        raise unusable(f"'{found.name}', offered by {found.origin}: {problem.message}") from error


def _named(module: ModuleType, name: str) -> type[Design]:
    cls = getattr(module, name, None)
    if not _is_design(cls):
        raise unusable(f"{module.__name__}:{name} is no design, expected a dataclass with a method `compare`")
    return cast("type[Design]", cls)


def _only_design(module: ModuleType) -> type[Design]:
    """The one design of a module: a public dataclass, defined there, that can `compare`."""
    designs = [
        each
        for name, each in vars(module).items()
        if _is_design(each) and each.__module__ == module.__name__ and name[0] != "_"
    ]
    if len(designs) != 1:
        names = f": {listed([each.__name__ for each in designs])}" if designs else ""
        raise unusable(
            f"module {module.__name__} holds {len(designs)} designs (dataclasses with a method `compare`)"
            f"{names}; expected exactly one"
        )
    return cast("type[Design]", designs[0])


def _is_design(found: Any) -> bool:
    return isinstance(found, type) and is_dataclass(found) and hasattr(found, "compare")


def _loose_module(use: str) -> ModuleType:
    """A module of that name that no package offers as a design: a file that lies on the path."""
    try:
        return _imported(use)
    except _NoModule as error:
        near = nearest(use, [each.name for each in offered()])
        guess = f"did you mean '{near}'? " if near else ""
        raise unusable(f"no design '{use}': {guess}{_known()}") from error


class _NoModule(UnusableDesign):
    """There is no such module, as opposed to one that cannot be used."""


def _imported(path: str) -> ModuleType:
    try:
        return import_module(path)
    except ModuleNotFoundError as error:
        if f"{path}.".startswith(f"{error.name}."):
            message = f"no module '{path}' can be imported: is its package installed? {_known()}"
            raise _NoModule([Contradiction(("use",), message)]) from error
        raise unusable(f"module {path} needs '{error.name or error}', which is not installed") from error
    except Exception as error:
        raise unusable(f"module {path} fails on import: {_told(error)}") from error


def _told(error: Exception) -> str:
    """An error of somebody's module with its kind and, where it has one, its place."""
    last = extract_tb(error.__traceback__)[-1]
    place = (
        "" if last.filename.startswith("<frozen") else f" ({Path(last.filename).name}, line {last.lineno})"
    )
    return f"{type(error).__name__}: {error}{place}"


def _known() -> str:
    names = sorted({each.name for each in offered()})
    return f"Designs here: {listed(names)}; any other by its module, on PYTHONPATH or in an installed package"


def _origin(entry: EntryPoint) -> str:
    """The distribution that an entry point comes with; importlib knows it but for entries made by hand."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "a package without a name"
