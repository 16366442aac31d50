"""On what: an indicator of an aim, its price, and what is held for plausible."""

from __future__ import annotations

from enum import StrEnum
from math import inf
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from lmpeval.effect_scale import EffectScale
from lmpeval.study.values import CLOSED, Finite, Name, Positive, Text, Year


class Aim(StrEnum):
    """The Triple Aim (Berwick, Nolan and Whittington 2008)."""

    HEALTH = "health"
    EXPERIENCE = "experience"
    COST = "cost"


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


@dataclass(frozen=True, config=CLOSED)
class Price:
    """In whose euros: amounts are brought to the level of one year."""

    year: Year
    index: Literal["national", "none"] | dict[Year, Positive]
    """`national` follows the outcome's own national mean; `none` leaves nominal euros; or a series."""
    source: Text | None = None
    """Where a series comes from; it must be said for one."""
    column: Name | None = None
    """Whose national mean `national` follows; the outcome's own where left out."""


@dataclass(frozen=True, config=CLOSED)
class PlausibleEffect:
    """What an effect could be at all, in the outcome's unit or, by ratio, percent: a fall is below 0."""

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
    """Smallest difference that matters, in the outcome's unit or, by ratio, percent; set before the run."""
    expected_lag: Annotated[int, Field(ge=0, le=30, strict=True)]
    """Years after the start before an effect may be expected."""
    provenance: Provenance
    scale: EffectScale = EffectScale.DIFFERENCE
    """Whether effects are differences, in the outcome's unit, or ratios of positive means, in percent."""
    label: Text | None = None
    """What readers are shown, fit to stand in the middle of a sentence; the name where left out."""
    label_nl: Text | None = None
    """The label on Dutch pages, with its article: "de ziekenhuiskosten"; the label itself where left out."""
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
    parts: tuple[Name, ...] = ()
    """Outcomes of the study that this cost is the sum of, be it not all of them."""
    paid_by: Text | None = None
    """Who pays this cost: a law, an insurer, patients themselves."""
    harm: bool = False
    """Whether it would tell that care was withheld: waiting, avoidable admissions, deaths. Always shown."""
    plausible_effect: PlausibleEffect | None = None
    """What an effect could be at all: a study that can only see larger ones is told so before its answers."""

    @property
    def largest_plausible_improvement(self) -> float:
        """In the outcome's unit or in percent; infinite where the study states no range."""
        effect = self.plausible_effect
        if effect is None:
            return inf
        return -effect.low if self.better is Better.LOWER else effect.high

    @property
    def effect_unit(self) -> str:
        """Unit of effects, and of all that is held against them."""
        return "percent" if self.scale is EffectScale.RATIO else self.unit

    @property
    def called(self) -> str:
        """What readers are shown."""
        return self.label or self.name.replace("_", " ")

    def called_in(self, language: str) -> str:
        """What readers of a language are shown."""
        return self.label_nl if language == "nl" and self.label_nl else self.called
