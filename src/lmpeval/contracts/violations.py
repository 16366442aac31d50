"""What is wrong with a table, in words that its sender can act on."""

from collections.abc import Iterable
from dataclasses import dataclass

from lmpeval.errors import UserError

SHOWN = 5
"""Offending rows that a message names; the count says how many there are."""


@dataclass(frozen=True)
class Violation:
    """One rule that a column does not keep.

    Attributes
    ----------
    rule : str
        What was expected, in words ("must be a number").
    column : str
        Column, or columns joined by a comma, or ``"table"``.
    count : int
        Number of rows that break the rule; 0 where the rule is about the table itself.
    rows : tuple of (int, str)
        The first offending rows: line number in the file (or row number) and the value found.
    places : tuple of str
        The first offending rows of a table in several files, by file and row; values are not told.
    """

    rule: str
    column: str
    count: int = 0
    rows: tuple[tuple[int, str], ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Breach:
    """All violations of one contract by one table.

    Attributes
    ----------
    contract : str
        Name and version of the contract.
    where : str
        File or table that was checked.
    violations : tuple of Violation
        At least one.
    place : str
        Word for a row number: ``"line"`` of a text file, else ``"row"``.
    private : bool
        The table is about persons: values are never shown.
    """

    contract: str
    where: str
    violations: tuple[Violation, ...]
    place: str = "row"
    private: bool = False

    def __str__(self) -> str:
        """Write one headline and one line a violation."""
        several = "violation" if len(self.violations) == 1 else "violations"
        headline = f"{self.where}: {len(self.violations)} {several} of contract {self.contract}"
        return "\n".join([headline, *(f"  {self._line(violation)}" for violation in self.violations)])

    def _line(self, violation: Violation) -> str:
        sentence = f"{violation.column}: {violation.rule}"
        if not violation.count:
            return sentence
        sentence += f"; {violation.count} {'row' if violation.count == 1 else 'rows'}"
        found = list(violation.places) or [
            f"{self.place} {number}" if self.private else f"{self.place} {number} has {value}"
            for number, value in violation.rows[:SHOWN]
        ]
        if not found:
            return sentence
        more = ", ..." if violation.count > len(found) else ""
        return f"{sentence}: {', '.join(found)}{more}"


class ContractError(UserError):
    """One or more tables do not keep their contracts; the message lists every violation."""

    def __init__(self, *breaches: Breach) -> None:
        super().__init__(*breaches)
        self.breaches = breaches

    def __str__(self) -> str:
        """Write the breaches one below the other."""
        return "\n".join(str(breach) for breach in self.breaches)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Violations of all tables, in the order of the tables."""
        return tuple(violation for breach in self.breaches for violation in breach.violations)

    @classmethod
    def together(cls, errors: Iterable["ContractError"]) -> "ContractError":
        """Join the errors of several tables into one, so that a sender mends all files in one round."""
        return cls(*(breach for error in errors for breach in error.breaches))
