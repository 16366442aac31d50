"""Survey waves: answers of persons, put together by unit and wave before anything else sees them."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lmpeval.contracts import load_contract
from lmpeval.disclosure import CBS, may_be_shown, shown_count
from lmpeval.errors import UserError
from lmpeval.sources.tables import read_parts, read_table

PLACES = ("group", "area")


@dataclass(frozen=True, eq=False)
class Waves:
    """A survey by unit and wave.

    Attributes
    ----------
    means : DataFrame
        Indexed by (unit, year); for each answer its weighted mean and, as ``<answer>_answers``, the number of
        equally weighted answers that would be as noisy. Empty where fewer than `CBS.least` gave one.
    places : DataFrame
        Indexed by unit; group and area, as far as the survey knows them.
    notes : tuple of str
    files : tuple of Path
        What was read.
    """

    means: pd.DataFrame
    places: pd.DataFrame
    notes: tuple[str, ...]
    files: tuple[Path, ...]


def read_waves(path: Path, table: str | None, years: range) -> Waves:
    """Read the answers of the waves in `years` and put them together.

    Parameters
    ----------
    path : Path
        A table of contract ``survey_waves`` or ``health_survey`` (one with a column ``responded``), or a
        folder of Parquet files that are its parts.
    table : str or None
        Table of a DuckDB file.
    years : range
        Calendar years.

    Raises
    ------
    UserError
        The file is missing or unreadable, or holds no wave in these years.
    ContractError
        It does not keep its contract; the message gives lines, never what stands there.
    """
    files = tuple(sorted(path.glob("*.parquet"))) if path.is_dir() else (path,)
    delivered = read_parts(path) if path.is_dir() else read_table(path, table)
    answers, notes = _answered(delivered, path)
    waves = sorted(set(answers["year"]))
    answers = answers[answers["year"].isin(years)]
    if answers.empty:
        asked = f"{years[0]}-{years[-1]}"
        raise UserError(f"{path}: no wave in {asked}; it has {', '.join(map(str, waves)) or 'none'}")
    places = answers.groupby("unit")[[name for name in PLACES if name in answers]].first()
    means, said = together(answers.drop(columns=list(places)))
    notes = [*notes, "survey: waves of " + ", ".join(map(str, sorted(set(answers["year"])))), *said]
    return Waves(means, places, tuple(notes), files)


def together(answers: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Weighted mean of every answer by unit and wave, with its effective number of answers (Kish 1965).

    The number is ``(sum w)**2 / sum w**2`` over those who gave this answer, w their weights.

    Parameters
    ----------
    answers : DataFrame
        Columns unit, year, weight and the answers; one row a person.

    Returns
    -------
    means : DataFrame
        Indexed by (unit, year): ``<answer>`` and ``<answer>_answers``.
    notes : list of str
        How many means were left empty because too few people answered, and how many answers are missing.
    """
    columns: dict[str, pd.Series] = {}
    notes = []
    key = [answers["unit"], answers["year"]]
    for name in (str(each) for each in answers if each not in ("unit", "year", "weight")):
        given = answers[name].notna() & (answers["weight"] > 0)
        weight = answers["weight"].where(given, 0.0)
        total, squares = weight.groupby(key).sum(), (weight**2).groupby(key).sum()
        number = given.groupby(key).sum()
        few = ~number.map(may_be_shown)
        shown = (number > 0) & ~few
        columns[name] = ((weight * answers[name]).groupby(key).sum() / total).where(shown)
        columns[f"{name}_answers"] = (total**2 / squares).where(shown)
        if few.any():
            notes.append(
                f"survey, {name}: fewer than {CBS.least} answers in {int(few.sum())} unit(s) and "
                "wave(s); left empty"
            )
        if missing := int((~given).sum()):
            notes.append(
                f"survey, {name}: {shown_count(missing)} of {len(given):,} rows have no answer or no weight"
            )
    return pd.DataFrame(columns), notes


def _answered(delivered: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, list[str]]:
    """Columns unit, year, weight, group and area where known, and the answers; a row an answering person."""
    if "responded" in delivered:
        table = load_contract("health_survey").check(delivered, str(path))
        said = table[table["responded"] == 1].rename(columns={"municipality": "unit"})
        notes = [f"survey: {len(said):,} of {len(table):,} people who were asked answered"]
        return said.drop(columns=["person_id", "sex", "responded"]).astype({"good_health": float}), notes
    table = load_contract("survey_waves").check(delivered, str(path))
    answers = [str(name) for name in table if name not in ("unit", "year", "weight", *PLACES)]
    if twice := [name for name in answers if f"{name}_answers" in answers]:
        told = ", ".join(f"'{name}_answers'" for name in twice)
        raise UserError(f"{path}: column {told}: the number of answers gets this name; call it otherwise")
    return table if "weight" in table else table.assign(weight=1.0), []
