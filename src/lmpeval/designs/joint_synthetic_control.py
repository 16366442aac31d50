"""Joint synthetic control: one mixture of donors that moves with the treated in several outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, get_args

import numpy as np

from lmpeval.assumptions import COMMON, DONOR_FIT
from lmpeval.assumptions.equivalence import said, three_digits
from lmpeval.design import Assumption, Case, Evidence, Inference, Status
from lmpeval.donors.held_out import held_out
from lmpeval.donors.joint import By, JointDonors, Scale, chance_of_going_along
from lmpeval.donors.paths import Levels, at_once, mixed, wrong_with
from lmpeval.estimate import Comparison
from lmpeval.inference import PlaceboGroups
from lmpeval.panel import Panel

BEYOND_CHANCE = 1.960
"""Standard errors of the mean over places from which on weights of all outcomes foretell worse."""
BY_CHANCE = 0.05
"""P-value up to which another outcome is seen to set places apart like this one."""


def companions_foretell(case: Case) -> Evidence | None:
    """Hold out every year before the start, and foretell it with the weights of all outcomes and of one.

    The places are the site and its stand-ins: a factor that outcomes share, they share everywhere. Where
    shocks last and are each outcome's own, weights of all outcomes may by chance foretell no worse over a
    handful of years: supported asks that every other outcome is seen to set places apart like this one.
    """
    panel = case.panel
    if not panel.companions:
        return None
    if (n_before := int(panel.before.sum())) < 3:
        return Evidence(
            Status.UNCERTAIN,
            f"{n_before} years before the start are too few to hold one out: whether the other outcomes help "
            "to foretell this one cannot be seen",
        )
    joint = held_out(case.design, panel).errors
    alone = held_out(case.design, replace(panel, companions={})).errors
    excess = joint**2 - alone**2
    ratio = float(np.sqrt(np.mean(joint**2) / max(float(np.mean(alone**2)), np.finfo(float).tiny)))
    chance = float(excess.std(ddof=1) / np.sqrt(len(excess))) if len(excess) > 1 else np.inf
    along = chance_of_going_along(panel)
    weakest = max(along, key=lambda name: along[name])
    own, apart = (said(panel.scale.told(float(errors[0])), panel.scale) for errors in (joint, alone))
    status = Status.UNCERTAIN
    if excess.mean() <= 0 and along[weakest] <= BY_CHANCE:
        status = Status.SUPPORTED
    elif excess.mean() > BEYOND_CHANCE * chance:
        status = Status.NOT_SUPPORTED
    return Evidence(
        status=status,
        finding=f"when a year before the start is held out, weights of {1 + len(panel.companions)} outcomes "
        f"err {three_digits(ratio)} times as much as those of this outcome alone, over the site and "
        f"{len(joint) - 1} stand-ins; for the site {own} and {apart}; that {weakest} sets places apart like "
        f"this outcome would be chance with p = {along[weakest]:.3f}"
        f"{'' if len(along) == 1 else ', and every other one with less'}",
        number=ratio,
        threshold=1.0,
        threshold_source="our convention: supported at 1 or below where every other outcome sets places "
        f"apart like this one with p at most {BY_CHANCE:g}, not supported where the squared errors of the "
        f"places are larger by more than {BEYOND_CHANCE:g} standard errors",
        bias_if_wrong="the mixture follows what moves the other outcomes in place of what moves this one",
    )


SHARED_FACTORS = Assumption(
    number=3,
    name="shared_factors",
    claim="What drives regions apart drives them apart in all the outcomes that are followed.",
    matters="Donors that move like the region in other outcomes are taken for donors that do so in this.",
    source="Sun, Ben-Michael and Feller (2025)",
    critical=True,
    check=companions_foretell,
)


@dataclass(frozen=True)
class JointSyntheticControl:
    """Synthetic control whose donors follow the treated in several outcomes before the start.

    With three years before the start hardly anything tells which donors move like the treated. Other outcomes
    of the same units, each over these years, say more of it where the same factors drive them (Sun,
    Ben-Michael and Feller 2025). Every outcome is divided by how far donors are apart in it; noise is priced
    as in `synthetic_control`, that of every outcome on this scale. With the same years and exposure all
    outcomes of a study get the same weights. Without companions it is `synthetic_control`.

    Parameters
    ----------
    companions : tuple of str
        Columns of the delivered data that are followed besides the outcome; none named: those of all other
        outcomes of the study.
    by : str
        "concatenated" follows every outcome; "averaged" the mean of all, in which noise averages out, and
        with it whatever moves them in opposite directions.
    ridge, levels
        As in `synthetic_control`; levels hold for every outcome.
    scale : str
        "apart from what donors share" in a year, so that a shock that all share changes nothing; "as
        published" is the standard deviation over donors and years, what they share included.

    References
    ----------
    Sun, Ben-Michael and Feller (2025), Using multiple outcomes to improve the synthetic control method,
    Review of Economics and Statistics.
    """

    companions: tuple[str, ...] = ()
    by: By = "concatenated"
    ridge: float = 1.0
    levels: Levels = "apart"
    scale: Scale = "apart from what donors share"
    inference: Inference = PlaceboGroups()
    formula: ClassVar[str] = "Ŷ(t) = Σ wⱼ Yⱼ(t) + h (Ȳ_T - Σ wⱼ Ȳⱼ)"
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, DONOR_FIT, SHARED_FACTORS)

    def __post_init__(self) -> None:
        """Refuse free noise, what is not known, and a companion that is named twice."""
        wrong = wrong_with(self.ridge, self.levels)
        for name, value, known in (("by", self.by, By), ("scale", self.scale, Scale)):
            if value not in get_args(known):
                wrong.append(f"{name} is '{value}', expected one of: {', '.join(get_args(known))}")
        if twice := sorted({name for name in self.companions if self.companions.count(name) > 1}):
            wrong.append(f"companions name {', '.join(twice)} twice, and it would count twice")
        if wrong:
            raise ValueError("; ".join(wrong))

    def compare(self, panel: Panel) -> Comparison:
        """Mixture of donors; with levels apart, lifted to the mean of the treated before the start."""
        return self.compare_many([panel])[0]

    def compare_many(self, panels: Sequence[Panel]) -> list[Comparison]:
        """Compare in many panels: at once where they differ in roles alone, else one by one."""
        return at_once(panels, self._together)

    def _together(self, panels: Sequence[Panel]) -> list[Comparison]:
        weights = JointDonors.of(panels, self.levels, self.scale).mixed(self.by, self.ridge)
        return [
            Comparison(mixed(panel, row[panel.compared], self.levels), row[panel.compared])
            for panel, row in zip(panels, weights, strict=True)
        ]
