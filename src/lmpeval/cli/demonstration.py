"""The demonstration: a country drawn from a seed, a study of it, and the truth beside the estimate."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from lmpeval.engine.running import StudyResult
from lmpeval.errors import UserError
from lmpeval.finding import Answered
from lmpeval.simulation.regions import Country, draw

TRUE_EFFECT = {"cost": Country().effect, "mortality": 0.0}
"""What the intervention does to each outcome of the demonstration, in the outcome's unit."""


def lay_out(folder: Path, seed: int) -> Path:
    """Write the panel and the study file of the demonstration; returns the study file.

    Raises
    ------
    UserError
        Where one of them is there and is not what would be written: somebody has worked on it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        folder / "panel.csv": draw(Country(), seed).to_csv(index=False),
        folder / "study.yaml": (files("lmpeval.simulation") / "demo.yaml").read_text(encoding="utf-8"),
    }
    if changed := [
        path for path, text in texts.items() if path.exists() and path.read_bytes() != text.encode()
    ]:
        names = " and ".join(map(str, changed))
        raise UserError(
            f"{names}: not what the demonstration would write, so it stays; name another folder with --out"
        )
    for path, text in texts.items():
        path.write_bytes(text.encode())
    return folder / "study.yaml"


def truth_beside(result: StudyResult) -> str:
    """Put the truth, which the simulation knows, beside every estimate."""
    lines = ["The truth, known because this country was drawn:"]
    for finding in result.findings:
        if isinstance(finding.result, Answered):
            found, truth = finding.result.estimate, TRUE_EFFECT[finding.cell.outcome.name]
            low, high = found.told.interval
            holds = "holds" if low <= truth <= high else "misses"
            lines.append(
                f"  {finding.cell.name}: true effect {truth:g}, estimate {found.told.effect:.3g}; "
                f"the interval {low:.3g} to {high:.3g} {holds} it"
            )
    lines.append(
        "  An interval of 95 % misses the truth in one country of twenty; another: --seed 5 --out demo_5"
    )
    return "\n".join(lines)
