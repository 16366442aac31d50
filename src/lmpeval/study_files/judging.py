"""The file of judgements beside a study: read, or all that is wrong with it; and added to, word by word."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from lmpeval.errors import UserError
from lmpeval.study import Contradiction, Study
from lmpeval.study.judgements import Judgement, Judgements
from lmpeval.study_files.designs import assumption_names, meant
from lmpeval.study_files.problems import StudyFileError
from lmpeval.study_files.reading import read_keys
from lmpeval.whole_file import write_whole

SUFFIX = ".judgements.yml"
"""Not .yaml: `lmpeval run *.yaml` takes those for studies."""


def judgements_path(study_file: Path) -> Path:
    """Where the judgements of a study lie: beside its file."""
    return study_file.with_name(study_file.stem + SUFFIX)


def read_judgements(path: Path, study: Study) -> tuple[Judgement, ...]:
    """Read what people said of a study's assumptions; nothing where there is no file.

    Raises
    ------
    StudyFileError
        With everything that is wrong with the file, each with its line and column: assumptions and outcomes
        that the study does not have among it.
    """
    if not path.exists():
        return ()
    draft = read_keys(path, Judgements, "judgements")
    said: tuple[Judgement, ...] = draft.parts.get("judgements", ())
    draft = draft.with_contradictions(_of_nothing(said, study))
    if draft.problems:
        raise StudyFileError(draft.problems)
    return said


def _of_nothing(said: tuple[Judgement, ...], study: Study) -> list[Contradiction]:
    """Judgements of what the study does not hold, which would be lost without a word."""
    known = {
        "assumption": assumption_names(study.designs),
        "outcome": [outcome.name for outcome in study.outcomes],
    }
    return [
        Contradiction(("judgements", i, key), f"no {key} '{name}': {meant(name, names)}")
        for i, each in enumerate(said)
        for key, names in known.items()
        if (name := getattr(each, key)) is not None and name not in names
    ]


def add_judgement(path: Path, said: Judgement) -> None:
    """Add a judgement at the end of the file; what is there stays as it is, comments included.

    Raises
    ------
    UserError
        Where the file cannot be written.
    """
    writer: Any = YAML()
    writer.width = 100
    kept = writer.load(path.read_text(encoding="utf-8")) if path.exists() else {"judgements": []}
    row = {
        "assumption": said.assumption,
        "outcome": said.outcome,
        "design": said.design,
        "status": str(said.status),
        "by": said.by,
        "on": said.on,
        "reason": said.reason,
        "blind": said.blind or None,
    }
    kept["judgements"].append({key: value for key, value in row.items() if value is not None})
    stream = StringIO()
    writer.dump(kept, stream)
    try:
        write_whole(path, stream.getvalue())
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from error
