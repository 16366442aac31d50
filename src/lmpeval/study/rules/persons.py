"""What cannot be so of a study of persons: who they are, how they were chosen, who else is like them."""

from __future__ import annotations

from lmpeval.study.comparator import Comparator
from lmpeval.study.contradiction import Contradiction, Found
from lmpeval.study.data import Data
from lmpeval.study.design_choice import DesignChoice, Over
from lmpeval.study.intervention import Intervention
from lmpeval.study.population import ChosenBy, Delineation, Follow, Population
from lmpeval.study.rule_reading import UnreadableRule, read_rule
from lmpeval.study.selection_rule import reads_costs
from lmpeval.study.subgroups import Subgroups

SUBPOPULATION = ("population", "subpopulation")
FEWEST_GROUPS = 2


def rule_can_be_read(population: Population) -> Found:
    """The rule is one of the grammar; whether its columns are there, the data tell."""
    if population.subpopulation is None:
        return
    try:
        read_rule(population.subpopulation)
    except UnreadableRule as error:
        yield Contradiction(SUBPOPULATION, f"cannot be read: {error}")


def same_rule_on_both_sides(population: Population, data: Data) -> Found:
    """Whoever was chosen for a high risk is compared with people whom the same rule chooses at the same time.

    A high year is followed by a lower one without anybody's doing (regression to the mean): compared with
    people who were not chosen, every programme for the costliest seems to work.
    """
    if population.selection is not ChosenBy.RISK:
        return
    at = ("population", "selection")
    why = "who is chosen for a high year has a lower one next, whatever is done (regression to the mean)"
    if data.persons is None:
        yield Contradiction(
            at, f"{why}: only `persons` in the data can select the people compared by the same rule"
        )
    elif population.subpopulation is None or not _reads_costs(population.subpopulation):
        yield Contradiction(
            at,
            f"{why}: say in `subpopulation` which cost they were chosen by, so that the same rule at the "
            "same time chooses the people whom they are compared with",
        )


def _reads_costs(text: str) -> bool:
    try:
        return reads_costs(read_rule(text))
    except UnreadableRule:  # told by `rule_can_be_read`
        return True


def persons_can_be_placed(population: Population, data: Data) -> Found:
    """Persons lie in municipalities, and those of practices and insurers in some that the study names."""
    if data.persons is None:
        return
    if population.delineation is Delineation.MUNICIPALITIES:
        if population.within:
            yield Contradiction(
                ("population", "within"), "`members` are municipalities already: leave the line out"
            )
    elif not population.within:
        yield Contradiction(
            ("population",),
            f"people of '{population.delineation}' live in many places: name in `within` the municipalities "
            "in which the intervention reached them",
        )
    if population.participants and data.participants is None:
        yield Contradiction(
            ("population", "participants"), "needs `participants` in the data, which says who took part"
        )
    fixed = population.follow in (Follow.FIXED_COHORT, Follow.WHEREVER)
    if population.participants and not fixed:
        yield Contradiction(
            ("population", "follow"),
            f"participants are followed from the start on, as a '{Follow.FIXED_COHORT}': whoever joins later "
            "was chosen later",
        )


def needs_persons(
    population: Population, data: Data, comparator: Comparator, designs: tuple[DesignChoice, ...]
) -> Found:
    """What is said of persons needs persons."""
    if data.persons is not None:
        return
    said: list[tuple[tuple[str | int, ...], object]] = [
        (("population", "within"), population.within),
        (("population", "participants"), population.participants),
        (("population", "follow"), population.follow is not Follow.FIXED_COHORT),
        (("comparator", "match_persons_on"), comparator.match_persons_on),
        (("data", "participants"), data.participants),
        (("data", "municipality_codes"), data.municipality_codes),
    ]
    said += [(("designs", i, "over"), each.over is Over.PERSONS) for i, each in enumerate(designs)]
    for at, given in said:
        if given:
            yield Contradiction(
                at, "needs person-level data: add `persons` to the data, or leave the line out"
            )


def one_start_of_persons(intervention: Intervention, population: Population, data: Data) -> Found:
    """Membership is fixed before one start, and sites are made of municipalities."""
    if data.persons is None or not intervention.sites:
        return
    if len({each.start for each in intervention.sites}) > 1:
        yield Contradiction(
            ("intervention", "sites"),
            "persons are selected in the year before one start: write a study for each start",
        )
    if population.delineation is not Delineation.MUNICIPALITIES:
        yield Contradiction(
            ("intervention", "sites"),
            f"persons live in municipalities, and sites of '{population.delineation}' have none: write a "
            "study for each site",
        )


def subgroups_are_groups(subgroups: tuple[Subgroups, ...], intervention: Intervention) -> Found:
    """A characteristic is named once and tells two groups or more apart, each by a rule that can be read."""
    seen = set[str]()
    for i, each in enumerate(subgroups):
        if each.by in seen:
            yield Contradiction(("subgroups", i, "by"), f"'{each.by}' is named twice")
        seen.add(each.by)
        if each.of_sites:
            yield from _sites_are_groups(each, intervention, i)
        elif len(each.groups) < FEWEST_GROUPS:
            yield Contradiction(
                ("subgroups", i, "groups"),
                f"found {len(each.groups)}, expected two groups or more to compare",
            )
        for name, rule in each.groups.items():
            try:
                read_rule(rule)
            except UnreadableRule as error:
                yield Contradiction(("subgroups", i, "groups", name), f"cannot be read: {error}")


def _sites_are_groups(each: Subgroups, intervention: Intervention, position: int) -> Found:
    """Sites are groups by themselves, where there are several."""
    if each.groups:
        yield Contradiction(
            ("subgroups", position, "groups"), "by `site` the groups are the sites: leave `groups` out"
        )
    if len(intervention.sites) < FEWEST_GROUPS:
        yield Contradiction(
            ("subgroups", position, "by"),
            "`site` tells several sites apart, and `intervention.sites` names none: name them, or another "
            "characteristic",
        )


def subgroups_need_persons(subgroups: tuple[Subgroups, ...], population: Population, data: Data) -> Found:
    """Groups are of persons who are followed, as they were before the start."""
    if not subgroups:
        return
    if data.persons is None:
        yield Contradiction(
            ("subgroups",), "needs person-level data: add `persons` to the data, or leave the lines out"
        )
    elif population.follow not in (Follow.FIXED_COHORT, Follow.WHEREVER):
        yield Contradiction(
            ("subgroups",),
            f"groups are fixed before the start, and a '{population.follow}' is not: follow a "
            f"'{Follow.FIXED_COHORT}'",
        )
