"""Why a number is withheld, in the words of a language."""

from __future__ import annotations

from collections.abc import Iterable

from lmpeval.disclosure import CBS, Code, Profile, Refusal
from lmpeval.finding import Answered, Failed, Finding
from lmpeval.report.language import Catalogue
from lmpeval.report.numbers import percent

SHARES = frozenset({Code.DOMINANT_PERSON, Code.DOMINANT_PROVIDER, Code.DOMINANT_INSURER, Code.GROUP})
"""Rules whose limit is a share."""


def refusal_words(refusals: Iterable[Refusal], catalogue: Catalogue) -> tuple[str, ...]:
    """One text a rule."""
    return tuple(catalogue.say(f"refusal.{each.code}", limit=_limit(each, catalogue)) for each in refusals)


def refusals_of(finding: Finding) -> tuple[Refusal, ...]:
    """The rules that keep a finding from leaving; empty where none does."""
    result = finding.result
    return () if isinstance(result, (Answered, Failed)) else result.refusals


def profile_of(answer: Answered) -> Profile:
    """By whose rules an answer from persons is told; of others by the default ones."""
    return CBS if answer.behind is None else answer.behind.profile


def _limit(refusal: Refusal, catalogue: Catalogue) -> str:
    if refusal.code in SHARES:
        return percent(refusal.limit, catalogue.numerals)
    return f"{refusal.limit:g}"
