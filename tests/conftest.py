"""What tests of every stage share."""

import os
import signal
from pathlib import Path

import pytest

from old_masters import OldMasters, read_old_masters

SHARED = Path(__file__).parent.parent.parent / "shared"
"""Beside the repository: the old masters with the digests that upstream's script made."""


ON_SHARED = frozenset({"shared", "old_masters", "golden", "job"})
"""The fixtures that look at it."""

os.environ.pop("COLUMNS", None)  # pytest-xdist sets it; tables would be folded at it, paths too


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--without-shared",
        action="store_true",
        help="run only the tests that look at the golden data, as if it were not there",
    )


@pytest.hookimpl(optionalhook=True)  # without pytest-xdist there is nobody to ask
def pytest_xdist_auto_num_workers() -> int:
    """For `-n auto`: one more than cores, as many tests wait for a server or for a browser."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--without-shared"):
        items[:] = [item for item in items if ON_SHARED & set(getattr(item, "fixturenames", ()))]


@pytest.fixture(scope="session", autouse=True)
def heeding_ctrl_c() -> None:
    """Children that a test interrupts shall not inherit that a shell's `&` has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def has_shared(pytestconfig: pytest.Config) -> bool:
    """Whether the golden data lies beside the repository, and is to be looked at."""
    return SHARED.is_dir() and not pytestconfig.getoption("--without-shared")


@pytest.fixture(scope="session")
def shared(has_shared: bool) -> Path:
    """The folder of golden data; a test that needs it is skipped only where it is not there."""
    if not has_shared:
        pytest.skip(f"the golden data is not there: {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def old_masters(shared: Path) -> OldMasters:
    """The ten faces of seven paintings."""
    return read_old_masters(shared / "old-masters")
