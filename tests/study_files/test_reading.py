"""Study files: what is read, and what every slip is answered with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lmpeval.errors import UserError
from lmpeval.study import Contradiction, Study
from lmpeval.study_files.reading import StudyFileError, load_study, read_draft, read_drafts

HERE = Path(__file__).parents[1]
COMPLETE = (HERE / "studies" / "complete.yaml").read_text(encoding="utf-8")
MARK = "§"  # stands in a patch where the problem is expected
JARGON = (
    "Input should",
    "type=",
    "http",
    "validation error",
    "pydantic",
    "NoneType",
    "constrained",
    "literal[",
)


@pytest.fixture(autouse=True)
def _test_designs(monkeypatch):
    monkeypatch.syspath_prepend(HERE)


def patched(*patches: tuple[str, str]) -> str:
    text = COMPLETE
    for old, new in patches:
        assert text.count(old) == 1, f"{old!r} must stand once in the fixture"
        text = text.replace(old, new)
    return text


def marked(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Take the marks out of a text; lines and columns where they stood."""
    places = [
        (line, before + 1 - earlier)
        for line, content in enumerate(text.split("\n"), start=1)
        for earlier, before in enumerate(i for i, character in enumerate(content) if character == MARK)
    ]
    return text.replace(MARK, ""), places


