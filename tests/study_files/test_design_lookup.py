"""Designs by name: the package's own, those that other packages offer, and loose modules."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest

from lmpeval.cli import main
from lmpeval.cli.design_catalogue import Described, Unusable, catalogue, describe
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.errors import UserError
from lmpeval.study import Comparator, DesignChoice
from lmpeval.study_files.design_lookup import design_class, design_names, offered
from lmpeval.study_files.designs import build_design

DESIGN = '''"""Everybody's mean."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmpeval.assumptions import COMMON, PARALLEL_TRENDS
from lmpeval.estimate import Comparison


@dataclass(frozen=True)
class {cls}:
    """Everybody's mean, whoever they are,
    in one figure.

    More words.

    References
    ----------
    Quetelet (1835),
    Sur l'homme.

    Notes
    -----
    Not part of the source.
    """

    share: float = 0.5
    assumptions: ClassVar = (*COMMON, PARALLEL_TRENDS)

    def compare(self, panel):
        weights = np.full(panel.controls.shape[1], 1 / panel.controls.shape[1])
        return Comparison(panel.controls @ weights, weights)
'''


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Lay out an installed package that offers designs: its entry points and its modules."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def install(name: str, offers: dict[str, str], **modules: str) -> Path:
        about = tmp_path / f"{name}-1.2.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        lines = "\n".join(f"{key} = {value}" for key, value in offers.items())
        (about / "entry_points.txt").write_text(f"[lmpeval.designs]\n{lines}\n")
        for module, text in modules.items():
            (tmp_path / f"{module}.py").write_text(text)
        importlib.invalidate_caches()
        return tmp_path

    yield install
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def refused(use: str) -> str:
    with pytest.raises(UserError) as caught:
        design_class(use)
    return str(caught.value)


def test_own_designs_are_offered_by_their_modules_names():
    own = [each for each in offered() if each.origin.startswith("lmpeval ")]
    assert [each.name for each in own] == list(design_names())
    assert design_class("synthetic_control") is SyntheticControl


@pytest.mark.parametrize("target", ["acme_mean", "acme_mean:Mean", "acme_mean : Mean"])
def test_design_of_another_package_is_built_by_its_short_name(packages, target):
    packages("acme", {"grand_mean": target}, acme_mean=DESIGN.format(cls="Mean"))
    choice = DesignChoice("grand_mean", {"share": 0.25})
    built = build_design(choice, Comparator(register="none", match_on=("age",)))
    assert (type(built).__name__, type(built).__module__, built.share) == ("Mean", "acme_mean", 0.25)


def test_named_class_is_taken_where_a_module_holds_two(packages):
    two = DESIGN.format(cls="Mean") + DESIGN.format(cls="Other").split('mean."""', 1)[1]
    packages("acme", {"other": "acme_two:Other", "either": "acme_two"}, acme_two=two)
    assert design_class("other").__name__ == "Other"
    assert "offered by acme 1.2: module acme_two holds 2 designs" in refused("either")


def test_loose_module_on_the_path_serves_by_its_name(packages):
    packages("acme", {}, loose_mean=DESIGN.format(cls="Mean"))
    assert design_class("loose_mean").__name__ == "Mean"


def test_package_s_own_design_comes_before_a_loose_module_of_that_name(packages):
    packages("acme", {}, synthetic_control=DESIGN.format(cls="Mean"))
    assert design_class("synthetic_control") is SyntheticControl


def test_name_of_two_packages_is_refused_and_names_both(packages):
    packages("acme", {"grand_mean": "acme_mean"}, acme_mean=DESIGN.format(cls="Mean"))
    packages("bureau", {"grand_mean": "bureau_mean"}, bureau_mean=DESIGN.format(cls="Mean"))
    assert "in acme 1.2 (acme_mean) and bureau 1.2 (bureau_mean)" in refused("grand_mean")
    assert design_class("bureau_mean").__module__ == "bureau_mean"


def test_name_of_an_own_design_is_refused_and_names_both(packages):
    packages("acme", {"synthetic_control": "acme_mean"}, acme_mean=DESIGN.format(cls="Mean"))
    message = refused("synthetic_control")
    assert "acme 1.2 (acme_mean) and lmpeval " in message
    assert design_class("lmpeval.designs.synthetic_control") is SyntheticControl


BROKEN = {
    "x = 1\nx = gone\n": "fails on import: NameError: name 'gone' is not defined (acme_broken.py, line 2)",
    "x = (\n": "fails on import: SyntaxError: '(' was never closed (acme_broken.py, line 1)",
    "import a_package_that_is_not_there\n": "needs 'a_package_that_is_not_there', which is not installed",
    "raise ModuleNotFoundError('by hand')\n": "needs 'by hand', which is not installed",
    "from json import none_such\n": "fails on import: ImportError: cannot import name 'none_such'",
    "x = 1\n": "holds 0 designs",
}


@pytest.mark.parametrize("text", BROKEN, ids=list(BROKEN.values()))
def test_module_that_cannot_be_used_says_why_and_whose_it_is(packages, text):
    packages("acme", {"broken": "acme_broken"}, acme_broken=text)
    assert refused("broken").startswith("use: 'broken', offered by acme 1.2: module acme_broken ")
    assert BROKEN[text] in refused("broken")
    assert BROKEN[text] in refused("acme_broken")


def test_offer_that_leads_nowhere(packages):
    packages("acme", {"gone": "acme_gone", "odd": "acme_mean:Mode"}, acme_mean=DESIGN.format(cls="Mean"))
    assert "'gone', offered by acme 1.2: no module 'acme_gone' can be imported" in refused("gone")
    assert "'odd', offered by acme 1.2: acme_mean:Mode is no design" in refused("odd")


def test_package_above_that_needs_more_is_not_called_missing(packages):
    folder = packages("acme", {})
    (folder / "acme_above").mkdir()
    (folder / "acme_above" / "__init__.py").write_text("import a_package_that_is_not_there\n")
    (folder / "acme_above" / "mean.py").write_text(DESIGN.format(cls="Mean"))
    assert "needs 'a_package_that_is_not_there'" in refused("acme_above.mean")


def test_misspelt_name_is_told_with_the_nearest_of_all_packages(packages):
    packages("acme", {"grand_mean": "acme_mean"}, acme_mean=DESIGN.format(cls="Mean"))
    message = refused("grand_maen")
    assert "no design 'grand_maen': did you mean 'grand_mean'? Designs here: augmented_" in message


# The catalogue


def test_catalogue_tells_of_each_design_what_its_writer_said(packages):
    packages("acme", {"grand_mean": "acme_mean"}, acme_mean=DESIGN.format(cls="Mean"))
    [entry] = [each for each in catalogue() if each.name == "grand_mean"]
    assert entry.origin == "acme 1.2"
    assert entry.summary == "Everybody's mean, whoever they are, in one figure."
    assert entry.source == "Quetelet (1835), Sur l'homme."
    [setting] = entry.settings
    assert (setting.name, setting.takes, setting.default) == ("share", "a number", "0.5")
    assert [assumption.name for assumption in entry.assumptions] == ["parallel_trends"]
    assert entry.inference == ""


@pytest.mark.parametrize("name", design_names())
def test_own_designs_say_all_that_the_catalogue_asks(name):
    [entry] = [each for each in catalogue() if each.name == name]
    assert isinstance(entry, Described)
    assert entry.summary.endswith(".")
    assert any(character.isdigit() for character in entry.source)
    assert {assumption.number for assumption in entry.assumptions} == {3}
    assert entry.inference == ("RegionErrors" if name == "propensity_matching" else "PlaceboGroups")


def test_design_without_words_is_described_by_what_is_there():
    @dataclass(frozen=True)
    class Bare:
        years: tuple[int, ...] = field(default_factory=lambda: (2012,))
        share: float = field(kw_only=True)
        assumptions: ClassVar = ()

    entry = describe(Bare, "bare", "nowhere")
    assert (entry.summary, entry.source) == ("", "")
    assert [(s.name, s.default) for s in entry.settings] == [("years", "(2012,)"), ("share", None)]


@pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens")
def test_one_broken_offer_does_not_hide_the_others(packages, capsys, monkeypatch):
    good, bad = DESIGN.format(cls="Mean"), "raise RuntimeError('out of order')\n"
    packages("acme", {"grand_mean": "acme_mean", "broken": "acme_broken"}, acme_mean=good, acme_broken=bad)
    packages("bureau", {"grand-mean": "acme_mean"})
    entries = {each.name: each for each in catalogue()}
    assert {"synthetic_control", "grand_mean"} <= {n for n, e in entries.items() if isinstance(e, Described)}
    assert {n for n, e in entries.items() if isinstance(e, Unusable)} == {"broken", "grand-mean"}
    assert "RuntimeError: out of order (acme_broken.py, line 1)" in entries["broken"].why
    monkeypatch.setattr(sys, "argv", ["lmpeval", "designs"])
    with pytest.raises(SystemExit) as left:
        main()
    told = capsys.readouterr().out
    assert left.value.code == 0
    for words in ("grand_mean", "acme 1.2", "share (a number): 0.5", "parallel_trends: Without", "Quetelet",
                  "broken (acme 1.2) cannot be used", "matches (a whole number): 10"):  # fmt: skip
        assert words in told
