"""What may leave: whose rules a number of persons keeps before anybody is shown it."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from lmpeval.disclosure import PROFILES, Profile
from lmpeval.study.values import CLOSED, Text

Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class Rules(StrEnum):
    """Profiles by name."""

    CBS = "cbs"
    OPENSAFELY = "opensafely"


@dataclass(frozen=True, config=CLOSED)
class Disclosure:
    """Whose rules are kept, and where this study departs from them."""

    profile: Rules = Rules.CBS
    """Statistics Netherlands, or OpenSAFELY. Verify the figures against the current guideline of those who
    hold the data."""
    least: Annotated[int, Field(ge=3, strict=True)] | None = None
    """Fewest persons behind a number."""
    nearest: Annotated[int, Field(ge=1, strict=True)] | None = None
    """What counts are rounded to a multiple of."""
    largest_share: Share | None = None
    """Most that one person, practice or insurer may make up of a total."""
    two_largest_share: Share | None = None
    """Most that the two largest may make up together."""
    group_share: Share | None = None
    """Most of a group of persons that may have a characteristic."""
    organisations_agreed: bool = False
    """Whether practices and insurers agreed to be recognisable: then shares of theirs are not looked at."""
    because: Text | None = None
    """Why the study departs from the profile, and by whose leave; must be given where it does."""

    @property
    def departs(self) -> bool:
        """Whether anything differs from the profile."""
        return self.organisations_agreed or any(
            getattr(self, name) is not None
            for name in ("least", "nearest", "largest_share", "two_largest_share", "group_share")
        )

    @property
    def rules(self) -> Profile:
        """The profile with what this study changes in it."""
        kept = PROFILES[self.profile.value]
        one, two = self.largest_share or kept.largest[0], self.two_largest_share or kept.largest[1]
        return replace(
            kept,
            least=self.least or kept.least,
            nearest=self.nearest or kept.nearest,
            largest=(one, max(one, two)),
            group=self.group_share or kept.group,
        )
