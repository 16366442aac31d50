"""What other methods say of the uncertainty, beside the one that the verdict rests on.

Each tells an interval where that can be relied upon, and otherwise why not. None tells a p-value but that of
negative controls, which `lmpeval.negative_controls` asks: those over groups do not reject a true null as
often as they say (`experiments/inference_size`), those over years rest on years that are alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from scipy.special import stdtrit

from lmpeval.assumptions.donor_fit import FEWEST_TO_HOLD_OUT, levels_of, rests_on_donors
from lmpeval.beside.conformal import TooFewYears, conformal_interval
from lmpeval.beside.jackknife_plus import jackknife_plus
from lmpeval.beside.prediction import prediction_intervals
from lmpeval.design import Design, compare_all
from lmpeval.donors.held_out import held_out
from lmpeval.donors.hull import nearest_mixture
from lmpeval.donors.paths import FollowsPath
from lmpeval.estimate import Estimate
from lmpeval.inference import NoReference
from lmpeval.mixtures.simplex import NotConverged
from lmpeval.panel import Floats, Panel
from lmpeval.uncertainty.clustered import Clusters, collapse
from lmpeval.uncertainty.gap_statistics import Rank, ranks
from lmpeval.uncertainty.wild_bootstrap import CannotReject, WildBootstrap

FEWEST_FOR_ERRORS = 3
"""Sites from which on an error is told: two differ by one figure alone."""
FEWEST_FOR_BOOTSTRAP = 5
"""Sites from which on the wild bootstrap is told; with fewer it almost never rejects."""


class Method(StrEnum):
    """A way to judge the uncertainty that no verdict rests on."""

    LEFT_OUT = "leave out one group"
    WILD = "wild cluster bootstrap"
    CONFORMAL = "conformal"
    JACKKNIFE = "jackknife+"
    PREDICTION = "prediction interval"
    CONTROLS = "negative controls"


FEWEST = {Method.LEFT_OUT: FEWEST_FOR_ERRORS, Method.WILD: FEWEST_FOR_BOOTSTRAP}


class Reason(StrEnum):
    """Why a method says nothing; the report words it."""

    ONE_SITE = "one site"
    FEW_SITES = "few sites"
    FEW_GROUPS = "few groups"
    BROKE = "no comparison without a group"
    EXTRAPOLATES = "weights below zero"
    NO_TWO_MEANS = "no difference of two means"
    ON_BOTH_SIDES = "sites on both sides"
    CANNOT_REJECT = "cannot reject"
    READS_AFTER = "weights rest on years after the start"
    READS_BESIDE = "weights rest on other outcomes"
    MATCHES_MORE = "weights rest on more than the path"
    UNSOLVED = "not worked out"
    FEW_CONTROLS = "few negative controls"
    NO_ERROR = "no error"


@dataclass(frozen=True)
class OfYear:
    """Interval of the effect in one year, by itself."""

    year: int
    interval: tuple[float, float]


@dataclass(frozen=True)
class OtherMethod:
    """What one of them says.

    Attributes
    ----------
    method : Method
    n_sites : int
        What was treated.
    level : float
        Of the interval.
    interval : pair of float, or None
        Of the mean effect.
    by_year : tuple of OfYear
        From the start on, where the method tells it.
    reason : Reason or None
        Why there is no interval.
    detail : str
        What the reason, or the interval, turns on.
    effect, p : float or None
        The mean effect and its p-value, of a method that moves the effect too.
    """

    method: Method
    n_sites: int
    level: float
    interval: tuple[float, float] | None = None
    by_year: tuple[OfYear, ...] = ()
    reason: Reason | None = None
    detail: str = ""
    effect: float | None = None
    p: float | None = None


def other_methods(
    design: Design, panel: Panel, found: Estimate, rng: np.random.Generator
) -> tuple[OtherMethod, ...]:
    """Ask every other method about one estimate; those over years only where donors are fitted to years."""
    told = [leave_out_one_group(design, panel, found), shaken(panel, found, rng)]
    if rests_on_donors(design):
        told += [conformal(design, panel, found), held_out_years(design, panel, found)]
    if isinstance(design, FollowsPath):
        told.append(predicted(design, panel, found, rng))
    return tuple(told)


def conformal(design: Design, panel: Panel, found: Estimate) -> OtherMethod:
    """Place the site's error after the start among those of the years before it."""
    none = OtherMethod(Method.CONFORMAL, len(panel.sites), found.uncertainty.level)
    if found.comparison.reads_after:
        return replace(none, reason=Reason.READS_AFTER)
    if panel.companions:
        return replace(none, reason=Reason.READS_BESIDE)
    try:
        told = conformal_interval(design, panel, found.counted, found.effect, none.level)
    except TooFewYears as why:
        return replace(none, reason=Reason.CANNOT_REJECT, detail=str(why))
    return replace(none, interval=told)


def held_out_years(design: Design, panel: Panel, found: Estimate) -> OtherMethod:
    """Leave out each year before the start."""
    none = OtherMethod(Method.JACKKNIFE, len(panel.sites), found.uncertainty.level)
    try:
        return replace(none, interval=jackknife_plus(design, panel, found.counted, none.level))
    except TooFewYears as why:
        return replace(none, reason=Reason.CANNOT_REJECT, detail=str(why))