def written(folder: Path, text: str, name: str = "slip.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems_of(path: Path):
    with pytest.raises(StudyFileError) as caught:
        load_study(path)
    assert isinstance(caught.value, UserError)
    assert str(caught.value) == "\n".join(map(str, caught.value.problems))
    return caught.value.problems


def test_complete_study_is_read(tmp_path):
    study = load_study(HERE / "studies" / "complete.yaml")
    assert isinstance(study, Study)
    assert study.intervention.announced.isoformat() == "2013-05-01"
    assert study.intervention.reach == {2014: 310, 2015: 1240}
    assert study.population.members == ("Deurne", "Helmond", "Someren")
    assert study.outcomes[0].price.index[2014] == 101.2
    assert study.designs[1].settings == {"share": 0.5, "years": [2012, 2013], "kind": "level"}
    assert study.seed == 7


SLIPS = {
    # misspelt, unknown and missing keys
    "misspelt key at the top": (
        [("comparator:", "§comparater:")],
        "comparater",
        ["no key `comparater`", "did you mean `comparator`?"],
    ),
    "misspelt key inside": (
        [("    expected_lag: 1\n", "    §expected_lagg: 1\n")],
        "outcomes[0].expected_lagg",
        ["did you mean `expected_lag`?"],
    ),
    "misspelt key that may be left out": (
        [("  matches: 5", "  §macthes: 5")],
        "comparator.macthes",
        ["did you mean `matches`?"],
    ),
    "key near none": (
        [("seed: 7", "§zzz: 7")],
        "zzz",
        ["no key `zzz`", "expected one of study, title, portfolio", "seed"],
    ),
    "key with a dash": (
        [("  programme_cost:", "  §programme-cost:")],
        "intervention.programme-cost",
        ["did you mean `programme_cost`?"],
    ),
    "key that is a number": ([("seed: 7", "§2014: 7")], "[2014]", ["no key `2014`"]),
    "missing key": (
        [("intervention:", "§intervention:"), ("  start: 2014\n", "")],
        "intervention.start",
        ["missing, expected a year from 1900 to 2100"],
    ),
    "missing key of a list item": (
        [("name: good_health\n    aim: health", "§name: good_health")],
        "outcomes[1].aim",
        ["missing, expected one of health, experience, cost"],
    ),
    # enumerations
    "wrong word": (
        [("aim: health", "§aim: money")],
        "outcomes[1].aim",
        ["found 'money'", "expected one of health, experience, cost"],
    ),
    "misspelt word": (
        [("aim: health", "§aim: helth")],
        "outcomes[1].aim",
        ["found 'helth'", "did you mean 'health'?"],
    ),
    "word with underscore": (
        [("neighbours: leave out", "§neighbours: leave_out")],
        "comparator.neighbours",
        ["expected one of leave out, keep", "did you mean 'leave out'?"],
    ),
    "list for a word": (
        [("aim: health", "§aim: [health]")],
        "outcomes[1].aim",
        ["found a list of 1 item", "without the brackets"],
    ),
    "truth value for a word": (
        [("  theme: substitution", "  §theme: true")],
        "intervention.theme",
        ["found the truth value true", "expected one of substitution"],
    ),
    # years, numbers, dates
    "year as text": (
        [("  start: 2014", "  §start: '2014'")],
        "intervention.start",
        ["found '2014'", "expected a year from 1900 to 2100", "in quotes it is text, so take the quotes off"],
    ),
    "year out of bounds": (
        [("  start: 2014", "  §start: 214")],
        "intervention.start",
        ["found the number 214", "from 1900 to 2100"],
    ),
    "year with decimals": (
        [("  start: 2014", "  §start: 2014.0")],
        "intervention.start",
        ["found the number 2014.0", "write 2014"],
    ),
    "year as a key in quotes": (
        [("    2015: 1240", "    §'2015': 1240")],
        "intervention.reach.2015",
        ["as a key: found '2015'", "take the quotes off"],
    ),
    "negative count": (
        [("2015: 1240", "§2015: -3")],
        "intervention.reach[2015]",
        ["found the number -3", "expected a whole number not below 0"],
    ),
    "decimal comma": (
        [("    minimal_important_difference: 1.5", "    §minimal_important_difference: 1,5")],
        "outcomes[1].minimal_important_difference",
        ["found '1,5'", "expected a number above 0", "write the decimals after a point"],
    ),
    "zero difference": (
        [("    minimal_important_difference: 2\n", "    §minimal_important_difference: 0\n")],
        "outcomes[0].minimal_important_difference",
        ["found the number 0", "above 0"],
    ),
    "infinite difference": (
        [("    minimal_important_difference: 2\n", "    §minimal_important_difference: .inf\n")],
        "outcomes[0].minimal_important_difference",
        ["found the number .inf", "a number above 0"],
    ),
    "date as text": (
        [("  announced: 2013-05-01", "  §announced: '2013-05-01'")],
        "intervention.announced",
        ["found '2013-05-01'", "expected a date", "take the quotes off"],
    ),
    "date as a year": (
        [("  announced: 2013-05-01", "  §announced: 2013")],
        "intervention.announced",
        ["found the number 2013", "expected a date (2013-05-01)"],
    ),
    "date with a time": (
        [("  announced: 2013-05-01", "  §announced: 2013-05-01T10:00:00")],
        "intervention.announced",
        ["found '2013-05-01T10:00:00'", "expected a date"],
    ),
    "date that does not exist": (
        [("  announced: 2013-05-01", "  announced: §2013-02-31")],
        "intervention.announced",
        ["found 2013-02-31, which is not a valid date"],
    ),
    # texts, truth values
    "yes for a truth value": (
        [("    primary: true\n    override", "    §primary: yes\n    override")],
        "outcomes[1].primary",
        ["found 'yes'", "expected true or false", "without quotes"],
    ),
    "number for a truth value": (
        [("    primary: true\n    override", "    §primary: 1\n    override")],
        "outcomes[1].primary",
        ["found the number 1", "expected true or false"],
    ),
    "truth value for text": (
        [("  site: Oost", "  §site: true")],
        "intervention.site",
        ["found the truth value true", "expected text", "put quotes around it to make it text, 'true'"],
    ),
    "member that is a number": (
        [("Helmond,", "§0794,")],
        "population.members[1]",
        ["found the number 0794", "expected text", "put quotes around it to make it text, '0794'"],
    ),
    "empty text": (
        [("  site: Oost", "  §site: ' '")],
        "intervention.site",
        ["found an empty text", "expected text"],
    ),
    "nothing for text": (
        [("  site: Oost", "  §site:")],
        "intervention.site",
        ["found nothing", "expected text"],
    ),
    "name with capitals": (
        [("study: joint", "§study: Joint")],
        "study",
        [
            "found 'Joint_consultation'",
            "a name of small letters, digits and underscores",
            "at most 60 characters",
        ],
    ),
    # lists, mappings, choices
    "text for a list": (
        [("  members: [Deurne, Helmond, Someren]", "  §members: Deurne")],
        "population.members",
        ["found 'Deurne'", "expected a list of texts", "write [Deurne]"],
    ),
    "empty list": (
        [("  members: [Deurne, Helmond, Someren]", "  §members: []")],
        "population.members",
        ["found a list of nothing", "at least one item"],
    ),
    "mapping for a list": (
        [("  match_on: [share_65_plus, density, low_income]", "  §match_on: {a: 1}")],
        "comparator.match_on",
        ["found a mapping of 1 item", "expected a list of names"],
    ),
    "text for a mapping": (
        [("    settings:\n      match_on_outcome: false\n", "    §settings: none\n")],
        "designs[0].settings",
        ["found 'none'", "expected a mapping of texts to values"],
    ),
    "list for keys": (
        [
            (
                "data:\n  panel: panel.duckdb\n  table: region_panel\n  boundaries: stable\n",
                "§data: [panel.csv]\n",
            ),
            ("  survey: answers.parquet\n", ""),
        ],
        "data",
        ["found a list of 1 item", "expected the keys panel, table, vektis"],
    ),
    "index of another name": (
        [
            (
                "      index: {2012: 98.5, 2013: 100, 2014: 101.2, 2015: 103, 2016: 104}",
                "      §index: nationl",
            )
        ],
        "outcomes[0].price.index",
        [
            "found 'nationl'",
            "expected one of national, none or a mapping of years to numbers above 0",
            "'national'?",
        ],
    ),
    "index with a bad year": (
        [("2014: 101.2", "§2014: -101.2")],
        "outcomes[0].price.index[2014]",
        ["found the number -101.2", "expected a number above 0"],
    ),
    "pool of another kind": (
        [("  pool: all", "  §pool: every")],
        "comparator.pool",
        ["found 'every'", "expected 'all' or a list of texts"],
    ),
    "pool with a number in it": (
        [("  pool: all", "  pool: [Asten, §12]")],
        "comparator.pool[1]",
        ["found the number 12", "expected text"],
    ),
    "empty pool": ([("  pool: all", "  §pool: []")], "comparator.pool", ["at least one item"]),
    "seed too small": ([("seed: 7", "§seed: -1")], "seed", ["found the number -1", "not below 0"]),
    # contradictions
    "start after the window": (
        [("  start: 2014", "  §start: 2017")],
        "intervention.start",
        ["start 2017 is outside the window"],
    ),
    "absorbed without a year": (
        [("  status: absorbed", "  §status: absorbed"), ("  ended: 2017\n", "")],
        "intervention.status",
        ["add `ended`"],
    ),
    "euros without a price": (
        [
            ("  - name: good_health\n    aim: health", "  - §name: good_health\n    aim: cost"),
            ("2\n    provenance: modelled\n    primary: true", "2\n    provenance: modelled"),
        ],
        "outcomes[1]",
        ["'good_health' is in euro: add `price`"],
    ),
    "cluster-robust errors": (
        [("inference: placebo groups", "§inference: cluster robust")],
        "designs[0].inference",
        ["cluster-robust errors need at least 10"],
    ),
    "argument for no assumption": (
        [("  no_anticipation:", "  §no_antecipation:")],
        "arguments.no_antecipation",
        ["no assumption 'no_antecipation': did you mean 'no_anticipation'?"],
    ),
    "argument misspelt for a design of one's own": (
        [
            (
                "use: studies.weighted_change\n    settings:\n      share: 0.5\n      years: [2012, 2013]\n"
                "      kind: level",
                "use: studies.own_premise",
            ),
            ("  no_anticipation:", "  own_premise: Nobody moved\n  §own_premisse:"),
        ],
        "arguments.own_premisse",
        ["no assumption 'own_premisse': did you mean 'own_premise'?"],
    ),
    # designs
    "unknown design": (
        [("use: difference_in_differences", "§use: difference_in_diferences")],
        "designs[0].use",
        ["did you mean 'difference_in_differences'?", "synthetic_control"],
    ),
    "unknown package": (
        [("use: studies.weighted_change", "§use: no_such_package.my_design")],
        "designs[1].use",
        ["no module 'no_such_package.my_design' can be imported", "difference_in_differences"],
    ),
    "module with a missing dependency": (
        [("use: studies.weighted_change", "§use: studies.needs_more")],
        "designs[1].use",
        ["needs 'a_package_that_nobody_has', which is not installed"],
    ),
    "module with two designs": (
        [("use: studies.weighted_change", "§use: studies.two_designs")],
        "designs[1].use",
        ["holds 2 designs", "First, Second", "expected exactly one"],
    ),
    "module without a design": (
        [("use: studies.weighted_change", "§use: lmpeval.errors")],
        "designs[1].use",
        ["holds 0 designs"],
    ),
    "design with hidden types": (
        [("use: studies.weighted_change", "§use: studies.hidden_types")],
        "designs[1].use",
        ["'Fraction'", "TYPE_CHECKING"],
    ),
    "misspelt setting": (
        [("      match_on_outcome: false", "      §match_on_outcom: false")],
        "designs[0].settings.match_on_outcom",
        ["did you mean `match_on_outcome`?"],
    ),
    "setting of the wrong type": (
        [("      match_on_outcome: false", "      §match_on_outcome: no")],
        "designs[0].settings.match_on_outcome",
        ["found 'no'", "expected true or false"],
    ),
    "item of a setting": (
        [("      years: [2012, 2013]", "      years: [2012, §'2013']")],
        "designs[1].settings.years[1]",
        ["found '2013'", "expected a whole number"],
    ),
    "setting of another name": (
        [("      kind: level", "      §kind: levl")],
        "designs[1].settings.kind",
        ["expected one of level, trend: did you mean 'level'?"],
    ),
    "setting that no file can give": (
        [("      kind: level", "      §loss: square")],
        "designs[1].settings.loss",
        ["found 'square'", "no file can hold"],
    ),
    "inference among the settings": (
        [("      kind: level", "      §inference: none")],
        "designs[1].settings.inference",
        ["not a setting", "beside `use`"],
    ),
    "setting that the design refuses": (
        [("    settings:\n      share: 0.5", "    §settings:\n      share: 1.5")],
        "designs[1].settings",
        ["share is 1.5, expected 0 to 1"],
    ),
    "missing setting": (
        [("    settings:\n      share: 0.5\n", "    §settings:\n")],
        "designs[1].settings.share",
        ["missing, expected a number"],
    ),
    # YAML
    "key twice": (
        [("  site: Oost", "  site: Oost\n  §site: West")],
        "intervention.site",
        ["`site` stands twice", "first in line 7"],
    ),
    "merge key": (
        [("  site: Oost", "  site: Oost\n  §<<: {name: x}")],
        "intervention.<<",
        ["write the keys out"],
    ),
    "unknown tag": (
        [("  site: Oost", "  site: §!place Oost")],
        "intervention.site",
        ["unknown tag `!place`"],
    ),
    "list as a key": (
        [("seed: 7", "seed: 7\n? §[1, 2]\n: 3")],
        "",
        ["a key must be a single word or number"],
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_slip_is_answered_once_and_in_place(tmp_path, slip):
    patches, path, words = SLIPS[slip]
    text, [(line, column)] = marked(patched(*patches))
    file = written(tmp_path, text)
    problems = problems_of(file)
    assert len(problems) == 1, "\n".join(map(str, problems))
    [problem] = problems
    assert (problem.file, problem.line, problem.column) == (file, line, column), str(problem)
    assert str(problem).startswith(f"{file}:{line}:{column}: " + (f"{path}: " if path else ""))
    for word in words:
        assert word in problem.message
    assert not [jargon for jargon in JARGON if jargon in problem.message]


SYNTAX = {
    "colon in a text": ("study: a\ntitle: b§: c\n", ["not valid YAML", "needs quotes"]),
    "tab": ("study:\n§\t- b\n", ["spaces, not with tabs"]),
    "open bracket": ("study: [1,§", ["not valid YAML"]),
    "open quote": ("study: 'x\n§", ["a quote is opened and never closed"]),
    "two documents": ("study: x\n§---\nstudy: y\n", ["holds one document"]),
    "unknown alias": ("study: §*x\n", ["undefined alias"]),
    "alias in itself": ("designs: §&x [*x]\n", ["within its own anchor"]),
    "control character": ("study: x§\x07\n", ["U+0007", "remove it"]),
    "nothing": ("§", ["the file is empty"]),
    "only a comment": ("§# later\n", ["the file is empty"]),
    "a list": ("§- study\n- title\n", ["found a list of 2 items", "expected the keys of a study"]),
    "a text": ("# x\n§just words\n", ["found 'just words'", "expected the keys of a study"]),
}


@pytest.mark.parametrize("slip", SYNTAX)
def test_text_that_is_no_mapping_of_keys(tmp_path, slip):
    template, words = SYNTAX[slip]
    text, [place] = marked(template)
    file = written(tmp_path, text)
    [problem] = [problem for problem in problems_of(file) if "missing" not in problem.message]
    assert (problem.line, problem.column) == place, str(problem)
    for word in words:
        assert word in problem.message
    assert read_draft(file).parts == {}


def test_deeply_nested_file_is_one_problem(tmp_path):
    [problem] = problems_of(written(tmp_path, "study: " + "[" * 5000))
    assert problem.message == "nested too deeply to be read"


def test_file_that_is_not_utf8(tmp_path):
    file = tmp_path / "latin.yaml"
    file.write_bytes("study: a\ntitle: Caf\u00e9\n".encode("latin-1"))
    [problem] = problems_of(file)
    assert (problem.line, problem.column) == (2, 11)
    assert "not UTF-8: byte 0xE9" in problem.message


def test_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    file = tmp_path / "bom.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + COMPLETE.encode())
    assert load_study(file) == load_study(HERE / "studies" / "complete.yaml")


def test_lines_that_end_as_in_windows(tmp_path):
    text, [place] = marked(patched(("  site: Oost", "  §site: 3")))
    file = tmp_path / "windows.yaml"
    file.write_bytes(text.replace("\n", "\r\n").encode())
    [problem] = problems_of(file)
    assert (problem.line, problem.column) == place


@pytest.mark.parametrize(("name", "words"), [("none.yaml", "no such file"), (".", "this is a folder")])
def test_file_that_cannot_be_opened(tmp_path, name, words):
    [problem] = problems_of(tmp_path / name)
    assert words in str(problem)
    assert (problem.line, problem.column) == (1, 1)


def test_all_problems_of_a_file_come_in_file_order(tmp_path):
    text, places = marked(
        patched(
            ("title: Joint", "§titel: Joint"),
            ("  theme: substitution", "  §theme: substitute"),
            ("Helmond,", "§12,"),
            ("  matches: 5", "  §matches: many"),
            ("      match_on_outcome: false", "      §match_on_outcome: 1"),
        )
        .replace("use: studies.weighted_change", "§use: studies.two_designs")
        .replace("      year: 2013\n      index", "      §year: 1013\n      index")
    )
    problems = problems_of(written(tmp_path, text))
    assert [(problem.line, problem.column) for problem in problems] == sorted(places)
    assert len(problems) == 7


def test_contradictions_are_found_among_the_parts_that_are_in_order(tmp_path):
    text, places = marked(
        patched(
            ("  level: population", "  §level: all"),
            ("  start: 2014", "  §start: 2017"),
            ("  table: region_panel", "  §vektis: files/"),
            ("data:", "§data:"),
        ).replace("§vektis", "vektis")
    )
    problems = problems_of(written(tmp_path, text))
    assert [(problem.line, problem.column) for problem in problems] == sorted(places)


def test_value_under_a_misspelt_key_is_checked_as_what_was_meant(tmp_path):
    text, places = marked(patched(("population:", "§populaton:"), ("  level: population", "  §level: all")))
    problems = problems_of(written(tmp_path, text))
    assert [(problem.line, problem.column) for problem in problems] == places
    assert "expected one of population, intervention" in problems[1].message


def test_a_key_beside_its_own_misspelling_is_unknown_and_no_more(tmp_path):
    text, [place] = marked(patched(("seed: 7", "seed: 7\n§sede: text")))
    [problem] = problems_of(written(tmp_path, text))
    assert (problem.line, problem.column) == place


def test_empty_mapping_misses_every_key_that_has_no_default(tmp_path):
    problems = problems_of(written(tmp_path, "{}\n"))
    required = ["study", "title", "portfolio", "intervention", "population"]
    required += ["comparator", "outcomes", "window", "designs", "data"]
    assert sorted(problem.path for problem in problems) == sorted((key,) for key in required)
    assert all("missing, expected" in problem.message for problem in problems)


def test_draft_keeps_what_was_in_order(tmp_path):
    draft = read_draft(written(tmp_path, patched(("  site: Oost", "  site: 3"))))
    assert "intervention" not in draft.parts
    assert draft.parts["window"].first == 2011
    assert len(draft.problems) == 1
    with pytest.raises(StudyFileError, match="site"):
        draft.study()


def test_draft_places_contradictions_at_the_nearest_parent(tmp_path):
    text, [place] = marked(patched(("  - name: good_health", "  - §name: good_health")))
    draft = read_draft(written(tmp_path, text))
    found = [Contradiction(("outcomes", 1, "price", "year"), "no price"), Contradiction(("nowhere",), "top")]
    judged = draft.with_contradictions(found)
    assert [(p.line, p.column, p.message) for p in judged.problems] == [(2, 1, "top"), (*place, "no price")]
    assert judged.with_contradictions(found).problems == judged.problems
    assert draft.problems == ()


def test_draft_of_a_study_that_contradicts_itself_gives_no_study(tmp_path):
    draft = read_draft(written(tmp_path, patched(("  start: 2014", "  start: 2017"))))
    assert draft.problems == ()
    with pytest.raises(StudyFileError, match=r"slip.yaml:\d+:3: intervention.start: start 2017 is outside"):
        draft.study()


def test_studies_of_a_portfolio_in_the_order_given(tmp_path):
    second = written(tmp_path, patched(("study: joint_consultation", "study: another")), "b.yaml")
    first = written(tmp_path, COMPLETE, "a.yaml")
    assert [draft.study().study for draft in read_drafts([second, first])] == [
        "another",
        "joint_consultation",
    ]


def test_problems_of_all_files_are_reported_together(tmp_path):
    files = [
        written(tmp_path, patched(("seed: 7", "seed: x")), "a.yaml"),
        written(tmp_path, "", "b.yaml"),
        written(tmp_path, COMPLETE, "c.yaml"),
        written(tmp_path, patched(("  start: 2014", "  start: 2017")), "d.yaml"),
    ]
    # a.yaml has a seed amiss and is otherwise the same study as c.yaml and d.yaml
    named = [problem.file.name for draft in read_drafts(files) for problem in draft.problems]
    assert named == ["a.yaml", "b.yaml", "c.yaml", "d.yaml", "d.yaml"]


def test_two_studies_of_a_portfolio_may_not_share_a_name(tmp_path):
    first = written(tmp_path, COMPLETE, "a.yaml")
    text, [place] = marked(patched(("study: joint", "§study: joint")))
    second = written(tmp_path, text, "b.yaml")
    other = written(tmp_path, patched(("portfolio: example_2014", "portfolio: other")), "c.yaml")
    [problem] = [problem for draft in read_drafts([first, second, other]) for problem in draft.problems]
    assert (problem.file, problem.line, problem.column) == (second, *place)
    assert "portfolio 'example_2014' has a study 'joint_consultation' already" in problem.message
    assert str(first) in problem.message


def test_import_needs_no_array_library():
    heavy = "{'numpy', 'pandas', 'mlflow'}"
    code = f"import sys, lmpeval.study_files.reading; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
