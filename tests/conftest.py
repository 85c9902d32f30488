"""What tests of every stage share."""

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).parent.parent.parent / "shared"
"""Beside the repository: the old masters with the digests that upstream's script made."""


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of golden data; without it a test is skipped here and fails in CI."""
    if not SHARED.is_dir():
        reason = f"the golden data is not there: {SHARED}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return SHARED
