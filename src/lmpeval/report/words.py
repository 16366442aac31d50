"""The words of a report, keyed by code.

What a verdict says stands in the catalogues of `lmpeval.report.language`, in every language; what only the
full report says, of calibrations, ranks and other methods, stands here, in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lmpeval.beside.other_methods import Method, Reason
from lmpeval.comparators import Role
from lmpeval.design import Status
from lmpeval.ledger import Certainty
from lmpeval.report import language
from lmpeval.report.language import Catalogue
from lmpeval.study import Aim
from lmpeval.uncertainty.gap_statistics import NoRank, Statistic
from lmpeval.verdict import Answer, State

BLOCKED = "BLOCKED"
"""Shown in place of a state: the numbers exist, but a critical assumption was not assessed."""
VERY_UNCERTAIN = "VERY-UNCERTAIN"
"""Shown in place of a state: the interval says something, but hardly anything is certain."""


@dataclass(frozen=True)
class Mark:
    """A sign that does without colour, and the word beside it."""

    symbol: str
    word: str


@dataclass(frozen=True)
class Words:
    """All sentences of one language; `{...}` stands for a number or a name."""

    catalogue: Catalogue
    sentences: Mapping[str, str]
    other_methods: Mapping[str, str]
    """Names, remarks and reasons of `lmpeval.beside.other_methods`."""
    ranks: Mapping[str, str]
    """Names and reasons of `lmpeval.uncertainty.gap_statistics`."""

    @property
    def language(self) -> str:
        """ISO 639-1."""
        return self.catalogue.language

    @cached_property
    def answers(self) -> Mapping[Answer, str]:
        """Word of every answer."""
        return {answer: self.catalogue.say(f"answer.{answer}") for answer in Answer}

    @cached_property
    def marks(self) -> Mapping[str, Mark]:
        """Mark of every code that a reader is shown."""
        return {code: Mark(sign, self.catalogue.say(f"mark.{code}")) for code, sign in SIGNS.items()}

    @cached_property
    def certainty(self) -> Mapping[Certainty, Mark]:
        """Mark of every level of certainty."""
        return {each: Mark(sign, self.catalogue.say(f"certainty.{each}")) for each, sign in DOTS.items()}

    @cached_property
    def statuses(self) -> Mapping[Status, Mark]:
        """Mark of what is known of an assumption."""
        return {each: Mark(sign, self.catalogue.say(f"status.{each}")) for each, sign in KNOWN.items()}

    @cached_property
    def roles(self) -> Mapping[Role, str]:
        """What became of a delivered unit."""
        return {role: self.catalogue.say(f"role.{role}") for role in Role}

    @cached_property
    def aims(self) -> Mapping[Aim, str]:
        """Name of every aim."""
        return {aim: self.catalogue.say(f"aim.{aim}") for aim in Aim}


SIGNS: Mapping[str, str] = {
    State.BETTER: "▲▲",
    State.LEAN_BETTER: "▲",
    State.NO_MATERIAL_DIFFERENCE: "●",
    State.INCONCLUSIVE: "?",
    State.LEAN_WORSE: "▼",
    State.WORSE: "▼▼",
    State.NOT_CREDIBLE: "⊘",
    State.TOO_EARLY: "◷",
    State.NOT_STUDIED: "\u2013",
    State.NO_DATA: "∅",
    State.NOT_DELIVERED: "○",
    State.FAILED: "✕",
    State.WITHHELD: "■",
    BLOCKED: "‖",
    VERY_UNCERTAIN: "??",
}
"""A sign for every code that a reader is shown, the same in all languages."""
DOTS = {
    Certainty.HIGH: "●●●●",
    Certainty.MODERATE: "●●●○",
    Certainty.LOW: "●●○○",
    Certainty.VERY_LOW: "●○○○",
}
KNOWN = {
    Status.SUPPORTED: "●",
    Status.UNCERTAIN: "◐",
    Status.NOT_SUPPORTED: "✕",
    Status.ARGUED: "◇",
    Status.NOT_ASSESSED: "○",
}

ENGLISH = Words(
    catalogue=language.ENGLISH,
    sentences={
        "none seen": "For none of {outcomes} can {any_design} see the smallest difference that matters.",
        "none seen, one outcome": "On {names} {no_design} the smallest difference that matters.",
        "all seen": "On {every} {every_design} can see the smallest difference that matters, as far as "
        "chance goes.",
        "some seen": "The smallest difference that matters can be seen on {names}, as far as chance goes, by "
        "one design at least; on no other outcome can {any_design} see it.",
        "some designs see": "On {every} one design at least can see the smallest difference that matters, as "
        "far as chance goes, but not every design can.",
        "nothing measured": "What this study can see could not be measured.",
        "stands out": "The range leaves zero out on {cells}, although the smallest difference that matters "
        "could not be seen there. That is no contradiction and no reassurance: an estimate that stands out "
        "of a study with so little chance to see one is too large as a rule, and the smaller the chance, the "
        "more often of the wrong sign (Gelman and Carlin 2014: errors of type M and type S).",
        "fall": "fall",
        "rise": "rise",
        "cannot answer": "Cannot answer on {outcome}: the smallest {way} that this panel can show is {seen}"
        "{per}{share}, and no more than {most} is plausible ({source}).",
        "cannot answer at all": "Cannot answer on {outcome}: the stand-ins are too few to show a "
        "{way} of any size.",
        "may answer": "On {outcome} this panel can show a {way} from {seen}{per}{share} on, "
        "and up to {most} is plausible ({source}).",
        "can see": "On {outcome} this panel can show a {way} from {seen}{per}{share} on.",
        "share of the mean": " ({share} of the mean)",
        "negative control": "The outcome {outcome} is a negative control: the intervention cannot move "
        "it, so it answers nothing. What it says of the other answers stands in their assumptions.",
        "not calibrated": "What this design can see could not be measured: {why}",
        "bounds nothing": "An effect cannot be seen at any size: in more than one of five places the "
        "stand-ins are too few to bound a difference.",
        "by reach": "The programme reached {persons} people a year (mean of {years}), of a site of {size}: "
        "{reached}. For the mean of the whole region to change by {detectable}, those reached would have to "
        "change by {detectable} / {reached} = {needed} each{needed_share}.",
        "share of the region's mean": ", {share} of the region's mean",
        "covers too little": "Its intervals hold the truth in {coverage} of these places, fewer than "
        "{least}: they are narrower than they say.",
        "covers too much": "Its intervals hold the truth in {coverage} of these places, more than {most}: "
        "they are wider than they say.",
        "calibration absent": "Nobody has calibrated these designs on this panel. To do so: lmpeval "
        "calibrate STUDY.yaml --data DATA --out OUT, with this study's file, its data and the folder of this "
        "page; then run the study again.",
        "calibration out of date": "The calibration beside this page is out of date: it is of another text "
        "of the study or of other data. Make it again with lmpeval calibrate, then run the study again.",
        "calibration unreadable": "The calibration beside this page cannot be read ({why}). Make it again "
        "with lmpeval calibrate, then run the study again.",
        "beside: itself": "of the mean {one}: each {unit} counts by its size",
        "beside: every unit counts once": "of the mean {unit}: each counts once",
        "beside: cut at the 99th percentile": "of the mean {one}, each person's cost cut at the 99th "
        "percentile of the year",
        "beside: ratios": "of the mean {one}, ratios compared in place of differences",
        "beside: differences": "of the mean {one}, differences compared in place of ratios",
        "differs: every unit counts once": "On {outcome} the mean {unit} and the mean {one} say different "
        "things: {twin} where every {unit} counts once, {own} where each counts by its size. Both are right, "
        "each about its own question; the answer above is about the mean {one}.",
        "differs: cut at the 99th percentile": "On {outcome} the answer depends on a few very expensive "
        "patients: {twin} with each person's cost cut at the 99th percentile of the year, {own} without "
        "the cut.",
        "differs: ratios": "On {outcome} it matters what is compared: {twin} by ratios, {own} by "
        "differences. Which of the two would have stayed as elsewhere without the intervention, no figure "
        "can tell.",
        "differs: differences": "On {outcome} it matters what is compared: {twin} by differences, {own} by "
        "ratios. Which of the two would have stayed as elsewhere without the intervention, no figure can "
        "tell.",
        "differ": "The answers do not point the same way: better on {better}; worse on {worse}.",
    },
    other_methods={
        "caption": "How sure, by this method and by others",
        "own": "The answer rests on this one.",
        "own, one site": "The answer rests on this one. No p-value: where one site is noisier than the "
        "regions that stand in for it, chance alone ranks it high too often, and no other method tried is "
        "reliable across sizes. Read its rank among them.",
        f"{Method.LEFT_OUT}, name": "leaving out one site or neighbourhood at a time",
        f"{Method.WILD}, name": "wild cluster bootstrap",
        f"{Method.CONFORMAL}, name": "conformal: the site's error after the start among its errors before it",
        f"{Method.JACKKNIFE}, name": "jackknife+: each year before the start held out",
        Method.CONFORMAL: "No answer rests on it. It holds if the site's errors are alike in all years, "
        "before and after; no other region is asked. The effect is taken to be the same in every year "
        "counted.",
        Method.JACKKNIFE: "No answer rests on it. It holds if years are alike; the error of a year stands "
        "for that of the mean over the years counted.",
        f"{Method.PREDICTION}, name": "prediction interval: how far weights and later years may be off",
        Method.PREDICTION: "No answer rests on it. On the safe side, often by far: of all weights that the "
        "years before the start leave open it takes those that move the difference most. Each year by "
        "itself: {by_year}.",
        "in the table of results": "in the table of results, NAME.results.csv",
        Reason.MATCHES_MORE: "Nothing: it is worked out for weights that follow the path before the start "
        "alone, and these rest on more.",
        Reason.UNSOLVED: "Nothing: it was not worked out ({detail}).",
        Reason.READS_BESIDE: "Nothing: the weights rest on other outcomes too, and these keep their effect.",
        Reason.READS_AFTER: "Nothing: the weights rest on years after the start, and cannot be fitted as if "
        "all years were before it.",
        Method.LEFT_OUT: "No answer rests on it. On the safe side: t with as many degrees of freedom as "
        "{sites} sites leave, wider than it need be with so few.",
        Method.WILD: "No answer rests on it. The weights of the comparison are held fixed, as if they had "
        "been known; it does not reject as often as it says.",
        f"{Method.CONTROLS}, name": "calibrated by outcomes that the intervention cannot move",
        Method.CONTROLS: "No answer rests on it. The difference becomes {effect}{p}: what moved those "
        "outcomes on average is taken off, and how much it differs among them widens the interval: {detail}.",
        Reason.FEW_CONTROLS: "Nothing: it takes {detail} outcomes or more that the intervention cannot move "
        "and that have an error.",
        Reason.NO_ERROR: "Nothing: the difference has no error that others could be added to.",
        Reason.ONE_SITE: "Nothing: with one site, no error tells its own wandering from an effect.",
        Reason.FEW_SITES: "Nothing: with {sites} sites it is not to be relied upon.",
        Reason.FEW_GROUPS: "Nothing: there are too few neighbourhoods in the pool.",
        Reason.BROKE: "Nothing: without one of the groups there is no comparison ({detail}).",
        Reason.EXTRAPOLATES: "Nothing: the comparison has weights below zero, and is no mean.",
        Reason.NO_TWO_MEANS: "Nothing: the difference is not one between two weighted mean changes.",
        Reason.ON_BOTH_SIDES: "Nothing: sites are compared with until they start, and so are on both sides.",
        Reason.CANNOT_REJECT: "Nothing: {detail}.",
    },
    ranks={
        "caption": "Rank of the site among its stand-ins by other statistics; the answer rests on the first",
        Statistic.EFFECT: "size of the mean difference",
        "within": "size of the mean difference, without stand-ins whose mean squared misfit before the "
        "start is more than {rule} times the site's",
        Statistic.RATIO: "root mean squared difference after the start, over that before it",
        Statistic.SHRUNKEN: "size of the mean difference over its error: half from own years held out, half "
        "from the median stand-in's",
        NoRank.EXACT: "not told: a fit before the start can be exact here, and what is left of the misfit "
        "says nothing of how well donors follow",
        NoRank.NO_HOLD_OUT: "not told: too few years before the start to hold one out",
    },
)
