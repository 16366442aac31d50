"""Studies as Python objects: consistency, the way to YAML and back, the JSON Schema, the designs."""

from __future__ import annotations

import json
from dataclasses import MISSING, asdict, fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from typing import get_args, get_type_hints

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML

from lmpeval.errors import UserError
from lmpeval.study import (
    Comparator,
    Contradiction,
    Data,
    DatedReason,
    DesignChoice,
    InferenceChoice,
    Neighbours,
    Outcome,
    PlausibleEffect,
    Price,
    Study,
    contradictions,
)
from lmpeval.study.arguments import ASSUMPTIONS
from lmpeval.study.values import Text
from lmpeval.study_files.design_lookup import design_names
from lmpeval.study_files.designs import build_by_default, build_design, design_contradictions
from lmpeval.study_files.reading import load_study, read_draft
from lmpeval.study_files.writing import dump_study, study_schema

HERE = Path(__file__).parent
COMPLETE = HERE / "studies" / "complete.yaml"


@pytest.fixture(autouse=True)
def _test_designs(monkeypatch):
    monkeypatch.syspath_prepend(HERE)


@pytest.fixture
def study() -> Study:
    return load_study(COMPLETE)


# A study that contradicts itself


def with_outcome(study: Study, position: int, **changes) -> dict:
    changed = list(study.outcomes)
    changed[position] = replace(changed[position], **changes)
    return {"outcomes": tuple(changed)}


