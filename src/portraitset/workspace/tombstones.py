"""What must never come back, without saying what it was; `removal_log` keeps it.

Digests, addresses, names and artists are known as sha256 of the salt and the value; only perceptual
hashes stand in clear, as nearness cannot be told of salted ones. Nobody who asked is named.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from portraitset.errors import Removed
from portraitset.handoffs import Photo
from portraitset.manifest.addresses import alias_of, asset_of, slug_of

LOG = "removals.jsonl"

LOOKS_THE_SAME = 24
"""At most so many of 256 differing bits, and a picture is taken for a copy of a removed one.

Measured on 7 paintings and 29 drawn pictures (docs/removal.md): JPEG of quality 95 to 30, WebP and
0.25 to 2 times the size move at most 8 bits; two different pictures are at least 70 bits apart.
"""

KINDS = ("bytes", "pixels", "address", "asset", "name", "artist")
"""What is kept salted. An artist's key is the first words of a slug, their number before it."""

_FEWEST_BITS, _MOST_BITS = 64, 192
_POPULATION = np.array([bin(value).count("1") for value in range(256)], np.uint16)


@dataclass(frozen=True, slots=True)
class Traits:
    """What a picture is known by, in clear; whatever is not known is empty.

    Attributes:
        urls: the addresses that it came from, or is published at.
        names: its file names in the dataset.
        sha256: of files' bytes, hex: the original's, its crops'.
        sha256_rgb: of decoded RGB pixels, hex, likewise.
        looks: perceptual hashes, 64 hex digits.
        assets: the gallery's numbers.
        artists: first words of slugs, joined by `-`.
    """

    urls: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    sha256: frozenset[str] = frozenset()
    sha256_rgb: frozenset[str] = frozenset()
    looks: frozenset[str] = frozenset()
    assets: frozenset[str] = frozenset()
    artists: frozenset[str] = frozenset()

    def joined(self, other: "Traits") -> "Traits":
        """The traits of both together."""
        return Traits(
            self.urls | other.urls,
            self.names | other.names,
            self.sha256 | other.sha256,
            self.sha256_rgb | other.sha256_rgb,
            self.looks | other.looks,
            self.assets | other.assets,
            self.artists | other.artists,
        )

    def values(self) -> Mapping[str, frozenset[str]]:
        """What each of `KINDS` but "artist" is the salted hash of."""
        assets = (asset_of(url) for url in self.urls)
        return {
            "bytes": self.sha256,
            "pixels": self.sha256_rgb,
            "address": frozenset(map(alias_of, self.urls)),
            "asset": self.assets | {asset for asset in assets if asset},
            "name": self.names,
        }


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What the log keeps of one removal: digests and addresses, no picture.

    Attributes:
        sequence: its line's number in the log; the head is 0.
        scope: what was asked to be taken out: "picture", "asset", "artist", "look", "upstream".
        salt: that its hashes were made with, hex.
        hashes: for each of `KINDS`, the salted sha256, hex.
        looks: perceptual hashes, in clear.
        reason: in words; says nothing of who asked.
        requested_at: ISO 8601, UTC.
        source: the sha256 of the line of somebody else's log that it follows; empty for one's own.
        applied_at: when every copy was taken out; None if that was never finished.
        line: the sha256 of its own line, hex; empty for one that is in no log yet.
    """

    sequence: int
    scope: str
    salt: str
    hashes: Mapping[str, tuple[str, ...]]
    looks: tuple[str, ...] = ()
    reason: str = ""
    requested_at: str = ""
    source: str = ""
    applied_at: str | None = None
    line: str = ""


def salted(salt: str, value: str) -> str:
    """The sha256 of the salt's bytes and the value's UTF-8, hex."""
    return hashlib.sha256(bytes.fromhex(salt) + value.encode("utf-8", "surrogatepass")).hexdigest()


def tombstone_of(traits: Traits, salt: str, scope: str, reason: str) -> Tombstone:
    """A tombstone, not yet in any log, for all that a picture is known by."""
    hashes = {
        kind: tuple(sorted(salted(salt, value) for value in values))
        for kind, values in traits.values().items()
    }
    hashes["artist"] = tuple(sorted(_artist_key(salt, name.split("-")) for name in traits.artists))
    return Tombstone(0, scope, salt, hashes, tuple(sorted(traits.looks)), reason, now())


def _artist_key(salt: str, words: list[str]) -> str:
    return f"{len(words)} {salted(salt, '-'.join(words))}"


def now() -> str:
    """The time as the log says it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class _Salted:
    """All tombstones of one salt, to look things up in: hash to the tombstone's sequence."""

    salt: str
    is_own: bool
    by_kind: Mapping[str, dict[str, int]]
    artist_words: tuple[int, ...]

    def find(self, kind: str, values: Iterable[str]) -> int | None:
        known = self.by_kind[kind]
        if not known:
            return None
        return next((known[key] for v in values if (key := salted(self.salt, v)) in known), None)

    def find_artist(self, url: str) -> int | None:
        known = self.by_kind["artist"]
        words = slug_of(url).split("-") if known else []
        for count in self.artist_words:
            key = _artist_key(self.salt, words[:count])
            if len(words) >= count and key in known:
                return known[key]
        return None


