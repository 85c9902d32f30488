"""One original: verified by its bytes and pixels, and then put where it belongs."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from portraitset.download.rescue import scale_between
from portraitset.errors import Changed, ItemError, Removed
from portraitset.handoffs import Decoded, Photo, RawPhoto, Rescued, Response
from portraitset.manifest import Note
from portraitset.manifest.local import LocalOriginal, local_original
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
    stated = local_original(original.photo.url)
    if stated is not None and stated.md5 is not None:
        _check_bytes(data, stated, stated.md5, decoder)
    found = decoder.identify(data)
    if stated is not None and stated.rgb_md5 is not None:
        _check_pixels(stated.rgb_md5, decoder)
    if decoder.oddity is not None:
        notes.append(Note(original.photo.raw_name, decoder.oddity))
    identity = Identity(sha256, found.width, found.height, found.sha256_rgb, found.look)
    if (removals := removals_of(workspace.root)) is not None:
        removals.check(sha256, identity.sha256_rgb, identity.look)
    if original.wanted is not None:
        check_same(identity, original.wanted)
    rescued = _rescued(original, (found.width, found.height))
    return put_original(original, identity, found.format, rescued, workspace, notes)


def _check_bytes(data: bytes, stated: LocalOriginal, md5: str, decoder: OriginalDecoder) -> None:
    """Let a file pass that has the stated bytes.

    Raises:
        Changed: it has others; the sentence says what is known of its pixels.
    """
    found = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if found == md5:
        return
    pixels = ""
    if stated.rgb_md5 is not None:
        try:
            decoder.identify(data)
            _check_pixels(stated.rgb_md5, decoder)
            pixels = ". Its pixels are the stated ones: it was only saved anew"
        except ItemError:
            pixels = ", and its pixels are not the stated ones either"
    raise Changed(
        f"the md5 of the file's bytes (file_md5, source_md5) is {found}, and the manifest says"
        f" {md5}{pixels}"
    )


def _check_pixels(rgb_md5: str, decoder: OriginalDecoder) -> None:
    """Let an original pass that was identified and decodes to the stated pixels.

    Raises:
        Changed: it decodes to others.
    """
    pixels = decoder.decode(1).pixels
    found = hashlib.md5(np.ascontiguousarray(pixels).data, usedforsecurity=False).hexdigest()
    if found != rgb_md5:
        raise Changed(
            f"the md5 of the decoded pixels (pixel_md5) is {found}, and the manifest says {rgb_md5}"
        )


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
