"""Numbers about nearly the same persons, of one study or of several: the second of two is not told.

What two numbers differ by is a number too, and with a handful of persons between them it is about these: a
comparison that leaves few persons out beside one that leaves out none, or a population that is another but
for a few, gives away what no table shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from lmpeval.disclosure import Code, Profile, Refusal
from lmpeval.disclosure.differences import Persons, few_apart, sizes_few_apart
from lmpeval.finding import Answered, Finding, NotEstimable
from lmpeval.verdict import State, Verdict


def withheld_beside(findings: Sequence[Finding], profile: Profile) -> list[Finding]:
    """Withhold findings whose persons may differ by a few from those of another on the same outcome.

    Primary designs go first. Who is in each is not known here, only how many of each site: of two whose
    numbers differ by a few nobody can rule out that one holds the other. Equal numbers are taken for the same
    persons.

    Parameters
    ----------
    findings : sequence of Finding
        Of one study.
    profile : Profile
    """
    told: dict[str, list[tuple[int, ...]]] = {}
    found = list(findings)
    for i in sorted(range(len(found)), key=lambda i: not found[i].cell.primary):
        result = found[i].result
        if not isinstance(result, Answered) or result.behind is None:
            continue
        sizes, before = result.behind.persons, told.setdefault(found[i].cell.outcome.name, [])
        if any(sizes_few_apart(sizes, other, profile.least) for other in before):
            found[i] = withheld(found[i], Refusal(Code.TOO_ALIKE, profile.least))
        else:
            before.append(sizes)
    return found


def too_alike(persons: Persons | None, before: Iterable[Persons], profile: Profile) -> bool:
    """Whether the persons of a study's sites differ by a few from those of an earlier one."""
    return persons is not None and any(few_apart(persons, each, profile.least) for each in before)


def withheld(finding: Finding, refusal: Refusal) -> Finding:
    """The finding without its numbers."""
    state = State.WITHHELD
    result, verdict = NotEstimable(str(refusal), (refusal,)), Verdict(state, (str(refusal),))
    return replace(finding, result=result, verdict=verdict, twins={})
