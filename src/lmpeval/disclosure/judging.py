"""The gate: a number and who stands behind it, held to a profile."""

from __future__ import annotations

from collections.abc import Iterator

from lmpeval.disclosure.profiles import Profile
from lmpeval.disclosure.refusals import Code, Refusal
from lmpeval.disclosure.support import Contribution, Support

ROUNDING = 1e-9
"""Of shares: two equal halves are no more than half."""


def judge(support: Support | None, profile: Profile) -> tuple[Refusal, ...]:
    """Find every rule that a number breaks; an empty answer lets it leave.

    A number of which nobody knows who stands behind it does not leave.

    Parameters
    ----------
    support : Support or None
    profile : Profile

    Examples
    --------
    >>> from lmpeval.disclosure import CBS, Contribution
    >>> judge(Support(Contribution(distinct=9)), CBS)
    (Refusal(code=<Code.FEW_PERSONS: 'few-persons'>, limit=10),)
    """
    if support is None:
        return (Refusal(Code.NO_SUPPORT),)
    return tuple(dict.fromkeys(_broken(support, profile)))


def _broken(support: Support, profile: Profile) -> Iterator[Refusal]:
    if support.persons.distinct < profile.least:
        yield Refusal(Code.FEW_PERSONS, profile.least)
    for code, found in (
        (Code.DOMINANT_PERSON, support.persons),
        (Code.DOMINANT_PROVIDER, support.providers),
        (Code.DOMINANT_INSURER, support.insurers),
    ):
        if found is not None:
            yield from _dominated(code, found, profile)
    if support.events is not None:
        yield from _of_events(support.events, support, profile)
    if support.freedom is not None and support.freedom < profile.freedom:
        yield Refusal(Code.FREEDOM, profile.freedom)


def _dominated(code: Code, found: Contribution, profile: Profile) -> Iterator[Refusal]:
    """The first share that is too large; the others say the same."""
    for share, most in zip(found.shares, profile.largest, strict=False):
        if share > most + ROUNDING:
            yield Refusal(code, most)
            return


def _of_events(events: int, support: Support, profile: Profile) -> Iterator[Refusal]:
    """Whether too few have it, too few have it not, or nearly all do."""
    others = support.persons.distinct - events
    if not events or not others:
        if not support.structural:
            yield Refusal(Code.ALL_OR_NONE)
        return
    if min(events, others) < profile.least:
        yield Refusal(Code.FEW_EVENTS, profile.least)
    if events > profile.group * support.persons.distinct:
        yield Refusal(Code.GROUP, profile.group)
