"""What units and years must have of the columns that a design reads besides that of the outcome."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lmpeval.errors import CannotEstimate
from lmpeval.study import Outcome


def refuse_other_years(known: Mapping[str, pd.DataFrame], early: pd.Index[int], outcome: Outcome) -> None:
    """Refuse companions without any figures in one of the `early` years, those before the last start.

    Raises
    ------
    CannotEstimate
    """
    for name, also in known.items():
        if absent := [str(year) for year in early if also.loc[year].isna().all()]:
            raise CannotEstimate(
                f"no figures of {name} in {', '.join(absent)}: what is followed beside {outcome.name} must "
                "be known in each of its years before the start"
            )


def as_needed(
    values: pd.DataFrame,
    second: pd.DataFrame | None,
    known: Mapping[str, pd.DataFrame],
    early: pd.Index[int],
) -> pd.DataFrame:
    """Figures of the outcome, empty where a unit lacks the `second` one, or one that is `known` early."""
    lacking = pd.DataFrame(data=False, index=values.index, columns=values.columns)
    if second is not None:
        lacking |= second.isna()
    for also in known.values():
        lacking.loc[early] |= also.loc[early].isna()
    return values.mask(lacking)
