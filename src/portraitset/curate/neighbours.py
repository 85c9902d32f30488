"""Which of many 256-bit hashes lie near each other: exact, or by an index of stated recall. Pure.

Hashes are rows of +1 and -1, so that a product of matrices counts differing bits, on all cores:
d = (256 - a · b) / 2. A hash may have a second one, of the mirrored picture; the distance of two
pictures is then the least of straight to straight and straight to mirrored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb
from typing import Protocol

import numpy as np
import numpy.typing as npt

from portraitset.picture.perceptual_hash import BITS

Signs = npt.NDArray[np.float32]
"""float32 (n, 256), +1 or -1."""
Indices = npt.NDArray[np.intp]
Distances = npt.NDArray[np.int64]

_TILE = 2048
"""Hashes a side of one product: 16 MB of distances at once."""
_TABLES, _KEY_BITS = 96, 18
_FULL_BUCKET = 256
"""Of a bucket with more, each is compared with so many that follow it."""
_AT_ONCE = 1 << 15
"""Pairs compared at once: 32 MB a side."""


@dataclass(frozen=True, slots=True)
class Hashes:
    """Pictures' hashes; `mirrored` is None where only straight ones count."""

    straight: Signs
    mirrored: Signs | None = None

    def __len__(self) -> int:
        return len(self.straight)

    def between(self, these: Indices | slice, those: Indices | slice) -> npt.NDArray[np.float32]:
        """The distances of these to those: float32 (these, those), whole numbers."""
        across = self.straight[these] @ self.straight[those].T
        if self.mirrored is not None:
            np.maximum(across, self.straight[these] @ self.mirrored[those].T, out=across)
            np.maximum(across, self.mirrored[these] @ self.straight[those].T, out=across)
        across *= -0.5
        across += BITS / 2
        return across

    def pairwise(self, these: Indices, those: Indices) -> Distances:
        """The distance of each of these to its partner in those: int64 (n,)."""
        products = np.einsum("nb,nb->n", self.straight[these], self.straight[those])
        if self.mirrored is not None:
            for one, other in ((self.straight, self.mirrored), (self.mirrored, self.straight)):
                products = np.maximum(products, np.einsum("nb,nb->n", one[these], other[those]))
        return np.asarray((BITS - products) / 2, dtype=np.int64)

    def is_mirrored(self, one: int, other: int) -> bool:
        """Whether two pictures are nearer when one of them is mirrored."""
        if self.mirrored is None:
            return False
        straight = self.straight[one] @ self.straight[other]
        across = (
            self.straight[one] @ self.mirrored[other],
            self.mirrored[one] @ self.straight[other],
        )
        return bool(max(across) > straight)


class Neighbourhood(Protocol):
    """Who has neighbours within a threshold, and which."""

    def crowds(self) -> tuple[Distances, Distances]:
        """For each hash: how many neighbours it has, and the sum of their distances."""
        ...

    def of(self, index: int) -> tuple[Indices, Distances]:
        """One hash's neighbours, ascending and without itself, and their distances."""
        ...


class Exact:
    """Every pair is compared; memory stays small however many neighbours there are."""

    def __init__(self, hashes: Hashes, threshold: int) -> None:
        self._hashes = hashes
        self._threshold = threshold
        self._crowds = self._count()
        self._crowded = np.flatnonzero(self._crowds[0])

    def crowds(self) -> tuple[Distances, Distances]:
        """See `Neighbourhood`."""
        return self._crowds

    def of(self, index: int) -> tuple[Indices, Distances]:
        """See `Neighbourhood`."""
        distances = self._hashes.between(np.array([index]), self._crowded)[0]
        near = (distances <= self._threshold) & (self._crowded != index)
        return self._crowded[near], distances[near].astype(np.int64)

    def _count(self) -> tuple[Distances, Distances]:
        counts, sums = np.zeros((2, len(self._hashes)), np.int64)
        for rows, columns in _tiles(len(self._hashes)):
            distances = self._hashes.between(rows, columns)
            near = distances <= self._threshold
            if rows == columns:
                np.fill_diagonal(near, val=False)
            if not near.any():
                continue
            for here, axis in ((rows, 1), (columns, 0))[: 1 if rows == columns else 2]:
                counts[here] += near.sum(axis=axis)
                sums[here] += np.where(near, distances, 0).sum(axis=axis).astype(np.int64)
        return counts, sums