CONTRADICTIONS = {
    "window the wrong way round": (
        lambda s: {"window": replace(s.window, first=2017)},
        ("window", "first"),
        "2017 is after last year 2016",
    ),
    "start in the first year": (
        lambda s: {"window": replace(s.window, first=2014, exclude=(), breaks=())},
        ("intervention", "start"),
        "outside the window",
    ),
    "break outside the window": (
        lambda s: {"window": replace(s.window, breaks=(replace(s.window.breaks[0], year=2018),))},
        ("window", "breaks", 0, "year"),
        "2018 is outside",
    ),
    "no year before the start": (
        lambda s: {
            "window": replace(s.window, first=2013, exclude=(replace(s.window.exclude[0], year=2013),)),
            **with_outcome(s, 0, price=Price(year=2014, index="national")),
        },
        ("window", "exclude"),
        "leaves no year before the start",
    ),
    "announced after the start": (
        lambda s: {"intervention": replace(s.intervention, announced=date(2015, 1, 1))},
        ("intervention", "announced"),
        "announced in 2015",
    ),
    "ended before the start": (
        lambda s: {"intervention": replace(s.intervention, ended=2013)},
        ("intervention", "ended"),
        "ended in 2013",
    ),
    "planned and ended": (
        lambda s: {"intervention": replace(s.intervention, status="planned")},
        ("intervention", "ended"),
        "never started",
    ),
    "no primary design": (
        lambda s: {"designs": tuple(replace(d, primary=False) for d in s.designs)},
        ("designs",),
        "0 of 2 are primary",
    ),
    "a design twice": (
        lambda s: {"designs": (*s.designs, replace(s.designs[0], primary=False))},
        ("designs", 2),
        "stands twice",
    ),
    "cluster-robust errors": (
        lambda s: {"designs": (replace(s.designs[0], inference=InferenceChoice.CLUSTER_ROBUST),)},
        ("designs", 0, "inference"),
        "MacKinnon and Webb 2020",
    ),
    "modelled outcome without a word": (
        lambda s: with_outcome(s, 1, override=None),
        ("outcomes", 1, "provenance"),
        "cannot show a local effect",
    ),
    "aim without a primary outcome": (
        lambda s: with_outcome(s, 1, primary=False),
        ("outcomes",),
        "mark one of good_health",
    ),
    "series without its source": (
        lambda s: with_outcome(s, 0, price=replace(s.outcomes[0].price, source=None)),
        ("outcomes", 0, "price", "index"),
        "needs its `source`",
    ),
    "series with a hole": (
        lambda s: with_outcome(s, 0, price=replace(s.outcomes[0].price, index={2012: 1.0, 2013: 1.0})),
        ("outcomes", 0, "price", "index"),
        "no figure for 2014, 2015, 2016",
    ),
    "pandemic in the window without a word": (
        lambda s: {
            "window": replace(s.window, last=2021),
            **with_outcome(s, 0, price=Price(year=2014, index="national")),
        },
        ("window",),
        "2020 and 2021 in the window of a cost outcome",
    ),
    "one year of the pandemic left out, the other forgotten": (
        lambda s: {
            "window": replace(s.window, last=2021, exclude=(DatedReason(2020, "pandemic"),)),
            **with_outcome(s, 0, price=Price(year=2014, index="national")),
        },
        ("window",),
        "2021 in the window of a cost outcome",
    ),
    "savings without the cost of the programme": (
        lambda s: with_outcome(s, 0, label="savings on care"),
        ("outcomes", 0, "label"),
        "`programme_cost` is not given for",
    ),
    "plausible effect with its ends turned": (
        lambda s: with_outcome(s, 0, plausible_effect=PlausibleEffect(5.0, -5.0, "a trial")),
        ("outcomes", 0, "plausible_effect", "low"),
        "low 5 is above high -5: a fall is below zero",
    ),
    "plausible effect without improvement": (
        lambda s: with_outcome(s, 0, plausible_effect=PlausibleEffect(0.0, 5.0, "a trial")),
        ("outcomes", 0, "plausible_effect"),
        "0 to 5 holds no improvement, which here is a fall, below zero",
    ),
    "national price outside the window": (
        lambda s: with_outcome(s, 0, price=Price(year=2019, index="national")),
        ("outcomes", 0, "price", "year"),
        "2019 is not a year of the window",
    ),
    "two deliveries": (
        lambda s: {"data": replace(s.data, vektis="files")},
        ("data",),
        "give either `panel`",
    ),
    "no delivery": (
        lambda s: {"data": replace(s.data, panel=None, table=None, survey=None)},
        ("data",),
        "or only a `survey`",
    ),
    "deaths beside a survey alone": (
        lambda s: {"data": Data(survey="answers.csv", deaths="deaths.csv")},
        ("data", "deaths"),
        "goes with `vektis`, not with `survey`",
    ),
    "table of a survey in a text file": (
        lambda s: {"data": Data(survey="answers.csv", table="answers")},
        ("data", "table"),
        "goes with a DuckDB file (.duckdb) in `survey`",
    ),
    "table of a text file": (
        lambda s: {"data": replace(s.data, panel="panel.csv")},
        ("data", "table"),
        "goes with a DuckDB file",
    ),
    "rule on persons": (
        lambda s: {"population": replace(s.population, subpopulation="age >= 65")},
        ("population", "subpopulation"),
        "needs person-level data",
    ),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_contradiction_is_found_and_keeps_the_study_from_being_made(study, case):
    change, path, words = CONTRADICTIONS[case]
    parts = {**vars(study), **change(study)}
    [found] = contradictions(parts)
    assert found.path == path
    assert words in found.message
    with pytest.raises(ValidationError) as caught:
        Study(**{each.name: parts[each.name] for each in fields(Study)})
    assert words in str(caught.value)


def test_a_pandemic_that_is_declared_or_outside_the_window_is_no_contradiction(study):
    price = with_outcome(study, 0, price=Price(year=2014, index="national"))
    for one, other in (("exclude", "breaks"), ("breaks", "exclude")):
        told = {one: (DatedReason(2020, "pandemic"),), other: (DatedReason(2021, "pandemic"),)}
        assert (
            contradictions({**vars(study), **price, "window": replace(study.window, last=2021, **told)}) == []
        )
    assert contradictions({**vars(study), **price, "window": replace(study.window, last=2019)}) == []
    rates = tuple(replace(o, aim="health", price=None, primary=bool(i)) for i, o in enumerate(study.outcomes))
    assert (
        contradictions({**vars(study), "outcomes": rates, "window": replace(study.window, last=2021)}) == []
    )


def test_savings_may_be_spoken_of_where_the_cost_of_the_programme_is_known(study):
    named = with_outcome(study, 0, label="savings on care")
    known = dict.fromkeys(range(2014, study.window.last + 1), 1000.0)
    intervention = replace(study.intervention, programme_cost=known)
    assert contradictions({**vars(study), **named, "intervention": intervention}) == []
    stopped = replace(intervention, status="stopped", ended=2015, programme_cost={2014: 1.0, 2015: 0.0})
    assert contradictions({**vars(study), **named, "intervention": stopped}) == []
    assert contradictions({**vars(study), **with_outcome(study, 0, label="cost of savoury food")}) == []


def test_two_contradictions_are_both_in_the_error(study):
    with pytest.raises(ValidationError, match=r"(?s)outside the window.*give either `panel`"):
        replace(
            study,
            window=replace(study.window, first=2014, exclude=(), breaks=()),
            data=replace(study.data, vektis="files"),
        )


def test_rules_without_their_parts_are_left_out(study):
    broken = replace(study.intervention, ended=2013)
    assert contradictions({}) == []
    assert [found.path for found in contradictions({"intervention": broken})] == [("intervention", "ended")]


def test_an_empty_pool_is_refused():
    with pytest.raises(ValidationError):
        Comparator(register="none known", match_on=("density",), pool=())


# To YAML and back


def test_dumped_study_is_equal_when_read_again(study, tmp_path):
    file = tmp_path / "again.yaml"
    file.write_text(dump_study(study), encoding="utf-8")
    assert load_study(file) == study
    assert dump_study(load_study(file)) == dump_study(study)


def test_defaults_are_written_out_and_empty_fields_are_not(study):
    bare = replace(
        study,
        comparator=Comparator(register="none known", match_on=("density",)),
        designs=(DesignChoice(use="synthetic_control", primary=True),),
        arguments={},
    )
    read = YAML(typ="safe", pure=True).load(dump_study(bare))
    assert read["comparator"] == {
        "register": "none known",
        "match_on": ["density"],
        "matches": 10,
        "pool": "all",
        "neighbours": "leave out",
        "later_starts": "set aside",
    }
    assert read["designs"] == [{"use": "synthetic_control", "primary": True}]
    assert "arguments" not in read
    assert read["seed"] == 7


@pytest.mark.parametrize("value", [(1, 2), {"a": {1, 2}}, [object()], {"a": (3,)}])
def test_setting_that_yaml_cannot_hold_is_not_dumped(study, value):
    designs = (replace(study.designs[0], settings={"odd": value}),)
    with pytest.raises(TypeError, match=r"study\.designs\[0\]\.settings\.odd.*: a study file cannot hold"):
        dump_study(replace(study, designs=designs))


def _stripped(text: str) -> str:
    """As the study types strip: pydantic knows other spaces than Python."""
    return TypeAdapter(Text).validate_python(text) if text.strip() else ""


LOOKALIKES = ["no", "yes", "true", "null", "~", "2014", "0x1F", "0o7", "1e5", ".inf", ".nan", "2013-05-01"]
LOOKALIKES += ["-", ":", "#", "@x", "%x", "&", "*", "!", "|", ">", "?", "=", "<<", "''", '"a"', "a:b", "a: b"]
LOOKALIKES += [
    "a #b",
    "[a]",
    "{a}",
    "1_000",
    "0123",
    "...",
    "---",
    "-.5",
    "+1",
    "12:30",
    "a\nb",
    "a\x85b",
    "a ",
]
texts = st.sampled_from(LOOKALIKES) | st.text(
    st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40
)
texts = texts.map(_stripped).filter(bool)
names = st.from_regex(r"\A[a-z][a-z0-9_]{0,20}\Z")
years = st.integers(1900, 2100)
positive = st.floats(min_value=1e-300, allow_infinity=False, allow_nan=False, exclude_min=True)
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts | st.dates()
values = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_study_survives_the_way_to_yaml_and_back(tmp_path_factory, data):
    complete = _COMPLETE_WITHOUT_SETTINGS
    drawn = replace(
        complete,
        title=data.draw(texts),
        portfolio=data.draw(names),
        intervention=replace(
            complete.intervention,
            name=data.draw(texts),
            announced=data.draw(st.none() | st.dates(max_value=date(2014, 12, 31))),
            reach=data.draw(st.dictionaries(years, st.integers(0, 10**9), max_size=3)),
            programme_cost=data.draw(st.dictionaries(years, positive, max_size=3)),
        ),
        population=replace(
            complete.population, members=tuple(data.draw(st.lists(texts, min_size=1, max_size=4)))
        ),
        comparator=replace(
            complete.comparator,
            pool=data.draw(st.just("all") | st.lists(texts, min_size=1, max_size=3).map(tuple)),
            neighbours=data.draw(st.sampled_from(Neighbours)),
        ),
        outcomes=(
            replace(complete.outcomes[0], minimal_important_difference=data.draw(positive)),
            replace(
                complete.outcomes[1], override=data.draw(texts), expected_lag=data.draw(st.integers(0, 30))
            ),
        ),
        arguments=data.draw(st.dictionaries(st.sampled_from(["no_anticipation", "donor_fit"]), texts)),
        seed=data.draw(st.integers(0, 2**63 - 1)),
    )
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(dump_study(drawn), encoding="utf-8")
    assert load_study(file) == drawn


@settings(max_examples=60, deadline=None)
@given(settings_drawn=st.dictionaries(texts, values, max_size=4))
def test_any_settings_survive_the_way_to_yaml_and_back(settings_drawn):
    choice = replace(_COMPLETE_WITHOUT_SETTINGS.designs[0], settings=settings_drawn)
    dumped = dump_study(replace(_COMPLETE_WITHOUT_SETTINGS, designs=(choice,)))
    read = YAML(typ="safe", pure=True).load(dumped)
    assert read["designs"][0].get("settings", {}) == settings_drawn


def _without_settings() -> Study:
    draft = read_draft(COMPLETE)
    return Study(**{**draft.parts, "designs": (DesignChoice(use="difference_in_differences", primary=True),)})


_COMPLETE_WITHOUT_SETTINGS = _without_settings()


# JSON Schema


def as_json() -> dict:
    """The complete study as an editor hands it to a schema: dates are texts and keys are texts."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(COMPLETE.read_text("utf-8")), default=str))


def test_complete_study_fits_the_schema():
    schema = study_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.validate(as_json(), schema, cls=jsonschema.Draft202012Validator)


SCHEMA_SLIPS = {
    "misspelt key": (lambda s: s.update(titel="x"), "titel"),
    "missing key": (lambda s: s["intervention"].pop("start"), "'start' is a required property"),
    "wrong word": (lambda s: s["outcomes"][0].update(aim="money"), "'money' is not one of"),
    "text for a year": (lambda s: s["window"].update(first="2011"), "is not of type 'integer'"),
    "year out of bounds": (lambda s: s["window"].update(first=211), "less than the minimum"),
    "no outcomes": (lambda s: s.update(outcomes=[]), "[] "),
    "zero difference": (
        lambda s: s["outcomes"][0].update(minimal_important_difference=0),
        "less than or equal",
    ),
    "year as a key": (lambda s: s["intervention"]["reach"].update(soon=3), "soon"),
    "another pool": (lambda s: s["comparator"].update(pool="every"), "'all' was expected"),
    "name with capitals": (lambda s: s.update(study="Joint"), "does not match"),
}


@pytest.mark.parametrize("slip", SCHEMA_SLIPS)
def test_schema_refuses(slip):
    change, words = SCHEMA_SLIPS[slip]
    broken = as_json()
    change(broken)
    with pytest.raises(jsonschema.ValidationError) as caught:
        jsonschema.validate(broken, study_schema(), cls=jsonschema.Draft202012Validator)
    assert words in caught.value.message


def test_schema_carries_the_docstrings():
    schema = study_schema()
    assert schema["description"] == Study.__doc__
    assert schema["$defs"]["Outcome"]["description"] == Outcome.__doc__
    lag = schema["$defs"]["Outcome"]["properties"]["expected_lag"]
    assert lag["description"] == "Years after the start before an effect may be expected."


# Designs


def test_design_takes_its_matches_from_the_comparator(study):
    built = [build_design(choice, study.comparator) for choice in study.designs]
    assert [type(design).__name__ for design in built] == ["DifferenceInDifferences", "WeightedChange"]
    assert [design.matches for design in built] == [5, 5]
    assert built[0].match_on_outcome is False


def test_matches_in_the_settings_come_before_the_comparator(study):
    choice = replace(study.designs[0], settings={"matches": 2})
    assert build_design(choice, study.comparator).matches == 2


def test_settings_take_the_types_of_their_fields(study):
    design = build_design(study.designs[1], study.comparator)
    assert design.years == (2012, 2013)
    assert type(design.kind).__name__ == "Kind"


def test_settings_of_a_design_without_matches(study):
    choice = DesignChoice(use="synthetic_control", settings={"ridge": 2})
    design = build_design(choice, study.comparator)
    assert design.ridge == 2.0
    assert not hasattr(design, "matches")


def test_every_design_of_the_package_is_built_from_its_name_and_what_must_be_given(study):
    needed = {"triple_difference": {"untouched": "dental"}}
    assert {"difference_in_differences", "synthetic_control", *needed} <= set(design_names())
    for name in design_names():
        choice = DesignChoice(use=name, settings=needed.get(name, {}))
        assert hasattr(build_design(choice, study.comparator), "compare")
        assert hasattr(build_by_default(name), "compare")
    [missing] = design_contradictions({"designs": (DesignChoice(use="triple_difference"),)})
    assert (missing.path, missing.message) == (
        ("designs", 0, "settings", "untouched"),
        "missing, expected text",
    )


def test_design_is_not_built_with_an_inference_that_it_cannot_bear(study):
    choice = replace(study.designs[0], inference=InferenceChoice.CLUSTER_ROBUST)
    with pytest.raises(UserError, match="inference: 'cluster robust' cannot judge a study of one site"):
        build_design(choice, study.comparator)


def test_all_problems_of_a_design_are_in_one_error(study):
    choice = replace(study.designs[1], settings={"shar": 1, "kind": "levl", "years": [1, "x"]})
    with pytest.raises(UserError) as caught:
        build_design(choice, study.comparator)
    for words in ("did you mean `share`", "did you mean 'level'", "settings.years.1: found 'x'"):
        assert words in str(caught.value)


@pytest.mark.parametrize(
    "use", ["a..b", "a.", "lmpeval.designs.", "lmpeval.designs.none", "lmpeval.errors.none"]
)
def test_module_that_does_not_exist(study, use):
    with pytest.raises(UserError, match=f"use: no module '{use}' can be imported"):
        build_design(DesignChoice(use=use), study.comparator)


def test_designs_are_judged_without_a_comparator(study):
    wrong = replace(study.designs[1], settings={"share": "half"})
    found = design_contradictions({"designs": (study.designs[0], wrong)})
    assert found == [Contradiction(("designs", 1, "settings", "share"), "found 'half', expected a number")]
    assert design_contradictions({}) == []


# Arguments for the assumptions of a study's own designs


def judged(study: Study, *uses: str, **arguments: str) -> list[Contradiction]:
    choices = tuple(DesignChoice(use=use) for use in ("difference_in_differences", *uses))
    return design_contradictions({**vars(study), "designs": choices, "arguments": arguments})


def test_argument_for_an_assumption_that_a_design_brings_is_accepted(study):
    own = {"own_premise": "The practices say so."}
    assert judged(study, "studies.own_premise", **own, donor_fit="Fits on paper.") == []
    argued = replace(study, designs=(DesignChoice("studies.own_premise", primary=True),), arguments=own)
    assert argued.arguments == own


def test_argument_that_no_design_of_the_study_asks_for_is_refused(study):
    [found] = judged(study, own_premise="The practices say so.")
    assert found.path == ("arguments", "own_premise")
    assert found.message.startswith("no assumption 'own_premise': expected one of ")
    assert found.message.endswith("right_scale")
    [found] = judged(study, "studies.own_premise", luck="We had it.")
    assert found.message.startswith("no assumption 'luck': expected one of ")
    assert found.message.endswith("right_scale, own_premise")


@pytest.mark.parametrize(
    ("misspelt", "meant"), [("own_premisse", "own_premise"), ("no_antecipation", "no_anticipation")]
)
def test_misspelt_argument_is_answered_with_the_nearest_name(study, misspelt, meant):
    [found] = judged(study, "studies.own_premise", **{misspelt: "x", "own_premise": "y"})
    assert found == Contradiction(
        ("arguments", misspelt), f"no assumption '{misspelt}': did you mean '{meant}'?"
    )


def test_argument_is_not_judged_while_a_design_is_unknown(study):
    [found] = judged(study, "studies.no_such", own_premise="It may be of that design.")
    assert found.path == ("designs", 1, "use")
    assert design_contradictions({"arguments": {"luck": "x"}}) == []


def test_settings_that_do_not_fit_leave_the_arguments_judged(study):
    choices = (DesignChoice(use="studies.own_premise", settings={"sha": 1}),)
    found = design_contradictions({"designs": choices, "arguments": {"own_premise": "x", "luck": "y"}})
    assert [each.path for each in found] == [("designs", 0, "settings", "sha"), ("arguments", "luck")]


# The reference for evaluators


def study_types(cls: type = Study) -> set[type]:
    """The dataclasses that a study is made of."""
    found = {cls}
    for hint in get_type_hints(cls, include_extras=True).values():
        found |= _inside(hint)
    return found


def _inside(hint) -> set[type]:
    if isinstance(hint, type) and is_dataclass(hint):
        return study_types(hint)
    return {each for argument in get_args(hint) for each in _inside(argument)}


def test_reference_names_every_key_under_its_own_heading():
    reference = (HERE.parent / "docs" / "study-file.md").read_text(encoding="utf-8")
    sections = dict(part.split("\n", 1) for part in reference.split("\n## ")[1:])
    types = study_types()
    assert len(types) == 18
    for cls in types:
        [section] = [text for text in sections.values() if f"<!-- {cls.__name__} -->" in text]
        rows = [line.split("|")[1:] for line in section.splitlines() if line.startswith("| `")]
        assert [row[0].strip(" `") for row in rows] == [each.name for each in fields(cls)], cls.__name__
        for row, each in zip(rows, fields(cls), strict=True):
            required = each.default is MISSING and each.default_factory is MISSING
            assert (row[2].strip() == "must be given") == required, f"{cls.__name__}.{each.name}"


def test_reference_names_every_assumption_and_design():
    reference = (HERE.parent / "docs" / "study-file.md").read_text(encoding="utf-8")
    assert [name for name in (*ASSUMPTIONS, *design_names()) if f"`{name}`" not in reference] == []


def test_example_in_the_reference_is_a_valid_study(tmp_path):
    reference = (HERE.parent / "docs" / "study-file.md").read_text(encoding="utf-8")
    example = reference.split("```yaml\n", 1)[1].split("```", 1)[0]
    file = tmp_path / "example.yaml"
    file.write_text(example, encoding="utf-8")
    assert asdict(load_study(file))["study"] == "gp_plus"
