"""The page for whoever holds rights in a picture: is mine in there, and how do I have it taken out?

One file that works offline and sends nothing: a search over the addresses, a comparison of one's
own file within the browser, a letter to the dataset's contact, and what was removed so far.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portraitset.manifest.addresses import ASSET_PATTERN, artist_of, asset_of
from portraitset.manifest.terms import Terms
from portraitset.pages.page import PageSource, render_page
from portraitset.picture.perceptual_hash import BITS, LOOKS_ALIKE
from portraitset.workspace.tombstones import Removals, Tombstone

_PAGE = PageSource("portraitset.release", "owner_page")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class ListedPhoto:
    """One picture of the dataset, as the page lists it: its address, never itself.

    Attributes:
        faces: the names of its faces.
        sha256: of the original's bytes, hex; None if it is not held.
        look: its perceptual hash, 64 hex digits; None likewise.
    """

    url: str
    faces: tuple[str, ...]
    sha256: str | None = None
    look: str | None = None


def owner_page(
    terms: Terms, version: str, photos: Sequence[ListedPhoto], removals: Removals | None
) -> bytes:
    """The page as UTF-8 HTML; equal inputs make equal bytes.

    Args:
        terms: the dataset's; its contact is who gets the letters.
        version: the dataset's version.
        photos: what is listed, in this order.
        removals: those so far; None if nothing was ever taken out.
    """
    mail = _MAIL.search(terms.contact)
    tombstones = removals.tombstones if removals else ()
    context = {
        "terms": terms,
        "version": version,
        "count": len(photos),
        "removals": tombstones,
    }
    data = {
        "rows": list(_rows(photos)),
        "removed": list(_numbers(tombstones).items()),
        "dataset": terms.name,
        "version": version,
        "contact": mail[0] if mail else None,
        "asset": ASSET_PATTERN,
        "alike": LOOKS_ALIKE,
        "bits": BITS,
    }
    return render_page(_PAGE, context, data)


def _rows(photos: Iterable[ListedPhoto]) -> Iterable[tuple[object, ...]]:
    for photo in photos:
        names = list(photo.faces)
        asset, artist = asset_of(photo.url), artist_of(photo.url)
        yield photo.url, asset, artist, names, photo.sha256, photo.look


def _numbers(tombstones: Iterable[Tombstone]) -> dict[str, dict[str, int]]:
    """For each salt, the tombstones' numbers by salted digest."""
    numbers: dict[str, dict[str, int]] = {}
    for tombstone in tombstones:
        by_digest = numbers.setdefault(tombstone.salt, {})
        for kind in ("bytes", "asset", "address"):
            for digest in tombstone.hashes.get(kind, ()):
                by_digest.setdefault(digest, tombstone.sequence)
    return numbers
