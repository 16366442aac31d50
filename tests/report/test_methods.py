"""What the page says of each design: its formula, which holds, and its sources."""

from __future__ import annotations

import re

import numpy as np
import pytest

from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.joint_synthetic_control import JointSyntheticControl
from lmpeval.designs.micro_synthetic_control import MicroSyntheticControl
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.report.page import render
from lmpeval.report.words import DUTCH, ENGLISH
from lmpeval.study_files.design_lookup import design_class, offered
from lmpeval.study_files.docstrings import described, section
from report.reading import read
from report.small_results import finding, result
from worlds import World, draw

OWN = sorted(each.name for each in offered() if each.origin.startswith("lmpeval"))


@pytest.mark.parametrize("name", OWN)
def test_every_design_has_a_formula_and_sources(name):
    cls = design_class(name)
    assert "Ŷ(t)" in cls.formula
    assert re.search(r"\(\d{4}\)", section("References", described(cls)))


def test_all_of_them_are_looked_at():
    assert len(OWN) == 11


@pytest.mark.parametrize("words", [ENGLISH, DUTCH])
def test_the_page_has_formula_legend_and_sources(words):
    text = read(render(result(finding()), words)).text
    assert DifferenceInDifferences.formula.replace("-", "\u2212") in text
    assert "Angrist and Pischke (2009), Mostly Harmless Econometrics" in text
    assert words.say("methods.symbols-text") in text


@pytest.mark.parametrize(
    ("design", "h"),
    [
        (DifferenceInDifferences(matches=3), 1),
        (DifferenceInDifferences(adjust="regression"), 1),
        (SyntheticControl(), 1),
        (SyntheticControl(levels="together"), 0),
        (JointSyntheticControl(), 1),
        (JointSyntheticControl(levels="together"), 0),
        (MicroSyntheticControl(), 1),
        (MicroSyntheticControl(levels="together"), 0),
    ],
)
def test_what_would_have_been_is_what_the_formula_says(design, h):
    panel = draw(World(), seed=3)
    found = design.compare(panel)
    mixture = panel.outcome[:, panel.compared] @ found.weights
    lift = (panel.treated_mean - mixture)[panel.before].mean()
    np.testing.assert_allclose(found.counterfactual, mixture + h * lift, rtol=1e-9)
