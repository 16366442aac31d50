"""A statistician's first file: a design that works, with the lines to change pointed out, and its test."""

from __future__ import annotations

from importlib.resources import files
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path
from string import Template

from lmpeval.errors import UserError
from lmpeval.study_files.design_lookup import SHORT_NAME, offered


def write_design(name: str, folder: Path) -> tuple[Path, Path]:
    """Write a new design and its test; returns the two files.

    Parameters
    ----------
    name : str
        Of the module; the class takes the same words.
    folder : Path
        Where to; it must be there.

    Raises
    ------
    UserError
        With all that is wrong: the name, the folder, a file that would be overwritten.
    """
    paths = folder / f"{name}.py", folder / f"test_{name}.py"
    if problems := [*_wrong_place(folder, paths), *_wrong_name(name, paths)]:
        raise UserError("\n".join(problems))
    for path, template in zip(paths, ("design.txt", "test_design.txt"), strict=True):
        text = Template((files("lmpeval") / "templates" / template).read_text(encoding="utf-8")).substitute(
            module=name, cls=class_name(name), title=title(name)
        )
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise UserError(f"{path}: cannot be written: {error.strerror}") from error
    return paths


def class_name(module: str) -> str:
    """Name of the class in a module.

    >>> class_name("matched_series_2")
    'MatchedSeries2'
    """
    return "".join(word.capitalize() for word in module.split("_"))


def title(module: str) -> str:
    """Words of a module's name.

    >>> title("matched_series_2")
    'Matched series 2'
    """
    return " ".join(filter(None, module.split("_"))).capitalize()


def _wrong_place(folder: Path, paths: tuple[Path, Path]) -> list[str]:
    if not folder.is_dir():
        return [f"{folder}: no such folder"]
    return [f"{path}: is there already and is not overwritten" for path in paths if path.exists()]


def _wrong_name(name: str, paths: tuple[Path, Path]) -> list[str]:
    if not SHORT_NAME.fullmatch(name) or not name[0].isalpha():
        wrong = "a name of small letters, digits and underscores, starting with a letter"
        return [f"'{name}' cannot name a design, expected {wrong}"]
    if iskeyword(name):
        return [f"'{name}' cannot name a design: Python keeps the word for itself"]
    if taken := [each for each in offered() if each.name == name]:
        return [f"'{name}' is a design of {taken[0].origin} already: choose another name"]
    if not paths[0].exists() and (spec := find_spec(name)):
        where = f" ({spec.origin})" if spec.origin else ""
        return [f"'{name}' is a module that is installed already{where}, which one of the two would hide"]
    return []
