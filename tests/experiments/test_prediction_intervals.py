"""The experiment on prediction intervals tells what it found."""

from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parents[2] / "experiments" / "prediction_intervals"
FOUND = pd.read_csv(HERE / "result.csv")


def test_the_readme_holds_every_row():
    told = (HERE / "README.md").read_text()
    for row in FOUND.itertuples():
        held = f"{row.holds:.1%}".replace("%", " %")
        cells = (row.setting, row.interval, held, f"{row.width:.0f}", f"{row.times_needed:.1f}")
        assert f"| {' | '.join(cells)} |" in told


def test_prediction_intervals_hold_the_truth_as_often_as_they_say():
    told = FOUND[FOUND["interval"] != "jackknife+"]
    assert len(told) == 8
    assert (told["holds"] >= 0.9).all()
