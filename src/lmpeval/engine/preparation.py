"""From study files and a folder of data to studies that are ready to run, or all that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from lmpeval.assembly.positive_means import without_ratios
from lmpeval.comparators import delivery_contradictions
from lmpeval.disclosure import CBS, Profile
from lmpeval.engine.files_beside import BORDERS, REGISTER, Beside, missing_beside
from lmpeval.engine.persons_asked import person_contradictions
from lmpeval.engine.planning import Prepared
from lmpeval.errors import UserError
from lmpeval.once import once, remembering
from lmpeval.sources import Delivery, deliver
from lmpeval.study import Contradiction, Data, Disclosure, Window, contradictions
from lmpeval.study_files.frozen import protocol_path, standing_of
from lmpeval.study_files.judging import judgements_path, read_judgements
from lmpeval.study_files.reading import Draft, StudyFileError, read_drafts

NO_INITIATIVES = pd.DataFrame(columns=["initiative", "unit", "start", "end", "status", "source"])
Asked = tuple[Data, int, int, Profile]
"""What is to be delivered, of which years, and whose rules hide what is told of few."""
Deliveries = dict[Asked, Delivery | UserError]


def prepare(paths: Iterable[Path], root: Path) -> list[Prepared]:
    """Read study files and the data that they name.

    Deliveries that several studies share are read once. A register and a map are looked for beside the study
    file, then in `root`.

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
    wrong: dict[str, None] = {}
    with remembering():
        registers = [_beside(REGISTER, draft, root, read, wrong) for draft in drafts]
        borders = [_beside(BORDERS, draft, root, read, wrong) for draft in drafts]
    problems = [problem for draft in drafts for problem in draft.problems]
    wrong |= dict.fromkeys(str(each) for each in read.values() if isinstance(each, UserError))
    if problems and not wrong:
        raise StudyFileError(problems)
    if wrong:
        raise UserError("\n".join([*map(str, problems), *wrong]))
    prepared = []
    for draft, register, who_borders in zip(drafts, registers, borders, strict=True):
        study = draft.study()
        delivery = read[_asked_of(study.data, study.window, study.disclosure)]
        if isinstance(delivery, Delivery):
            known = register if register is not None else NO_INITIATIVES
            prepared.append(Prepared(study, delivery, known, who_borders))
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
    found += missing_beside(draft.parts.get("comparator"), draft.path, root)
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


def _asked(draft: Draft) -> Asked | None:
    """What a study wants delivered, as far as it can be told."""
    data, window = draft.parts.get("data"), draft.parts.get("window")
    if not isinstance(data, Data) or not isinstance(window, Window) or window.first > window.last:
        return None
    disclosure = draft.parts.get("disclosure", Disclosure())
    return None if contradictions({"data": data}) else _asked_of(data, window, disclosure)


def _asked_of(data: Data, window: Window, disclosure: Disclosure) -> Asked:
    """Studies of other rules share what they do not bear on: of units, only answers are hidden on reading."""
    return data, window.first, window.last, CBS if data.survey is None else disclosure.rules


def _delivered(asked: Asked, root: Path) -> Delivery | UserError:
    data, first, last, profile = asked
    try:
        return deliver(data, root, first, last, profile)
    except UserError as error:  # told with all that is wrong with the studies
        return error


def _beside(
    kind: Beside, draft: Draft, root: Path, read: Deliveries, wrong: dict[str, None]
) -> pd.DataFrame | None:
    """Read a file that the comparator names; what is wrong with it is told with what is wrong elsewhere."""
    if (path := kind.path(draft.parts.get("comparator"), draft.path, root)) is None:
        return None
    key = _asked(draft)
    delivery = read.get(key) if key else None
    units = delivery.table["unit"] if isinstance(delivery, Delivery) else None
    try:  # studies that share a delivery share what lies beside it
        return once((kind.key, path, key), lambda: kind.read(path, None if units is None else set(units)))
    except UserError as error:
        wrong[str(error)] = None
        return None
