"""One workspace for all tests of the review; each does harm to a copy of its own."""

from pathlib import Path

import pytest

from review.reviewing import copy_of, make_workspace


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_workspace(tmp_path_factory.mktemp("reviewed"))


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Path:
    return copy_of(made, tmp_path)
