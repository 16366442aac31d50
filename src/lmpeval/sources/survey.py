"""Survey waves: answers of persons, put together by unit and wave before anything else sees them."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lmpeval.contracts import load_contract
from lmpeval.disclosure import CBS, Profile, rounded_count
from lmpeval.disclosure.judging import ROUNDING
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
        equally weighted answers that would be as noisy. Empty where fewer than the profile's least gave one,
        or one or two of them weigh more than it lets them.
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


def read_waves(path: Path, table: str | None, years: range, profile: Profile = CBS) -> Waves:
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
    profile : Profile
        Whose rules say how few answers are too few.

    Raises
    ------
    UserError
        The file is missing or unreadable, or holds no wave in these years.
    ContractError
        It does not keep its contract; the message gives lines, never what stands there.
    """
    files = tuple(sorted(path.glob("*.parquet"))) if path.is_dir() else (path,)
    delivered = read_parts(path) if path.is_dir() else read_table(path, table)
    answers, notes = _answered(delivered, path, profile)
    waves = sorted(set(answers["year"]))
    answers = answers[answers["year"].isin(years)]
    if answers.empty:
        asked = f"{years[0]}-{years[-1]}"
        raise UserError(f"{path}: no wave in {asked}; it has {', '.join(map(str, waves)) or 'none'}")
    places = answers.groupby("unit")[[name for name in PLACES if name in answers]].first()
    means, said = together(answers.drop(columns=list(places)), profile)
    notes = [*notes, "survey: waves of " + ", ".join(map(str, sorted(set(answers["year"])))), *said]
    return Waves(means, places, tuple(notes), files)


def together(answers: pd.DataFrame, profile: Profile = CBS) -> tuple[pd.DataFrame, list[str]]:
    """Weighted mean of every answer by unit and wave, with its effective number of answers (Kish 1965).

    The number is ``(sum w)**2 / sum w**2`` over those who gave this answer, w their weights.

    Parameters
    ----------
    answers : DataFrame
        Columns unit, year, weight and the answers; one row a person.
    profile : Profile
        Whose rules say what may be told: how few answers are too few, and how much one or two may weigh.

    Returns
    -------
    means : DataFrame
        Indexed by (unit, year): ``<answer>`` and ``<answer>_answers``.
    notes : list of str
        How many means were left empty and why, and how many answers are missing.
    """
    columns: dict[str, pd.Series] = {}
    notes = []
    key = [answers["unit"], answers["year"]]
    for name in (str(each) for each in answers if each not in ("unit", "year", "weight")):
        given = answers[name].notna() & (answers["weight"] > 0)
        weight = answers["weight"].where(given, 0.0)
        total, squares = weight.groupby(key).sum(), (weight**2).groupby(key).sum()
        number = given.groupby(key).sum()
        few = (number > 0) & (number < profile.least)
        heavy = (number > 0) & ~few & _dominated(weight, key, profile)
        shown = (number > 0) & ~few & ~heavy
        columns[name] = ((weight * answers[name]).groupby(key).sum() / total).where(shown)
        columns[f"{name}_answers"] = (total**2 / squares).where(shown)
        for hidden, why in (
            (few, f"fewer than {profile.least} answers"),
            (heavy, "one or two answers weigh too much"),
        ):
            if hidden.any():
                where = f"in {int(hidden.sum())} unit(s) and wave(s); left empty"
                notes.append(f"survey, {name}: {why} {where}")
        if missing := int((~given).sum()):
            told, whole = rounded_count(missing, profile), rounded_count(len(given), profile)
            notes.append(f"survey, {name}: {told} of {whole} rows have no answer or no weight")
    return pd.DataFrame(columns), notes


def _dominated(weight: pd.Series, key: list[pd.Series], profile: Profile) -> pd.Series:
    """Whether the heaviest answer of a unit and wave, or the two heaviest, weigh more than they may."""
    total = weight.groupby(key).sum()
    place = weight.groupby(key).rank(method="first", ascending=False)
    too_much = total < 0
    for n, most in enumerate(profile.largest, start=1):
        too_much |= weight.where(place <= n, 0.0).groupby(key).sum() > (most + ROUNDING) * total
    return too_much


def _answered(delivered: pd.DataFrame, path: Path, profile: Profile) -> tuple[pd.DataFrame, list[str]]:
    """Columns unit, year, weight, group and area where known, and the answers; a row an answering person."""
    if "responded" in delivered:
        table = load_contract("health_survey").check(delivered, str(path))
        said = table[table["responded"] == 1].rename(columns={"municipality": "unit"})
        answered, asked = (rounded_count(len(each), profile) for each in (said, table))
        notes = [f"survey: {answered} of {asked} people who were asked answered"]
        return said.drop(columns=["person_id", "sex", "responded"]).astype({"good_health": float}), notes
    table = load_contract("survey_waves").check(delivered, str(path))
    answers = [str(name) for name in table if name not in ("unit", "year", "weight", *PLACES)]
    if twice := [name for name in answers if f"{name}_answers" in answers]:
        told = ", ".join(f"'{name}_answers'" for name in twice)
        raise UserError(f"{path}: column {told}: the number of answers gets this name; call it otherwise")
    return table if "weight" in table else table.assign(weight=1.0), []
