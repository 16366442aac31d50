"""The country of the traps, drawn once."""

from __future__ import annotations

import pytest

from simulation.trapped import LARGER, Laid, drawn_once


@pytest.fixture(scope="session")
def laid(tmp_path_factory) -> Laid:
    """Folder of the country with a trap in it, or without any (""), drawn once."""
    return drawn_once(tmp_path_factory.mktemp("country"))


@pytest.fixture(scope="session")
def laid_larger(tmp_path_factory) -> Laid:
    """The same of a larger country, for what a few people cannot tell."""
    return drawn_once(tmp_path_factory.mktemp("larger"), LARGER)
