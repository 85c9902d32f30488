"""The page for whoever holds rights in a picture: is mine in there, and how do I have it taken out?

One file that works offline and sends nothing: a search over the addresses, a comparison of one's
own file within the browser, a letter to the dataset's contact, and what was removed so far.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from portraitset.likeness import BITS, LOOKS_ALIKE
from portraitset.manifest.addresses import SIZES, artist_of, asset_of
from portraitset.page import PageSource, render_page
from portraitset.terms import Terms

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


@dataclass(frozen=True, slots=True)
class PastRemoval:
    """One removal, as anybody may read it; `date` is a day, ISO 8601."""

    number: int
    date: str
    scope: str
    reason: str


@dataclass(frozen=True, slots=True)
class PastRemovals:
    """The removals so far.

    Attributes:
        salt: what the keys are made with.
        numbers: a removal's number by key, the hex sha256 of salt + kind + ":" + value.
    """

    removals: tuple[PastRemoval, ...] = ()
    salt: str = ""
    numbers: Mapping[str, int] = field(default_factory=dict)


def owner_page(
    terms: Terms, version: str, photos: Sequence[ListedPhoto], past: PastRemovals
) -> bytes:
    """The page as UTF-8 HTML; equal inputs make equal bytes.

    Args:
        terms: the dataset's; its contact is who gets the letters.
        version: the dataset's version.
        photos: what is listed, in this order.
        past: the removals so far.
    """
    mail = _MAIL.search(terms.contact)
    context = {
        "terms": terms,
        "version": version,
        "count": len(photos),
        "removals": past.removals,
    }
    data = {
        "rows": list(_rows(photos)),
        "removed": dict(past.numbers),
        "salt": past.salt,
        "dataset": terms.name,
        "version": version,
        "contact": mail[0] if mail else None,
        "sizes": SIZES,
        "alike": LOOKS_ALIKE,
        "bits": BITS,
    }
    return render_page(_PAGE, context, data)


def _rows(photos: Iterable[ListedPhoto]) -> Iterable[tuple[object, ...]]:
    for photo in photos:
        names = list(photo.faces)
        asset, artist = asset_of(photo.url), artist_of(photo.url)
        yield photo.url, asset, artist, names, photo.sha256, photo.look