def predicted(design: Design, panel: Panel, found: Estimate, rng: np.random.Generator) -> OtherMethod:
    """Say how far the weights and later years may be off."""
    none = OtherMethod(Method.PREDICTION, len(panel.sites), found.uncertainty.level)
    if not (isinstance(design, FollowsPath) and design.follows_nothing_else):
        return replace(none, reason=Reason.MATCHES_MORE)
    try:
        told = prediction_intervals(design, panel, found.counted, none.level, rng)
    except TooFewYears as why:
        return replace(none, reason=Reason.CANNOT_REJECT, detail=str(why))
    except NotConverged as why:
        return replace(none, reason=Reason.UNSOLVED, detail=str(why))
    ends = zip(told.years, told.by_year, strict=True)
    by_year = tuple(OfYear(int(year), (float(low), float(high))) for year, (low, high) in ends)
    return replace(none, interval=told.mean, by_year=by_year)


def other_ranks(design: Design, panel: Panel, found: Estimate) -> tuple[Rank, ...]:
    """One site's place among its stand-ins by other statistics, for a design that is fitted to donors."""
    if not rests_on_donors(design) or len(panel.sites) > 1 or not len(found.uncertainty.placebo):
        return ()
    errors = None
    if panel.before.sum() >= FEWEST_TO_HOLD_OUT:
        held = held_out(design, panel)
        of = dict(zip(held.labels, held.others, strict=True))
        errors = np.array([held.own, *(of[label] for label in found.uncertainty.placebo_labels)])
    exact = nearest_mixture(panel, levels_of(design)).exact
    return ranks(found, errors, exact=exact)


def leave_out_one_group(design: Design, panel: Panel, found: Estimate) -> OtherMethod:
    """Run the design again without each site and each neighbourhood of the pool.

    ``(G - 1) / G`` times the sum of squared moves of the effect, G groups in all, is its variance; for a
    regression that is CR3 (MacKinnon, Nielsen and Webb 2023), for every other design the jackknife
    (Tukey 1958). With t of one degree of freedom fewer than sites it errs on the wide side, which is why it
    tells no p-value.
    """
    none = nothing_yet(Method.LEFT_OUT, [panel], found)
    if none.reason:
        return none
    groups = np.asarray(panel.groups)
    labels = np.unique(groups[panel.treated | panel.compared])
    panels = [
        replace(panel, treated=panel.treated & (groups != label), aside=panel.aside | (groups == label))
        for label in labels
    ]
    try:
        answers = compare_all(design, panels)
    except (NoReference, NotConverged) as why:
        return replace(none, reason=Reason.BROKE, detail=str(why))
    effects = np.array(
        [
            (p.treated_mean - a.counterfactual)[found.counted].mean()
            for p, a in zip(panels, answers, strict=True)
        ]
    )
    return around(none, found.effect, effects)


def shaken(panel: Panel, found: Estimate, rng: np.random.Generator) -> OtherMethod:
    """Shake sites and neighbourhoods, the weights of the comparison held as they are."""
    none = nothing_yet(Method.WILD, [panel], found)
    if none.reason:
        return none
    if (found.comparison.weights < 0).any():
        return replace(none, reason=Reason.EXTRAPOLATES)
    return shaken_clusters(none, collapsed(panel, found), found, rng)


def shaken_clusters(
    none: OtherMethod, clusters: Clusters, found: Estimate, rng: np.random.Generator
) -> OtherMethod:
    """Shake clusters, if they make the effect that was found; `none` says nothing yet."""
    if abs(clusters.effect - found.effect) > 1e-6 * found.scale.magnitude(found.observed):
        return replace(none, reason=Reason.NO_TWO_MEANS)
    try:
        told = WildBootstrap(level=none.level)(clusters, rng)
    except CannotReject as why:
        return replace(none, reason=Reason.CANNOT_REJECT, detail=str(why))
    return replace(none, interval=told.interval)


def collapsed(panel: Panel, found: Estimate) -> Clusters:
    """Changes from the years before to the counted ones by site and neighbourhood.

    The comparison weighs as much, against the treated, as its units are large.
    """
    weight = np.where(panel.treated, panel.size, 0.0)
    weight[panel.compared] = found.comparison.weights * panel.size[panel.compared].sum()
    change = panel.outcome[found.counted].mean(axis=0) - panel.outcome[panel.before].mean(axis=0)
    used = panel.treated | panel.compared
    return collapse(change[used], weight[used], panel.treated[used], np.asarray(panel.groups)[used])


def nothing_yet(method: Method, panels: Sequence[Panel], found: Estimate) -> OtherMethod:
    """A method that has said nothing yet; with the reason where sites or neighbourhoods are too few.

    `panels` are one a start, over the same units.
    """
    sites = {site for panel in panels for site in panel.sites}
    none = OtherMethod(method, len(sites), found.uncertainty.level)
    if len(sites) < FEWEST[method]:
        return replace(none, reason=Reason.ONE_SITE if len(sites) == 1 else Reason.FEW_SITES)
    pool = {panel.groups[i] for panel in panels for i in np.flatnonzero(panel.compared)}
    return replace(none, reason=Reason.FEW_GROUPS) if len(pool - sites) < FEWEST_FOR_ERRORS else none


def around(none: OtherMethod, effect: float, without: Floats) -> OtherMethod:
    """The interval around an effect from what it is `without` each of the groups, shape (n_groups,)."""
    n = len(without)
    error = float(np.sqrt((n - 1) / n * ((without - effect) ** 2).sum()))
    reach = error * float(stdtrit(none.n_sites - 1, (1 + none.level) / 2))
    return replace(none, interval=(effect - reach, effect + reach))
