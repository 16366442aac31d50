"""Comparison files: what is read, and what is said of a file that is wrong."""

import pytest

from lmpeval.portfolio.comparison_file import Family, read_comparison
from lmpeval.study_files.problems import StudyFileError

GOOD = """comparison: pair
title: Two of them
studies:
  - file: a.yaml
  - {file: b.yaml, variant: step by step}
unstudied:
  - name: A third
    site: Zuid
    theme: prevention
    status: planned
    reason: It has not started.
"""


@pytest.fixture
def folder(tmp_path):
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("study: x\n", encoding="utf-8")
    return tmp_path


def written(folder, text):
    path = folder / "pair.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_studies_are_found_beside_the_file(folder):
    found = read_comparison(written(folder, GOOD))
    assert found.studies == (folder / "a.yaml", folder / "b.yaml")
    assert found.portfolio.families is Family.HEADLINES
    assert [each.variant for each in found.portfolio.studies] == [None, "step by step"]
    assert found.text == GOOD


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("a.yaml", "c.yaml"), "pair.yaml:4:5: studies[0].file: no study file 'c.yaml' beside this file"),
        (("b.yaml", "a.yaml"), "pair.yaml:5:6: studies[1].file: 'a.yaml' is studies[0] already"),
        (("theme: prevention", "theme: prevnetion"), "pair.yaml:9:5: unstudied[0].theme: found 'prevnetion'"),
        (("    reason: It has not started.\n", ""), "pair.yaml:7:5: unstudied[0].reason: missing"),
        (("title:", "titel:"), "pair.yaml:2:1: titel: no key `titel` here: did you mean `title`?"),
        (
            ("title: Two", "families: all\ntitle: Two"),
            "pair.yaml:2:1: families: found 'all', expected one of",
        ),
        (
            ("  - {file: b.yaml, variant: step by step}\n", ""),
            "pair.yaml:3:1: studies: found a list of 1 item",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(folder, change, said):
    with pytest.raises(StudyFileError) as told:
        read_comparison(written(folder, GOOD.replace(*change)))
    assert said in str(told.value)
    assert len(told.value.problems) == 1


def test_a_file_that_is_not_there_or_holds_no_keys(folder):
    with pytest.raises(StudyFileError, match="no such file"):
        read_comparison(folder / "none.yaml")
    with pytest.raises(StudyFileError, match=r"expected the keys of a comparison at the top"):
        read_comparison(written(folder, "- a\n"))
