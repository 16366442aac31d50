"""The assumptions that a study may argue for where no data can test them."""

from __future__ import annotations

ASSUMPTIONS = (
    "well_defined_intervention",
    "no_anticipation",
    "parallel_trends",
    "donor_fit",
    "stable_composition",
    "no_spillover",
    "no_other_change",
    "overlap",
    "observed_balance",
    "selection_not_by_chance",
    "same_measurement",
    "valid_uncertainty",
    "right_scale",
)
"""Names under which any study may give an argument; its designs may bring others (`study_files.designs`)."""
