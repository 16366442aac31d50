"""Studies in batches, so that the persons of one study at a time are in memory."""

from __future__ import annotations

from collections.abc import Sequence

from lmpeval.engine.planning import Prepared


def batches(prepared: Sequence[Prepared]) -> list[list[Prepared]]:
    """Put studies of units together and each study of persons by itself, in the order in which they come.

    Panels of units are small, and workers need not wait for the last cell of each study where many are laid
    out at once. A cohort is a fixed share of a country, whatever the country's size.
    """
    found: list[list[Prepared]] = []
    for each in prepared:
        if found and not _reads_persons(each) and not _reads_persons(found[-1][0]):
            found[-1].append(each)
        else:
            found.append([each])
    return found


def _reads_persons(prepared: Prepared) -> bool:
    return prepared.study.data.persons is not None
