"""The picture of the experiment: share of true nulls rejected, by number of sites and method."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

PANELS = {
    "equal sizes": {"sizes": "equal", "noise": "as measured"},
    "unequal sizes": {"sizes": "unequal", "noise": "as measured"},
    "unequal sizes, noise by size": {"sizes": "unequal", "noise": "by size"},
}
STARTS = {1: "one start", 3: "three starts"}
STYLES = {
    "permutation": ("#0b2e4f", "o", "permutation (the answer's)"),
    "permutation, studentised": ("#4c86b8", "s", "permutation, studentised"),
    "CR3, t(G1-1)": ("#2e7d4f", "D", "leaving one group out (CR3), t(G1 - 1)"),
    "wild cluster bootstrap": ("#a05a00", "^", "wild cluster bootstrap"),
    "multiplier bootstrap": ("#7b4ea3", "v", "multiplier bootstrap"),
    "CR1, t(G-1)": ("#b3261e", "x", "cluster-robust (CR1), t(G - 1)"),
}
LEAST = 0.1
"""Where none of the draws was rejected, in percent: the axis is logarithmic."""


def draw_sizes(result: pd.DataFrame, path: Path) -> None:
    """Draw the plain comparison: a row for one start and one for three, a column for each kind of country."""
    plain = result[(result["design"] == "plain") & (result["factor"] == 1)]
    with mpl.rc_context({"font.size": 9, "svg.hashsalt": "size", "svg.fonttype": "none"}):
        figure = Figure(figsize=(10, 8), layout="constrained")
        for row, (starts, told) in zip(figure.subplots(2, 3, sharey=True), STARTS.items(), strict=True):
            row[0].set_ylabel("true nulls called real, %")
            for axes, (title, kind) in zip(row, PANELS.items(), strict=True):
                of = plain[(plain[[*kind, "starts"]] == pd.Series(kind | {"starts": starts})).all(axis=1)]
                _draw_panel(axes, of, f"{told}, {title}")
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
        figure.savefig(path, metadata={"Date": None})


def _draw_panel(axes: Axes, rows: pd.DataFrame, title: str) -> None:
    counts = sorted(rows["sites"].unique())
    place = {count: i for i, count in enumerate(counts)}
    axes.axhspan(4, 7, color="#d9e8d9", lw=0)
    axes.axhline(5, color="#555555", lw=0.8, ls=":")
    for shift, (method, (colour, marker, label)) in enumerate(STYLES.items()):
        of = rows[rows["method"] == method].sort_values("sites")
        if of.empty:  # not asked of several starts
            continue
        at = [place[count] + 0.08 * (shift - 2.5) for count in of["sites"]]
        percent = (100 * of["rejected"]).clip(lower=LEAST)
        error = 200 * of["mc_error"]
        low = percent - (percent - error).clip(lower=LEAST)
        axes.errorbar(at, percent, [low, error], color=colour, marker=marker, ms=5, lw=0.9, label=label)
    axes.set(title=title, yscale="log", ylim=(LEAST * 0.8, 100), xlabel="treated regions of 40")
    axes.set_xticks(range(len(counts)), [str(count) for count in counts])
    ticks = [LEAST, 0.5, 1, 2, 5, 10, 20, 50, 100]
    axes.set_yticks(ticks, ["0 to 0.1", *[f"{tick:g}" for tick in ticks[1:]]])
    axes.minorticks_off()
    axes.spines[["top", "right"]].set_visible(False)
