"""The suite is held to its own claim: it finds every wrong design, and no right one."""

from __future__ import annotations

import pytest

from conformance import mutants
from conformance.mutants import Changed, Honest
from lmpeval.conformance import checks
from lmpeval.simulation.worlds import WORLDS

NAMES = ("steady", "no_effect", "without_noise", "own_trend", "late_effect", "matched_trends", "three_starts")
SOME = tuple(world for world in WORLDS if world.name in NAMES)
WRONG = [
    (mutants.NoLevelAdjustment(), {"without_noise-finds_what_is_certain"}),
    (mutants.MatchesOnTheYearsAfter(), {"steady-does_not_read_the_outcome"}),
    (mutants.LeakingWeights(), {"steady-answers_in_full"}),
    (mutants.NegativeWeights(), {"steady-answers_in_full"}),
    (
        mutants.UsesWhatIsAside(),
        {"steady-leaves_aside_alone", "three_starts-never_compares_with_the_exposed"},
    ),
    (mutants.IgnoresExposure(), {"without_noise-finds_what_is_certain", "steady-weighs_by_exposure"}),
    (mutants.SignErrorInOneBranch(), {"without_noise-finds_what_is_certain", "steady-is_unbiased"}),
    (mutants.DropsAUnit(), {"steady-ignores_order"}),
    (mutants.DropsATreatedUnit(), {"without_noise-finds_what_is_certain"}),
    (mutants.UnseededRandomness(), {"steady-repeats_itself", "steady-same_in_two_processes"}),
    (mutants.WritesToItsInput(), {"steady-leaves_the_data_alone"}),
    (mutants.WrongStart(), {"steady-does_not_read_the_outcome", "steady-an_effect_adds"}),
    (mutants.PeeksAtTheTreated(), {"steady-does_not_read_the_outcome", "steady-an_effect_adds"}),
    (mutants.ReadsNames(), {"steady-ignores_names"}),
    (mutants.ThinksInThousands(), {"steady-follows_the_unit"}),
    (mutants.MissesACommonShock(), {"steady-ignores_what_all_share", "steady-is_unbiased"}),
    (mutants.LyingWeights(), {"steady-compares_by_its_weights"}),
    (mutants.WeighsByLaterExposure(), {"steady-fixes_weights_before_the_start"}),
    (mutants.PicksByLaterOutcomes(), {"steady-fixes_weights_before_the_start"}),
    (mutants.MatchesTheFarthest(), {"matched_trends-is_unbiased"}),
    (Honest(mutants.Lagless()), {"late_effect-covers_as_stated"}),
    (mutants.HalfBatched(), {"steady-answers_many_as_one"}),
    (mutants.ComparesWithTheExposed(), {"three_starts-never_compares_with_the_exposed"}),
    (mutants.LetsLaterStartsServeForEver(), {"three_starts-never_compares_with_the_exposed"}),
    (mutants.LessForOneStart(), {"three_starts-answers_one_start_alone"}),
    (mutants.BreaksOff(), {"steady-answers_in_full", "steady-is_unbiased"}),
    (Honest(Changed("too_sure")), {"steady-errs_as_stated"}),
    (Honest(Changed("too_narrow")), {"steady-covers_as_stated", "no_effect-p_agrees_with_interval"}),
    (Honest(Changed("one_sided")), {"steady-sees_a_large_effect"}),
    (Honest(Changed("one_tail")), {"no_effect-p_agrees_with_interval"}),
    (Honest(Changed("never_sure")), {"steady-sees_a_large_effect"}),
    (Honest(Changed("off_centre")), {"steady-answers_in_full"}),
    (mutants.Soothing(), {"own_trend-ledger_never_vouches", "own_trend-ledger_rings"}),
    (mutants.SeeingNothing(), {"own_trend-ledger_rings"}),
    (mutants.CryingWolf(), {"steady-ledger_stays_quiet"}),
]


def named(design: Honest) -> str:
    how = getattr(design.inference, "how", type(design.inference).__name__)
    return f"{type(design).__name__}, {how}"


@pytest.mark.parametrize(("mutant", "expected"), WRONG, ids=[named(mutant) for mutant, _ in WRONG])
def test_a_wrong_design_fails_by_name(mutant, expected):
    laid = checks(mutant, worlds=SOME, draws=200, jobs=1)
    looked = {str(check): check for check in laid}
    assert expected <= set(looked), "a check of that name is part of the suite"
    held = [name for name in expected if looked[name].look().held]
    assert held == []


def test_the_right_design_fails_none():
    looked = [(check, check.look()) for check in checks(Honest(), worlds=SOME, draws=200, jobs=1)]
    assert [f"{check}: {seen.seen}" for check, seen in looked if not seen.held] == []


def test_a_failing_check_says_what_was_seen_and_what_is_allowed():
    (check,) = [
        c for c in checks(mutants.PeeksAtTheTreated(), SOME, jobs=1) if str(c) == "steady-an_effect_adds"
    ]
    with pytest.raises(
        AssertionError, match=r"(?s)steady-an_effect_adds: Five euro .* seen: .* apart by 0\.5.* allowed: "
    ):
        check()


def test_few_draws_are_refused():
    with pytest.raises(ValueError, match="10 draws found, expected 40 or more"):
        checks(Honest(), draws=10)


def test_names_are_unique():
    names = [str(check) for check in checks(Honest())]
    assert len(names) == len(set(names))
