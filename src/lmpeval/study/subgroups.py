"""For whom: groups of persons whose effects are told apart, named before the results are seen."""

from __future__ import annotations

from dataclasses import field

from pydantic.dataclasses import dataclass

from lmpeval.study.values import CLOSED, Text

SITE = "site"


@dataclass(frozen=True, config=CLOSED)
class Subgroups:
    """Groups that one characteristic tells apart."""

    by: Text
    """The characteristic, in words: age, income, what people suffer from; `site` for every site by itself."""
    groups: dict[Text, Text] = field(default_factory=dict)
    """Name of each group and the rule that selects it, as in `subpopulation`; nobody is in two of them. Left
    out for sites."""

    @property
    def of_sites(self) -> bool:
        """Whether the groups are the sites."""
        return self.by == SITE
