"""What a page shows of persons: what became of them, how alike both sides are, and what reach makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

from lmpeval.disclosure import CBS, Profile, may_be_shown, rounded_count
from lmpeval.engine.running import StudyResult
from lmpeval.finding import PersonTables
from lmpeval.persons.balance import Balance
from lmpeval.persons.costs import ANY, CostReading
from lmpeval.persons.refutation import KEPT, Attempt
from lmpeval.persons.support import Behind
from lmpeval.report.glance import design_words
from lmpeval.report.language import ENGLISH, Catalogue
from lmpeval.report.numbers import THIN, Scale, percent, plain, scale_of, three_digits
from lmpeval.report.reach import Reached, reached
from lmpeval.report.refusals import refusal_words
from lmpeval.report.tables import THRESHOLDS, Table
from lmpeval.report.twins import PERCENT
from lmpeval.sources.persons.flow import Flow
from lmpeval.sources.persons.membership import INSURED, SELECTED
from lmpeval.study import Outcome, Study
from lmpeval.two_levels import Ranged, Reconciled, reconciled
from lmpeval.verdict import State


def person_flow_table(flow: Flow, profile: Profile = CBS) -> Table:
    """Everybody who was insured, selected and followed; rounded, so that no few can be worked out."""
    deep = {"": 0}
    rows = []
    for step in flow.steps:
        deep[step.name] = deep[step.part_of] + 1
        name = "of these, " * (deep[step.part_of] > 0) + step.name
        if step.part_of == SELECTED:
            name = f"of the cohort, {step.name}"
        rows.append((name, rounded_count(step.site, profile), rounded_count(step.elsewhere, profile)))
    caption = f"Persons, by what became of them; rounded to {profile.nearest}"
    return Table(caption, ("persons", "site", "elsewhere"), tuple(rows))


def person_balance_table(tables: PersonTables, catalogue: Catalogue = ENGLISH) -> Table | None:
    """Persons before the start, before and after weighing; None where they are matched on nothing."""
    rows = tuple(
        (
            each.covariate.replace("_", " "),
            *_means(each, catalogue),
            plain(each.before.difference, 2),
            plain(each.after.difference, 2),
        )
        for each in tables.balance
    )
    head = (
        "covariate",
        "site",
        "elsewhere, all",
        "elsewhere, weighed",
        "standardised difference before",
        "after",
    )
    return Table("Persons in the year before the start", head, rows) if rows else None


def _means(each: Balance, catalogue: Catalogue) -> tuple[str, str, str]:
    """Of the site, of all elsewhere and of those weighed; or why they are not told."""
    if each.refused:
        withheld = catalogue.say(f"mark.{State.WITHHELD}")
        return f"{withheld}: {'; '.join(refusal_words(each.refused, catalogue))}", withheld, withheld
    means = (each.after.treated, each.before.compared, each.after.compared)
    return three_digits(means[0]), three_digits(means[1]), three_digits(means[2])


def left_out_words(tables: PersonTables, behind: Behind | None, catalogue: Catalogue = ENGLISH) -> str:
    """The share of the site's persons who were left out; of a few it is told that they are few."""
    share = tables.overlap.left_out
    if behind is None or not 0 < share < 1:
        return percent(share, catalogue.numerals)
    left = round(sum(behind.persons) * share / (1 - share))
    if may_be_shown(left, behind.profile):
        return percent(share, catalogue.numerals)
    return catalogue.numerals.few.format(n=behind.profile.least)


def overlap_table(tables: PersonTables, behind: Behind | None = None) -> Table:
    """How many persons might have been on either side, and on how many the comparison rests."""
    found, profile = tables.overlap, CBS if behind is None else behind.profile
    rows = (
        ("persons who might have been on either side", percent(found.equipoise)),
        ("persons of the site with anybody like them elsewhere", percent(found.in_support)),
        ("persons of the site left out for want of anybody like them", left_out_words(tables, behind)),
        (
            "persons elsewhere of equal weight that would be as noisy",
            rounded_count(round(found.effective), profile),
        ),
    )
    return Table("Overlap", ("what", "how much"), rows)


ATTEMPTS = {
    Attempt.PLACEBO_REGIONS: "other regions taken for the treated, in which nothing was done",
    Attempt.RANDOM_CAUSE: "one more covariate, drawn at random",
    Attempt.SUBSET: f"{KEPT:.0%} of the persons, drawn at random",
    Attempt.HIDDEN_CAUSE: "something unmeasured, as strong as {like}, taken into account",
}


