"""The picture of the experiment: error after the start by what was seen before it."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

NAMES = {
    "hold_out": "error of years held out,\nin the median stand-in's",
    "misfit": "misfit before the start,\nin the median stand-in's",
    "scaled": "misfit before the start, in\nstandard deviations of donors",
    "outside": "distance from the hull, in\nmedian errors of years held out",
    "effective": "equal units that the\nweights are worth",
    "largest": "largest weight",
}
COLOURS = {"3": "#b34700", "5": "#d59b00", "7": "#4c86b8", "12": "#0b2e4f"}
CHOSEN = {"hold_out": 1.5, "scaled": 0.5, "effective": 5, "largest": 0.3}
"""Thresholds of the ledger."""
FEWEST = 30
"""Regions in a bin that is drawn."""


def draw_curves(table: pd.DataFrame, path: Path) -> None:
    """Draw the size of the error by each measure, where factors move regions; 1 is that of all regions."""
    shown = table[(table["country"] == "factors") & (table["regions"] >= FEWEST)]
    with mpl.rc_context({"font.size": 9, "svg.hashsalt": "donors", "svg.fonttype": "none"}):
        figure = Figure(figsize=(9.5, 6), layout="constrained")
        for axes, (measure, name) in zip(figure.subplots(2, 3, sharey=True).flat, NAMES.items(), strict=True):
            axes.axhline(1, color="#555555", lw=0.8, ls=":")
            for kind, rows in shown[shown["measure"] == measure].groupby("kind"):
                years = str(kind).split(", ")[1].split()[0]
                dutch = str(kind).startswith("Dutch")
                error = rows["error"] / np.sqrt(2 * rows["regions"])
                axes.errorbar(
                    rows["median"], rows["error"], 2 * error, marker="s" if dutch else "o", ms=4, lw=1,
                    color="#2e7d4f" if dutch else COLOURS[years], label=str(kind),
                    ls="--" if dutch else "-",
                )  # fmt: skip
            axes.set_xlabel(name)
            if measure in CHOSEN:
                axes.axvline(CHOSEN[measure], color="#555555", lw=0.8, ls="--")
            if measure == "effective":
                axes.set_xscale("log")
                axes.set_xticks([2, 5, 10, 20, 50], ["2", "5", "10", "20", "50"])
                axes.minorticks_off()
            axes.spines[["top", "right"]].set_visible(False)
        for axes in figure.axes[::3]:
            axes.set_ylabel("error after the start (1: all regions)")
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
        figure.savefig(path, metadata={"Date": None})
