"""Draw one chunk of people, let the programmes act on them, ask them, write them, add them up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lmpeval.panel import Floats
from lmpeval.simulation.country.conditions import draw_conditions
from lmpeval.simulation.country.drawn import Geography, Lives, People, Singles
from lmpeval.simulation.country.mortality import Fate, hazards
from lmpeval.simulation.country.participants import participant_rows
from lmpeval.simulation.country.participation import Lived, act
from lmpeval.simulation.country.people import arrivals, settle
from lmpeval.simulation.country.person_costs import draw_costs
from lmpeval.simulation.country.person_files import person_years, write
from lmpeval.simulation.country.region_noise import RegionNoise
from lmpeval.simulation.country.region_sums import RegionSums, region_sums
from lmpeval.simulation.country.settings import Country
from lmpeval.simulation.country.surveys import ask
from lmpeval.simulation.country.tally import Tally, tally

CHUNK = 50_000
"""Persons at the start of a chunk."""


@dataclass(frozen=True, eq=False)
class Chunk:
    """A chunk that is still to be drawn.

    Attributes
    ----------
    country : Country
    geography : Geography
    noise : RegionNoise
    number : int
        From zero.
    folder : Path
        Where its files go.
    """

    country: Country
    geography: Geography
    noise: RegionNoise
    number: int
    folder: Path


@dataclass(frozen=True, eq=False)
class Sums:
    """What a chunk adds up to; `+` adds another.

    Attributes
    ----------
    regions : RegionSums
    tally : Tally
    asked : array
        Sums of the surveys, see `surveys.Asked`.
    """

    regions: RegionSums
    tally: Tally
    asked: Floats

    def __add__(self, other: Sums) -> Sums:
        """Sums over the people of both."""
        return Sums(self.regions + other.regions, self.tally + other.tally, self.asked + other.asked)


def draw_chunk(chunk: Chunk) -> Sums:
    """Draw a chunk and write its tables into the folder.

    People, programmes and surveys have streams of random numbers of their own: the people are the same
    whatever the programmes are.
    """
    country, geography, part = chunk.country, chunk.geography, chunk.number
    lived = draw_lives(chunk)
    people, acts, lives = lived.people, lived.acts, lived.lives
    asked = ask(country, geography, people, acts, lives.alive, _streams(chunk)[2])
    write(person_years(geography, people, lives), chunk.folder / "person_year", part)
    write(
        participant_rows(country.programmes, people, acts, lives.alive), chunk.folder / "participants", part
    )
    write(asked.health, chunk.folder / "health_survey", part)
    write(asked.experience, chunk.folder / "experience", part)
    acted = tally(country, geography, lived)
    return Sums(region_sums(geography, people, lives), acted, asked.sums)


def draw_lives(chunk: Chunk) -> Lived:
    """Draw the people of a chunk and let the programmes act on them; nothing is written."""
    country, geography = chunk.country, chunk.geography
    of_people, of_programmes, _ = _streams(chunk)
    people, fate, costs = draw_people(country, geography, chunk.noise, chunk.number, of_people)
    for disturbance in country.disturbances:
        people = disturbance.people(people, country, geography)
        costs = disturbance.costs(costs, people, country, geography)
    people = replace(people, baseline_cost=sum(costs.values()) * people.insured)
    acts = act(country.programmes, geography, people, of_programmes)
    insured, died = fate.end(acts.mortality_factor)
    lives = Lives(insured, died, _with_programmes(costs, insured, acts.cost_factor))
    return Lived(people, acts, lives, fate.hazard)


def _streams(chunk: Chunk) -> tuple[np.random.Generator, ...]:
    """Of the people, of programmes and of surveys."""
    seed = np.random.SeedSequence(chunk.country.seed, spawn_key=(chunk.number,))
    return tuple(np.random.default_rng(stream) for stream in seed.spawn(3))


def _with_programmes(
    costs: Mapping[str, Singles], insured: Singles, factor: Mapping[str, Singles]
) -> Mapping[str, Singles]:
    """Costs of the part of the year that people are there, with what programmes do to them."""
    there = {name: cost * insured for name, cost in costs.items()}
    return {name: cost * factor[name] if name in factor else cost for name, cost in there.items()}


def draw_people(
    country: Country, geography: Geography, noise: RegionNoise, number: int, rng: np.random.Generator
) -> tuple[People, Fate, Mapping[str, Singles]]:
    """Draw the people of a chunk as they would live without any programme.

    Returns
    -------
    people : People
    fate : Fate
        What decides who dies when.
    costs : Mapping of str to array, shape (T, n)
        Cost of a whole year by category.
    """
    n = min(CHUNK, country.persons - number * CHUNK)
    who = settle(country, geography, n, rng)
    conditions = draw_conditions(who.age, who.woman, who.ses, rng)
    hazard = hazards(who.age, who.woman, who.ses, conditions)
    hazard *= noise.mortality.astype(np.float32)[np.arange(len(hazard))[:, None], who.unit]
    n_years, n_people = hazard.shape
    chance = rng.random(hazard.shape, dtype=np.float32)
    fate = Fate(who.stays, hazard, chance, rng.random((n_people,), dtype=np.float32))
    costs = draw_costs(country, who, conditions, noise, rng)
    insured, _ = fate.end()
    first = number * (CHUNK + sum(arrivals(CHUNK)) * n_years)
    people = People(
        who.years, first + np.arange(n_people, dtype=np.int64), who.born, who.woman, who.ses, conditions,
        who.unit, who.practice, who.insurer, insured, sum(costs.values()) * insured,
    )  # fmt: skip
    return people, fate, costs
