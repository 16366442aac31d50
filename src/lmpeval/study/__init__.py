"""A study: one intervention, its question, and the designs that answer it.

A `Study` that exists is consistent: `contradictions` finds nothing in it, however it was made.
"""

from __future__ import annotations

from dataclasses import field
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from lmpeval.disclosure import Gate, Organisation
from lmpeval.study.causal_graph import EXPOSURE, OUTCOME, CausalGraph
from lmpeval.study.comparator import Comparator, Exclusion, LaterStarts, Neighbours
from lmpeval.study.consistency import contradictions
from lmpeval.study.contradiction import Contradiction
from lmpeval.study.data import Boundaries, Data
from lmpeval.study.design_choice import DesignChoice, InferenceChoice, Over
from lmpeval.study.disclosure import Disclosure, Rules
from lmpeval.study.intervention import NOT_STARTED, Assigned, Intervention, Site, Status, Theme
from lmpeval.study.outcome import Aim, Better, Outcome, PlausibleEffect, Price, Provenance
from lmpeval.study.population import ChosenBy, Delineation, Follow, Level, Population
from lmpeval.study.several_outcomes import CostEffectiveness, Substitution
from lmpeval.study.subgroups import Subgroups
from lmpeval.study.values import CLOSED, Name, Text
from lmpeval.study.window import DatedReason, Window, YearsSinceStart

__all__ = [
    "EXPOSURE",
    "NOT_STARTED",
    "OUTCOME",
    "Aim",
    "Assigned",
    "Better",
    "Boundaries",
    "CausalGraph",
    "ChosenBy",
    "Comparator",
    "Contradiction",
    "CostEffectiveness",
    "Data",
    "DatedReason",
    "Delineation",
    "DesignChoice",
    "Disclosure",
    "Exclusion",
    "Follow",
    "InferenceChoice",
    "Intervention",
    "LaterStarts",
    "Level",
    "Neighbours",
    "Outcome",
    "Over",
    "PlausibleEffect",
    "Population",
    "Price",
    "Provenance",
    "Rules",
    "Site",
    "Status",
    "Study",
    "Subgroups",
    "Substitution",
    "Theme",
    "Window",
    "YearsSinceStart",
    "contradictions",
]


NAMED = {Delineation.GP_CATCHMENT: Organisation.PROVIDER, Delineation.INSURED: Organisation.INSURER}
"""Whose people a study is about by name."""


@dataclass(frozen=True, config=CLOSED)
class Study:
    """One intervention, judged on the Triple Aim."""

    study: Name
    """Identifier: file names and runs carry it."""
    title: Text
    portfolio: Name
    """Studies that are read together; one MLflow experiment."""
    intervention: Intervention
    population: Population
    comparator: Comparator
    outcomes: Annotated[tuple[Outcome, ...], Field(min_length=1)]
    window: Window
    designs: Annotated[tuple[DesignChoice, ...], Field(min_length=1)]
    data: Data
    causal_graph: CausalGraph | None = None
    subgroups: tuple[Subgroups, ...] = ()
    """For whom: groups of persons whose effects are told beside that on all."""
    substitutions: tuple[Substitution, ...] = ()
    """Care that is to move from one outcome to another."""
    cost_effectiveness: tuple[CostEffectiveness, ...] = ()
    """Costs set against what is gained for them."""
    arguments: dict[Name, Text] = field(default_factory=dict)
    """Why an assumption that no data can test is nevertheless made, by the assumption's name."""
    disclosure: Disclosure = Disclosure()
    """What may leave of persons: whose rules, and where this study departs from them."""
    seed: Annotated[int, Field(ge=0, lt=2**63, strict=True)] = 20130401
    title_nl: Text | None = None
    """The title of Dutch pages; the title itself where left out."""

    def titled_in(self, language: str) -> str:
        """What readers of a language are shown."""
        return self.title_nl if language == "nl" and self.title_nl else self.title

    def __post_init__(self) -> None:
        """Refuse a study that contradicts itself."""
        found = contradictions(vars(self))
        if found:
            raise ValueError("; ".join(str(contradiction) for contradiction in found))

    @property
    def sites(self) -> tuple[Site, ...]:
        """Every place that was exposed, with its members and its start; one where the file lists none."""
        done = self.intervention
        return done.sites or (Site(site=done.site, members=self.population.units, start=done.start),)

    @property
    def gate(self) -> Gate:
        """What a number of persons must keep before it leaves."""
        named = NAMED.get(self.population.delineation)
        return Gate(self.disclosure.rules, named, agreed=self.disclosure.organisations_agreed)

    @property
    def treated_groups(self) -> int:
        """How many groups took up the intervention, each as a whole."""
        by_member = self.intervention.assigned is Assigned.MEMBER
        return len(self.population.units) if by_member else len(self.sites)
