"""One original: verified by its bytes and pixels, and then put where it belongs."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from portraitset.download.rescue import scale_between
from portraitset.errors import Changed, ItemError, Removed
from portraitset.handoffs import Decoded, Photo, RawPhoto, Rescued, Response
from portraitset.manifest import Note
from portraitset.manifest.lock import Identity, check_same
from portraitset.picture.decode import Picture, read_picture
from portraitset.picture.identify import identify
from portraitset.workspace.layout import Workspace, place, stamp_of, translated
from portraitset.workspace.removal_log import removals_of


@dataclass(frozen=True, slots=True)
class Original:
    """The bytes at hand for a photo.

    Attributes:
        path: where they lie: a temporary file, or already at `target`.
        target: where the verified original belongs.
        known: what the ledger says of the file at `target`; None if it must be verified first.
        expected_sha256: what an unverified file must hold: to be the one once fetched, or to be
            the one at hand that the manifest names.
        response: what the server said with these bytes.
        wanted: what a lock says that it must be; None without a lock.
        rescued_from: where these bytes came from, if not from the exact address.
        exact_size: width and height of the picture that the landmarks belong to, if known.
        needs_size: whether bytes from elsewhere are of no use without that size.
    """

    photo: Photo
    path: Path
    target: Path
    known: RawPhoto | None = None
    expected_sha256: str | None = None
    response: Response | None = None
    wanted: Identity | None = None
    rescued_from: str | None = None
    exact_size: tuple[int, int] | None = None
    needs_size: bool = False


class OriginalDecoder:
    """Decodes one original, once for each scale that is asked for."""

    def __init__(self, path: Path, max_pixels: int) -> None:
        self._path = path
        self._max_pixels = max_pixels
        self._pictures: dict[int, Picture] = {}

    def identify(self, data: bytes) -> Decoded:
        """Decode the original's bytes before they lie where they belong.

        Raises:
            ItemError: as for `read_picture`.
        """
        self._pictures[1], decoded = identify(data, self._max_pixels)
        return decoded

    @property
    def oddity(self) -> str | None:
        """What is odd about the file that was identified, and harmless."""
        return self._pictures[1].oddity

    def decode(self, scale: int) -> Picture:
        """The original, shrunk while decoding if its format can do that."""
        if scale not in self._pictures:
            data = read_bytes(self._path)
            self._pictures[scale] = read_picture(data, self._max_pixels, scale)
        return self._pictures[scale]


def verify_original(
    original: Original, decoder: OriginalDecoder, workspace: Workspace, notes: list[Note]
) -> RawPhoto:
    """Read all of it, decode all of it, and only then put it where it belongs.

    What is odd is added to `notes`.

    Raises:
        ItemError: it is no picture that may be used, or not the one that is wanted.
        WorkspaceError: the disk refuses.
    """
    data = read_bytes(original.path)
    sha256 = hashlib.sha256(data).hexdigest()
    if original.expected_sha256 not in (None, sha256):
        raise Changed(_other_bytes(original))
    found = decoder.identify(data)
    if decoder.oddity is not None:
        notes.append(Note(original.photo.raw_name, decoder.oddity))
    identity = Identity(sha256, found.width, found.height, found.sha256_rgb, found.look)
    if (removals := removals_of(workspace.root)) is not None:
        removals.check(sha256, identity.sha256_rgb, identity.look)
    if original.wanted is not None:
        check_same(identity, original.wanted)
    rescued = _rescued(original, (found.width, found.height))
    return put_original(original, identity, found.format, rescued, workspace, notes)


def _other_bytes(original: Original) -> str:
    if original.path == original.target:
        return "the file is no longer what was verified when it was fetched"
    return "the file holds other bytes than those whose sha256 the manifest names"


def put_original(
    original: Original,
    identity: Identity,
    image_format: str,
    rescued: Rescued | None,
    workspace: Workspace,
    notes: list[Note],
) -> RawPhoto:
    """Rename what was verified to where it belongs; a stranger there is set aside."""
    if original.path != original.target and stamp_of(original.target) is not None:
        goal = workspace.set_aside(original.target)
        text = f"the file found in its place could not be used and was moved to {goal}"
        notes.append(Note(original.photo.raw_name, text))
    stamp = place(original.path, original.target)
    return RawPhoto(
        original.photo,
        original.target,
        identity.sha256,
        stamp.byte_count,
        stamp.mtime_ns,
        identity.width,
        identity.height,
        image_format,
        original.response,
        identity.sha256_rgb,
        identity.look,
        rescued,
    )


def drop_original(original: Original, error: ItemError) -> None:
    """Delete a download that is no good; a file found in its place stays, unless taken out."""
    if original.path != original.target or isinstance(error, Removed):
        with translated(original.path):
            original.path.unlink(missing_ok=True)


def without_stranger(original: Original, workspace: Workspace) -> tuple[Note, ...]:
    """Under a lock, nothing else stays in an original's place."""
    if original.wanted is None or stamp_of(original.target) is None:
        return ()
    goal = workspace.set_aside(original.target)
    text = f"the file in its place is not the one that the lock names and was moved to {goal}"
    return (Note(original.photo.raw_name, text),)


def _rescued(original: Original, found: tuple[int, int]) -> Rescued | None:
    """How bytes from elsewhere relate to the exact picture; None for the exact address.

    Raises:
        Changed: landmarks cannot be carried over to them.
    """
    url, exact = original.rescued_from, original.exact_size
    if url is None:
        return None
    if exact is None:
        if original.needs_size:
            raise Changed("the size that the landmarks belong to is not known; a lock can tell it")
        return Rescued(url)
    scale = scale_between(found, exact)
    if scale is None:
        sizes = f"{found[0]} x {found[1]} for {exact[0]} x {exact[1]} pixels"
        raise Changed(f"it has another shape, {sizes}")
    return Rescued(url, scale)


def read_bytes(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        WorkspaceError: the disk refuses.
    """
    with translated(path):
        return path.read_bytes()