def refutation_table(tables: PersonTables, scale: Scale, profile: Profile = CBS) -> Table | None:
    """What came of doing everything anew with one thing changed; None where nothing was tried."""
    tried = tables.refutations
    if not tried:
        return None
    rows = tuple(
        (
            ATTEMPTS[each.attempt].format(like=each.like.replace("_", " ")),
            scale.change(each.expected),
            scale.change(each.expected + each.moved) if isfinite(each.moved) else "no answer",
            scale.size(each.spread) if isfinite(each.spread) else "no answer",
            f"{len(each.effects)} of {each.asked}",
        )
        for each in tried
    )
    number = rounded_count(tried[0].n_persons, profile)
    caption = (
        f"Everything done anew with one thing changed, on {number} persons. "
        "The first three should leave the effect where it is expected; the last shows how far it would move"
    )
    return Table(caption, ("changed", "expected", "mean effect found", "spread", "draws answered"), rows)


def cost_table(tables: PersonTables, scale: Scale, level: float) -> Table | None:
    """A cost told in other ways; None where the outcome is none."""
    if not tables.costs:
        return None
    rows = tuple(_cost_row(each, scale) for each in tables.costs)
    caption = (
        "The same cost in other ways, each matched and judged by region as the difference above, which is of "
        "the mean and is what is paid. Both parts together, and the regressions in which covariates "
        "multiply, should agree with it"
    )
    return Table(caption, ("way", "difference", f"{percent(level)} interval"), rows)


def _cost_row(each: CostReading, scale: Scale) -> tuple[str, str, str]:
    if each.found is None:
        return each.way, "no answer", each.why
    found = each.found
    if each.way == ANY:
        of_persons = replace(PERCENT, per="of persons")
        return (
            f"{each.way}, in percent of persons",
            of_persons.change(found.effect),
            of_persons.interval(found.low, found.high),
        )
    return each.way, scale.change(found.effect), scale.interval(found.low, found.high)


def love_alt(balances: Sequence[Balance]) -> str:
    """Say what the dot plot of persons shows."""
    before, after = (
        sum(abs(side.difference) > THRESHOLDS[0] for side in sides)
        for sides in ([each.before for each in balances], [each.after for each in balances])
    )
    worst = max(balances, key=lambda each: abs(each.after.difference))
    return (
        f"Dot plot of {len(balances)} standardised differences of persons before the start: {before} beyond "
        f"{THRESHOLDS[0]} before weighing and {after} after it; the largest after it is "
        f"{plain(worst.after.difference, 2)}, in {worst.covariate.replace('_', ' ')}."
    )


def level_table(result: StudyResult) -> Table | None:
    """Everybody in the region beside those reached, and what reach does not explain; None without both."""
    found = [each for outcome in result.study.outcomes if (each := _of_outcome(result, outcome)) is not None]
    head = (
        "outcome",
        "those reached",
        "reach",
        "their effect times reach",
        "everybody in the region",
        "left over",
    )
    caption = (
        "Both levels. What is left over of everybody's difference is not explained by those reached: of a "
        "cost above zero it is volume added by others, below zero it reached others too; its range holds it "
        "nine times in ten at least"
    )
    return Table(caption, head, tuple(_row(each) for each in found)) if found else None


def _of_outcome(result: StudyResult, outcome: Outcome) -> Reconciled | None:
    share = reach_share(result.study, result.flow, reached(result.study, outcome))
    return None if share is None else reconciled(result.findings, outcome, share)


def reach_share(study: Study, flow: Flow | None, register: Reached | None) -> float | None:
    """Share of everybody insured in the site who are reached: by the register, or all whom a rule selects."""
    everybody, selected = (flow.step(INSURED), flow.step(SELECTED)) if flow is not None else (None, None)
    if everybody is None or selected is None or not everybody.site:
        return None
    if study.population.participants is None:
        return selected.site / everybody.site
    return None if register is None else register.persons / everybody.site


def _row(each: Reconciled) -> tuple[str, ...]:
    scale = scale_of(each.outcome)

    def told(numbers: Ranged) -> str:
        return f"{scale.change(numbers[0])} ({scale.interval(*numbers[1:])})"

    return (
        f"{each.outcome.called}, {design_words(each.intervention.cell.label)} beside "
        f"{design_words(each.population.cell.label)}",
        told(each.reached),
        f"{three_digits(100 * each.reach)}{THIN}%",
        told(each.explained),
        told(each.everybody),
        told(each.left_over),
    )
