"""Whom a study asks about, in the terms of person-level data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from lmpeval.contracts.counted import quoted
from lmpeval.sources.persons.rule_sql import Condition, condition, rows_before
from lmpeval.study.selection_rule import Rule


@dataclass(frozen=True)
class AskedGroups:
    """Groups of persons that one characteristic tells apart, each with its rule."""

    by: str
    groups: tuple[str, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, eq=False)
class Asked:
    """The people of a study, here and elsewhere.

    Attributes
    ----------
    rule : Rule or None
        Selects people, by the same figures and in the same year in every region.
    start : int
        First year of the intervention; the year before it is the baseline.
    regions : mapping of municipality to region
        Municipalities of the site and of those compared with; others are left out.
    region_names : tuple of str
        The sites, then the regions compared with.
    n_sites : int
    member_column : str or None
        ``practice_id`` or ``insurer`` where the intervention is for people of some of these.
    members : tuple of str
        Which.
    programme : str or None
        Of those selected in the site only who took part from the start on, by the intervention's name.
    covariates : tuple of str
    wherever : bool
        Whether somebody counts on after moving to another region, as first assigned.
    subgroups : tuple of AskedGroups
        Into which persons are told apart, by figures of the baseline and before.
    """

    rule: Rule | None
    start: int
    regions: Mapping[str, str]
    region_names: tuple[str, ...]
    n_sites: int = 1
    member_column: str | None = None
    members: tuple[str, ...] = ()
    programme: str | None = None
    covariates: tuple[str, ...] = ()
    wherever: bool = False
    subgroups: tuple[AskedGroups, ...] = ()

    @property
    def baseline(self) -> int:
        """The last year before the start."""
        return self.start - 1

    @property
    def by_insurer(self) -> bool:
        """Whether people are those of an insurer: then they are compared with its people elsewhere."""
        return self.member_column == "insurer"

    def homes(self, places: pd.DataFrame) -> pd.DataFrame:
        """Regions by municipality as persons name it: columns code, region (position) and site."""
        number = {name: i for i, name in enumerate(self.region_names)}
        here = places[places["unit"].isin(list(self.regions))]
        region = here["unit"].map(self.regions).map(number).astype("int64")
        return pd.DataFrame({"code": here["code"], "region": region, "site": region < self.n_sites})

    def covered(self, row: str) -> Condition:
        """Whether somebody's row is of the practices or insurers that the intervention is for."""
        if self.member_column is None:
            return Condition("TRUE")
        marks = ", ".join("?" for _ in self.members)
        mine = f"CAST({row}.{quoted(self.member_column)} AS VARCHAR) IN ({marks})"
        return Condition(mine if self.by_insurer else f"(NOT h.site OR {mine})", self.members)

    def selected(self, baseline: int) -> Condition:
        """Whether the rule holds in a year, for rows joined by `earlier`."""
        return condition(self.rule, baseline)

    def earlier(self, baseline: int) -> str:
        """Join the rows of the years before that the rules look back to."""
        rules = (self.rule, *(rule for each in self.subgroups for rule in each.rules))
        return rows_before(rules, baseline)
