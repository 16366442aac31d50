"""The grammar of selection rules: what is read as what, and what is told of a rule that cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmpeval.sources.persons.rule_sql import condition, years_before
from lmpeval.study.rule_reading import UnreadableRule, read_rule
from lmpeval.study.selection_rule import (
    AllOf,
    AnyOf,
    Between,
    Compared,
    Not,
    OneOf,
    Percentile,
    Term,
    reads_costs,
)

AGE, COST = Term("age"), Term("cost", -1)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("age >= 40", Compared(AGE, ">=", 40.0)),
        ("cost(-1) > p95", Compared(COST, ">", Percentile(95.0))),
        ("sex == 'V'", Compared(Term("sex"), "==", "V")),
        ('sex != "V"', Compared(Term("sex"), "!=", "V")),
        ("age in [1, -2.5]", OneOf(AGE, (1.0, -2.5))),
        ("age not in [1]", Not(OneOf(AGE, (1.0,)))),
        ("age between 40 and 50 and age > 1", AllOf((Between(AGE, 40.0, 50.0), Compared(AGE, ">", 1.0)))),
        (
            "age > 1 or age > 2 and age > 3",
            AnyOf((Compared(AGE, ">", 1.0), AllOf((Compared(AGE, ">", 2.0), Compared(AGE, ">", 3.0))))),
        ),
        (
            "not (age > 1 or age > 2) and age > 3",
            AllOf(
                (
                    Not(AnyOf((Compared(AGE, ">", 1.0), Compared(AGE, ">", 2.0)))),
                    Compared(AGE, ">", 3.0),
                )
            ),
        ),
        ("sex == 'and (1'", Compared(Term("sex"), "==", "and (1")),
    ],
)
def test_read(text, rule):
    assert read_rule(text) == rule
    assert read_rule(f"  ({text})\n") == rule


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("age = 40", "found '=' at character 5, expected one of ==, .* 'in' or 'between' after age; write =="
                     " to compare"),
        ("age > ", "found the end of the rule at character 6, expected a number, a text in quotes or"),
        ("cost(1) > 3", r"found '1' at character 6, .*cost\(-1\): a rule reads nothing later"),
        ("cost(0) > 3", "found '0' at character 6"),
        ("40 < age", "found '40' at character 1, expected a column"),
        ("age > 40)", r"found '\)' at character 9, expected 'and', 'or' or the end"),
        ("(age > 40", r"expected 'and', 'or' or '\)'"),
        ("age > 4 and", "found the end of the rule at character 12, expected a column"),
        ("age in []", r"found '\]'"),
        ("age > p100", "found 'p100'"),
        ("age > 40; drop table x", "found ';' at character 9"),
        ("age > (select 1)", r"found '\(' at character 7"),
        ("", "found the end of the rule at character 1, expected a column"),
        ("(" * 50 + "age > 1" + ")" * 50, "more than 20 deep at character 22"),
        ("not " * 50 + "age > 1", "more than 20 deep"),
    ],
)  # fmt: skip
def test_unreadable(text, told):
    with pytest.raises(UnreadableRule, match=told):
        read_rule(text)


@given(st.text(alphabet="ag e>=<!()[],'\"pandornti1_.-;", max_size=40))
def test_any_text_is_read_or_refused(text):
    """No text breaks the reader, and nothing that it reads reaches SQL but known words and question marks."""
    try:
        rule = read_rule(text)
    except UnreadableRule:
        return
    found = condition(rule, 2012)
    assert found.sql.count("?") == len(found.values)
    assert "'" not in found.sql
    assert ";" not in found.sql


def test_values_are_bound_and_columns_quoted():
    found = condition(read_rule("cost(-2) > p95 and sex == 'x'"), 2012)
    assert found.values == (0.95, 2010, "x")
    assert 'y2."cost"' in found.sql
    assert 'y0."sex" = ?' in found.sql


def test_which_years_and_costs_a_rule_reads():
    rule = read_rule("cost_gp(-2) > 1 or not age(-1) in [3]")
    assert years_before(rule) == (1, 2)
    assert reads_costs(rule)
    assert not reads_costs(read_rule("age > 1 and costly == 1"))
