"""The interval and the p-value say how sure the effect is."""

from __future__ import annotations

from lmpeval.design import Assumption, Case, Evidence, Status
from lmpeval.uncertainty.placebo import relative_size

FEWEST = 19  # with fewer stand-ins p cannot reach 0.05
FEWEST_GROUPS = 10
LIKE_NEIGHBOURHOODS = 0.5, 2.0
"""Size of the mean site, in median neighbourhoods that stand-ins are cut from, at which a test at 5 % was
tried: with noise as measured it called 3 to 7 % of true nulls real (`experiments/inference_size`)."""
ONE_SITE = (
    "It is a rank and no p-value: drawn with noise like that of Dutch regions, a site without any effect "
    "came into the top twentieth in 3 to 5 % of the draws, whatever its size; were regions calmer the larger "
    "they are, in 13 % with half the size of the regions around and in 1 % with twice it. Nor does it hold "
    "for a site that was more likely to be chosen than its stand-ins"
)
"""From `experiments/inference_size`."""


def enough_stand_ins(case: Case) -> Evidence | None:
    """Count what the treated were compared with by permutation."""
    n_sites, sure = len(case.panel.sites), case.estimate.uncertainty
    if not sure.rank:  # errors of influence functions rank nothing
        return enough_groups(case)
    n_others = round(1 / sure.smallest_p) - 1
    if not n_others:
        return Evidence(
            status=Status.UNCERTAIN,
            finding=f"there is no interval and no p-value, {sure.method.removeprefix('none: ')}; an error "
            "that takes persons or municipalities for independent would be far too small",
            number=0.0,
            threshold=float(FEWEST),
            threshold_source="1/(stand-ins + 1) must reach 0.05",
        )
    told = f"one site was treated: {n_others} groups of neighbours of about its size stand in for it"
    sound = ONE_SITE
    if n_sites > 1:
        told = f"{n_sites} sites were treated; {n_others} sets of as many of them and of groups like them"
        sound = "This is sound as far as the treated were as likely to be chosen as they"
    unusual = _unusual(relative_size(case.panel), n_sites)
    return Evidence(
        status=Status.SUPPORTED if n_others >= FEWEST and not unusual else Status.UNCERTAIN,
        finding=f"{told}; the effect ranks {sure.rank} of {n_others + 1}; the smallest attainable p is "
        f"{sure.smallest_p:.3f}.{unusual} {sound}",
        number=float(n_others),
        threshold=float(FEWEST),
        threshold_source="1/(stand-ins + 1) must reach 0.05",
        bias_if_wrong="none on the estimate; the interval may be too narrow or too wide",
    )


def _unusual(size: float, n_sites: int) -> str:
    """Say so where the sites are much smaller or larger than the neighbourhoods around; else nothing."""
    least, most = LIKE_NEIGHBOURHOODS
    if not (size < least or size > most):
        return ""
    site, small = "the site is" if n_sites == 1 else "the sites are, on average,", size < least
    return (
        f" But {site} {size:.2g} times as large as the median neighbourhood that stand-ins are cut from, and "
        f"the test was tried from {least:g} to {most:g} (our simulation): were regions calmer the larger "
        f"they are, the interval would be too {'narrow' if small else 'wide'} and chance would rank "
        f"{'high too often' if small else 'an effect too low'}."
    )


def enough_groups(case: Case) -> Evidence:
    """Count the groups on either side, on which errors of influence functions rest."""
    panel = case.panel
    treated = len(panel.sites)
    compared = len({group for group, kept in zip(panel.groups, panel.compared, strict=True) if kept})
    fewest = min(treated, compared)
    return Evidence(
        status=Status.SUPPORTED if fewest >= FEWEST_GROUPS else Status.UNCERTAIN,
        finding=f"{case.estimate.uncertainty.method}; {compared} groups are compared with. Its errors are "
        "sound with many groups on both sides that move independently",
        number=float(fewest),
        threshold=float(FEWEST_GROUPS),
        threshold_source="our convention: permutation under ten treated groups (MacKinnon and Webb 2020)",
        bias_if_wrong="none on the estimate; the interval may be too narrow",
    )


VALID_UNCERTAINTY = Assumption(
    number=11,
    name="valid_uncertainty",
    claim="Interval and p-value hold for this number of treated and comparison regions.",
    matters="With one region, errors that treat persons or municipalities as independent are far too small.",
    source="MacKinnon and Webb (2020); Abadie, Diamond and Hainmueller (2010)",
    critical=True,
    check=enough_stand_ins,
)
