"""A `Study` as YAML, and the JSON Schema of study files for editors."""

from __future__ import annotations

import hashlib
from dataclasses import Field, fields, is_dataclass, replace
from datetime import date
from enum import Enum
from io import StringIO
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import DictSchema
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from lmpeval.disclosure import rounded, shown_count
from lmpeval.study import Study

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def dump_study(study: Study) -> str:
    """Write a study as YAML 1.2, defaults included, so that later defaults do not change it.

    Loading the text gives an equal study. Fields that are empty are left out.

    Raises
    ------
    TypeError
        Where a design's settings hold something that YAML has no word for (a tuple, an array).
    """
    writer: Any = YAML()
    writer.width = 100
    writer.representer.ignore_aliases = lambda _: True
    stream = StringIO()
    writer.dump(plain_study(study), stream)
    return stream.getvalue()


def plain_study(study: Study) -> dict[str, Any]:
    """Give a study as mappings, lists and plain values, defaults included and empty fields left out.

    Raises
    ------
    TypeError
        As `dump_study`.
    """
    made: dict[str, Any] = _plain(study, "study")
    return made


def as_shown(study: Study) -> Study:
    """Give the study with the numbers of people reached as they may be shown: rounded, without small ones."""
    done, profile = study.intervention, study.gate.profile
    told = {year: rounded(persons, profile) for year, persons in done.reach.items()}
    shown = {year: persons for year, persons in told.items() if persons is not None}
    return replace(study, intervention=replace(done, reach=shown))


def text_to_show(study: Study) -> str:
    """Give the study as a file that may be shown: small numbers of people reached are said in words."""
    reach, profile, shown = study.intervention.reach, study.gate.profile, as_shown(study)
    hidden = [
        f"# reach in {year}: {shown_count(persons, profile)}\n"
        for year, persons in reach.items()
        if year not in shown.intervention.reach
    ]
    return "".join(hidden) + dump_study(shown)


def sha256(text: str) -> str:
    """SHA-256 of a text; of `text_to_show` it gives no small number away to whoever tries nine."""
    return hashlib.sha256(text.encode()).hexdigest()


def study_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a study file, described by the docstrings of the types."""
    return {"$schema": DIALECT, **TypeAdapter(Study).json_schema(schema_generator=_YearsAsKeys)}


class _YearsAsKeys(GenerateJsonSchema):
    """To JSON all keys are text; those of a mapping by year have four digits."""

    def dict_schema(self, schema: DictSchema) -> JsonSchemaValue:
        """Schema of a mapping."""
        made = super().dict_schema(schema)
        keys = schema.get("keys_schema")
        if keys is not None and self.generate_inner(keys).get("type") == "integer":
            made["propertyNames"] = {"pattern": "^[0-9]{4}$"}
        return made


def _plain(value: Any, path: str) -> Any:
    """A value of a study as YAML's own kinds."""
    if is_dataclass(value):
        items = {each.name: getattr(value, each.name) for each in fields(value) if not _left_out(each, value)}
        return {name: _listed(item, f"{path}.{name}") for name, item in items.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {_plain(key, path): _plain(item, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, f"{path}[{position}]") for position, item in enumerate(value)]
    if type(value) is str:  # YAML folds and trims what is not printable unless it stands in double quotes
        return value if value.isprintable() else DoubleQuotedScalarString(value)
    if value is None or type(value) in (bool, int, float, date):
        return value
    raise TypeError(f"{path}: a study file cannot hold an object of type {type(value).__name__}")


def _left_out(field: Field[Any], holder: Any) -> bool:
    """Whether a field is empty, as it is by default."""
    value = getattr(holder, field.name)
    by_default = value == field.default or field.default_factory is dict
    return by_default and (value is None or value in ((), {}))


def _listed(value: Any, path: str) -> Any:
    """The value of a field: the types of a study hold their lists as tuples."""
    return _plain(list(value) if isinstance(value, tuple) else value, path)
