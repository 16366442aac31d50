"""Who takes part in the programmes, who feels something of them, and what it does to all of these.

What a programme does is a known factor or shift on the people whom it reaches, so the truth is arithmetic:
effect on the population = reach x effect on participants + what others in the region feel of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmpeval.panel import Bools
from lmpeval.simulation.country.areas import Area, areas
from lmpeval.simulation.country.drawn import Geography, Lives, People, Singles
from lmpeval.simulation.country.interventions import CATEGORIES, Eligible, Programme
from lmpeval.study import Delineation

Codes = NDArray[np.int8]

PRACTICES_IN_FIVE = (3, 5)
"""Three in five GP practices take part where a programme follows them, the first of each municipality."""


@dataclass(frozen=True, eq=False)
class Acts:
    """What programmes do to the people of one chunk.

    Attributes
    ----------
    participates, within, beyond : array of int8, shape (n_years, n_people)
        The programme (1 for the first) that somebody takes part in, feels something of in its site without
        taking part, or feels something of next to its site; 0 for none. At most one of the three is not 0.
    cost_factor : mapping of category to array, shape (n_years, n_people)
        By which the cost without programmes is multiplied; only categories that anything touches.
    mortality_factor, health_shift, experience_shift : array, shape (n_years, n_people)
    """

    participates: Codes
    within: Codes
    beyond: Codes
    cost_factor: Mapping[str, Singles]
    mortality_factor: Singles
    health_shift: Singles
    experience_shift: Singles


@dataclass(frozen=True, eq=False)
class Lived:
    """How the people of a chunk lived.

    Attributes
    ----------
    people : People
        As they would live without any programme.
    acts : Acts
        What programmes did to them.
    lives : Lives
        With the programmes.
    hazard : array, shape (T, n)
        Probability of dying within the year without any programme.
    """

    people: People
    acts: Acts
    lives: Lives
    hazard: Singles


def act(
    programmes: Sequence[Programme], geography: Geography, people: People, rng: np.random.Generator
) -> Acts:
    """Let people take part, and say what it does to them.

    Whether somebody joins depends on where they live and on what is known of them the year before; whoever
    moves away leaves. Nobody is in two programmes in one year: the first of the list keeps them.
    """
    takes, within, beyond = (np.zeros(people.unit.shape, np.int8) for _ in range(3))
    for area in areas(programmes, geography):
        some = np.flatnonzero((area.inside | area.beside)[people.unit].any(axis=0))
        local = _local(area, geography, people, some)
        for number, programme in enumerate(programmes, start=1):
            if programme.site == area.site and programme.delivered:
                chance = rng.random(len(some), dtype=np.float32)
                _join(number, programme, local, chance)
        for whole, part in ((takes, local.takes), (within, local.within), (beyond, local.beyond)):
            whole[:, some] = np.where(whole[:, some] == 0, part, whole[:, some])
    return _with_effects(programmes, takes, within, beyond)


@dataclass(frozen=True, eq=False)
class _Local:
    """The people who ever live in or beside a site, each of shape (n_years, n_some), and who is reached."""

    people: People
    some: NDArray[np.intp]
    inside: Bools
    beside: Bools
    served: Bools
    takes: Codes
    within: Codes
    beyond: Codes


def _local(area: Area, geography: Geography, people: People, some: NDArray[np.intp]) -> _Local:
    unit, there = people.unit[:, some], people.insured[:, some] > 0
    inside = area.inside[unit] & there
    codes = (np.zeros(unit.shape, np.int8) for _ in range(3))
    served = inside & _covered(area, geography, people, some)
    return _Local(people, some, inside, area.beside[unit] & there, served, *codes)


def _covered(area: Area, geography: Geography, people: People, some: NDArray[np.intp]) -> Bools:
    """Whether somebody is one of those whom a site's programmes are for, of those who live there."""
    match area.site.delineation:
        case Delineation.MUNICIPALITIES:
            return np.ones((len(people.years), len(some)), dtype=bool)
        case Delineation.GP_CATCHMENT:
            nth = people.practice[:, some] - geography.first_practice[people.unit[:, some]]
            return np.asarray(nth % PRACTICES_IN_FIVE[1] < PRACTICES_IN_FIVE[0])
        case Delineation.INSURED:
            province = geography.area[area.inside.argmax()]
            return np.asarray(people.insurer[:, some] == geography.insurer_share[province].argmax())


def _join(number: int, programme: Programme, local: _Local, chance: Singles) -> None:
    """Write a programme's number where it reaches somebody whom no other programme reaches."""
    uptake = np.array([programme.uptake_in(int(year)) for year in local.people.years], np.float32)[:, None]
    known = _eligible(programme.eligible, local.people, local.some)
    before = np.vstack([np.zeros_like(known[:1]), known[:-1]])  # what was known the year before
    joined = np.logical_or.accumulate(before & local.served & (chance < uptake), axis=0)
    taking = joined & local.served & (uptake > 0) & (local.takes == 0)
    local.takes[taking] = number
    for feels_it in (local.within, local.beyond):  # to take part in one is more than to feel another
        feels_it[taking] = 0
    feels = before & (uptake > 0) & (local.takes == 0) & (local.within == 0) & (local.beyond == 0)
    if programme.spillover:
        local.within[feels & local.inside] = number
    if programme.beyond:
        local.beyond[feels & local.beside] = number


def _eligible(rule: Eligible, people: People, some: NDArray[np.intp]) -> Bools:
    """Who fits a rule, by year; shape (n_years, n_some)."""
    age = people.age[:, some]
    fits = (age >= rule.from_age) & (age <= rule.to_age) & (people.ses[some] < rule.ses_below)
    if rule.condition:
        fits &= people.conditions[rule.condition][:, some]
    if rule.cost_above:
        fits &= people.baseline_cost[:, some] > rule.cost_above
    return np.asarray(fits)


def _with_effects(programmes: Sequence[Programme], takes: Codes, within: Codes, beyond: Codes) -> Acts:
    """Look up what each programme does, in full for participants and in part for the others."""
    some = np.flatnonzero((takes | within | beyond).any(axis=0))

    def felt(size: Sequence[float]) -> Singles:
        full = np.array([0.0, *size], np.float32)
        inside = full * np.array([0.0, *(p.spillover for p in programmes)], np.float32)
        beside = full * np.array([0.0, *(p.beyond for p in programmes)], np.float32)
        whole = np.zeros(takes.shape, np.float32)
        whole[:, some] = full[takes[:, some]] + inside[within[:, some]] + beside[beyond[:, some]]
        return whole

    touched = {name for programme in programmes for name in programme.effect.cost}
    return Acts(
        participates=takes,
        within=within,
        beyond=beyond,
        cost_factor={
            name: 1 + felt([p.effect.cost.get(name, 0.0) for p in programmes])
            for name in CATEGORIES
            if name in touched
        },
        mortality_factor=1 + felt([p.effect.mortality for p in programmes]),
        health_shift=felt([p.effect.health for p in programmes]),
        experience_shift=felt([p.effect.experience for p in programmes]),
    )
