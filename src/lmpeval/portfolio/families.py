"""Estimates of one aim corrected for their number: which still stand out, and how many would by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lmpeval.panel import Floats
from lmpeval.portfolio.members import Member, by_people
from lmpeval.portfolio.multiplicity import TOLERANCE, ByChance, by_chance, holm, step_down
from lmpeval.study import Aim, Level

DRAWS = 9999
ALPHA = 0.05
HOLM, STEP_DOWN = "Holm", "Romano-Wolf step-down"


@dataclass(frozen=True, eq=False)
class FamilyOfTests:
    """The estimates of one aim.

    Attributes
    ----------
    aim : Aim
    members : tuple of Member
        Those with a number that may be quoted, with an interval that has both ends.
    chance : ByChance
        What would stand out if nothing had changed anywhere.
    adjusted : array, shape (n_members,)
        P-values corrected for the number of members.
    method : str
    """

    aim: Aim
    members: tuple[Member, ...]
    chance: ByChance
    adjusted: Floats
    method: str

    @property
    def stand_out(self) -> int:
        """Members whose own interval leaves zero out."""
        return sum(each.stands_out for each in self.members)

    @property
    def still(self) -> tuple[bool, ...]:
        """Whether each still stands out after the correction."""
        return tuple(
            each.stands_out and bool(p <= ALPHA) for each, p in zip(self.members, self.adjusted, strict=True)
        )


def family_of(aim: Aim, members: Sequence[Member], rng: np.random.Generator) -> FamilyOfTests:
    """Correct the estimates of one aim together.

    By Romano and Wolf's step-down where every estimate has stand-ins. Estimates of one study, and of
    studies of the same region, are drawn together, by the same stand-in, so that what they share counts
    once; regions are drawn apart, for they are other places. Each site is one of its own stand-ins, as in
    the test of one estimate. By Holm otherwise.
    """
    tested = tuple(each for each in members if each.outcome.aim is aim and _bounded(each))
    chance = by_chance(len(tested))
    if not tested:
        return FamilyOfTests(aim, (), chance, np.empty(0), HOLM)
    if all(_placebos(each).size for each in tested):
        # draws have an error of their own: a correction never makes a rank smaller
        alone = np.array([_rank(each) for each in tested])
        adjusted = np.maximum(step_down(*_together(tested, rng)), alone)
        return FamilyOfTests(aim, tested, chance, adjusted, STEP_DOWN)
    p = np.array([_p(each) for each in tested])
    return FamilyOfTests(aim, tested, chance, holm(p), HOLM)


def _bounded(member: Member) -> bool:
    found = member.answered
    return found is not None and bool(np.isfinite(found.estimate.uncertainty.interval).all())


def _p(member: Member) -> float:
    assert member.answered is not None
    return member.answered.estimate.uncertainty.p


def _placebos(member: Member) -> Floats:
    """Mean effects of the stand-ins over the counted years, shape (n_stand_ins,); empty where unnamed."""
    assert member.answered is not None
    found = member.answered.estimate
    if not found.uncertainty.placebo_labels:
        return np.empty(0)
    return np.asarray(found.uncertainty.placebo[:, found.counted].mean(axis=1))


def _pool(member: Member) -> Floats:
    """Sizes of the mean effects of the stand-ins and, last, of the site, shape (n_stand_ins + 1,)."""
    assert member.answered is not None
    return np.asarray(np.abs(np.append(_placebos(member), member.answered.estimate.effect)))


def _rank(member: Member) -> float:
    """Share of the stand-ins and the site whose effect is as large as the site's."""
    pool = _pool(member)
    return float(np.mean(pool >= pool[-1] * (1 - TOLERANCE)))


def _together(tested: Sequence[Member], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Studentised sizes, shape (n_tested,), and the same where nothing happened, (DRAWS, n_tested)."""
    sizes, draws = np.empty(len(tested)), np.empty((DRAWS, len(tested)))
    for columns in _drawn_together(tested):
        for shared in _sharing([tested[i] for i in columns]):
            drawn: Floats | None = None
            for j in shared:
                member, column = tested[columns[j]], columns[j]
                pool = _pool(member)
                pool /= np.sqrt(np.mean(pool**2))
                drawn = rng.random(DRAWS) if drawn is None else drawn
                sizes[column] = pool[-1]
                draws[:, column] = pool[(drawn * len(pool)).astype(np.intp)]
    return sizes, draws


def _drawn_together(tested: Sequence[Member]) -> list[list[int]]:
    """Positions of those about the same people, or of one study's at one level."""
    found: dict[tuple[int, str, str], list[int]] = {}
    for number, same in enumerate(by_people(tested)):
        for i in same:
            cell = tested[i].finding.cell
            apart = (-1, cell.study) if cell.level is Level.INTERVENTION else (number, "")
            found.setdefault((*apart, cell.level), []).append(i)
    return list(found.values())


def _sharing(members: Sequence[Member]) -> list[list[int]]:
    """Positions of members of one study by the stand-ins that they have in common."""
    found: dict[tuple[str, ...], list[int]] = {}
    for i, each in enumerate(members):
        assert each.answered is not None
        found.setdefault(each.answered.estimate.uncertainty.placebo_labels, []).append(i)
    return list(found.values())
