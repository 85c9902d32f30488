"""What tests of every stage share."""

import signal
from pathlib import Path

import pytest

from old_masters import OldMasters, read_old_masters

SHARED = Path(__file__).parent.parent.parent / "shared"
"""Beside the repository: the old masters with the digests that upstream's script made."""


@pytest.fixture(scope="session", autouse=True)
def heeding_ctrl_c() -> None:
    """Children that a test interrupts shall not inherit that a shell's `&` has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of golden data; a test that needs it is skipped only where it is not there."""
    if not SHARED.is_dir():
        pytest.skip(f"the golden data is not there: {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def old_masters(shared: Path) -> OldMasters:
    """The ten faces of seven paintings."""
    return read_old_masters(shared / "old-masters")
