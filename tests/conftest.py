"""Fixtures that several test modules share."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder with the published files, or a skip that says what is missing."""
    folder = Path(os.environ.get("LMPEVAL_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no published data in {folder}; set LMPEVAL_DATA to the folder with vektis/ and cbs/")
    return folder
