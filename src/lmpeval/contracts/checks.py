"""The rules of a contract as a pandera schema, and what pandera finds as violations."""

import re
from typing import Any

import pandas as pd
import pandera.pandas as pa

from lmpeval.contracts.contract import Column, Contract
from lmpeval.contracts.readings import finite, is_text, numbers, typed, whole
from lmpeval.contracts.violations import SHOWN, Breach, ContractError, Violation

_TYPE_RULES = {
    "string": ("must be text", is_text),
    "integer": ("must be a whole number", whole),
    "number": ("must be a number (decimal point)", finite),
}
_KEY_RULE = "must name one row; here it names another row again"
_PANDERA_RULES = {
    "not_nullable": "must not be empty",
    "field_uniqueness": "must be unique",
    "column_in_dataframe": "the column must be present",
    "column_in_schema": "is not a column of this contract",
}


def checked(contract: Contract, table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Hold ``table`` to ``contract``; see :meth:`Contract.check`."""
    violations = tuple(_of_table(contract, table))
    if not table.columns.has_duplicates:
        violations += tuple(_of_rows(contract, table, first_row=2 if _is_text_file(where) else 1))
    if violations:
        place = "line" if _is_text_file(where) else "row"
        private = bool(contract.custom.get("personLevel", False))
        name = f"{contract.name} {contract.version}"
        raise ContractError(Breach(name, where, violations, place, private))
    types = {column.name: column.type for column in contract.columns if column.name in table}
    if contract.custom.get("otherColumns") == "number":
        types |= {str(name): "number" for name in table.columns if name not in types}
    return pd.DataFrame({name: typed(table[name], type_) for name, type_ in types.items()}, index=table.index)


def _of_table(contract: Contract, table: pd.DataFrame) -> list[Violation]:
    violations = []
    if len(table) < contract.minimum_rows:
        violations.append(
            Violation(f"must have at least {contract.minimum_rows} row; it has {len(table)}", "table")
        )
    for name in dict.fromkeys(table.columns[table.columns.duplicated()]):
        violations.append(Violation("the column name must occur once", str(name)))
    pattern = contract.custom.get("otherColumnNames")
    if pattern:
        others = pd.Series(
            [str(n) for n in table.columns if n not in {column.name for column in contract.columns}]
        )
        misnamed = others[~others.str.fullmatch(pattern).astype(bool)]
        violations += [Violation(f"the column name must match {pattern}", name) for name in misnamed]
    return violations


def _of_rows(contract: Contract, table: pd.DataFrame, first_row: int) -> list[Violation]:
    try:
        _schema(contract, table).validate(table.reset_index(drop=True), lazy=True)
    except pa.errors.SchemaErrors as errors:
        found = errors.failure_cases
    else:
        return []
    violations = []
    for (column, check), cases in found.groupby(["column", "check"], sort=False, dropna=False):
        rule = _PANDERA_RULES.get(check, check)
        if check in ("column_in_dataframe", "column_in_schema"):
            violations += [Violation(rule, str(name)) for name in cases["failure_case"]]
            continue
        about = list(contract.key) if check == _KEY_RULE else [column]
        rows = cases["index"].dropna().astype(int).sort_values()
        shown = tuple((row + first_row, _found(table[about], row)) for row in rows.head(SHOWN))
        violations.append(Violation(rule, ", ".join(about), len(rows), shown))
    return violations


def _schema(contract: Contract, table: pd.DataFrame) -> pa.DataFrameSchema:
    """Build the schema of one table; rules over several columns look into that table."""
    columns: dict[str, pa.Column] = {}
    for column in contract.columns:
        checks = [*_column_checks(column), *_relations(contract, column.name, table.reset_index(drop=True))]
        columns[column.name] = pa.Column(
            checks=checks, nullable=not column.required, unique=column.unique, required=not column.optional
        )
    others = contract.custom.get("otherColumns", "ignored")
    if others == "number":
        number = _check(*_TYPE_RULES["number"])
        columns |= {
            name: pa.Column(checks=number, nullable=True) for name in table.columns if name not in columns
        }
    return pa.DataFrameSchema(columns, strict=others == "forbidden")


def _check(words: str, holds: Any) -> pa.Check:
    return pa.Check(holds, error=words, ignore_na=True)


def _column_checks(column: Column) -> list[pa.Check]:
    words, readable = _TYPE_RULES[column.type]
    options = column.options
    checks = [_check(words, readable)]
    bounds = (
        ("minimum", "must be at least", lambda values, bound: values < bound),
        ("maximum", "must be at most", lambda values, bound: values > bound),
        ("exclusiveMinimum", "must be more than", lambda values, bound: values <= bound),
        ("exclusiveMaximum", "must be less than", lambda values, bound: values >= bound),
    )
    for option, comparison, outside in bounds:
        if option in options:
            checks.append(
                _check(
                    f"{comparison} {options[option]}",
                    # an unreadable number is reported as such, not as out of bounds as well
                    lambda v, outside=outside, bound=options[option]: (
                        ~(outside(numbers(v), bound) & readable(v))
                    ),
                )
            )
    return checks + _text_checks(column)


def _text_checks(column: Column) -> list[pa.Check]:
    options, checks = column.options, []
    if "pattern" in options:
        matches = re.compile(options["pattern"]).search
        words = f"must match {options['pattern']}"
        checks.append(_check(words, lambda v: v.map(lambda cell: matches(str(cell)) is not None)))
    if "minLength" in options:
        least = options["minLength"]
        checks.append(
            _check(
                f"must have at least {least} character(s)",
                lambda v: v.astype(str).str.strip().str.len() >= least,
            )
        )
    if column.valid_values:
        allowed = column.valid_values
        checks.append(_check(f"must be one of {', '.join(allowed)}", lambda v: v.isin(allowed)))
    return checks


def _relations(contract: Contract, name: str, table: pd.DataFrame) -> list[pa.Check]:
    """Return the rules that tie this column to others of the same row or of the same key."""
    checks = []
    key = list(contract.key)
    if key and name == key[-1] and set(key) <= set(table.columns):
        repeated = table.duplicated(key)
        checks.append(pa.Check(lambda _: ~repeated, error=_KEY_RULE, ignore_na=False))
    together = [other for other in contract.custom.get("emptyTogether", ()) if other in table]
    if together and name == together[-1]:
        empty = table[together].isna().sum(axis=1)
        mixed = empty.between(1, len(together) - 1)
        words = f"{', '.join(together)} must be all filled or all empty"
        checks.append(pa.Check(lambda _: ~mixed, error=words, ignore_na=False))
    for relation in contract.custom.get("oneValuePer", ()):
        per = relation["per"]
        if relation["one"] == name and {name, per} <= set(table.columns):
            first = table.groupby(per)[name].transform("first")
            differs = table[name].ne(first) & table[name].notna() & table[per].notna()
            words = f"must be the same in all rows of one {per}"
            checks.append(pa.Check(lambda _, differs=differs: ~differs, error=words, ignore_na=False))
    return checks


def _found(cells: pd.DataFrame, row: int) -> str:
    values = [value.item() if hasattr(value, "item") else value for value in cells.iloc[row]]
    return ", ".join("nothing" if pd.isna(value) else repr(value) for value in values)


def _is_text_file(where: str) -> bool:
    return where.lower().endswith((".csv", ".txt"))
