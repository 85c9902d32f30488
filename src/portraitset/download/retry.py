"""Whether and when to ask again. Pure: the clock and the dice are handed in."""

import email.utils
from dataclasses import dataclass
from datetime import UTC

from portraitset.download.settings import DownloadSettings
from portraitset.errors import ItemError, Transient

_MOST_DOUBLINGS = 64
"""More would only overflow: 2**64 ms are half a billion years."""


@dataclass(slots=True)
class Patience:
    """What one photo may still cost: tries, and seconds of asking and waiting.

    Time in a queue of ours does not count; time at the server's mercy does.
    """

    settings: DownloadSettings
    tries: int = 0
    spent: float = 0.0

    @property
    def remaining(self) -> float:
        """Seconds that are left of the time for this photo."""
        return self.settings.photo_timeout - self.spent

    def wait_after(self, error: ItemError, dice: float) -> float | None:
        """Seconds to wait before asking again; None if that is not worth it.

        Args:
            error: what came of the last try.
            dice: a random number in 0..1; the wait is jittered to between half and all of it.
        """
        if not isinstance(error, Transient) or self.tries >= self.settings.tries:
            return None
        doublings = min(self.tries - 1, _MOST_DOUBLINGS)
        backoff = min(self.settings.backoff * 2**doublings, self.settings.longest_wait)
        wait = max(backoff * (0.5 + dice / 2), error.retry_after or 0.0)
        return wait if wait < self.remaining else None


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Read a Retry-After header: seconds from `now` (Unix seconds), None if it says nothing.

    Source: RFC 9110, section 10.2.3: a number of seconds or an HTTP date.
    """
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value.strip()[:9])
    try:
        when = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    utc = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(utc.timestamp() - now, 0.0)
