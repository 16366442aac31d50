"""`lmpeval freeze`: lay down what a study will do, before its results are seen."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lmpeval.cli.application import app
from lmpeval.errors import UserError

if TYPE_CHECKING:
    from lmpeval.engine.planning import Prepared


@app.command
def freeze(
    studies: list[Path],
    /,
    *,
    data: Annotated[Path, Parameter(help="Folder that holds the delivered files.")],
    amend: Annotated[str | None, Parameter(help="Why a frozen study was changed; as one sentence.")] = None,
) -> None:
    """Write down what studies say and which data lie there, so that reports can tell a plan from a find.

    The protocol of STUDY.yaml is STUDY.protocol.json beside it. `lmpeval run` says on every page whether the
    study is as it was frozen, was amended, and how, or is exploratory. Exit code 2 when a study or the data
    is wrong, is frozen already, or there is nothing to amend; then no protocol is written.

    Parameters
    ----------
    studies
        Study files (YAML).
    """
    from lmpeval.engine.preparation import prepare
    from lmpeval.study_files.frozen import freeze as write
    from lmpeval.study_files.frozen import protocol_path

    if amend is not None and not amend.strip():
        raise UserError("--amend is empty; expected the reason of the change as one sentence")
    made = _texts(list(zip(map(protocol_path, studies), prepare(studies, data), strict=True)), amend)
    for path, (text, told) in made.items():
        print(f"{write(path, text)}: {told}")


def _texts(asked: list[tuple[Path, Prepared]], reason: str | None) -> dict[Path, tuple[str, str]]:
    """Every protocol and what to say of it, or all that is in the way of any of them."""
    from lmpeval.study_files.frozen import frozen_again

    today, made, wrong = date.today(), {}, []
    for path, each in asked:
        files, until = each.delivery.shown_files, int(each.delivery.table["year"].max())
        try:
            text = frozen_again(each.study, path, files, until, today, reason)
        except UserError as error:
            wrong.append(str(error))
        else:
            made[path] = (text, _told(each, until, reason))
    if wrong:
        raise UserError("\n".join(wrong))
    return made


def _told(each: Prepared, until: int, reason: str | None) -> str:
    start = each.study.intervention.start
    seen = f", of years after the start ({start}) too" if until >= start else ""
    done = "frozen" if reason is None else "amended"
    return f"{done}, with data until {until}{seen}"
