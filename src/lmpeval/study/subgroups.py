"""For whom: groups of persons whose effects are told apart, named before the results are seen."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from lmpeval.study.values import CLOSED, Text


@dataclass(frozen=True, config=CLOSED)
class Subgroups:
    """Groups that one characteristic tells apart."""

    by: Text
    """The characteristic, in words: age, income, what people suffer from."""
    groups: dict[Text, Text]
    """Name of each group and the rule that selects it, as in `subpopulation`; nobody is in two of them."""
