"""Who stands behind a number: how many distinct persons and organisations, and how much of it is of few."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contribution:
    """Distinct contributors of one kind to a number.

    Attributes
    ----------
    distinct : int
    shares : tuple of float
        Of the total, by the largest contributor; then by the two largest together. Empty where nothing is
        added up, as in a count.
    """

    distinct: int
    shares: tuple[float, ...] = ()

    def or_worse(self, other: Contribution) -> Contribution:
        """Fewer contributors and larger shares, of either."""
        shares = zip(self.shares, other.shares, strict=True) if self.shares and other.shares else ()
        longest = self.shares or other.shares
        return Contribution(
            min(self.distinct, other.distinct), tuple(max(pair) for pair in shares) or longest
        )


@dataclass(frozen=True)
class Support:
    """Who stands behind a number.

    Attributes
    ----------
    persons : Contribution
    providers, insurers : Contribution or None
        None where the data do not tell whose people they are, or where it is no secret: the study is about
        people of one that it names.
    events : int or None
        Persons of whom something holds, where the number says of how many it does.
    structural : bool
        Whether none or all of them follow from how the persons were chosen, so that it tells nothing.
    freedom : int or None
        Degrees of freedom that the model behind it leaves.
    """

    persons: Contribution
    providers: Contribution | None = None
    insurers: Contribution | None = None
    events: int | None = None
    structural: bool = False
    freedom: int | None = None


NOBODY = Support(Contribution(0))
