"""What people say of a study's assumptions after they have seen what the data say."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic.dataclasses import dataclass

from lmpeval.study.values import CLOSED, Name, Text


class Judged(StrEnum):
    """What somebody may hold an assumption to be; the words are those of the ledger."""

    SUPPORTED = "supported"
    ARGUED = "argued"
    UNCERTAIN = "uncertain"
    NOT_SUPPORTED = "not supported"


@dataclass(frozen=True, config=CLOSED)
class Judgement:
    """One person's word on one assumption."""

    assumption: Name
    status: Judged
    by: Text
    """Who judges, as it is to be shown."""
    on: date
    outcome: Name | None = None
    """Of this outcome alone; left out, of all."""
    design: Text | None = None
    """Of this design alone, by the name that reports give it; left out, of all."""
    reason: Text | None = None
    """Why. Without one a judgement can only lower what the data gave."""
    blind: bool = False
    """Whether it was given before the results were seen (`lmpeval judge --blind`)."""


@dataclass(frozen=True, config=CLOSED)
class Judgements:
    """The file beside a study: the last word on an assumption counts."""

    judgements: tuple[Judgement, ...]
