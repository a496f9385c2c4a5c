"""What several test modules need."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of photographs and label maps beside the repository, which is no part of it."""
    folder = Path(__file__).resolve().parents[1] / "../shared/data"
    if not folder.is_dir():
        pytest.skip("needs the folder ../shared/data beside the repository, which is not there")
    return folder
