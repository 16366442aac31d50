"""Units drawn where the truth is known."""

from dataclasses import replace

import numpy as np

from lmpeval.group_time.cohorts import Staggered
from lmpeval.group_time.cross_sections import Samples
from lmpeval.group_time.two_by_two import Changes


def some_changes(seed=3, units=200, columns=2):
    """Changes that depend on two covariates, as does exposure; unequal weights."""
    rng = np.random.default_rng(seed)
    covariates = rng.normal(size=(units, 2))
    exposed = rng.random(units) < 1 / (1 + np.exp(-covariates @ [0.6, -0.4]))
    change = covariates @ rng.normal(size=(2, columns)) + rng.normal(size=(units, columns))
    return Changes(change + 0.5 * exposed[:, None], exposed, covariates, rng.uniform(0.5, 2, units))


def some_samples(seed=4, people=400):
    """Answers that depend on two covariates, as does exposure; unequal weights."""
    rng = np.random.default_rng(seed)
    covariates = rng.normal(size=(people, 2))
    exposed = rng.random(people) < 1 / (1 + np.exp(-covariates @ [0.6, -0.4]))
    after = rng.random(people) < 0.45
    outcome = covariates @ [1.0, 0.5] * (1 + 0.5 * after) + exposed + after + 0.5 * exposed * after
    return Samples(outcome + rng.normal(size=people), exposed, after, covariates, rng.uniform(0.5, 2, people))


def curved(rng, units, shape, odds):
    """A covariate, a change that is 1 larger for the exposed, and exposure.

    `shape` and `odds` say whether change without exposure and log odds are "straight" in the covariate or
    "bent": then they are straight in its square too.
    """
    x = rng.normal(size=units)
    bend = (x**2 - 1) / np.sqrt(2)
    terms = {"straight": x, "bent": 0.6 * x + 0.8 * bend}
    exposed = rng.random(units) < 1 / (1 + np.exp(-0.7 * terms[odds]))
    return x[:, None], terms[shape] + exposed + rng.normal(size=units), exposed


def staggered(seed=5, units=120, noise=1.0, growth=0.5, never=True):
    """Six years; exposure from the third, fourth or sixth on, or never; effects grow from 1 with the years.

    Returns the panel and the true effects, by cohort and year.
    """
    rng = np.random.default_rng(seed)
    years = np.arange(2011, 2017)
    cohort = np.array([2013.0, 2014.0, 2016.0, 0.0 if never else 2015.0])[np.arange(units) % 4]
    covariates = rng.normal(size=(units, 1)) + 0.3 * (cohort[:, None] == 2013)
    since = np.where(cohort > 0, years[:, None] - cohort, -1.0)
    effect = np.where(since >= 0, 1 + growth * since, 0.0)
    level = rng.normal(size=units) + np.sin(years)[:, None] + 0.2 * np.outer(years - 2011, covariates[:, 0])
    outcome = level + effect + noise * rng.normal(size=(6, units))
    truth = {
        (int(g), int(t)): 1 + growth * (t - g) for g in np.unique(cohort[cohort > 0]) for t in years if t >= g
    }
    return Staggered(outcome, years, cohort, covariates, rng.uniform(0.5, 2, units)), truth


def by_weights(estimate, data, units, step=1e-5):
    """Influence of the first `units` by moving their weights; shape (units, k)."""
    n, found = len(data.weights), []
    for i in range(units):
        moved = [data.weights + sign * step * (np.arange(n) == i) for sign in (1, -1)]
        high, low = (estimate(replace(data, weights=weights)) for weights in moved)
        found.append(n * data.weights[i] * (high - low) / (2 * step))
    return np.array(found)