class Index:
    """Pairs that agree in one of 96 samples of 18 bits are compared, the others are not.

    Source: bit sampling, Indyk and Motwani, "Approximate nearest neighbors", STOC 1998.
    `recall_at` says how many pairs it finds.
    """

    def __init__(self, hashes: Hashes, threshold: int) -> None:
        one, other, distances = _near_pairs(hashes, threshold)
        self._from = np.concatenate([one, other])
        self._to = np.concatenate([other, one])
        self._distances = np.concatenate([distances, distances])
        order = np.lexsort((self._to, self._from))
        self._from, self._to = self._from[order], self._to[order]
        self._distances = self._distances[order]
        self._count = len(hashes)

    def crowds(self) -> tuple[Distances, Distances]:
        """See `Neighbourhood`."""
        counts = np.bincount(self._from, minlength=self._count).astype(np.int64)
        sums = np.bincount(self._from, weights=self._distances, minlength=self._count)
        return counts, sums.astype(np.int64)

    def of(self, index: int) -> tuple[Indices, Distances]:
        """See `Neighbourhood`."""
        here = slice(*np.searchsorted(self._from, [index, index + 1]))
        return self._to[here], self._distances[here]


def recall_at(distance: int) -> float:
    """The share of pairs at this distance that `Index` finds, straight or mirrored."""
    agree = comb(BITS - distance, _KEY_BITS) / comb(BITS, _KEY_BITS)
    return 1 - (1 - agree) ** _TABLES


def signs_of(looks: Sequence[str]) -> Signs:
    """Hashes of 64 hex digits as rows of signs."""
    raw = np.frombuffer(bytes.fromhex("".join(looks)), np.uint8).reshape(-1, BITS // 8)
    return np.unpackbits(raw, axis=1).astype(np.float32) * 2 - 1


def _tiles(count: int) -> Iterator[tuple[slice, slice]]:
    """The tiles on and above the diagonal."""
    starts = range(0, count, _TILE)
    for top in starts:
        for left in starts:
            if left >= top:
                yield slice(top, top + _TILE), slice(left, left + _TILE)


def _near_pairs(hashes: Hashes, threshold: int) -> tuple[Indices, Indices, Distances]:
    """Pairs that agree in a sample and lie within the threshold; each once, lower index first."""
    count = len(hashes)
    near, apart = np.empty((2, 0), np.int64)
    for pairs in _candidates(hashes):
        for start in range(0, len(pairs), _AT_ONCE):
            some = pairs[start : start + _AT_ONCE]
            distances = hashes.pairwise(some // count, some % count)
            near = np.append(near, some[distances <= threshold])
            apart = np.append(apart, distances[distances <= threshold])
        near, first = np.unique(near, return_index=True)
        apart = apart[first]
    return near // count, near % count, apart


def _candidates(hashes: Hashes) -> Iterator[npt.NDArray[np.int64]]:
    """For each sample, the pairs that agree in it, as lower index * count + higher index."""
    random = np.random.default_rng(0)  # the same samples every time
    for _ in range(_TABLES):
        sample = random.choice(BITS, _KEY_BITS, replace=False)
        keys = _keys(hashes.straight, sample)
        mirrored = None if hashes.mirrored is None else _keys(hashes.mirrored, sample)
        yield _agreeing(keys, mirrored)


def _keys(signs: Signs, sample: Indices) -> npt.NDArray[np.int64]:
    return (signs[:, sample] > 0) @ (1 << np.arange(_KEY_BITS, dtype=np.int64))


def _agreeing(
    keys: npt.NDArray[np.int64], others: npt.NDArray[np.int64] | None
) -> npt.NDArray[np.int64]:
    """Pairs of equal keys as lower index * count + higher index; `others` has keys to match."""
    count = len(keys)
    joined = keys if others is None else np.concatenate([keys, others])
    order = np.argsort(joined, kind="stable")
    ranked = joined[order]
    owners = order % count
    found = []
    for step in range(1, _FULL_BUCKET):
        same = ranked[step:] == ranked[:-step]
        if not same.any():
            break
        one, other = owners[step:][same], owners[:-step][same]
        apart = one != other
        low, high = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
        found.append(low * count + high)
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)
