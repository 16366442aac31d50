"""From study files and a folder of data to studies that are ready to run, or all that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from lmpeval.assembly.positive_means import without_ratios
from lmpeval.comparators import NONE_KNOWN, delivery_contradictions
from lmpeval.contracts import load_contract
from lmpeval.engine.persons_asked import person_contradictions
from lmpeval.engine.running import Prepared
from lmpeval.errors import UserError
from lmpeval.population import unknown
from lmpeval.sources import Delivery, deliver
from lmpeval.sources.tables import read_table
from lmpeval.study import Comparator, Contradiction, Data, Window, contradictions
from lmpeval.study_files.frozen import protocol_path, standing_of
from lmpeval.study_files.judging import judgements_path, read_judgements
from lmpeval.study_files.reading import Draft, StudyFileError, read_drafts

Deliveries = dict[tuple[Data, int, int], Delivery | UserError]


def prepare(paths: Iterable[Path], root: Path) -> list[Prepared]:
    """Read study files and the data that they name.

    Deliveries that several studies share are read once. A register is looked for beside the study file,
    then in `root`.

    Raises
    ------
    UserError
        With the problems of all files at once: those of the study files, those against the data, and
        those of the data and the registers.
    """
    if not root.is_dir():
        raise UserError(f"{root}: no such folder; --data names the folder that holds the delivered files")
    read: Deliveries = {}
    drafts = [_held_against_data(draft, root, read) for draft in _one_report_each(read_drafts(paths))]
    registers = [_register_of(draft, root, read) for draft in drafts]
    problems = [problem for draft in drafts for problem in draft.problems]
    wrong = dict.fromkeys(str(each) for each in (*read.values(), *registers) if isinstance(each, UserError))
    if problems and not wrong:
        raise StudyFileError(problems)
    if wrong:
        raise UserError("\n".join([*map(str, problems), *wrong]))
    prepared = []
    for draft, register in zip(drafts, registers, strict=True):
        study = draft.study()
        delivery = read[study.data, study.window.first, study.window.last]
        if isinstance(delivery, Delivery) and isinstance(register, pd.DataFrame):
            prepared.append(Prepared(study, delivery, register))
    return _with_what_was_said(drafts, prepared)


def _with_what_was_said(drafts: Iterable[Draft], prepared: Iterable[Prepared]) -> list[Prepared]:
    """Hold studies against what they said when they were frozen, and add what people said since."""
    held, wrong = [], []
    for draft, each in zip(drafts, prepared, strict=True):
        try:
            protocol = standing_of(each.study, protocol_path(draft.path), each.delivery.shown_files)
            judgements = read_judgements(judgements_path(draft.path), each.study)
        except UserError as error:  # told with those of the other studies
            wrong.append(str(error))
        else:
            held.append(replace(each, protocol=protocol, judgements=judgements))
    if wrong:
        raise UserError("\n".join(wrong))
    return held


def _one_report_each(drafts: Iterable[Draft]) -> list[Draft]:
    """Refuse a second study of the same name: reports are named after their study."""
    seen: dict[str, Draft] = {}
    checked = []
    for draft in drafts:
        name = str(draft.parts.get("study", draft.path))
        other = seen.setdefault(name, draft)
        portfolios = [each.parts.get("portfolio") for each in (draft, other)]
        twice = (
            [Contradiction(("study",), f"'{name}' is the name of {other.path} too: its report would be lost")]
            if other is not draft and portfolios[0] != portfolios[1]
            else []
        )
        checked.append(draft.with_contradictions(twice))
    return checked


def _held_against_data(draft: Draft, root: Path, read: Deliveries) -> Draft:
    if (key := _asked(draft)) is None:
        return draft
    found = _missing(key[0], root)
    if not found and key not in read:
        read[key] = _delivered(key, root)
    delivery = read.get(key)
    found += _asked_in_vain(draft, delivery) if isinstance(delivery, Delivery) else []
    comparator = draft.parts.get("comparator")
    if isinstance(comparator, Comparator) and _register_path(comparator, draft.path, root) is None:
        beside = f"beside the study file nor in {root}"
        message = f"no file '{comparator.register}' {beside}; write '{NONE_KNOWN}' if there is none"
        found.append(Contradiction(("comparator", "register"), message))
    return draft.with_contradictions(found)


def _missing(data: Data, root: Path) -> list[Contradiction]:
    """Files and folders that the study names and that are not there."""
    return [
        Contradiction(("data", key), f"{root / named}: no such file or folder")
        for key, named in data.paths.items()
        if not (root / named).exists()
    ]


def _asked_in_vain(draft: Draft, delivery: Delivery) -> list[Contradiction]:
    parts, persons = draft.parts, delivery.persons
    found = person_contradictions(parts, persons) if persons is not None else []
    if persons is None or parts["data"].reads_units:
        of_units = [*delivery_contradictions(parts, delivery.table), *without_ratios(parts, delivery.table)]
        return [*of_units, *found]
    # without units only the pool and who is left out of it are asked of municipalities
    whom = {name: parts[name] for name in ("comparator",) if name in parts}
    return [*delivery_contradictions(whom, delivery.table), *found]


def _asked(draft: Draft) -> tuple[Data, int, int] | None:
    """What a study wants delivered, as far as it can be told."""
    data, window = draft.parts.get("data"), draft.parts.get("window")
    if not isinstance(data, Data) or not isinstance(window, Window) or window.first > window.last:
        return None
    return None if contradictions({"data": data}) else (data, window.first, window.last)


def _delivered(asked: tuple[Data, int, int], root: Path) -> Delivery | UserError:
    try:
        return deliver(asked[0], root, asked[1], asked[2])
    except UserError as error:  # told with all that is wrong with the studies
        return error


def _register_path(comparator: Comparator, study: Path, root: Path) -> Path | str | None:
    if comparator.register == NONE_KNOWN:
        return NONE_KNOWN
    places = (study.parent / comparator.register, root / comparator.register)
    return next((place for place in places if place.is_file()), None)


def _register_of(draft: Draft, root: Path, read: Deliveries) -> pd.DataFrame | UserError:
    comparator = draft.parts.get("comparator")
    path = _register_path(comparator, draft.path, root) if isinstance(comparator, Comparator) else None
    if not isinstance(path, Path):
        return pd.DataFrame(columns=["initiative", "unit", "start", "end", "status", "source"])
    try:
        register = load_contract("initiative_register").check(read_table(path), str(path))
    except UserError as error:  # told with all that is wrong with the studies
        return error
    key = _asked(draft)
    delivery = read.get(key) if key else None
    if isinstance(delivery, Delivery):
        known = set(delivery.table["unit"])
        # one that is misspelt would stand among those compared with
        wrong = [each.message for each in unknown(sorted(set(register["unit"])), known, (), "unit")]
        if wrong:
            return UserError("\n".join(f"{path}: {message}" for message in wrong))
    return register
