"""Why a number is withheld, and by whose rules, as pages tell it."""

from __future__ import annotations

from collections.abc import Iterable

from lmpeval.disclosure import CBS, Profile, Refusal
from lmpeval.finding import Answered, Failed, Finding
from lmpeval.report.words import Words


def refusal_words(refusals: Iterable[Refusal], words: Words) -> tuple[str, ...]:
    """One text a rule."""
    return tuple(words.told(str(each)) for each in refusals)


def refusals_of(finding: Finding) -> tuple[Refusal, ...]:
    """The rules that keep a finding from leaving; empty where none does."""
    result = finding.result
    return () if isinstance(result, (Answered, Failed)) else result.refusals


def profile_of(answer: Answered) -> Profile:
    """By whose rules an answer from persons is told; of others by the default ones."""
    return CBS if answer.behind is None else answer.behind.profile
