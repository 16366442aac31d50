"""What lies beside a study: the register of other initiatives, and who borders on whom."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lmpeval.comparators import NONE_KNOWN
from lmpeval.contracts import load_contract
from lmpeval.errors import UserError
from lmpeval.population import unknown
from lmpeval.sources.tables import read_table
from lmpeval.study import Comparator, Contradiction


@dataclass(frozen=True)
class Beside:
    """A file that the comparator of a study may name.

    Attributes
    ----------
    key : str
        Key of the comparator.
    contract : str
    columns : tuple of str
        Those that name units, which the delivered data must know: one that is misspelt would stand among
        those compared with.
    hint : str
        What to write where there is no such file.
    """

    key: str
    contract: str
    columns: tuple[str, ...]
    hint: str

    def named_by(self, comparator: object) -> str | None:
        """Name of the file that a comparator names; None where it names none."""
        named = getattr(comparator, self.key) if isinstance(comparator, Comparator) else None
        return None if named == NONE_KNOWN else named

    def path(self, comparator: object, study: Path, root: Path) -> Path | None:
        """Where the file lies: beside the study file, else in the folder of the data."""
        if (named := self.named_by(comparator)) is None:
            return None
        places = (study.parent / named, root / named)
        return next((place for place in places if place.is_file()), None)

    def read(self, path: Path, units: set[str] | None) -> pd.DataFrame:
        """Read the file and hold it against its contract and the delivered units, where these are known.

        Raises
        ------
        UserError
        """
        table = load_contract(self.contract).check(read_table(path), str(path))
        names = sorted({str(name) for column in self.columns for name in table[column]})
        wrong = unknown(names, units, (), "unit") if units is not None else ()
        if told := [f"{path}: {each.message}" for each in wrong]:
            raise UserError("\n".join(told))
        return table


REGISTER = Beside("register", "initiative_register", ("unit",), f"; write '{NONE_KNOWN}' if there is none")
BORDERS = Beside("borders", "municipality_neighbours", ("unit", "neighbour"), "")


def missing_beside(comparator: object, study: Path, root: Path) -> list[Contradiction]:
    """Files that a comparator names and that lie nowhere."""
    return [
        Contradiction(
            ("comparator", each.key),
            f"no file '{each.named_by(comparator)}' beside the study file nor in {root}{each.hint}",
        )
        for each in (REGISTER, BORDERS)
        if each.named_by(comparator) is not None and each.path(comparator, study, root) is None
    ]
