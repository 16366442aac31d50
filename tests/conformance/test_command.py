"""`lmpeval conform`."""

from __future__ import annotations

import re

import pytest

from lmpeval.cli import main


def conform(monkeypatch, capsys, *words):
    monkeypatch.setattr("sys.argv", ["lmpeval", "conform", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code, capsys.readouterr()


def test_a_wrong_design_is_told_what_was_seen(monkeypatch, capsys, tmp_path):
    (tmp_path / "peeking.py").write_text(
        "from dataclasses import dataclass\n"
        "from conformance.mutants import PeeksAtTheTreated\n\n\n"
        "@dataclass(frozen=True)\n"
        "class Peeking(PeeksAtTheTreated):\n"
        '    """Reads what it should not."""\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    code, said = conform(monkeypatch, capsys, "peeking", "--draws", "40", "--jobs", "1")
    assert code == 1
    assert "FAILED steady-does_not_read_the_outcome: What happens to the treated" in said.out
    assert "seen: counterfactual apart by" in said.out
    assert "allowed:" in said.out
    assert "…" not in said.out  # no terminal, so nothing is cut off
    assert re.search(r"\b\d+/40\b", said.out)
    assert "40 draws of each world" in said.out
    assert " of 40" not in said.out.split("FAILED steady")[0].split("40 draws of each")[0]


def test_an_unknown_design_is_a_user_error(monkeypatch, capsys):
    code, said = conform(monkeypatch, capsys, "diference_in_differences")
    assert code == 2
    assert "did you mean 'difference_in_differences'?" in said.err


@pytest.mark.parametrize("draws", ["10", "many"])
def test_too_few_draws_are_a_user_error(monkeypatch, capsys, draws):
    code, said = conform(monkeypatch, capsys, "synthetic_control", "--draws", draws)
    assert code == 2
    assert draws in said.out + said.err
