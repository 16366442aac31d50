"""What a page shows of persons: what became of them, how alike both sides are, and what reach makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from lmpeval.disclosure import CBS, Profile, may_be_shown, rounded_count
from lmpeval.engine.running import StudyResult
from lmpeval.finding import Answered, PersonTables
from lmpeval.persons.balance import Balance
from lmpeval.persons.costs import ANY, CostReading
from lmpeval.persons.outcome_slopes import PER_COVARIATE
from lmpeval.persons.refutation import KEPT
from lmpeval.persons.support import Behind
from lmpeval.report.glance import design_words
from lmpeval.report.numbers import Scale, percent, plain, scale_of, standardised, three_digits
from lmpeval.report.reach import Reached, reached
from lmpeval.report.refusals import refusal_words
from lmpeval.report.tables import THRESHOLDS, Table
from lmpeval.report.twins import percent_scale
from lmpeval.report.words import Words
from lmpeval.sources.persons.flow import INSURED, Flow
from lmpeval.sources.persons.membership import SELECTED
from lmpeval.study import Outcome, Study
from lmpeval.two_levels import Ranged, Reconciled, reconciled
from lmpeval.verdict import State


def person_flow_table(flow: Flow, words: Words, profile: Profile = CBS) -> Table:
    """Everybody who was insured, selected and followed; rounded, so that no few can be worked out."""
    deep = {"": 0}
    rows = []
    for step in flow.steps:
        deep[step.name] = deep[step.part_of] + 1
        name = words.told(step.name)
        if step.part_of == SELECTED:
            name = words.say("flow.of-cohort", step=name)
        elif deep[step.part_of] > 0:
            name = words.say("flow.of-these", step=name)
        rows.append((name, _count(step.site, words, profile), _count(step.elsewhere, words, profile)))
    head = (words.say("flow.persons"), words.say("flow.site"), words.say("flow.elsewhere"))
    return Table(words.say("flow.persons-caption", nearest=profile.nearest), head, tuple(rows))


def _count(number: int, words: Words, profile: Profile) -> str:
    """A number of persons, rounded; few of them are not told."""
    return words.told(rounded_count(number, profile))


def person_balance_table(tables: PersonTables, words: Words) -> Table | None:
    """Persons before the start, before and after weighing; None where they are matched on nothing."""
    numerals = words.numerals
    rows = tuple(
        (
            words.catalogue.column(each.covariate),
            *_means(each, words),
            standardised(each.before.difference, numerals),
            standardised(each.after.difference, numerals),
        )
        for each in tables.balance
    )
    columns = ("covariate", "site", "all", "weighed", "apart-before", "apart-after")
    head = tuple(words.say(f"persons.{column}") for column in columns)
    return Table(words.say("persons.balance"), head, rows) if rows else None


def _means(each: Balance, words: Words) -> tuple[str, ...]:
    """Of the site, of all elsewhere and of those weighed; or why they are not told."""
    if each.refused:
        withheld = words.marks[State.WITHHELD].word
        return f"{withheld}: {'; '.join(refusal_words(each.refused, words))}", withheld, withheld
    means = (each.after.treated, each.before.compared, each.after.compared)
    return tuple(three_digits(mean, words.numerals) for mean in means)


def left_out_words(tables: PersonTables, behind: Behind | None, words: Words) -> str:
    """The share of the site's persons who were left out; of a few it is told that they are few."""
    share = tables.overlap.left_out
    left = round(sum(behind.persons) * share / (1 - share)) if behind is not None and share < 1 else 0
    if behind is None or may_be_shown(left, behind.profile):
        return percent(share, words.numerals)
    return words.numerals.few.format(n=behind.profile.least)


def overlap_table(tables: PersonTables, behind: Behind | None, words: Words) -> Table:
    """How many persons might have been on either side, and on how many the comparison rests.

    That these are too few for a regression is told where the design would have adjusted outcomes by one.
    """
    found, say = tables.overlap, words.say
    profile = CBS if behind is None else behind.profile
    rows = [
        (say("persons.either-side"), percent(found.equipoise, words.numerals)),
        (say("persons.in-support"), percent(found.in_support, words.numerals)),
        (say("persons.left-out"), left_out_words(tables, behind, words)),
        (say("persons.effective"), _count(round(found.effective), words, profile)),
    ]
    if found.too_few_for_slopes:
        rows.append((say("persons.regression"), say("persons.no-regression", n=PER_COVARIATE)))
    return Table(say("persons.overlap"), (say("persons.what"), say("persons.how-much")), tuple(rows))


