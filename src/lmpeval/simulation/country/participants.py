"""Who took part in what, and when: a row a spell (contract participants)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lmpeval.panel import Bools
from lmpeval.simulation.country.drawn import People
from lmpeval.simulation.country.interventions import Programme
from lmpeval.simulation.country.participation import Acts
from lmpeval.simulation.country.sampling import coded


def participant_rows(
    programmes: Sequence[Programme], people: People, acts: Acts, alive: Bools
) -> pd.DataFrame:
    """List the spells of a chunk: years in a row in one programme.

    Parameters
    ----------
    alive : array, shape (n_years, n_people)
        Whether somebody is there at some time of the year, with the programmes.
    """
    some = np.flatnonzero(acts.participates.any(axis=0))
    takes = np.where(alive[:, some], acts.participates[:, some], 0).T
    nobody = np.zeros((len(some), 1), np.int8)
    changes = np.diff(np.hstack([nobody, takes, nobody]).astype(np.int16), axis=1) != 0
    begins = changes[:, :-1] & (takes > 0)
    ends = changes[:, 1:] & (takes > 0)  # row by row, so begins and ends come in the same order
    who, first = np.nonzero(begins)
    last = np.nonzero(ends)[1]
    return pd.DataFrame(
        {
            "person_id": people.person[some][who],
            "programme": coded(takes[who, first].astype(int) - 1, [p.name for p in programmes]),
            "from": people.years[first].astype(np.int16),
            "to": people.years[last].astype(np.int16),
        }
    )
