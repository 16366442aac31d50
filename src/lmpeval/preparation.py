"""From study files and a folder of data to studies that are ready to run, or all that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from lmpeval.comparators import NONE_KNOWN, delivery_contradictions
from lmpeval.contracts import load_contract
from lmpeval.engine import Prepared
from lmpeval.errors import UserError
from lmpeval.sources import Delivery, deliver
from lmpeval.sources.tables import read_table
from lmpeval.study import Comparator, Contradiction, Data, Window, contradictions
from lmpeval.study_file import Draft, StudyFileError, read_drafts

Deliveries = dict[tuple[Data, int, int], Delivery]


def prepare(paths: Iterable[Path], root: Path) -> list[Prepared]:
    """Read study files and the data that they name.

    Deliveries that several studies share are read once. A register is looked for beside the study file,
    then in `root`.

    Raises
    ------
    UserError
        With the problems of all files at once, those against the data included; or with what is wrong
        with the data.
    """
    if not root.is_dir():
        raise UserError(f"{root}: no such folder; --data names the folder that holds the delivered files")
    read: Deliveries = {}
    drafts = [_held_against_data(draft, root, read) for draft in read_drafts(paths)]
    if problems := [problem for draft in drafts for problem in draft.problems]:
        raise StudyFileError(problems)
    prepared = []
    for draft in drafts:
        study = draft.study()
        delivery = read[study.data, study.window.first, study.window.last]
        prepared.append(Prepared(study, delivery, _register(study.comparator, draft.path, root)))
    return prepared


def _held_against_data(draft: Draft, root: Path, read: Deliveries) -> Draft:
    data, window = draft.parts.get("data"), draft.parts.get("window")
    if not isinstance(data, Data) or not isinstance(window, Window) or window.first > window.last:
        return draft
    if contradictions({"data": data}):
        return draft
    key = (data, window.first, window.last)
    if key not in read:
        read[key] = deliver(data, root, window.first, window.last)
    found = delivery_contradictions(draft.parts, read[key].table)
    comparator = draft.parts.get("comparator")
    if isinstance(comparator, Comparator) and _register_path(comparator, draft.path, root) is None:
        beside = f"beside the study file nor in {root}"
        message = f"no file '{comparator.register}' {beside}; write '{NONE_KNOWN}' if there is none"
        found.append(Contradiction(("comparator", "register"), message))
    return draft.with_contradictions(found)


def _register_path(comparator: Comparator, study: Path, root: Path) -> Path | str | None:
    if comparator.register == NONE_KNOWN:
        return NONE_KNOWN
    places = (study.parent / comparator.register, root / comparator.register)
    return next((place for place in places if place.is_file()), None)


def _register(comparator: Comparator, study: Path, root: Path) -> pd.DataFrame:
    path = _register_path(comparator, study, root)
    if not isinstance(path, Path):
        return pd.DataFrame(columns=["initiative", "unit", "start", "end", "status", "source"])
    return load_contract("initiative_register").check(read_table(path), str(path))