def refutation_table(
    tables: PersonTables, scale: Scale, words: Words, profile: Profile = CBS
) -> Table | None:
    """What came of doing everything anew with one thing changed; None where nothing was tried."""
    tried, say = tables.refutations, words.say
    if not tried:
        return None
    none = say("persons.no-answer")
    rows = tuple(
        (
            say(
                f"persons.try-{each.attempt.name}",
                like=words.catalogue.column(each.like), share=percent(KEPT, words.numerals),
            ),
            scale.change(each.expected),
            scale.change(each.expected + each.moved) if isfinite(each.moved) else none,
            scale.size(each.spread) if isfinite(each.spread) else none,
            say("persons.of-asked", n=len(each.effects), asked=each.asked),
        )
        for each in tried
    )  # fmt: skip
    caption = say("persons.tried", n=_count(tried[0].n_persons, words, profile))
    head = tuple(say(f"persons.try-{part}") for part in ("changed", "expected", "found", "spread", "draws"))
    return Table(caption, head, rows)


def cost_table(answer: Answered, scale: Scale, words: Words) -> Table | None:
    """A cost told in other ways; None where the outcome is none."""
    if answer.persons is None or not answer.persons.costs:
        return None
    without = answer.estimate.told.counterfactual_mean
    rows = tuple(_cost_row(each, (scale, without), words) for each in answer.persons.costs)
    level = percent(answer.estimate.uncertainty.level, words.numerals)
    head = (words.say("costs.way"), words.say("path.difference"), words.say("path.interval", level=level))
    return Table(words.say("costs.caption"), head, rows)


def _cost_row(each: CostReading, told_in: tuple[Scale, float], words: Words) -> tuple[str, str, str]:
    """A way, its difference and range; a range wider to either side than the whole cost says nothing."""
    way, (scale, without) = words.told(each.way), told_in
    if each.found is None:
        return way, words.say("persons.no-answer"), words.told(each.why)
    found = each.found
    if each.way == ANY:
        scale, way = percent_scale(words), words.say("costs.in-percent", way=way)
    elif found.high - found.low > 2 * without:
        return way, words.say("persons.no-answer"), words.say("costs.too-wide", cost=scale.amount(without))
    return way, scale.change(found.effect), scale.interval(found.low, found.high)


def love_alt(balances: Sequence[Balance], words: Words) -> str:
    """Say what the dot plot of persons shows."""
    before, after = (
        sum(abs(side.difference) > THRESHOLDS[0] for side in sides)
        for sides in ([each.before for each in balances], [each.after for each in balances])
    )
    worst = max(balances, key=lambda each: abs(each.after.difference))
    return words.say(
        "persons.alt",
        n=len(balances), limit=plain(THRESHOLDS[0], 1, words.numerals), before=before, after=after,
        largest=standardised(worst.after.difference, words.numerals),
        covariate=words.catalogue.column(worst.covariate),
    )  # fmt: skip


def level_table(result: StudyResult, words: Words) -> Table | None:
    """Everybody in the region beside those reached, and what reach does not explain; None without both."""
    found = [each for outcome in result.study.outcomes if (each := _of_outcome(result, outcome)) is not None]
    columns = ("outcome", "reached", "reach", "explained", "everybody", "left-over")
    head = tuple(words.say(f"levels.{column}") for column in columns)
    rows = tuple(_row(each, words) for each in found)
    return Table(words.say("levels.caption"), head, rows) if found else None


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


def _row(each: Reconciled, words: Words) -> tuple[str, ...]:
    scale = scale_of(each.outcome, words.catalogue)

    def told(numbers: Ranged) -> str:
        return f"{scale.change(numbers[0])} ({scale.interval(*numbers[1:])})"

    share = three_digits(100 * each.reach, words.numerals)
    return (
        words.say(
            "levels.by",
            outcome=words.called(each.outcome),
            own=design_words(each.intervention.cell.label, words),
            beside=design_words(each.population.cell.label, words),
        ),
        told(each.reached),
        words.numerals.percent.format(number=share),
        told(each.explained),
        told(each.everybody),
        told(each.left_over),
    )
