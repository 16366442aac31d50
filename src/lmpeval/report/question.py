"""The question that a study asks, and what became of the delivered units."""

from __future__ import annotations

from dataclasses import dataclass

from lmpeval.comparators import NONE_KNOWN, Role, Selection
from lmpeval.effect_scale import EffectScale
from lmpeval.report.glance import design_words, population_words
from lmpeval.report.numbers import persons, plain, scale_of
from lmpeval.report.rule_words import rule_words
from lmpeval.report.series import unit_words
from lmpeval.report.starts import listed_years, starts_of
from lmpeval.report.tables import Table
from lmpeval.report.words import Words
from lmpeval.study import DatedReason, DesignChoice, Level, Neighbours, Study
from lmpeval.study.rule_reading import read_rule
from lmpeval.study_files.designs import build_design, judged_by


@dataclass(frozen=True)
class Fact:
    """One thing that the study says."""

    term: str
    text: tuple[str, ...]


def facts(study: Study) -> tuple[Fact, ...]:
    """Population, intervention, comparator and window, in the order in which a reader asks."""
    return (*_who_and_what(study), *_with_whom_and_when(study))


def outcome_table(study: Study, words: Words) -> Table:
    """What is measured, what difference would matter, and from when one may be expected."""
    rows = tuple(
        (
            outcome.called
            + (", headline of its aim" if outcome.primary else "")
            + (", negative control" if outcome.negative_control else ""),
            words.aims[outcome.aim],
            unit_words(outcome) + (", compared by ratios" if outcome.scale is EffectScale.RATIO else ""),
            str(outcome.better),
            scale_of(outcome).size(outcome.minimal_important_difference),
            f"{outcome.expected_lag} (from {_expected(study, outcome.expected_lag)})",
            str(outcome.provenance) + (f"; used because {outcome.override}" if outcome.override else ""),
        )
        for outcome in study.outcomes
    )
    head = (
        "outcome",
        "aim",
        "unit",
        "better is",
        "smallest difference that matters",
        "years until an effect",
        "figures are",
    )
    return Table("Outcomes, as the study sets them", head, rows)


def design_table(study: Study) -> Table:
    """How the question is answered."""
    rows = tuple(
        (
            design_words(choice.use),
            "primary" if choice.primary else "exploratory",
            "; ".join(f"{key.replace('_', ' ')}: {value}" for key, value in choice.settings_in_words.items())
            or "as they come",
            _judged_by(choice, study),
        )
        for choice in study.designs
    )
    return Table("Designs", ("design", "role", "settings", "uncertainty from"), rows)


def _judged_by(choice: DesignChoice, study: Study) -> str:
    """How uncertainty is judged, and why where the study does not say."""
    if choice.inference is not None:
        return str(choice.inference)
    n = study.treated_groups
    found = judged_by(choice, build_design(choice, study.comparator, n), n)
    return f"{found}, as {n} group{'s were' if n > 1 else ' was'} treated"


def flow_table(selection: Selection, words: Words) -> Table:
    """Units by role and reason, with their sum."""
    flow = selection.flow()
    rows = [(words.roles[role], reason, plain(n, 0)) for role, reason, n in flow]
    total = f"{' + '.join(plain(n, 0) for *_, n in flow)} = {plain(sum(n for *_, n in flow), 0)}"
    rows.append(("Delivered", "all units", total))
    return Table("Delivered units, by what became of them", ("role", "reason", "units"), tuple(rows))


def set_aside(selection: Selection) -> tuple[Fact, ...]:
    """Names of the units that are not compared with, by reason."""
    named: dict[str, list[str]] = {}
    for placed in selection.placements:
        if placed.role in (Role.LEFT_OUT, Role.NEIGHBOUR):
            named.setdefault(placed.reason, []).append(placed.unit)
    return tuple(Fact(reason, (", ".join(units),)) for reason, units in sorted(named.items()))


def _who_and_what(study: Study) -> tuple[Fact, ...]:
    what, who = study.intervention, study.population
    reach = tuple(f"{year}: {persons(n)} persons" for year, n in sorted(what.reach.items()))
    cost = tuple(f"{year}: €{plain(euro, 0)}" for year, euro in sorted(what.programme_cost.items()))
    announced = f"{what.announced.day} {what.announced:%B %Y}" if what.announced else "not stated"
    return (
        Fact("Whose outcomes", (*_whose(study), f"delineated by {who.delineation}")),
        Fact(f"Members ({len(who.members)})", (", ".join(who.members),)),
        *(
            (
                Fact(
                    "Only those of whom",
                    (rule_words(read_rule(who.subpopulation)), f"rule: {who.subpopulation}"),
                ),
            )
            if who.subpopulation
            else ()
        ),
        Fact("Intervention", (f"{what.name} ({what.theme})",)),
        Fact("Status", (str(what.status) + (f", ended in {what.ended}" if what.ended else ""),)),
        _start(study),
        Fact("Announced", (announced,)),
        Fact("Reach", reach or ("not stated: how many people the intervention reached is not known here",)),
        Fact("Cost of the programme", cost or ("not stated: differences in cost are gross of it",)),
    )


def _whose(study: Study) -> tuple[str, ...]:
    """The levels that a study asks about: persons beside units are those whom the intervention is for."""
    levels = [study.population.level]
    if study.data.persons is not None and study.data.reads_units:
        levels.append(Level.INTERVENTION)
    return tuple(population_words(study, level) for level in dict.fromkeys(levels))


def _expected(study: Study, lag: int) -> str:
    return listed_years(start + lag for start in starts_of(study))


def _start(study: Study) -> Fact:
    if not study.intervention.sites:
        return Fact("Start", (str(study.intervention.start),))
    sites = sorted(study.sites, key=lambda each: each.start)
    return Fact("Starts", tuple(f"{each.start}: {each.site} ({', '.join(each.members)})" for each in sites))


def _with_whom_and_when(study: Study) -> tuple[Fact, ...]:
    whom, window = study.comparator, study.window
    pool = "all delivered units that nothing speaks against" if whom.pool == "all" else ", ".join(whom.pool)
    register = "none known" if whom.register == NONE_KNOWN else f"taken from the register, {whom.register}"
    beside = "left out" if whom.neighbours is Neighbours.LEAVE_OUT else "kept"
    beside += f", with what borders on the site by {whom.borders}" if whom.borders else ""
    alike = ", ".join(m.replace("_", " ") for m in whom.match_on)
    return (
        Fact("Compared with", (pool, f"matched on {alike}" if alike else "no covariates",
                               f"up to {whom.matches} comparison units for each unit of the site")),
        Fact("Other initiatives", (register,)),
        Fact("Neighbours of the site", (beside,)),
        Fact("Left out of the pool", tuple(exclusion.reason for exclusion in whom.exclude) or ("nothing",)),
        Fact("Years", (f"{window.first}\u2013{window.last}",)),
        Fact("Years left out", _dated(window.exclude)),
        Fact("Known breaks", _dated(window.breaks)),
    )  # fmt: skip


def _dated(some: tuple[DatedReason, ...]) -> tuple[str, ...]:
    return tuple(f"{dated.year}: {dated.reason}" for dated in some) or ("none named",)
