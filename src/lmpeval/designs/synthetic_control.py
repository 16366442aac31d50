"""Synthetic control: a weighted mean of donors that moves with the treated before the start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from lmpeval.assumptions import COMMON, DONOR_FIT
from lmpeval.design import Assumption, Inference
from lmpeval.donors import Donors, Levels, at_once, mixed, wrong_with
from lmpeval.estimate import Comparison
from lmpeval.inference import PlaceboGroups
from lmpeval.panel import Panel


@dataclass(frozen=True)
class SyntheticControl:
    """Observed minus synthetic outcome of the treated, levels apart (Doudchenko and Imbens 2016).

    Unless `levels` are together, every unit is taken relative to its own mean before the start (Ferman and
    Pinto 2021); weights are not negative and sum to one (Abadie, Diamond and Hainmueller 2010). With a few
    hundred donors and a handful of years many weightings fit equally well, so noise is priced in: the weights
    minimise the squared misfit a year plus the variance that the donors' own noise gives the mixture, which
    is small for large donors and for many of them. That makes the weights unique and free of the donors'
    order.

    Parameters
    ----------
    ridge : float
        Price of noise; 1 takes it at its measured value. With fewer donors than years, next to nothing (1e-6)
        gives the classical weights.
    levels : str
        "apart" compares changes: the mixture is lifted to the level of the treated. "together" compares
        figures as they stand, as the classical synthetic control does: a site above or below all donors has
        no mixture then, and what it differs by is taken for effect.

    References
    ----------
    Abadie, Diamond and Hainmueller (2010), Synthetic control methods for comparative case studies, Journal of
    the American Statistical Association 105; Doudchenko and Imbens (2016), NBER working paper 22791; Ferman
    and Pinto (2021), Synthetic controls with imperfect pretreatment fit, Quantitative Economics 12.
    """

    ridge: float = 1.0
    levels: Levels = "apart"
    inference: Inference = PlaceboGroups()
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, DONOR_FIT)

    def __post_init__(self) -> None:
        """Refuse free noise, with which the weights would not be unique, and unknown levels."""
        if wrong := wrong_with(self.ridge, self.levels):
            raise ValueError("; ".join(wrong))

    def compare(self, panel: Panel) -> Comparison:
        """Mixture of donors; with levels apart, lifted to the mean of the treated before the start."""
        return self.compare_many([panel])[0]

    def compare_many(self, panels: Sequence[Panel]) -> list[Comparison]:
        """Compare in many panels: at once where they differ in roles alone, else one by one."""
        return at_once(panels, self._together)

    def _together(self, panels: Sequence[Panel]) -> list[Comparison]:
        donors = Donors.of(panels, self.levels)
        weights = donors.mixed(self.ridge**2 * donors.noise)
        return [
            Comparison(mixed(panel, row[panel.compared], self.levels), row[panel.compared])
            for panel, row in zip(panels, weights, strict=True)
        ]
