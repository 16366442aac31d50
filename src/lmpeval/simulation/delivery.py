"""A synthetic country as an evaluator gets it: data, registers, study files, and the truth beside them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

from lmpeval.simulation.country.chunks import Simulated, simulate
from lmpeval.simulation.country.comparison import NAME, comparison
from lmpeval.simulation.country.person_studies import person_studies
from lmpeval.simulation.country.settings import Country
from lmpeval.simulation.country.studies import initiative_register, intervention_register, studies, written
from lmpeval.simulation.country.truth import truth_table
from lmpeval.simulation.traps import Trap, with_traps

READ_ME = """\
A country that does not exist, drawn person by person. No number here is a finding about anything.

{persons:,} persons at the start, {first}-{last}, seed {seed}; traps planted: {traps}.

region_panel.parquet          municipalities by year (contract region_panel): what the study files use;
                              cost_truncated is cost with each person's cut at the 99th percentile of the year
studies/                      a study file for every intervention that was delivered, about all in the site
person_studies/               the same about its participants too, person by person
side_by_side.yaml             all of them on one page: lmpeval compare
register.csv                  municipalities of the sites (contract initiative_register)
interventions.csv             interventions by year, with reach and cost (contract intervention_register)
truth.parquet                 what each intervention truly did (contract simulated_truth)
municipalities.csv            municipalities with their codes, regions and place on the map
municipality_codes.csv        codes on the map of each year (contract municipality_codes)
municipality_neighbours.csv   who borders on whom (contract municipality_neighbours)
person_year/                  persons by year: traits, insured years, cost, death (contract person_year)
participants/                 who took part in what, and when (contract participants)
health_survey/                self-rated health of a sample of adults (contract health_survey)
experience/                   ratings of care by a sample of adults (contract experience_ratings)

From this folder, what the studies can see and then their answers:
  {commands}
"""


def lay_out(
    country: Country,
    traps: Sequence[Trap],
    out: Path,
    jobs: int,
    on_done: Callable[[int, int], None] = lambda done, all_chunks: None,
) -> Simulated:
    """Draw a country with traps in it and write everything that an evaluator gets.

    Parameters
    ----------
    out : Path
        Absent, or an empty folder. It appears whole at the end, or not at all.
    jobs : int
        Chunks of people at a time; -1 for one a core.
    on_done : callable
        Told the number of chunks done and of all chunks; what it raises stops the drawing.

    Raises
    ------
    UserError
        `out` holds files already, or cannot be made.
    """

    def finish(folder: Path, simulated: Simulated) -> None:
        _written(folder, simulated, traps)
        (folder / "README.txt").write_text(_read_me(simulated.country, traps), encoding="utf-8")

    return simulate(with_traps(country, traps), out, jobs, on_done, finish)


def commands(folder: Path) -> tuple[str, ...]:
    """Say what to type next: what the studies can see comes before their answers.

    Parameters
    ----------
    folder : Path
        Of the country, as seen from where the commands are typed.
    """
    asked, data, out = (shlex.quote(str(path)) for path in (folder / "studies", folder, folder / "results"))
    return tuple(f"lmpeval {verb} {asked}/*.yaml --data {data} --out {out}" for verb in ("calibrate", "run"))


def _written(folder: Path, simulated: Simulated, traps: Sequence[Trap]) -> None:
    country, geography, total = simulated.country, simulated.geography, simulated.tally
    truth_table(country, geography, total).to_parquet(folder / "truth.parquet", index=False)
    initiative_register(country, geography).to_csv(folder / "register.csv", index=False)
    intervention_register(country, total).to_csv(folder / "interventions.csv", index=False)
    of_units, of_persons = (studies(country, geography, total) for _ in range(2))
    for asked in (of_units, of_persons):
        for study in asked.values():
            for trap in traps:
                trap.study(study)
    of_persons = person_studies(country, geography, of_persons)
    for kind, asked in (("studies", of_units), ("person_studies", of_persons)):
        (folder / kind).mkdir()
        for name, study in asked.items():
            (folder / kind / f"{name}.yaml").write_text(written(study), encoding="utf-8")
    together = written(comparison(country, of_units, of_persons))
    (folder / NAME).write_text(together, encoding="utf-8")


def _read_me(country: Country, traps: Sequence[Trap]) -> str:
    return READ_ME.format(
        persons=country.persons,
        first=country.first,
        last=country.last,
        seed=country.seed,
        traps=", ".join(trap.name for trap in traps) or "none",
        commands="\n  ".join(commands(Path())),
    )
