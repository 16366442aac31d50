"""The page for evaluators says what the contracts say."""

import re
from pathlib import Path

import pytest

from lmpeval.contracts import Column, load_contract
from lmpeval.sources.boundaries import stable_units

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
COSTS = [column for column in load_contract("vektis_municipality").columns if "outcome" in column.custom]


def years(column: Column) -> str:
    first, last = column.custom["firstYear"], column.custom.get("lastYear")
    if first == 2011:
        return f" (to {last})" if last else ""
    return f" ({first}-{last})" if last else f" (from {first})"


@pytest.mark.parametrize("outcome", sorted({str(column.custom["outcome"]) for column in COSTS}))
def test_row_of_an_outcome_names_its_columns_and_years(outcome):
    (row,) = re.findall(rf"^\| `{outcome}` \| (.*) \|$", PAGE, flags=re.MULTILINE)
    expected = {f"`{column.name}`{years(column)}" for column in COSTS if column.custom["outcome"] == outcome}
    assert set(row.split(", ")) == expected


def test_core_basket_and_stable_units_are_those_of_the_package():
    (row,) = re.findall(r"^\| `cost_core` \| (.*) \|$", PAGE, flags=re.MULTILINE)
    core = load_contract("vektis_municipality").custom["coreBasket"]
    assert re.findall(r"`(\w+)`", row) == core
    for unit in set(stable_units().values()):
        assert f"| {unit} |" in PAGE


def test_example_of_an_error_is_an_error_of_the_program():
    rules = re.findall(r"^  [\w, ]+: (must [^;]*|the column must be present)", PAGE, flags=re.MULTILINE)
    assert rules == ["must name one row", "the column must be present", "must be a number (decimal point)"]
