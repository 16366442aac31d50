"""Studies side by side: families of tests, effects seen together, and kinds of change on the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lmpeval.engine.running import StudyResult
from lmpeval.panel import Floats
from lmpeval.portfolio.comparison_file import ComparisonFile
from lmpeval.portfolio.families import FamilyOfTests, family_of
from lmpeval.portfolio.members import Measure, Member, by_people, in_families, members_of, numbers
from lmpeval.portfolio.meta_analysis import Pooled, pool
from lmpeval.portfolio.shrinkage import Shrunk, shrink
from lmpeval.portfolio.spread import FEWEST
from lmpeval.study import Aim, Better, Theme


@dataclass(frozen=True, eq=False)
class SameMeasure:
    """Estimates that may stand in one column.

    Attributes
    ----------
    measure : Measure
    members : tuple of Member
        By theme, then by name.
    shrunk : Shrunk or None
        Gains (above zero is better) seen together, in the order of the members; None with fewer than three.
    by_theme : tuple of (Theme, Pooled)
        Gains of each kind of change that members in two or more regions are of.
    """

    measure: Measure
    members: tuple[Member, ...]
    shrunk: Shrunk | None
    by_theme: tuple[tuple[Theme, Pooled], ...]

    @property
    def sign(self) -> float:
        """What a gain is multiplied by to become a difference as measured."""
        return -1.0 if self.measure.better is Better.LOWER else 1.0


@dataclass(frozen=True, eq=False)
class SideBySide:
    """What a comparison holds.

    Attributes
    ----------
    file : ComparisonFile
    results : tuple of StudyResult
        By theme, then by name: never by estimate.
    variants : tuple of (str or None)
        In what way each site developed.
    members : tuple of Member
        Every outcome of every study at each level.
    families : tuple of FamilyOfTests
        One an aim.
    measures : tuple of SameMeasure
        Of the members that are in families.
    """

    file: ComparisonFile
    results: tuple[StudyResult, ...]
    variants: tuple[str | None, ...]
    members: tuple[Member, ...]
    families: tuple[FamilyOfTests, ...]
    measures: tuple[SameMeasure, ...]

    def of(self, result: StudyResult) -> tuple[Member, ...]:
        """Members of one study."""
        return tuple(each for each in self.members if each.result is result)

    @property
    def crowded(self) -> frozenset[str]:
        """Sites with more than one intervention: their name alone does not say which is meant."""
        named = [each.study.intervention.site for each in self.results]
        named += [each.site for each in self.file.portfolio.unstudied]
        return frozenset(site for site, times in Counter(named).items() if times > 1)

    def sharing_people(self, aim: Aim) -> tuple[tuple[Member, ...], ...]:
        """Headlines of an aim that count the same people, so that no number tells which of them did it.

        They count as much where each follows other years: what was there before goes on.
        """
        asked = [m for m in self.members if m.outcome.aim is aim and m.outcome.primary and m.stated]
        return tuple(tuple(asked[i] for i in same) for same in by_people(asked) if len(same) > 1)

    def adjusted(self, member: Member) -> tuple[float, bool] | None:
        """The corrected p-value of a member and whether it still stands out; None where it is not tested."""
        for family in self.families:
            if member in family.members:
                at = family.members.index(member)
                return float(family.adjusted[at]), family.still[at]
        return None

    def together(self, member: Member) -> tuple[SameMeasure, int] | None:
        """The estimates that a member stands among, and its place there."""
        for each in self.measures:
            if member in each.members:
                return each, each.members.index(member)
        return None


def side_by_side(file: ComparisonFile, results: Sequence[StudyResult]) -> SideBySide:
    """Hold the results of all studies of a comparison, in the order of its file, against each other."""
    rng = np.random.default_rng(file.portfolio.seed)
    named = {id(result): each.variant for each, result in zip(file.portfolio.studies, results, strict=True)}
    ordered = tuple(sorted(results, key=_place))
    members = tuple(member for result in ordered for member in members_of(result))
    tested = in_families(members, file.portfolio.families)
    return SideBySide(
        file=file,
        results=ordered,
        variants=tuple(named[id(result)] for result in ordered),
        members=members,
        families=tuple(family_of(aim, tested, rng) for aim in Aim),
        measures=_measures(tested, rng),
    )


def _place(result: StudyResult) -> tuple[int, str, str]:
    """By theme, then by name."""
    done = result.study.intervention
    return list(Theme).index(done.theme), done.site.casefold(), done.name.casefold()


def _measures(tested: Sequence[Member], rng: np.random.Generator) -> tuple[SameMeasure, ...]:
    alike: dict[Measure, list[Member]] = {}
    for each in tested:
        measure, answered = each.measure, each.answered
        if measure is not None and answered is not None and answered.estimate.uncertainty.standard_error > 0:
            alike.setdefault(measure, []).append(each)
    return tuple(_seen_together(measure, members, rng) for measure, members in alike.items())


def _seen_together(measure: Measure, members: Sequence[Member], rng: np.random.Generator) -> SameMeasure:
    gain, error, margin = numbers(members)
    pooled = tuple((theme, pool(*found)) for theme in Theme if len((found := _apart(members, theme))[0]) > 1)
    shrunk = shrink(gain, error, margin, rng) if len(members) >= FEWEST else None
    return SameMeasure(measure, tuple(members), shrunk, pooled)


def _apart(members: Sequence[Member], theme: Theme) -> tuple[Floats, Floats]:
    """Gains and errors of one kind of change, one for each set of people; shapes (n_sets,).

    Interventions in the same region have the same outcome of everybody: they are averaged, and their errors
    too, as if these were one and the same.
    """
    alike = [each for each in members if each.result.study.intervention.theme is theme]
    gain, error, _ = numbers(alike)
    sets = by_people(alike)
    return (
        np.array([gain[same].mean() for same in sets]),
        np.array([error[same].mean() for same in sets]),
    )
