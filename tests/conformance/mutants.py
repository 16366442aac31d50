"""Designs that are wrong on purpose, each in one way. Right, they would be `Honest`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from lmpeval.assumptions import COMMON, PARALLEL_TRENDS
from lmpeval.design import Assumption, Evidence, Inference, Status
from lmpeval.estimate import Comparison
from lmpeval.inference import PlaceboGroups


@dataclass(frozen=True)
class Honest:
    """Change of the treated less the change of all others, weighted by exposure."""

    inference: Inference = PlaceboGroups()
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, PARALLEL_TRENDS)

    def compare(self, panel):
        weights = self.weights(panel)
        others = panel.controls @ weights
        return Comparison(others + (panel.treated_mean - others)[panel.before].mean(), weights)

    def weights(self, panel):
        size = panel.size[panel.compared]
        return size / size.sum()


class NoLevelAdjustment(Honest):
    def compare(self, panel):
        weights = self.weights(panel)
        return Comparison(panel.controls @ weights, weights)


class MatchesOnTheYearsAfter(Honest):
    def weights(self, panel):
        apart = np.abs(panel.controls[~panel.before] - panel.treated_mean[~panel.before][:, None]).sum(axis=0)
        weights = np.zeros(len(apart))
        weights[np.argsort(apart)[:10]] = 0.1
        return weights


class LeakingWeights(Honest):
    def weights(self, panel):
        return super().weights(panel) * 1.02


class NegativeWeights(Honest):
    def weights(self, panel):
        weights = super().weights(panel)
        weights[0], weights[1] = weights[0] - 0.5, weights[1] + 0.5
        return weights


class UsesWhatIsAside(Honest):
    def compare(self, panel):
        pool = panel.compared | panel.aside
        size = panel.size[pool]
        others = panel.outcome[:, pool] @ (size / size.sum())
        lifted = others + (panel.treated_mean - others)[panel.before].mean()
        return Comparison(lifted, self.weights(panel))


class IgnoresExposure(Honest):
    """Takes the plain mean of the treated for their mean by exposure."""

    def compare(self, panel):
        weights = self.weights(panel)
        others = panel.controls @ weights
        plain = panel.outcome[:, panel.treated].mean(axis=1)
        return Comparison(others + (plain - others)[panel.before].mean(), weights)


class SignErrorInOneBranch(Honest):
    def compare(self, panel):
        weights = self.weights(panel)
        others = panel.controls @ weights
        lift = (panel.treated_mean - others)[panel.before].mean()
        return Comparison(others + (lift if lift > 0 else -lift), weights)


class DropsAUnit(Honest):
    """Leaves the last comparison unit out, whichever it is."""

    def weights(self, panel):
        size = panel.size[panel.compared].copy()
        size[-1] = 0.0
        return size / size.sum()


class DropsATreatedUnit(Honest):
    def compare(self, panel):
        weights = self.weights(panel)
        others = panel.controls @ weights
        kept = np.flatnonzero(panel.treated)[:-1]
        share = panel.size[kept] / panel.size[kept].sum()
        return Comparison(others + (panel.outcome[:, kept] @ share - others)[panel.before].mean(), weights)


class UnseededRandomness(Honest):
    def compare(self, panel):
        answer = super().compare(panel)
        return replace(answer, counterfactual=answer.counterfactual + np.random.default_rng().normal(0, 0.01))


class WritesToItsInput(Honest):
    def compare(self, panel):
        panel.outcome[panel.before] *= 1.0001
        return super().compare(panel)


class WrongStart(Honest):
    """Counts the first year of exposure among the years before."""

    def compare(self, panel):
        weights = self.weights(panel)
        others = panel.controls @ weights
        return Comparison(others + (panel.treated_mean - others)[panel.years <= panel.start].mean(), weights)


class PeeksAtTheTreated(Honest):
    """Shrinks the counterfactual towards what was observed after the start."""

    def compare(self, panel):
        answer = super().compare(panel)
        seen = np.where(panel.before, 0.0, 0.1 * (panel.treated_mean - answer.counterfactual))
        return replace(answer, counterfactual=answer.counterfactual + seen)


class ReadsNames(Honest):
    """Takes the ten comparison units that come first in the alphabet."""

    def weights(self, panel):
        weights = np.zeros(len(panel.control_names))
        weights[np.argsort(panel.control_names)[:10]] = 0.1
        return weights


class ThinksInThousands(Honest):
    """Rounds as if every outcome were in thousands of euro."""

    def compare(self, panel):
        answer = super().compare(panel)
        return replace(answer, counterfactual=np.round(answer.counterfactual, -1))


class MissesACommonShock(Honest):
    """Carries the treated's own level on, as if nothing happened to everybody."""

    def compare(self, panel):
        answer = super().compare(panel)
        return replace(
            answer, counterfactual=np.full(len(panel.years), panel.treated_mean[panel.before].mean())
        )


