"""The interval and the p-value say how sure the effect is."""

from __future__ import annotations

from lmpeval.design import Assumption, Case, Evidence, Status

FEWEST = 19  # with fewer stand-ins p cannot reach 0.05


def enough_stand_ins(case: Case) -> Evidence | None:
    """Count what the treated were compared with by permutation."""
    panel, sure = case.panel, case.estimate.uncertainty
    n_stand_ins = len(sure.placebo_labels)
    limit = "one site was treated: " if len(panel.sites) == 1 else ""
    return Evidence(
        status=Status.SUPPORTED if n_stand_ins >= FEWEST else Status.UNCERTAIN,
        finding=f"{limit}{n_stand_ins} groups of neighbours of about its size stand in for it; its effect ranks "
        f"{sure.rank} of {n_stand_ins + 1}; the smallest attainable p is {sure.smallest_p:.3f}. This is sound as "
        "far as the site was as likely to be chosen as they; no method is reliable for one site that is "
        "noisier than its stand-ins",
        number=float(n_stand_ins),
        threshold=float(FEWEST),
        threshold_source="1/(stand-ins + 1) must reach 0.05",
        bias_if_wrong="none on the estimate; the interval may be too narrow or too wide",
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
