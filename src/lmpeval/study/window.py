"""When: the years of a study."""

from __future__ import annotations

from enum import StrEnum

from pydantic.dataclasses import dataclass

from lmpeval.study.values import CLOSED, Text, Year


class YearsSinceStart(StrEnum):
    """Over which years since the start several starts are put together."""

    SHARED = "shared"
    ALL = "all"


@dataclass(frozen=True, config=CLOSED)
class DatedReason:
    """A year that needs a word of explanation."""

    year: Year
    reason: Text
    reason_nl: Text | None = None
    """The reason on Dutch pages; the reason itself where left out."""

    def reason_in(self, language: str) -> str:
        """What readers of a language are shown."""
        return self.reason_nl if language == "nl" and self.reason_nl else self.reason


@dataclass(frozen=True, config=CLOSED)
class Window:
    """When: first and last year, years left out, and known breaks within."""

    first: Year
    last: Year
    exclude: tuple[DatedReason, ...] = ()
    """Years that are not used at all."""
    breaks: tuple[DatedReason, ...] = ()
    """Years in which something else changed (a law, a way of billing); the ledger looks at them."""
    years_since_start: YearsSinceStart = YearsSinceStart.SHARED
    """With several starts: those that all starts have, or all, each over the starts that have it."""
