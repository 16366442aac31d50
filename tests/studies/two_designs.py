"""A module that holds two designs, where a study can mean only one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class First:
    def compare(self, panel: object) -> object:
        return panel


@dataclass(frozen=True)
class Second:
    def compare(self, panel: object) -> object:
        return panel
