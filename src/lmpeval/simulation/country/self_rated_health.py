"""Self-rated health, as a survey hears it: who answers depends on age, means and health itself.

Weights correct for age, sex and socio-economic class, as in the Dutch health monitor; what the healthy answer
more often beyond that stays in the figures.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from lmpeval.panel import Bools, Floats
from lmpeval.simulation.country.drawn import Geography, People
from lmpeval.simulation.country.sampling import Sample, coded

AGE_CLASSES = (19, 35, 50, 65, 75)
SES_CLASSES = (-0.5, 0.5)

ILL = {"diabetes": 0.5, "copd": 0.9, "heart_failure": 0.9, "frail": 0.8}
"""By how much a condition lowers self-rated health, in standard deviations of answers."""


def good_health(people: People, asked: Sample) -> Floats:
    """Probability that somebody says that their health is good (probit), shape (n,)."""
    old = people.age[asked.year, asked.person] - 45.0
    score = 1.0 - 0.013 * old + 0.25 * people.ses[asked.person] + asked.shift
    for condition, weight in ILL.items():
        score = score - weight * people.conditions[condition][asked.year, asked.person]
    return np.asarray(ndtr(score), dtype=float)


def answering(people: People, asked: Sample, good: Bools) -> Floats:
    """Probability that somebody who is asked answers (logit), shape (n,)."""
    old = np.minimum(people.age[asked.year, asked.person], 80) - 45.0
    score = -0.95 + 0.02 * old + 0.35 * people.ses[asked.person] + 0.6 * good
    return np.asarray(1 / (1 + np.exp(-score)), dtype=float)


def health_rows(
    geography: Geography, people: People, asked: Sample, rng: np.random.Generator
) -> pd.DataFrame:
    """Ask a sample how its health is (contract health_survey)."""
    year, person = asked.year, asked.person
    good = rng.random(len(year)) < good_health(people, asked)
    responded = rng.random(len(year)) < answering(people, asked, good)
    age_class = np.searchsorted(AGE_CLASSES, people.age[year, person], side="right") - 1
    ses_class = np.searchsorted(SES_CLASSES, people.ses[person], side="right")
    cell = ((year * 8 + age_class) * 4 + ses_class) * 2 + people.woman[person]
    answer = np.where(responded, good, np.nan)
    return pd.DataFrame(
        {
            "person_id": people.person[person],
            "year": people.years[year].astype(np.int16),
            "municipality": coded(people.unit[year, person], geography.codes),
            "age_from": np.asarray(AGE_CLASSES, np.int8)[age_class],
            "sex": coded(people.woman[person].astype(int), ("M", "V")),
            "ses_class": ses_class.astype(np.int8) + np.int8(1),
            "responded": responded.astype(np.int8),
            "good_health": pd.array(answer, dtype="Int8"),
            "weight": np.where(responded, weights(cell, responded), np.nan).astype(np.float32),
        }
    )


def weights(cell: NDArray[np.intp], responded: Bools) -> Floats:
    """Invited over responded in each cell, shape (n,); a cell that nobody answered in has no weight.

    Post-stratification (Holt and Smith 1979).
    """
    invited = np.bincount(cell)
    answered = np.bincount(cell, responded, len(invited))
    return np.asarray(np.divide(invited, answered, out=np.zeros(len(invited)), where=answered > 0)[cell])
