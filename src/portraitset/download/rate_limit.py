"""How hard one operator may be pressed, learnt from its answers. Pure: the clock is handed in.

The rate is halved on every refusal and regained slowly, so that it settles below what the operator
refuses. A run of refusals opens the circuit: nothing is asked for a while, then a single request
feels whether the operator answers again. An operator that goes on refusing is left alone.
"""

from dataclasses import dataclass

from portraitset.download.settings import DownloadSettings

_LOWEST_SHARE = 1 / 64
"""Of the configured rate: ten requests a second never become fewer than one in 6.4 s."""

_REGAINED = 1 / 50
"""Of the configured rate, regained by each good answer: fifty of them make up for a stop."""

_SMOOTHING = 0.2
"""Weight of the newest answer in the mean latency."""

_SLUGGISH, _NOTICEABLE = 3.0, 0.25
"""Latency counts as rising when it is three times the best seen, and by a quarter second."""

_EASED = 0.9
"""What rising latency leaves of the rate, each time an answer shows it."""

_MOST_OPENINGS = 3
"""So many times in a row the circuit opens before the operator is left alone."""


@dataclass(slots=True)
class RateLimit:
    """The adaptive rate limit of one operator: pace, connections, pauses.

    Attributes:
        rate: requests a second that may be begun now.
        open_until: the time before which nothing may be asked; seconds of the caller's clock.
        stopped: why the operator is not asked any more in this run; None while it is.
    """

    settings: DownloadSettings
    rate: float = 0.0
    open_until: float = 0.0
    stopped: str | None = None
    _refusals: int = 0
    _openings: int = 0
    _opened_at: float = 0.0
    _latency: float = 0.0
    _best_latency: float = float("inf")

    def __post_init__(self) -> None:
        self.rate = self.settings.rate

    def answered(self, latency: float) -> None:
        """A proper answer came, be it a picture or a 404.

        Args:
            latency: seconds from the request to the answer's headers.
        """
        self._refusals = self._openings = 0
        self._latency += _SMOOTHING * (latency - self._latency) if self._latency else latency
        self._best_latency = min(self._best_latency, self._latency)
        if self._latency > max(_SLUGGISH * self._best_latency, self._best_latency + _NOTICEABLE):
            self._slow_down(_EASED)
        else:
            self.rate = min(self.rate + self.settings.rate * _REGAINED, self.settings.rate)

    def refused(self, began: float, now: float, retry_after: float | None) -> None:
        """The operator said no: 429, 503, or 403 to what may well be there.

        Args:
            began: when the request was begun; one that was under way when the circuit opened says
                nothing new.
            now: the same clock.
            retry_after: seconds that the operator asked for.
        """
        if began < self._opened_at:
            return
        self._slow_down(0.5)
        self._refusals += 1
        if retry_after is not None:
            self._hold(now + min(retry_after, self.settings.longest_pause))
        if self._refusals >= self.settings.most_refusals or self._openings:
            self._open(now)

    def challenged(self) -> None:
        """The operator asks for a human; nobody here pretends to be one."""
        self.stopped = "it asks for a human (cf-mitigated: challenge)"

    @property
    def is_probing(self) -> bool:
        """Whether one request at a time has to feel its way."""
        return self._openings > 0

    def _open(self, now: float) -> None:
        self._openings += 1
        self._opened_at = now
        if self._openings >= _MOST_OPENINGS:
            self.stopped = f"it refused {self._refusals} requests in a row"
        self._hold(now + self.settings.refusal_pause * 2 ** (self._openings - 1))

    def _hold(self, until: float) -> None:
        self.open_until = max(self.open_until, until)

    def _slow_down(self, share: float) -> None:
        self.rate = max(self.rate * share, self.settings.rate * _LOWEST_SHARE)
