"""Triple difference: what happened to an outcome that the intervention cannot touch is taken off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmpeval.assumptions import COMMON
from lmpeval.assumptions.equivalence import said
from lmpeval.assumptions.trend import trend_carried_on
from lmpeval.design import Assumption, Case, Evidence, Inference, Status
from lmpeval.estimate import Comparison
from lmpeval.inference import PlaceboGroups
from lmpeval.panel import Panel
from lmpeval.weighting import nearest


def what_is_taken_off(case: Case) -> Evidence | None:
    """Tell how far the untouched outcome drew away, which no status follows from."""
    panel, counted = case.panel, case.estimate.years[case.estimate.counted]
    if panel.untouched is None:
        return None
    weights = case.design.compare(panel).weights
    apart = panel.over_treated(panel.untouched) - panel.untouched[:, panel.compared] @ weights
    moved = panel.scale.told(float(apart[np.isin(panel.years, counted)].mean() - apart[panel.before].mean()))
    return Evidence(
        Status.NOT_ASSESSED,
        "from before the start to the counted years the untouched outcome moved by "
        f"{said(moved, panel.scale)} more than in the comparison units, and so much is taken off; whose "
        "doing it was no figures can tell",
        bias_if_wrong="what the intervention did to the untouched outcome is missing from the effect",
    )


PARALLEL_DIFFERENCE = Assumption(
    number=3,
    name="parallel_difference",
    claim="Without the intervention outcome and untouched outcome would have parted in the treated as in the "
    "comparison units.",
    matters="What drives the two apart elsewhere is taken for what would have done so in the region.",
    source="Olden and Moen (2022); Gruber (1994)",
    critical=True,
    check=trend_carried_on,
)

STAYED_UNTOUCHED = Assumption(
    number=3,
    name="stayed_untouched",
    claim="The intervention did nothing to the untouched outcome, not even by way of what it drew away.",
    matters="What it did there is taken off the effect, as if it had befallen the region anyway.",
    source="Olden and Moen (2022)",
    critical=True,
    check=what_is_taken_off,
)


@dataclass(frozen=True)
class TripleDifference:
    """Difference-in-differences of an outcome, less that of one that the intervention cannot touch.

    The second outcome is of the same units: the cost of an age group that is not admitted, or of a kind of
    care that the programme leaves alone. What befalls the region and moves both outcomes alike, its own trend
    included, cancels. What befalls one of the two does not, and the noise of both counts.

    Parameters
    ----------
    untouched : str
        Column of the outcome that the intervention cannot touch, in the unit of the outcome.
    matches : int
        Comparison units kept for each treated unit, with replacement, nearest in the covariates.

    References
    ----------
    Gruber (1994), The incidence of mandated maternity benefits, American Economic Review 84; Olden and Moen
    (2022), The triple difference estimator, Econometrics Journal 25.
    """

    untouched: str
    matches: int = 10
    inference: Inference = PlaceboGroups()
    formula: ClassVar[str] = "Ŷ(t) = U_T(t) + Σ wⱼ Dⱼ(t) + (D̄_T - Σ wⱼ D̄ⱼ), D = Y - U"
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, PARALLEL_DIFFERENCE, STAYED_UNTOUCHED)

    def __post_init__(self) -> None:
        """Refuse a comparison with nobody."""
        if self.matches < 1:
            raise ValueError(f"matches is {self.matches}; each treated unit needs at least 1")

    def compare(self, panel: Panel) -> Comparison:
        """Difference-in-differences counterfactual of the outcome plus the gap of the untouched one.

        Both with the same weights. Equal to the untouched outcome of the treated plus the mixture of what
        sets the two outcomes apart in the comparison units, lifted by its distance before the start.

        Raises
        ------
        ValueError
            Where the panel has no untouched outcome.
        """
        if panel.untouched is None:
            raise ValueError(
                f"a triple difference needs the untouched outcome ({self.untouched}) in its panel"
            )
        weights = nearest(panel, panel.covariates, self.matches)
        untouched = panel.over_treated(panel.untouched)
        mixture = (panel.controls - panel.untouched[:, panel.compared]) @ weights
        lift = (panel.treated_mean - untouched - mixture)[panel.before].mean()
        return Comparison(untouched + mixture + lift, weights)