class LyingWeights(Honest):
    """Compares with all, and says that it was with the largest."""

    def compare(self, panel):
        answer = super().compare(panel)
        return replace(answer, weights=np.eye(len(answer.weights))[answer.weights.argmax()])


class WeighsByLaterExposure(Honest):
    def weights(self, panel):
        size = panel.exposure[-1, panel.compared]
        return size / size.sum()


class PicksByLaterOutcomes(Honest):
    """Leaves the donors out whose change after the start is in the outer thirds."""

    def weights(self, panel):
        change = panel.controls[~panel.before].mean(axis=0) - panel.controls[panel.before].mean(axis=0)
        low, high = np.quantile(change, [1 / 3, 2 / 3])
        size = panel.size[panel.compared] * ((change >= low) & (change <= high))
        return size / size.sum()


class MatchesTheFarthest(Honest):
    """Compares with the units that are least like the sites."""

    def weights(self, panel):
        site = panel.size[panel.treated] @ panel.covariates[panel.treated] / panel.size[panel.treated].sum()
        apart = np.abs(panel.covariates[panel.compared] - site).sum(axis=1)
        size = panel.size[panel.compared] * (apart >= np.sort(apart)[-10])
        return size / size.sum()


class HalfBatched(Honest):
    """Answers for many with the weights of the first."""

    def compare_many(self, panels):
        first = self.compare(panels[0])
        return [replace(self.compare(panel), counterfactual=first.counterfactual) for panel in panels]


class ComparesWithTheExposed(Honest):
    """Lets the sites of all other starts into each start's comparison, exposed or not."""

    def compare_together(self, cohorts):
        found = []
        for panel in cohorts:
            others = np.logical_or.reduce([each.treated for each in cohorts]) & ~panel.treated
            wider = self.compare(panel.with_aside(panel.aside & ~others))
            found.append(replace(wider, weights=self.weights(panel)))
        return found


class LetsLaterStartsServeForEver(Honest):
    """Keeps later sites in an earlier start's comparison when they are exposed themselves."""

    def compare_together(self, cohorts):
        found = []
        for panel in cohorts:
            later = [each.treated for each in cohorts if each.start > panel.start]
            served = np.logical_or.reduce([np.zeros_like(panel.treated), *later])
            wider = self.compare(panel.with_aside(panel.aside & ~served))
            found.append(replace(wider, weights=self.weights(panel)))
        return found


class LessForOneStart(Honest):
    """Answers a start by itself otherwise than among others."""

    def compare_together(self, cohorts):
        return [
            replace(answer, counterfactual=answer.counterfactual + 1.0)
            for answer in map(self.compare, cohorts)
        ]


class BreaksOff(Honest):
    def compare(self, panel):
        raise ZeroDivisionError("the mean of nothing")


@dataclass(frozen=True)
class Lagless:
    """Judges every year from the start on, whichever are counted."""

    def __call__(self, design, panel, counted, rng):
        return PlaceboGroups()(design, panel, ~panel.before, rng)


@dataclass(frozen=True)
class Changed:
    """An inference that is `PlaceboGroups` but for what `how` does to its answer."""

    how: str

    def __call__(self, design, panel, counted, rng):
        sure = PlaceboGroups()(design, panel, counted, rng)
        return replace(sure, **getattr(self, self.how)(sure))

    @staticmethod
    def too_sure(sure):
        return {"standard_error": sure.standard_error * 2 / 3}

    @staticmethod
    def too_narrow(sure):
        low, high = sure.interval
        centre, half = (low + high) / 2, (high - low) / 3
        return {"interval": (centre - half, centre + half)}

    @staticmethod
    def one_sided(sure):
        return {"interval": (-np.inf, sure.interval[1])}

    @staticmethod
    def one_tail(sure):
        return {"p": max(sure.smallest_p, sure.p / 2)}

    @staticmethod
    def never_sure(sure):
        return {"interval": (-np.inf, np.inf), "p": 1.0}

    @staticmethod
    def off_centre(sure):
        low, high = sure.interval
        return {"interval": (low + 1.2 * (high - low), high + 1.2 * (high - low))}


def _soothes(case):
    return Evidence(Status.SUPPORTED, "fine")


def _cries_wolf(case):
    return Evidence(Status.NOT_SUPPORTED, "no good") if case.rng.random() < 0.3 else None


def _sees_nothing(case):
    return Evidence(Status.UNCERTAIN, "who knows")


def with_check(check: Any) -> type[Honest]:
    """A design with another check of its third assumption."""
    third = replace(PARALLEL_TRENDS, check=check)
    return type("WithCheck", (Honest,), {"assumptions": (*COMMON, third), "__module__": __name__})


Soothing = with_check(_soothes)
CryingWolf = with_check(_cries_wolf)
SeeingNothing = with_check(_sees_nothing)
