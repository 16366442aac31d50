"""Cells of a study that are answered from persons: their data, and what stands beside them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from lmpeval.assembly.cohorts import PersonStudy, asked_of, cohort_study, person_column
from lmpeval.assembly.cost_breaks import break_notes, break_years
from lmpeval.assembly.person_panels import YearlyPersons
from lmpeval.cohort import Cohort
from lmpeval.comparators import Selection
from lmpeval.completeness import Completeness, shown_by_path
from lmpeval.disclosure import Withheld
from lmpeval.disclosure.differences import Persons
from lmpeval.effect_scale import NO_LOGARITHM, EffectScale
from lmpeval.engine.answering import NoPanel
from lmpeval.engine.twins import Beside, Panels, twins_of
from lmpeval.errors import CannotEstimate
from lmpeval.finding import NotEstimable, Twin
from lmpeval.inference import NoReference
from lmpeval.panel import Years
from lmpeval.persons.design import AnyDesign, CohortDesign
from lmpeval.persons.support import Behind
from lmpeval.sources.persons.delivered import PersonDelivery
from lmpeval.sources.persons.national import TRUNCATED, national_means
from lmpeval.study import Aim, DesignChoice, Follow, Level, Outcome, Over, Study
from lmpeval.verdict import State


def over_persons(choice: DesignChoice, design: AnyDesign, study: Study) -> bool:
    """Whose figures a design gets: as the study says, else units where they were delivered."""
    if study.data.persons is None:
        return False
    return isinstance(design, CohortDesign) or choice.over is Over.PERSONS or not study.data.reads_units


def level_of(study: Study, *, persons: bool) -> Level:
    """Whose outcome it is: where units were delivered too, persons are those whom it is for."""
    return Level.INTERVENTION if persons and study.data.reads_units else study.population.level


def persons_of(study: Study, delivery: PersonDelivery, selection: Selection) -> PersonStudy | YearlyPersons:
    """The persons of a study, followed as it says.

    Raises
    ------
    UserError
        What the database cannot do.
    """
    if study.population.follow in (Follow.FIXED_COHORT, Follow.WHEREVER):
        return cohort_study(study, delivery, selection)
    return YearlyPersons(study, delivery, selection, asked_of(study, selection))


@dataclass(frozen=True, eq=False)
class CellData:
    """What an outcome's cells are answered from.

    Attributes
    ----------
    found : tuple of Panel, Cohort or NoPanel
    notes : tuple of str
    breaks : tuple of int
        Years in which something else changed.
    whole : Completeness or None
    twins : tuple of Beside
    behind : Behind or None
        Who stands behind panels; of a cohort each design says it.
    """

    found: Panels | Cohort | NoPanel
    notes: tuple[str, ...] = ()
    breaks: tuple[int, ...] = ()
    whole: Completeness | None = None
    twins: tuple[Beside, ...] = ()
    behind: Behind | None = None


@dataclass(frozen=True, eq=False)
class OfPersons:
    """The data of an outcome's cells, laid out once for all designs that read them alike."""

    persons: PersonStudy | YearlyPersons
    brief: bool = False
    """Whether nothing stands beside an answer."""
    kept: dict[tuple[str, bool], CellData] = field(default_factory=dict)

    @property
    def of_sites(self) -> Persons | None:
        """Numbers of the persons of the sites; None where who is counted changes from year to year."""
        if not isinstance(self.persons, PersonStudy):
            return None
        members = self.persons.followed.members
        return members.numbers[members.treated]

    def data(self, outcome: Outcome, *, weighed: bool) -> CellData:
        """The cohort for designs that weigh persons, means by region for the others; or why not."""
        key = (outcome.name, weighed)
        if key not in self.kept:
            self.kept[key] = self._laid_out(outcome, weighed=weighed)
        return self.kept[key]

    def behind(self, outcome: Outcome, design: AnyDesign) -> Behind | None:
        """Who stands behind the panels of a cell; None for a design that weighs persons, and says it."""
        return self.data(outcome, weighed=isinstance(design, CohortDesign)).behind

    def _laid_out(self, outcome: Outcome, *, weighed: bool) -> CellData:
        try:
            found, stands, notes = self._read(outcome, weighed=weighed)
        except Withheld as reason:
            return CellData(NoPanel(State.WITHHELD, str(reason), reason.refusals))
        except CannotEstimate as reason:
            return CellData(NoPanel(State.NO_DATA, str(reason)))
        except NoReference as reason:
            return CellData(NoPanel(State.NOT_CREDIBLE, str(reason)))
        years = found.years if isinstance(found, Cohort) else found[0].years
        window = self.persons.study.window
        breaks = break_years(outcome, window, years)
        notes = (*notes, *break_notes(outcome, window, years))
        whole = self._whole(outcome, years, breaks)
        twins = () if self.brief else self._twins(outcome, found)
        return CellData(found, notes, breaks, whole, twins, stands)

    def _read(
        self, outcome: Outcome, *, weighed: bool
    ) -> tuple[Panels | Cohort, Behind | None, tuple[str, ...]]:
        if not weighed:
            panel, stands, notes = self.persons.panel(outcome)
            if not panel.can_lie_on(outcome.scale):
                raise CannotEstimate(f"{outcome.name} is compared by ratios: {NO_LOGARITHM}")
            return (panel.on_scale(outcome.scale),), stands, notes
        if outcome.scale is EffectScale.RATIO:
            raise CannotEstimate(f"{outcome.name} is compared by ratios, and that of a person may be zero")
        cohort, notes = self.persons.cohort(outcome)
        return cohort, None, notes

    def _twins(self, outcome: Outcome, found: Panels | Cohort) -> tuple[Beside, ...]:
        cut = self._cut(outcome)
        if not isinstance(found, Cohort):
            return twins_of(cut or outcome, found, self._beside)
        if cut is None:
            return ()
        try:
            other, _ = self.persons.cohort(replace(cut, column=cut.truncated))
        except Withheld as reason:
            return (Beside(Twin.TRUNCATED, NotEstimable(str(reason), reason.refusals)),)
        return (Beside(Twin.TRUNCATED, other),)

    def _cut(self, outcome: Outcome) -> Outcome | None:
        """The outcome with the name that persons' cut costs have; None where the study asks for none."""
        column = person_column(outcome, self.persons.delivery)
        return (
            replace(outcome, column=column, truncated=f"{column}{TRUNCATED}") if outcome.truncated else None
        )

    def _beside(self, other: Outcome) -> Panels | NotEstimable:
        try:
            found, _, _ = self._read(other, weighed=False)
        except (CannotEstimate, NoReference) as reason:
            return NotEstimable(str(reason))
        assert not isinstance(found, Cohort)
        return found

    def _whole(self, outcome: Outcome, years: Years, breaks: tuple[int, ...]) -> Completeness | None:
        """What the last year misses of its claims, by the path of the country's mean."""
        column = person_column(outcome, self.persons.delivery)
        if outcome.aim is not Aim.COST or column is None:
            return None
        means = national_means(self.persons.delivery, column, years.tolist())
        path = np.array([means[int(year)] for year in years])
        return shown_by_path(path, years, breaks) if (path > 0).all() else None
