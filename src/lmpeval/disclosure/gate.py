"""What one study lets through: whose rules it keeps, and which organisations it names itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from lmpeval.disclosure.profiles import CBS, Profile


class Organisation(StrEnum):
    """Whose people persons are; a contract marks the column that tells it (``contributor``)."""

    PROVIDER = "provider"
    INSURER = "insurer"


@dataclass(frozen=True)
class Gate:
    """The rules of one study.

    Attributes
    ----------
    profile : Profile
    named : Organisation or None
        The kind of organisation whose people the study is about by name: of its sites everybody knows whose
        they are, and whether these agreed is for people to judge.
    agreed : bool
        Whether all organisations agreed to be recognisable.
    """

    profile: Profile = CBS
    named: Organisation | None = None
    agreed: bool = False

    def looks_at(self, kind: Organisation) -> bool:
        """Whether shares of the organisations of a kind are looked at."""
        return not self.agreed and kind is not self.named

    @property
    def elsewhere(self) -> Gate:
        """The gate of those compared with: of an insurer's people they are its people too."""
        return self if self.named is Organisation.INSURER else replace(self, named=None)


OF_NO_STUDY = Gate()
"""Where nobody says whose rules: those of the default profile, with no organisation named."""
