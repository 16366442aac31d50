"""A design whose setting has a type that only the type checker sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction


@dataclass(frozen=True)
class Hidden:
    share: Fraction | None = None

    def compare(self, panel: object) -> object:
        return panel
