"""What a scan finds, said without repeating it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lmpeval.disclosure.profiles import CBS, Profile


class Rule(StrEnum):
    """What must not leave."""

    KIND = "a kind of file that is not released: it may hold data of persons, or cannot be looked through"
    KEY = "a key that was to be looked for"
    IDENTIFIER = "a number that passes the test of a citizen service number"
    POSTCODE = "a postcode with its letters, which a few households share"
    COLUMN = "a name of what tells persons or addresses apart"
    SMALL = "a count of few persons"
    EXACT = "a count of persons that is not rounded"
    EXTREME = "a name of a smallest or largest value, or of a percentile at the edge: one person's figure"
    FOLDER = "a path that names a user"
    USER = "who was logged in"


@dataclass(frozen=True)
class Leak:
    """One thing that must not leave.

    It says where and what kind, and never what stands there: the list of what must not leave may be shown.

    Attributes
    ----------
    place : str
        File below the folder, or the run.
    where : str
        Line, column or key in it; empty where the whole is meant.
    rule : Rule
    """

    place: str
    where: str
    rule: Rule

    def __str__(self) -> str:
        """As the command line lists it."""
        return f"{self.place}{':' if self.where else ''}{self.where}: {self.rule}"


@dataclass(frozen=True)
class Watch:
    """What is looked for besides what always is.

    Attributes
    ----------
    profile : Profile
        By whose rules counts are small and rounded.
    keys : tuple of str
        Texts that must stand nowhere, such as numbers and names planted among the persons.
    user : str
        Name of whoever is logged in; empty for nobody.
    """

    profile: Profile = CBS
    keys: tuple[str, ...] = ()
    user: str = ""
