"""Every file of a folder, looked through by its kind; a kind that nobody knows does not leave."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from lmpeval.disclosure.scanning.leaks import Leak, Rule, Watch
from lmpeval.disclosure.scanning.tables import in_csv, in_json, under
from lmpeval.disclosure.scanning.texts import in_text, rules_broken

TEXTS = frozenset({".html", ".md", ".txt", ".yaml", ".yml", ".svg", ".csv", ".json"})
PICTURES = {".png": b"\x89PNG"}
WORD = ".docx"
TAG = re.compile(r"<[^>]+>")
INSIDE = ".lmpeval"
"""Folder of answers that are kept for the next run; it stays where it is."""


def scan(folder: Path, watch: Watch) -> Iterator[Leak]:
    """Look through all files below a folder, but for the answers that a run keeps for the next one.

    Parameters
    ----------
    folder : Path
        Or one file.
    watch : Watch

    Raises
    ------
    OSError
        Where a file cannot be read.
    """
    for number, path in enumerate(released_files(folder), start=1):
        name = str(path.relative_to(folder)) if folder.is_dir() else path.name
        broken = [*rules_broken(name, watch)]
        place = f"file {number} by name" if broken else name  # a name may say it too
        yield from (Leak(place, "", rule) for rule in broken)
        yield from _in_file(path, place, watch)


def released_files(folder: Path) -> list[Path]:
    """The files that would leave, in the order of their names."""
    if folder.is_file():
        return [folder]
    below = sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return [path for path in below if INSIDE not in path.relative_to(folder).parts]


def scan_names(place: str, values: Mapping[str, object], watch: Watch) -> Iterator[Leak]:
    """Look through names and their values, such as those of a run."""
    for name, value in values.items():
        yield from under(place, name, name, None, watch)
        yield from under(place, name, name, value, watch)
        yield from (Leak(place, name, rule) for rule in rules_broken(f"{name}: {value}", watch))


def scan_kept(place: str, text: str | None, watch: Watch) -> Iterator[Leak]:
    """Look through an answer that is kept for the next run: it holds exact figures, and stays where it is.

    So counts are not looked at, but what must be written down nowhere is: keys, identifiers, names of columns
    and users, folders. What cannot be read cannot be looked through.
    """
    if text is None:
        yield Leak(place, "", Rule.KIND)
        return
    broken = dict.fromkeys(rule for line in text.splitlines() for rule in rules_broken(line, watch))
    yield from (Leak(place, "", rule) for rule in broken if rule is not Rule.SMALL)


def _in_file(path: Path, place: str, watch: Watch) -> Iterator[Leak]:
    kind = path.suffix.lower()
    content = b"" if path.is_symlink() else path.read_bytes()
    if path.is_symlink() or not _is(kind, content):
        yield Leak(place, "", Rule.KIND)
    elif kind == WORD:
        yield from _in_word(path, place, watch)
    elif kind in PICTURES:
        yield from _in_picture(content, place, watch)
    else:
        yield from _in_words(content.decode("utf-8"), kind, place, watch)


def _is(kind: str, content: bytes) -> bool:
    """Whether a file is what its name says, and of a kind that can be looked through."""
    if kind in PICTURES:
        return content.startswith(PICTURES[kind])
    if kind == WORD:
        return content.startswith(b"PK")
    if kind not in TEXTS or b"\0" in content:
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _in_words(text: str, kind: str, place: str, watch: Watch) -> Iterator[Leak]:
    yield from in_text(place, text, watch)
    if kind == ".csv":
        yield from in_csv(place, text, watch)
    elif kind == ".json":
        yield from in_json(place, text, watch)
    elif kind in (".html", ".svg"):  # what a reader sees as one may stand in several elements
        shown = Leak(place, "as it is read", Rule.SMALL)
        if Rule.SMALL in rules_broken(_read(text), watch):
            yield shown


def _read(markup: str) -> str:
    return " ".join(TAG.sub(" ", markup).split())


def _in_word(path: Path, place: str, watch: Watch) -> Iterator[Leak]:
    """The parts of a document; anything in it but text and pictures does not leave."""
    try:
        with zipfile.ZipFile(path) as parts:
            for name in parts.namelist():
                kind = Path(name).suffix.lower()
                if kind in (".xml", ".rels"):
                    text = parts.read(name).decode("utf-8", errors="replace")
                    # words may be broken over runs: what is read is looked at too
                    both: Iterable[str] = (text, TAG.sub("", text))
                    broken = dict.fromkeys(rule for each in both for rule in rules_broken(each, watch))
                    yield from (Leak(place, name, rule) for rule in broken)
                elif kind not in (*PICTURES, ".jpeg", ""):
                    yield Leak(place, name, Rule.KIND)
    except zipfile.BadZipFile:
        yield Leak(place, "", Rule.KIND)


def _in_picture(content: bytes, place: str, watch: Watch) -> Iterator[Leak]:
    """Texts that a picture carries beside its points."""
    text = content.decode("latin-1")
    found = [rule for rule in (Rule.KEY, Rule.FOLDER) if rule in rules_broken(text, watch)]
    yield from (Leak(place, "", rule) for rule in found)
