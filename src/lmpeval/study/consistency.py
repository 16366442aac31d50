"""What cannot both be so in one study: every rule, and what a study breaks of them.

Each rule reads the parts that it needs and names the place of what is wrong, so that a file with one
unreadable part still gets every other contradiction reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lmpeval.study.contradiction import Contradiction, Found
from lmpeval.study.rules.causal_graph import graph_is_sound, matched_stand_in_the_graph
from lmpeval.study.rules.comparison import borders_are_for_leaving_out
from lmpeval.study.rules.costs import cut_is_another_cost, pandemic_declared, price_covers, savings_are_net
from lmpeval.study.rules.delivery import no_password, one_delivery, population_can_be_built
from lmpeval.study.rules.designs import (
    enough_for_influence,
    inference_can_bear,
    no_two_way_over_starts,
    one_primary_design,
    predictors_before_the_start,
    untouched_is_another,
)
from lmpeval.study.rules.disclosure import departures_have_a_reason
from lmpeval.study.rules.outcomes import (
    controls_answer_nothing,
    improvement_is_plausible,
    outcomes_fit,
    percentages_are_possible,
)
from lmpeval.study.rules.persons import (
    needs_persons,
    one_start_of_persons,
    persons_can_be_placed,
    rule_can_be_read,
    same_rule_on_both_sides,
    subgroups_are_groups,
    subgroups_need_persons,
)
from lmpeval.study.rules.several_outcomes import (
    care_can_move,
    followed_price_is_national,
    gain_is_for_money,
    parts_add_up,
)
from lmpeval.study.rules.starts import (
    life_in_order,
    several_to_put_together,
    sites_agree,
    start_within_window,
    years_left,
)


@dataclass(frozen=True)
class Rule:
    """A check and the parts of a study that it reads."""

    needs: tuple[str, ...]
    check: Callable[..., Found]


RULES = (
    Rule(("intervention", "window"), start_within_window),
    Rule(("intervention", "population"), sites_agree),
    Rule(("intervention", "window"), years_left),
    Rule(("intervention",), life_in_order),
    Rule(("designs",), one_primary_design),
    Rule(("designs", "intervention", "population"), inference_can_bear),
    Rule(("designs", "intervention", "population"), enough_for_influence),
    Rule(("designs", "intervention"), no_two_way_over_starts),
    Rule(("designs", "outcomes"), untouched_is_another),
    Rule(("designs", "intervention", "window"), predictors_before_the_start),
    Rule(("comparator", "intervention", "window"), several_to_put_together),
    Rule(("comparator",), borders_are_for_leaving_out),
    Rule(("outcomes",), outcomes_fit),
    Rule(("outcomes",), cut_is_another_cost),
    Rule(("outcomes",), improvement_is_plausible),
    Rule(("outcomes",), percentages_are_possible),
    Rule(("outcomes",), controls_answer_nothing),
    Rule(("outcomes", "window"), price_covers),
    Rule(("outcomes", "window"), pandemic_declared),
    Rule(("intervention", "outcomes", "window"), savings_are_net),
    Rule(("outcomes",), parts_add_up),
    Rule(("outcomes",), followed_price_is_national),
    Rule(("outcomes", "substitutions"), care_can_move),
    Rule(("outcomes", "cost_effectiveness"), gain_is_for_money),
    Rule(("data",), one_delivery),
    Rule(("data",), no_password),
    Rule(("population", "data"), population_can_be_built),
    Rule(("population",), rule_can_be_read),
    Rule(("population", "data"), same_rule_on_both_sides),
    Rule(("population", "data"), persons_can_be_placed),
    Rule(("population", "data", "comparator", "designs"), needs_persons),
    Rule(("intervention", "population", "data"), one_start_of_persons),
    Rule(("subgroups", "intervention"), subgroups_are_groups),
    Rule(("subgroups", "population", "data"), subgroups_need_persons),
    Rule(("disclosure",), departures_have_a_reason),
    Rule(("causal_graph",), graph_is_sound),
    Rule(("causal_graph", "comparator"), matched_stand_in_the_graph),
)


def contradictions(parts: Mapping[str, Any]) -> list[Contradiction]:
    """Find all that cannot be so among the parts of a study that are known.

    Parameters
    ----------
    parts : mapping of field name to value
        Any subset of a `Study`'s fields; a rule that needs a missing part is skipped.
    """
    return [
        found
        for rule in RULES
        if all(need in parts for need in rule.needs)
        for found in rule.check(*(parts[need] for need in rule.needs))
    ]
