"""Every error that portraitset raises on purpose; the class says who acts.

    PortraitsetError
    ├── InputError            the user mends a manifest, a recipe or a flag; no work has begun
    ├── WorkspaceError        the workspace cannot go on (disk full, locked); stop now, lose nothing
    └── ItemError             one photo or face; recorded with its state and reason, the run goes on
        ├── BadEntry            invalid      bad-entry         the manifest's entry makes no sense
        ├── UnsafeName          invalid      unsafe-name       a name that would leave its folder
        ├── Deleted             invalid      deleted           a reviewer says that it is no face
        ├── Gone                unavailable  gone              404, 410, 403 with AccessDenied
        ├── Missing             unavailable  missing           no such file among the originals
        ├── Denied              unavailable  denied            another refusal of this one address
        ├── OptedOut            refused      opted-out         the owner's machine-readable no
        ├── BlockedAddress      refused      blocked-address   an address that is not allowed
        ├── Challenge           refused      challenge         the site asks for a human
        ├── NotAnImage          failed       not-an-image      the answer is something else
        ├── TooLarge            failed       too-large         over a cap of bytes, pixels or memory
        ├── BadPicture          failed       bad-picture       it does not decode
        ├── DegenerateFace      failed       degenerate-face   there is no crop to make
        ├── Changed             failed       changed           not the picture that was locked
        ├── DetectorFailed      failed       detector-failed   it raised, crashed, hung or lied
        ├── Redirects           failed       redirects         too many, or in a circle
        ├── Removed             removed      removed           taken out, and kept out
        └── Transient         worth another try
            ├── Throttled       failed       throttled         429, 503
            ├── TimedOut        failed       timeout           too slow to connect, send or finish
            ├── Truncated       failed       truncated         fewer bytes than promised
            ├── Unreachable     failed       unreachable       no connection
            └── ServerError     failed       server-error      any other 5xx

Anything else that is raised is a bug and keeps its traceback.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import ClassVar


class State(StrEnum):
    """Where a face stands; every face is in exactly one."""

    PENDING = "pending"
    FETCHED = "fetched"
    ALIGNED = "aligned"
    UNAVAILABLE = "unavailable"
    REFUSED = "refused"
    FAILED = "failed"
    INVALID = "invalid"
    REMOVED = "removed"


class PortraitsetError(Exception):
    """The base class of all errors that portraitset raises on purpose."""


class InputError(PortraitsetError):
    """A manifest, a recipe or a flag that the user must mend before any work begins."""


class WorkspaceError(PortraitsetError):
    """The workspace cannot go on; what is done stays done."""


class ItemError(PortraitsetError):
    """One photo or face did not reach the goal; `str(error)` is the detail for a reader."""

    state: ClassVar[State] = State.FAILED
    reason: ClassVar[str]


class BadEntry(ItemError):
    state, reason = State.INVALID, "bad-entry"


class UnsafeName(ItemError):
    state, reason = State.INVALID, "unsafe-name"


class Deleted(ItemError):
    state, reason = State.INVALID, "deleted"


class Gone(ItemError):
    state, reason = State.UNAVAILABLE, "gone"


class Missing(ItemError):
    state, reason = State.UNAVAILABLE, "missing"


class Denied(ItemError):
    state, reason = State.UNAVAILABLE, "denied"


class OptedOut(ItemError):
    state, reason = State.REFUSED, "opted-out"


class BlockedAddress(ItemError):
    state, reason = State.REFUSED, "blocked-address"


class Challenge(ItemError):
    state, reason = State.REFUSED, "challenge"


class NotAnImage(ItemError):
    reason = "not-an-image"


class TooLarge(ItemError):
    reason = "too-large"


class BadPicture(ItemError):
    reason = "bad-picture"


class DegenerateFace(ItemError):
    reason = "degenerate-face"


class Changed(ItemError):
    reason = "changed"


class DetectorFailed(ItemError):
    reason = "detector-failed"


class Redirects(ItemError):
    reason = "redirects"


class Removed(ItemError):
    state, reason = State.REMOVED, "removed"


class Transient(ItemError):
    """A passing failure: the item is worth another try.

    `retry_after` is the wait that the server asked for, in seconds, or None.
    """

    def __init__(self, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail, retry_after)
        self.retry_after = retry_after

    def __str__(self) -> str:
        return str(self.args[0])


class Throttled(Transient):
    reason = "throttled"


class TimedOut(Transient):
    reason = "timeout"


class Truncated(Transient):
    reason = "truncated"


class Unreachable(Transient):
    reason = "unreachable"


class ServerError(Transient):
    reason = "server-error"


def _kinds(parent: type[ItemError]) -> Iterator[type[ItemError]]:
    for kind in parent.__subclasses__():
        yield kind
        yield from _kinds(kind)


REASONS: Mapping[str, State] = {
    kind.reason: kind.state for kind in _kinds(ItemError) if hasattr(kind, "reason")
}
"""Every reason that an item can end with, and the state that goes with it."""
