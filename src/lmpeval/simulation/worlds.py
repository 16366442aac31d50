"""The worlds that every design is held against."""

from lmpeval.predictors import Predictor
from lmpeval.simulation.staggered_world import StaggeredWorld
from lmpeval.simulation.world import World

TREND = frozenset({"parallel_trends", "donor_fit"})
EARLY = frozenset({"no_anticipation"})

WORLDS = (
    World("steady"),
    World("no_effect", effect=0.0),
    World("growing_effect", grows=True),
    World("late_effect", grows=True, lag=2, after=6),
    World("without_noise", shock=0.0, noise=0.0),
    World("level_gap", level_gap=600.0),
    World("two_sites_no_effect", sites=2, effect=0.0),
    World("nine_sites_no_effect", groups=36, sites=9, units=2, site_units=2, effect=0.0),
    World("three_years_before", before=3),
    World("correlated_noise", shock=14.0, persistence=0.7, shared_shocks=1.0),
    World("heavy_tails", tails=3.0),
    World("unequal_exposure", size_spread=0.5, noise=25.0),
    World("growing_exposure", inflow=0.3),
    World("matched_trends", unmatched=frozenset({"parallel_trends"}), groups=36, class_trend=20.0),
    World("staggered_starts", grows=True, cohorts=(-3, -1, 1, 2), after=6),
    World("common_break_year", common_break=150.0),
    World("neighbours_reached", site_units=2, units=4, leak=0.5),
    StaggeredWorld("three_starts", groups=30, sites=3, starts=(0, 1, 3), grows=True, lag=1, after=6),
    StaggeredWorld(
        "nine_sites_three_starts",
        groups=45,
        sites=9,
        starts=(0, 0, 0, 1, 1, 1, 2, 2, 2),
        units=2,
        site_units=2,
        effect=0.0,
        persistence=0.6,
        later_serve=True,
    ),
    World("shared_factor", frozenset({"parallel_trends"}), frozenset(), factor=400.0, noise=2.0, shock=1.5),
    World("own_trend", TREND, TREND, own_trend=25.0),
    World("anticipation", EARLY, EARLY, effect=-120.0, early=2),
    World("spillover", frozenset({"no_spillover"}), site_units=2, units=4, leak=1.0, reached=12),
    World("composition", frozenset({"stable_composition"}), composition=80.0),
    World("donor_shock", frozenset({"no_other_change"}), donor_shock=600.0),
    World(
        "chosen_for_a_high",
        frozenset({"selection_not_by_chance"}),
        between=5.0,
        noise=40.0,
        chosen_high=True,
    ),
)
"""Those that break nothing first; then those that break an assumption, which they name."""

DIFFERENCE = frozenset({"parallel_difference"})

WORLDS_OF_TWO_OUTCOMES = (
    World("trend_of_one_outcome", TREND | DIFFERENCE, TREND | DIFFERENCE, own_trend=25.0, alike=0.0),
    World("untouched_is_touched", frozenset({"stayed_untouched"}), touched=0.5),
)
"""For designs that read an untouched outcome besides: in `WORLDS` it has a part in all trends and factors."""

STRAY = frozenset({"shared_factors"})

WORLDS_OF_COMPANIONS = (
    World("companions_go_astray", STRAY, STRAY, factor=400.0, noise=2.0, shock=1.5, astray=400.0),
    World("shocks_of_their_own", STRAY, shock=14.0, persistence=0.7),
)
"""For designs that read companions besides: in `WORLDS` what moves the outcome for years moves them alike.

So do shocks that last, which drive regions apart as a factor does; shocks that pass are each outcome's own.
In the last world here shocks last and are each outcome's own.
"""

PREDICTORS = (
    Predictor(2006, 2012, "feels"),
    Predictor(2006, 2012, "beside the point"),
    Predictor(2012),
)
"""One tells what moves the units apart, one nothing, and one is the outcome in the last year."""

WORLDS_OF_PREDICTORS = (
    World("told_factor", factor=200.0, predictors=PREDICTORS),
    World("told_factor_no_effect", factor=200.0, effect=0.0, predictors=PREDICTORS),
)
"""For designs that match `PREDICTORS`: elsewhere no panel holds any."""
