"""YAML read into plain values, with the line and column of every one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, StreamMark
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

KeyPath = tuple[Any, ...]
"""Keys and positions from the top of the file."""

TAG = "tag:yaml.org,2002:"
HINTS = {
    "mapping values are not allowed here": "a text that holds ': ' needs quotes, and keys of one level "
    "start in the same column",
    "found character '\\t' that cannot start any token": "indent with spaces, not with tabs",
    "found unexpected end of stream": "a quote is opened and never closed",
    "but found another document": "a study file holds one document; `---` stands at its top or nowhere",
}
"""What to do about a message of the parser."""


@dataclass(frozen=True)
class Place:
    """Where something stands in a file; lines and columns count from 1."""

    line: int
    column: int
    written: str = ""
    """A single value as the file spells it, without its quotes."""


@dataclass(frozen=True)
class Unreadable:
    """A part of a file that is not readable YAML, or not what we read of YAML."""

    place: Place
    path: KeyPath
    message: str


@dataclass(frozen=True)
class Document:
    """The values of a YAML file, as far as they could be read."""

    value: Any
    places: Mapping[KeyPath, Place]
    """Of every key and list item; a key's place is where the key starts."""
    unreadable: tuple[Unreadable, ...]

    def place(self, path: KeyPath) -> Place:
        """Where a path stands, or the nearest of its parents that the file has."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return self.places.get((), Place(1, 1))


def read_yaml(text: str) -> Document:
    """Read YAML 1.2.

    Parameters
    ----------
    text : str
        One document; a byte order mark at its top is skipped.

    Returns
    -------
    Document
        Of texts, whole numbers, numbers, truth values, dates, nothing, lists and mappings. What could
        not be read is listed in `unreadable` and missing from the values: after a fault of syntax that is
        everything, after a repeated key only its later occurrences.
    """
    parser = YAML(typ="safe", pure=True)
    try:
        top = parser.compose(text)
    except ReaderError as error:
        found = ord(error.character) if isinstance(error.character, str) else error.character
        return _nothing(
            Place(*_line_and_column(text, error.position)),
            f"found the character U+{found:04X}, which YAML does not allow: remove it",
        )
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        hint = HINTS.get(error.problem or "")
        words = " ".join(part for part in (error.context, error.problem) if part)
        return _nothing(_place(mark), f"not valid YAML: {words}" + (f" ({hint})" if hint else ""))
    except RecursionError:
        return _nothing(Place(1, 1), "nested too deeply to be read")
    if top is None:
        return _nothing(Place(1, 1), "the file is empty")
    reading = _Reading(parser.constructor)
    value = reading.value(top, (), ())
    return Document(value, reading.places, tuple(reading.unreadable))


def _nothing(place: Place, message: str) -> Document:
    return Document(None, {}, (Unreadable(place, (), message),))


def _place(mark: StreamMark | None) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)


def _line_and_column(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


@dataclass
class _Reading:
    """A walk over the nodes of a document that notes where each stands."""

    constructor: SafeConstructor
    places: dict[KeyPath, Place] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)

    def value(self, node: Node, path: KeyPath, above: tuple[Node, ...]) -> Any:
        """Value of a node; `above` are the nodes that hold it."""
        written = node.value if isinstance(node, ScalarNode) else ""
        at = _place(node.start_mark)
        known = self.places.setdefault(path, at)  # a key has noted its own place already
        self.places[path] = Place(known.line, known.column, written)
        if any(node is holder for holder in above):
            return self._note(at, path, f"the alias `*{node.anchor}` stands within its own anchor")
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        if str(node.tag) not in (TAG + "map", TAG + "seq"):
            return self._note(at, path, f"unknown tag `{node.tag}`: remove it")
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, i), (*above, node)) for i, item in enumerate(node.value)]
        if isinstance(node, MappingNode):
            return dict(self._items(node, path, (*above, node)))
        raise TypeError(f"a YAML node is a scalar, a sequence or a mapping, not {type(node).__name__}")

    def _items(self, node: MappingNode, path: KeyPath, above: tuple[Node, ...]) -> Iterator[tuple[Any, Any]]:
        seen: dict[Any, Place] = {}
        for key_node, value_node in node.value:
            at = _place(key_node.start_mark)
            if not isinstance(key_node, ScalarNode):
                self._note(at, path, "a key must be a single word or number, not a list or a mapping")
                continue
            if str(key_node.tag) == TAG + "merge":
                self._note(at, (*path, "<<"), "`<<` is not part of YAML 1.2: write the keys out")
                continue
            key = self._scalar(key_node, path)
            if key in seen:
                first = f"`{key_node.value}` stands twice here, first in line {seen[key].line}: keep one"
                self._note(at, (*path, key), first)
                continue
            seen[key] = at
            self.places[(*path, key)] = at
            yield key, self.value(value_node, (*path, key), above)

    def _scalar(self, node: ScalarNode, path: KeyPath) -> Any:
        kind, at = str(node.tag).removeprefix(TAG), _place(node.start_mark)
        if kind in ("str", "value"):  # `=` alone is a text to everybody but YAML 1.1
            return node.value
        if kind not in ("int", "float", "bool", "null", "timestamp"):
            return self._note(at, path, f"unknown tag `{node.tag}`: remove it")
        try:
            value = self.constructor.construct_object(node)
        except (ValueError, KeyError):  # `!!bool maybe` is a KeyError in ruamel.yaml
            word = "date" if kind == "timestamp" else kind
            return self._note(at, path, f"found {node.value}, which is not a valid {word}")
        return value if kind != "timestamp" or type(value) is date else node.value

    def _note(self, place: Place, path: KeyPath, message: str) -> None:
        self.unreadable.append(Unreadable(place, path, message))