class Removals:
    """A log's tombstones, ready to be asked about pictures. Never changes."""

    def __init__(self, salt: str, tombstones: tuple[Tombstone, ...], last: str) -> None:
        """Index the tombstones; `last` is the sha256 of the log's last line."""
        self.salt = salt
        self.tombstones = tombstones
        self.last = last
        self._groups = tuple(_grouped(salt, tombstones))
        pairs = [(look, item.sequence) for item in tombstones for look in item.looks]
        self._looks = _matrix([look for look, _ in pairs])
        self._look_owners = [sequence for _, sequence in pairs]

    def refuses_address(self, url: str) -> int | None:
        """The number of the tombstone for a picture's address, asset or artist."""
        asset = asset_of(url)
        alias = alias_of(url) if asset is None else f"asset {asset}"
        for group in self._groups:
            found = group.find("address", (alias,))
            if found is None and asset is not None:
                found = group.find("asset", (asset,))
            if found is None:
                found = group.find_artist(url)
            if found is not None:
                return found
        return None

    def refuses_name(self, name: str, *, others: bool = False) -> int | None:
        """The number of the tombstone for a file name; of somebody else's log only if asked for.

        In another dataset, the same file name may be another picture.
        """
        for group in self._groups:
            if group.is_own or others:
                found = group.find("name", (name,))
                if found is not None:
                    return found
        return None

    def refuses(self, photo: Photo) -> int | None:
        """The number of the tombstone for a photo, by what a manifest says of it."""
        found = self.refuses_address(photo.url)
        return self.refuses_name(photo.raw_name) if found is None else found

    def refuses_content(self, sha256: str | None, sha256_rgb: str | None) -> int | None:
        """The number of the tombstone for a picture's bytes or pixels."""
        for group in self._groups:
            found = group.find("bytes", (sha256,)) if sha256 else None
            if found is None and sha256_rgb:
                found = group.find("pixels", (sha256_rgb,))
            if found is not None:
                return found
        return None

    def refuses_look(self, look: str | None) -> int | None:
        """The number of the tombstone for a picture that this one looks like a copy of."""
        if look is None or not self._look_owners or not is_telling(look):
            return None
        distances = _POPULATION[self._looks ^ _matrix([look])].sum(axis=1)
        nearest = int(distances.argmin())
        return self._look_owners[nearest] if distances[nearest] <= LOOKS_THE_SAME else None

    def check(self, sha256: str, sha256_rgb: str | None, look: str | None) -> None:
        """Check that a picture was not taken out.

        Raises:
            Removed: its bytes, its pixels or its look are those of a removed one.
        """
        found = self.refuses_content(sha256, sha256_rgb)
        if found is None:
            found = self.refuses_look(look)
        if found is not None:
            raise Removed(sentence_about(found))

    @property
    def unfinished(self) -> tuple[Tombstone, ...]:
        """Those that were never wholly applied."""
        return tuple(item for item in self.tombstones if item.applied_at is None)


def sentence_about(sequence: int) -> str:
    """The sentence that a removed face's detail says."""
    return f"taken out: entry {sequence} of {LOG}"


def is_telling(look: str) -> bool:
    """Whether a perceptual hash tells pictures apart; that of a plain surface does not."""
    return _FEWEST_BITS <= int(look, 16).bit_count() <= _MOST_BITS


def _grouped(own: str, tombstones: tuple[Tombstone, ...]) -> Iterator[_Salted]:
    for salt in dict.fromkeys([own, *(item.salt for item in tombstones)]):
        by_kind: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
        for item in tombstones:
            if item.salt == salt:
                for kind, hashes in item.hashes.items():
                    for value in hashes:
                        by_kind[kind].setdefault(value, item.sequence)
        words = sorted({int(key.split(" ")[0]) for key in by_kind["artist"]})
        yield _Salted(salt, salt == own, by_kind, tuple(words))


def _matrix(looks: list[str]) -> npt.NDArray[np.uint8]:
    """uint8 (n, 32)."""
    return np.frombuffer(bytes.fromhex("".join(looks)), np.uint8).reshape(-1, 32)
