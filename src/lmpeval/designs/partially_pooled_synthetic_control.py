"""Partially pooled synthetic control: a mixture for every site, and together they follow the sites' mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from lmpeval.assumptions import COMMON, DONOR_FIT
from lmpeval.design import Assumption, Inference
from lmpeval.donors.paths import Levels, at_once, mixed, wrong_with
from lmpeval.donors.pooled import PooledDonors
from lmpeval.estimate import Comparison
from lmpeval.inference import PlaceboGroups
from lmpeval.panel import Panel


@dataclass(frozen=True)
class PartiallyPooledSyntheticControl:
    """Synthetic control of several sites, between one mixture for each and one for their mean.

    Mixtures that follow each site leave misfits, which need not cancel in the mean over sites; a mixture for
    the mean alone may follow no site. The weights minimise ``pooling`` times the squared misfit of the mean
    plus ``1 - pooling`` times the mean squared misfit of the sites, sites counting by size (Ben-Michael,
    Feller and Rothstein 2022), plus the mean of what `synthetic_control` charges for noise. Sites of several
    starts are put together by years since their own start, over those that all have. With one site it is
    `synthetic_control`.

    Parameters
    ----------
    pooling : float or None
        0 gives every site the mixture that it would have by itself, 1 with one start the mixture of the
        sites' mean. None for what the sites' own mixtures tell: the misfit of their mean over their mean
        misfit, large where all miss alike.
    ridge, levels
        As in `synthetic_control`.

    References
    ----------
    Ben-Michael, Feller and Rothstein (2022), Synthetic controls with staggered adoption, Journal of the Royal
    Statistical Society B 84.
    """

    pooling: float | None = None
    ridge: float = 1.0
    levels: Levels = "apart"
    inference: Inference = PlaceboGroups()
    formula: ClassVar[str] = "Ŷ(t) = Σ aᵢ [Σ wᵢⱼ Yⱼ(t) + h (Ȳᵢ - Σ wᵢⱼ Ȳⱼ)]"
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, DONOR_FIT)

    def __post_init__(self) -> None:
        """Refuse free noise, unknown levels, and a share that is none."""
        wrong = wrong_with(self.ridge, self.levels)
        if self.pooling is not None and not 0 <= self.pooling <= 1:
            wrong.append(f"pooling is {self.pooling:g}, expected 0 to 1")
        if wrong:
            raise ValueError("; ".join(wrong))

    def compare(self, panel: Panel) -> Comparison:
        """The mean of the sites' mixtures; with levels apart, lifted to the treated before the start."""
        return self.compare_many([panel])[0]

    def compare_many(self, panels: Sequence[Panel]) -> list[Comparison]:
        """Compare in many panels: at once where they differ in roles alone, else one by one."""
        if len({len(panel.sites) for panel in panels}) > 1:
            return [self.compare(panel) for panel in panels]
        return at_once(panels, lambda some: [found for [found] in self._sets([[panel] for panel in some])])

    def compare_together(self, cohorts: Sequence[Panel]) -> list[Comparison]:
        """Compare every start, its sites' mixtures found together with those of the other starts."""
        return self._sets([cohorts])[0]

    def _sets(self, sets: Sequence[Sequence[Panel]]) -> list[list[Comparison]]:
        weights = PooledDonors.of(sets, self.levels).mixed(self.pooling, self.ridge)
        return [
            [
                Comparison(mixed(panel, of[number][panel.compared], self.levels), of[number][panel.compared])
                for panel, of in zip(cohorts, weights, strict=True)
            ]
            for number, cohorts in enumerate(sets)
        ]
