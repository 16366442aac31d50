from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmpeval.design import Assumption, Case, Circumstances, Evidence, Status, estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.ledger import Certainty, Entry, Ledger, examine
from worlds import World, draw

CRITICAL = {3, 4, 5, 6, 9, 11}


def entry(number, status=Status.SUPPORTED):
    assumption = Assumption(number, f"a{number}", "c", "m", "s", critical=number in CRITICAL)
    return Entry(assumption, Evidence(status, "found"), None)


def ledger(**statuses):
    said = {int(name[1:]): status for name, status in statuses.items()}
    return Ledger(tuple(entry(n, said.get(n, Status.SUPPORTED)) for n in range(1, 13)))


@pytest.mark.parametrize(
    "numbers",
    [range(1, 12), range(2, 14), [*range(1, 12), 11], [2, 1, *range(3, 13)], [], range(1, 14)],
    ids=["eleven", "no first", "one twice", "out of order", "none", "thirteen"],
)
def test_refuses_all_but_the_twelve_in_order(numbers):
    with pytest.raises(ValueError, match="assumptions 1 to 12, all of them and in order"):
        Ledger(tuple(entry(n) for n in numbers))


@pytest.mark.parametrize(
    ("uncertain", "not_supported", "expected"),
    [
        (0, 0, Certainty.MODERATE),  # high by the count, but a site not drawn by lot caps it
        (1, 0, Certainty.MODERATE),
        (2, 0, Certainty.LOW),
        (3, 0, Certainty.VERY_LOW),
        (6, 0, Certainty.VERY_LOW),
        (0, 1, Certainty.LOW),
        (1, 1, Certainty.VERY_LOW),
        (0, 2, Certainty.VERY_LOW),
    ],
)
def test_certainty(uncertain, not_supported, expected):
    numbers = sorted(CRITICAL)
    statuses = {f"a{n}": Status.UNCERTAIN for n in numbers[:uncertain]}
    statuses |= {f"a{n}": Status.NOT_SUPPORTED for n in numbers[uncertain : uncertain + not_supported]}
    assert ledger(**statuses).certainty is expected


@given(st.lists(st.sampled_from(list(Status)), min_size=12, max_size=12))
def test_what_is_not_critical_blocks_nothing_and_costs_a_level_where_it_is_not_supported(statuses):
    plain = ledger(**{f"a{n}": s for n, s in enumerate(statuses, 1) if n in CRITICAL})
    full = ledger(**{f"a{n}": s for n, s in enumerate(statuses, 1)})
    others = [s for n, s in enumerate(statuses, 1) if n not in CRITICAL]
    failed = others.count(Status.NOT_SUPPORTED)
    doubts = len(plain.uncertain) + 2 * len(plain.contradicted)
    scale = [Certainty.HIGH, Certainty.MODERATE, Certainty.LOW, Certainty.VERY_LOW]
    assert full.certainty is scale[max(1, min(doubts + failed, 3))]
    assert len(full.unsupported) == failed
    assert plain.unsupported == ()
    assert full.contradicted == plain.contradicted == names(statuses, Status.NOT_SUPPORTED)
    assert full.unassessed == plain.unassessed == names(statuses, Status.NOT_ASSESSED)
    assert full.uncertain == plain.uncertain == names(statuses, Status.UNCERTAIN)


def names(statuses, status):
    return tuple(f"a{n}" for n, s in enumerate(statuses, 1) if s is status and n in CRITICAL)


@dataclass(frozen=True)
class Claims:
    """A design that is nothing but its claims."""

    assumptions: tuple


def examined(found, argument):
    """Entry of the one assumption whose check finds `found`."""
    check = None if found == "no check" else (lambda case: found)
    own = Assumption(3, "third", "c", "m", "s", critical=True, check=check)
    others = tuple(Assumption(n, f"a{n}", "c", "m", "s", critical=False) for n in range(12, 0, -1) if n != 3)
    case = Case(Claims((own, *others)), None, None, Circumstances(margin=1.0), None)
    return examine(case, {"third": argument} if argument else {}).entries[2]


@pytest.mark.parametrize("status", [Status.SUPPORTED, Status.UNCERTAIN, Status.NOT_SUPPORTED])
def test_argument_never_overrides_a_test(status):
    found = examined(Evidence(status, "seen", number=1.5), "because")
    assert found.status is status
    assert found.evidence.number == 1.5
    assert found.argument == "because"


@pytest.mark.parametrize("found", ["no check", None, Evidence(Status.NOT_ASSESSED, "one year is too few")])
def test_what_no_test_sees_is_argued_or_not_assessed(found):
    assert examined(found, "because").status is Status.ARGUED
    without = examined(found, None)
    assert without.status is Status.NOT_ASSESSED
    assert "the study gives no argument" in without.evidence.finding
    if isinstance(found, Evidence):
        assert "one year is too few" in without.evidence.finding


@pytest.mark.parametrize("design", [DifferenceInDifferences(), SyntheticControl()])
def test_examines_a_real_design(design):
    panel = draw(World(), 1)
    found = estimate(design, panel, 0, np.random.default_rng(0))
    case = Case(design, panel, found, Circumstances(margin=60.0), np.random.default_rng(0))
    silent = examine(case, {})
    assert silent.unassessed == ("stable_composition", "no_spillover", "no_other_change")
    argued = examine(case, dict.fromkeys(("stable_composition", "no_spillover", "no_other_change"), "why"))
    assert argued.unassessed == ()
    assert [e.assumption.number for e in argued.entries] == list(range(1, 13))
