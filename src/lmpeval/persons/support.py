"""Who stands behind a mean of persons: distinct ones, practices and insurers, year by year.

An exposure-weighted mean is two totals, and both are looked at: whoever makes up most of the amounts, or most
of the insured years, can be told from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lmpeval.cohort import Cohort
from lmpeval.disclosure import (
    Code,
    Contribution,
    Gate,
    Organisation,
    Profile,
    Refusal,
    Support,
    Withheld,
    judge,
    rounded,
)
from lmpeval.disclosure.contributions import largest_of, shares_of
from lmpeval.disclosure.tables import withheld_cells
from lmpeval.panel import Bools, Floats
from lmpeval.persons.design import CohortCase

Positions = NDArray[np.intp]


@dataclass(frozen=True)
class Behind:
    """Who stands behind what is told of persons.

    Attributes
    ----------
    thinnest : Support
        Fewest contributors and largest shares of the treated in a year.
    persons : tuple of int
        Of each site, in any year; their exact number never leaves.
    profile : Profile
        By whose rules that was judged, and is told.
    """

    thinnest: Support
    persons: tuple[int, ...]
    profile: Profile

    @property
    def told(self) -> dict[str, int | None]:
        """How many persons and practices stand behind it at least, as it may be shown.

        Practices are counted as they are: everybody may know how many a region has.
        """
        found = self.thinnest
        practices = None if found.providers is None else found.providers.distinct
        return {"persons": rounded(found.persons.distinct, self.profile), "providers": practices}


def behind(cohort: Cohort, weights: Floats, gate: Gate) -> Behind:
    """Who stands behind the path of the treated.

    Parameters
    ----------
    cohort : Cohort
    weights : array, shape (n_persons,)
        What each counts for, times exposure.
    gate : Gate
    """
    used = (weights > 0) & (cohort.exposure > 0).any(axis=0)
    here = np.flatnonzero(used & cohort.treated)
    sites = np.unique(cohort.regions[cohort.treated])
    each = tuple(int((used & (cohort.regions == site)).sum()) for site in sites)
    return Behind(thinnest(supports(cohort, weights, here, gate)), each, gate.profile)


def refused(cohort: Cohort, weights: Floats, gate: Gate) -> tuple[Refusal, ...]:
    """Find what keeps the path of the treated, or that of all persons compared, from leaving."""
    here, elsewhere = (np.flatnonzero((weights > 0) & side) for side in (cohort.treated, ~cohort.treated))
    freedom = len(elsewhere) - 1 - cohort.covariates.shape[1]  # what a regression on the covariates leaves
    cells = [*supports(cohort, weights, here, gate)]
    cells += [replace(c, freedom=freedom) for c in supports(cohort, weights, elsewhere, gate.elsewhere)]
    return tuple(dict.fromkeys(refusal for cell in cells for refusal in judge(cell, gate.profile)))


def refused_trait(values: Floats, treated: Bools, used: Bools, profile: Profile) -> tuple[Refusal, ...]:
    """Find what keeps the share of the treated, or of the compared, who have a trait from leaving.

    That nobody has it, or everybody, tells nothing where it is so on both sides: the rule that selects them
    says so.

    Parameters
    ----------
    values : array, shape (n_persons,)
        A covariate; one that is no trait of two values breaks nothing.
    treated, used : array of bool, shape (n_persons,)
        Who is treated; who is left after weighing.
    profile : Profile
    """
    either = np.unique(values)
    if len(either) > 2 or not set(either.tolist()) <= {0.0, 1.0}:
        return ()
    sides = [values[side] for side in (treated & used, ~treated)]
    counts = np.array([[int(side.sum()), len(side) - int(side.sum())] for side in sides])
    alike = np.broadcast_to((counts == 0).any(axis=1).all() & (len(either) == 1), counts.shape)
    codes = withheld_cells(counts, profile, structural=alike)[
        :, :1
    ]  # who has it not is no group that is told
    limits = {Code.FEW_PERSONS: float(profile.least), Code.GROUP: profile.group}
    return tuple(dict.fromkeys(Refusal(code, limits.get(code, 0.0)) for code in codes.ravel() if code))


def refuse_what_may_not_leave(case: CohortCase) -> None:
    """Refuse an answer from persons that breaks a rule of the study's gate.

    Raises
    ------
    Withheld
    """
    if found := refused(case.cohort, case.matched.weights, case.circumstances.gate):
        raise Withheld(found)


def shown_regions(cohort: Cohort, gate: Gate) -> tuple[Bools, tuple[Refusal, ...]]:
    """Say of which regions the path may leave, everybody counting once.

    Returns
    -------
    shown : array of bool, shape (n_regions,)
        A region without anybody is not shown.
    of_sites : tuple of Refusal
        What keeps the path of a site from leaving; empty where all may leave.
    """
    everybody = np.ones(len(cohort.treated))
    order = np.argsort(cohort.regions, kind="stable")
    ends = np.searchsorted(cohort.regions[order], np.arange(len(cohort.region_names) + 1))
    shown = np.zeros(len(cohort.region_names), dtype=bool)
    refusals: list[Refusal] = []
    for region, (first, last) in enumerate(pairwise(ends)):
        who = order[first:last]
        site = bool(len(who)) and bool(cohort.treated[who[0]])
        cells = supports(cohort, everybody, who, gate if site else gate.elsewhere)
        found = [refusal for each in cells for refusal in judge(each, gate.profile)]
        shown[region] = not found
        refusals += found if site else []
    return shown, tuple(dict.fromkeys(refusals))


def supports(cohort: Cohort, weights: Floats, who: Positions, gate: Gate) -> Iterator[Support]:
    """Who stands behind the mean of some persons, year by year.

    Parameters
    ----------
    cohort : Cohort
    weights : array, shape (n_persons,)
    who : array of int, shape (n_chosen,)
        Positions of the persons.
    gate : Gate
        Says which organisations are looked at.
    """
    holds, count = holding(cohort), weights[who]
    known = {Organisation.PROVIDER: cohort.practices, Organisation.INSURER: cohort.insurers}
    whose = {
        kind: np.unique(of[who], return_inverse=True)[1]
        for kind, of in known.items()
        if of is not None and gate.looks_at(kind)
    }
    for t in range(len(cohort.years)):
        here = cohort.exposure[t, who] > 0
        years, amounts = (count * figures[t, who] for figures in (cohort.exposure, cohort.amounts))
        told = (amounts, years) if holds is None else (years,)
        of = {kind: _divided(each[here], [total[here] for total in told]) for kind, each in whose.items()}
        yield Support(
            persons=Contribution(int(here.sum()), () if holds is not None else largest_of(amounts[here])),
            providers=of.get(Organisation.PROVIDER),
            insurers=of.get(Organisation.INSURER),
            events=None if holds is None else int(holds[t, who].sum()),
            structural=holds is not None and _by_the_rule(holds[t], cohort.exposure[t] > 0, cohort.before[t]),
        )


def _by_the_rule(holds: Bools, here: Bools, before: bool) -> bool:
    """Whether it holds for nobody anywhere, or for everybody in a year that chose them (to be alive).

    That everybody has it in a later year is something found, which the rule that chose them does not say.
    """
    return not holds.any() or bool(before and holds[here].all())


def holding(cohort: Cohort) -> Bools | None:
    """Of whom something holds in a year, where the outcome says of how many it does; shape as the outcome.

    Such an outcome has one value beside zero: of a person (1), or times the exposure (a death in a part of a
    year).
    """
    here = cohort.exposure > 0
    for figures in (cohort.outcome, cohort.amounts):
        some = figures[here]
        some = some[some != 0]
        if not len(some) or (some == some[0]).all():
            return np.asarray(here & (figures != 0))
    return None


def thinnest(found: Iterable[Support]) -> Support:
    """The fewest contributors and the largest shares of several cells."""
    return reduce(_thinner, found)


def _thinner(one: Support, other: Support) -> Support:
    def worse(a: Contribution | None, b: Contribution | None) -> Contribution | None:
        return a.or_worse(b) if a is not None and b is not None else a or b

    return Support(
        persons=one.persons.or_worse(other.persons),
        providers=worse(one.providers, other.providers),
        insurers=worse(one.insurers, other.insurers),
    )


def _divided(of: Positions, totals: Iterable[Floats]) -> Contribution:
    """How totals are divided among organisations, whichever of them is the more uneven."""
    number = int(of.max()) + 1 if len(of) else 0
    present = np.bincount(of, minlength=number) > 0
    found = [shares_of(np.bincount(of, each, minlength=number)[present].astype(float)) for each in totals]
    return reduce(Contribution.or_worse, found)
