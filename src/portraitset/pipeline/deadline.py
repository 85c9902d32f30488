"""When a run has to be over, whatever it is at."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from portraitset.manifest import Note
from portraitset.workspace.ledger import Ledger


class Deadline:
    """The moment after which a run stops, so many seconds from now; None for no limit."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._at = None if seconds is None else time.monotonic() + seconds  # event loops' clock

    @asynccontextmanager
    async def keep(self, ledger: Ledger) -> AsyncIterator[None]:
        """Drop what is under way when the time is over; it stays as it was, and a note says so."""
        try:
            async with asyncio.timeout_at(self._at) as limit:
                yield
        except TimeoutError:
            if not limit.expired():
                raise
            note = f"the deadline of {self._seconds:g} s passed; the same command goes on"
            ledger.write_note(Note("run", note))
