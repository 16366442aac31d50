"""The picture of the experiment: the smallest effect that each design finds, by outcome."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

OUTCOMES = {
    "cost_core": "core cost",
    "hospital": "hospital",
    "gp": "GP",
    "pharmacy": "pharmacy",
    "deaths": "deaths",
}
STYLES = {
    "difference_in_differences": ("#0b2e4f", "difference-in-differences"),
    "synthetic_control": ("#4c86b8", "synthetic control"),
    "joint, 4 outcomes": ("#2e7d4f", "joint, four outcomes"),
    "joint, 4 outcomes averaged": ("#2e7d4f", "joint, four outcomes, averaged"),
    "joint, 10 categories": ("#2e7d4f", "joint, ten categories of cost"),
    "synthetic_difference_in_differences": ("#4c86b8", "synthetic difference-in-differences"),
    "augmented_synthetic_control": ("#4c86b8", "augmented synthetic control"),
    "generalised_synthetic_control": ("#a05a00", "generalised synthetic control"),
}

FARTHEST = 15
"""Percent of the mean at which a panel ends; what lies beyond is written there."""


def draw_designs(result: pd.DataFrame, path: Path) -> None:
    """Draw a panel an outcome, a line a design: what is found four times in five, and how errors spread."""
    with mpl.rc_context({"font.size": 9, "svg.hashsalt": "designs", "svg.fonttype": "none"}):
        figure = Figure(figsize=(11, 3.6), layout="constrained")
        for axes, (name, title) in zip(
            figure.subplots(1, len(OUTCOMES), sharey=True), OUTCOMES.items(), strict=True
        ):
            _draw_panel(axes, result[result["outcome"] == name].set_index("design"), title)
        first = figure.axes[0]
        first.set_yticks(range(len(STYLES)), [label for _, label in STYLES.values()])
        first.set_ylim(len(STYLES) - 0.5, -0.5)
        handles, labels = first.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
        figure.axes[len(OUTCOMES) // 2].set_xlabel("percent of the outcome's mean")
        figure.savefig(path, metadata={"Date": None})


def _draw_panel(axes: Axes, rows: pd.DataFrame, title: str) -> None:
    axes.axvline(
        rows["matters_percent"].mean(), color="#b3261e", lw=1, ls="--", label="smallest that matters"
    )
    for place, (design, (colour, _)) in enumerate(STYLES.items()):
        row, first = rows.loc[design], place == 0
        if row["mde_percent"] > FARTHEST:
            told = f"{row['sd_percent']:.0f} and {row['mde_percent']:.0f} →"
            axes.text(FARTHEST, place, told, color=colour, ha="right", va="center", fontsize=8)
            continue
        axes.errorbar(
            row["mde_percent"], place, xerr=row["mde_mc_error"], color=colour, marker="o", ms=5, lw=0.9,
            label="smallest effect found four times in five" if first else None,
        )  # fmt: skip
        axes.errorbar(
            row["sd_percent"], place, xerr=row["sd_mc_error"], color=colour, marker="o", mfc="white", ms=5,
            lw=0.9, label="standard deviation of errors" if first else None,
        )  # fmt: skip
    axes.set(title=title, xlim=(0, FARTHEST))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color="#dddddd", lw=0.6)
    axes.spines[["top", "right", "left"]].set_visible(False)
