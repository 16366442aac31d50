"""The parts of a study in the evaluator's words: intervention, population, comparator, outcomes, window."""

from __future__ import annotations

from dataclasses import field
from datetime import date
from enum import StrEnum
from math import inf
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.dataclasses import dataclass

CLOSED = ConfigDict(extra="forbid", use_attribute_docstrings=True)  # a misspelt key is an error

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Year = Annotated[int, Field(ge=1900, le=2100, strict=True)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Aim(StrEnum):
    """The Triple Aim (Berwick, Nolan and Whittington 2008)."""

    HEALTH = "health"
    EXPERIENCE = "experience"
    COST = "cost"


class Theme(StrEnum):
    """What kind of change the intervention is."""

    SUBSTITUTION = "substitution"
    INTEGRATION = "integration"
    PREVENTION = "prevention"
    OTHER = "other"


class Status(StrEnum):
    """Where the intervention stands in its life."""

    PLANNED = "planned"
    RUNNING = "running"
    ABSORBED = "absorbed"
    STOPPED = "stopped"
    NEVER_DELIVERED = "never delivered"


class Level(StrEnum):
    """Whose outcome it is: everybody's in the region, or the people's that the intervention is for."""

    POPULATION = "population"
    INTERVENTION = "intervention"


class Delineation(StrEnum):
    """How the population is drawn."""

    MUNICIPALITIES = "municipalities"
    GP_CATCHMENT = "gp catchment"
    INSURED = "insured"


class Better(StrEnum):
    """Which way an outcome should go."""

    LOWER = "lower"
    HIGHER = "higher"


class Provenance(StrEnum):
    """Where an outcome's figures come from."""

    REGISTERED = "registered"
    SURVEYED = "surveyed"
    MODELLED = "modelled"
    SIMULATED = "simulated"


class Neighbours(StrEnum):
    """What happens to comparison units in the site's own neighbourhood."""

    LEAVE_OUT = "leave out"
    KEEP = "keep"


class LaterStarts(StrEnum):
    """What happens to sites that start later while an earlier start is judged."""

    SET_ASIDE = "set aside"
    UNTIL_THEY_START = "compare until they start"


class YearsSinceStart(StrEnum):
    """Over which years since the start several starts are put together."""

    SHARED = "shared"
    ALL = "all"


class Boundaries(StrEnum):
    """On which municipal map the units lie."""

    AS_PUBLISHED = "as published"
    STABLE = "stable"


class Assigned(StrEnum):
    """What was assigned to the intervention as a whole, and is one treated group."""

    SITE = "site"
    MEMBER = "member"


class InferenceChoice(StrEnum):
    """How uncertainty is judged."""

    PLACEBO_GROUPS = "placebo groups"
    MULTIPLIER_BOOTSTRAP = "multiplier bootstrap"
    CLUSTER_ROBUST = "cluster robust"


@dataclass(frozen=True, config=CLOSED)
class Site:
    """One of several places that started by themselves."""

    site: Text
    members: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Those members of the population that are in this site."""
    start: Year
    """First calendar year in which people were reached here."""


@dataclass(frozen=True, config=CLOSED)
class Intervention:
    """What was done, where, and from when."""

    name: Text
    site: Text
    theme: Theme
    status: Status
    start: Year
    """First calendar year in which people were reached, be it for a part of the year."""
    sites: tuple[Site, ...] = ()
    """The sites, each with its own start, where there are several; one that holds all members if empty."""
    assigned: Assigned = Assigned.SITE
    """Whether a whole site took up the intervention, or every member by itself (states that passed a law)."""
    announced: date | None = None
    """When those concerned could know that it would come: behaviour may change from then on."""
    ended: Year | None = None
    """Last year of delivery; with status absorbed, the year in which it became regular care."""
    reach: dict[Year, Annotated[int, Field(ge=0, strict=True)]] = field(default_factory=dict)
    """Persons reached per year, from the register."""
    programme_cost: dict[Year, NotNegative] = field(default_factory=dict)
    """Euro spent on the programme per year, where known."""


@dataclass(frozen=True, config=CLOSED)
class Population:
    """Who: the people whose outcomes count as treated."""

    level: Level
    delineation: Delineation
    members: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Municipalities, practices or insurers, as the delivered data names them."""
    subpopulation: Text | None = None
    """A rule on columns of the person-level contract; none for everybody."""


@dataclass(frozen=True, config=CLOSED)
class Exclusion:
    """Units that may not serve as comparison, and why."""

    reason: Text
    units: tuple[Text, ...] = ()
    groups: tuple[Text, ...] = ()
    """Whole neighbourhoods, by the name of their group."""
    areas: tuple[Text, ...] = ()
    """Whole areas (provinces)."""


@dataclass(frozen=True, config=CLOSED)
class Comparator:
    """With whom: the pool, who is left out of it and why, and what makes two units alike."""

    register: Text
    """Register of other initiatives (contract initiative_register): a file beside the study file, or
    `none known` where the evaluator has looked and found none."""
    match_on: tuple[Name, ...]
    """Baseline covariates, as columns of the delivered data; an empty list for none."""
    matches: Annotated[int, Field(ge=1, le=200, strict=True)] = 10
    """Comparison units kept for each treated unit."""
    pool: Literal["all"] | Annotated[tuple[Text, ...], Field(min_length=1)] = "all"
    """Comparison units to choose from; all that were delivered, or a list."""
    exclude: tuple[Exclusion, ...] = ()
    neighbours: Neighbours = Neighbours.LEAVE_OUT
    later_starts: LaterStarts = LaterStarts.SET_ASIDE
    """Sites that start later: compared with nobody, or compared with until their own start."""


@dataclass(frozen=True, config=CLOSED)
class Price:
    """In whose euros: amounts are brought to the level of one year."""

    year: Year
    index: Literal["national", "none"] | dict[Year, Positive]
    """`national` follows the outcome's own national mean; `none` leaves nominal euros; or a series."""
    source: Text | None = None
    """Where a series comes from; it must be said for one."""


@dataclass(frozen=True, config=CLOSED)
class PlausibleEffect:
    """What an effect could be at all, in the outcome's unit: a fall is below zero."""

    low: Finite
    high: Finite
    source: Text
    """Where that comes from: a review, a trial, the people who run the programme."""


@dataclass(frozen=True, config=CLOSED)
class Outcome:
    """One indicator of one aim."""

    name: Name
    aim: Aim
    unit: Text
    better: Better
    exposure: Name
    """Column that counts what the outcome is per: insured years, persons."""
    minimal_important_difference: Positive
    """Smallest difference that matters, in the outcome's unit; set before the run."""
    expected_lag: Annotated[int, Field(ge=0, le=30, strict=True)]
    """Years after the start before an effect may be expected."""
    provenance: Provenance
    label: Text | None = None
    """What readers are shown, fit to stand in the middle of a sentence; the name where left out."""
    column: Name | None = None
    """Column of the delivered data; the outcome's own name where left out."""
    price: Price | None = None
    truncated: Name | None = None
    """Column of the same cost with each person's cut at the national 99th percentile of the year."""
    primary: bool = False
    """The one outcome of its aim that carries the headline."""
    override: Text | None = None
    """Why a modelled outcome is nevertheless used."""
    negative_control: bool = False
    """Whether the intervention cannot move it: it answers nothing, and speaks in the ledger of the others."""
    plausible_effect: PlausibleEffect | None = None
    """What an effect could be at all: a study that can only see larger ones is told so before its answers."""

    @property
    def largest_plausible_improvement(self) -> float:
        """In the outcome's unit; infinite where the study states no range."""
        effect = self.plausible_effect
        if effect is None:
            return inf
        return -effect.low if self.better is Better.LOWER else effect.high

    @property
    def called(self) -> str:
        """What readers are shown."""
        return self.label or self.name.replace("_", " ")


@dataclass(frozen=True, config=CLOSED)
class DatedReason:
    """A year that needs a word of explanation."""

    year: Year
    reason: Text


@dataclass(frozen=True, config=CLOSED)
class Window:
    """When: first and last year, years left out, and known breaks within."""

    first: Year
    last: Year
    exclude: tuple[DatedReason, ...] = ()
    """Years that are not used at all."""
    breaks: tuple[DatedReason, ...] = ()
    """Years in which something else changed (a law, a way of billing); the ledger looks at them."""
    years_since_start: YearsSinceStart = YearsSinceStart.SHARED
    """With several starts: those that all starts have, or all, each over the starts that have it."""


@dataclass(frozen=True, config=CLOSED)
class DesignChoice:
    """How: a design by the name of its module, with its settings."""

    use: Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_.]*$")]
    settings: dict[str, Any] = field(default_factory=dict)
    inference: InferenceChoice | None = None
    """How uncertainty is judged; by the number of treated groups where left out."""
    primary: bool = False


@dataclass(frozen=True, config=CLOSED)
class Data:
    """Which deliveries hold the figures; paths are relative to the folder given with `--data`."""

    panel: Text | None = None
    """A tidy panel (contract region_panel): CSV, Parquet or DuckDB file."""
    table: Name | None = None
    """Table of a DuckDB file: the panel, or a survey that stands alone."""
    vektis: Text | None = None
    """Folder of the yearly Vektis files."""
    municipalities: Text | None = None
    """Crosswalk of municipalities to their neighbourhoods (contract municipality_crosswalk)."""
    key_figures: Text | None = None
    """Regional key figures of Statistics Netherlands (land area)."""
    deaths: Text | None = None
    """Deaths per municipality and year (contract deaths_municipality)."""
    boundaries: Boundaries = Boundaries.AS_PUBLISHED
    survey: Text | None = None
    """Answers in waves (contract survey_waves or health_survey): a file, or a folder of Parquet files; beside
    the panel or the Vektis files, or alone."""
