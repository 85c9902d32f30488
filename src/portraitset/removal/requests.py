"""What somebody wants taken out, as tombstones that are in no log yet."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from portraitset.download.settings import DownloadSettings
from portraitset.errors import InputError, ItemError
from portraitset.manifest import Manifest
from portraitset.manifest.addresses import alias_of, host_of, slug
from portraitset.picture.decode import digest_of, read_picture
from portraitset.picture.perceptual_hash import is_look, look_of
from portraitset.workspace.removal_log import parse_removals
from portraitset.workspace.tombstones import Removals, Traits, is_telling

Scope = Literal["picture", "asset", "artist", "look", "upstream", "followed"]

_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOST_VANISHED = 0.1
"""Of upstream's entries: if more are gone at once, it is another manifest rather than removals."""


@dataclass(frozen=True, slots=True)
class RemovalRequest:
    """What to take out: addresses, digests, hashes.

    Attributes:
        traits: any one of them is enough.
        scope: the word that the log keeps for it.
        reason: in words; nothing of who asked.
        looks: whether copies are known by their look, too.
    """

    traits: Traits
    scope: Scope
    reason: str = ""
    looks: bool = True


def request_by_url(url: str) -> RemovalRequest:
    """Any address of a picture: whatever its host alias, query or size.

    Raises:
        InputError: it is no address.
    """
    if not host_of(url):
        raise InputError(f"{url!r:.200} is no address: it has no host. Give it with https://")
    return RemovalRequest(Traits(urls=frozenset([url])), "picture")


def request_by_asset(asset: str) -> RemovalRequest:
    """The gallery's number of a picture, with or without the leading zeros.

    Raises:
        InputError: it is no number of at most nine digits.
    """
    if not (asset.isascii() and asset.isdigit()) or len(asset) > 9:
        raise InputError(f"{asset!r:.60} is no asset: it is a number such as 020942583")
    return RemovalRequest(Traits(assets=frozenset([asset.zfill(9)])), "asset")


def request_by_artist(name: str) -> RemovalRequest:
    """All pictures whose slug begins with these words.

    Raises:
        InputError: it holds no word.
    """
    words = slug(name)
    if not words:
        raise InputError(f"{name!r:.60} holds no word that a slug could begin with")
    return RemovalRequest(Traits(artists=frozenset([words])), "artist")


def request_by_digest(digest: str) -> RemovalRequest:
    """The sha256 of a file's bytes or of its pixels.

    Raises:
        InputError: it is not 64 hex digits.
    """
    digest = digest.lower()
    if not _DIGEST.fullmatch(digest):
        raise InputError(f"{digest!r:.80} is no sha256: that is 64 hex digits")
    return RemovalRequest(
        Traits(sha256=frozenset([digest]), sha256_rgb=frozenset([digest])), "picture"
    )


def request_by_look(look: str) -> RemovalRequest:
    """Request the removal of all that has a perceptual hash near this one.

    Raises:
        InputError: it is not 64 hex digits, or is that of a plain surface.
    """
    look = look.lower()
    if not is_look(look):
        raise InputError(f"{look!r:.80} is no perceptual hash: that is 64 hex digits")
    if not is_telling(look):
        raise InputError(f"{look} is the look of a plain surface, which many pictures share")
    return RemovalRequest(Traits(looks=frozenset([look])), "look")


def request_by_picture(path: Path) -> RemovalRequest:
    """A picture file: its bytes, its pixels and its look.

    Raises:
        InputError: it cannot be read as a picture.
    """
    try:
        data = path.read_bytes()
        pixels = read_picture(data, DownloadSettings().max_pixels).pixels
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except ItemError as error:
        raise InputError(f"{path} cannot be read as a picture: {error}") from error
    look = look_of(pixels)
    return RemovalRequest(
        Traits(
            sha256=frozenset([hashlib.sha256(data).hexdigest()]),
            sha256_rgb=frozenset([digest_of(pixels)]),
            looks=frozenset([look] if is_telling(look) else []),
        ),
        "picture",
    )


def request_of_vanished(
    before: Manifest, after: Manifest, *, most: float = _MOST_VANISHED
) -> RemovalRequest:
    """What an earlier manifest names and a later one of the same dataset does not.

    Raises:
        InputError: more than a tenth is gone, which is another manifest rather than removals.
    """
    there = {alias_of(face.photo.url) for face in after}
    urls = {face.photo.url for face in before}
    vanished = frozenset(url for url in urls if alias_of(url) not in there)
    if len(vanished) > most * len(urls):
        raise InputError(
            f"{len(vanished):,} of {len(urls):,} pictures are not in the newer manifest: that is"
            " another manifest rather than removals. Nothing was done; see --most."
        )
    return RemovalRequest(Traits(urls=vanished), "upstream", "it vanished from upstream's manifest")


def followed(data: bytes, source: str, known: Removals | None) -> Removals:
    """Somebody else's log, less what was followed before; each entry points to where it stood.

    Raises:
        InputError: its chain is broken.
    """
    theirs = parse_removals(data, source)
    ours = known.tombstones if known else ()
    seen = {item.source for item in ours} | {item.line for item in ours}
    origins = ((item, item.source or item.line) for item in theirs.tombstones)
    fresh = {
        origin: replace(item, source=origin, applied_at=None)
        for item, origin in origins
        if origin not in seen
    }
    return Removals(theirs.salt, tuple(fresh.values()), theirs.last)


def joined(traits: Iterable[Traits]) -> Traits:
    """One request for all that any of these asks for."""
    whole = Traits()
    for item in traits:
        whole = whole.joined(item)
    return whole
