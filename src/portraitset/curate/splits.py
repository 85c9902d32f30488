"""Splits that share no photo, no group of copies and no artist. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tied:
    """A face, and what ties it to others: its photo, its candidate artist, its groups of copies."""

    name: str
    photo: str
    artist: str
    groups: tuple[str, ...] = ()


def split_faces(faces: Iterable[Tied], shares: Mapping[str, float], seed: int) -> Mapping[str, str]:
    """Assign each face to a split.

    Faces that are tied to each other, directly or by others, come to the same one. Which one, a
    digest of the seed and of their first name decides, so that it does not depend on the order of
    the faces, and further faces move only those that they are tied to. Shares are met on average:
    an artist with a fifth of the pictures goes to one side as a whole. An empty artist ties nobody.
    """
    first = _first_of_all_tied(faces)
    return {name: _chosen(leader, shares, seed) for name, leader in first.items()}


def _chosen(leader: str, shares: Mapping[str, float], seed: int) -> str:
    digest = hashlib.sha256(f"{seed}\0{leader}".encode("utf-8", "surrogatepass")).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    for split, share in shares.items():
        place -= share
        if place < 0:
            return split
    return next(reversed(list(shares)))


def _first_of_all_tied(faces: Iterable[Tied]) -> dict[str, str]:
    """By face, the first name among all that it is tied to."""
    parents: dict[tuple[str, str], tuple[str, str]] = {}

    def root(node: tuple[str, str]) -> tuple[str, str]:
        parents.setdefault(node, node)
        while parents[node] != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    names = []
    for face in faces:
        names.append(face.name)
        ties = [("photo", face.photo), *(("group", group) for group in face.groups)]
        if face.artist:
            ties.append(("artist", face.artist))
        for tie in ties:
            parents[root(tie)] = root(("face", face.name))
    leaders: dict[tuple[str, str], str] = {}
    for name in names:
        top = root(("face", name))
        leaders[top] = min(leaders.get(top, name), name)
    return {name: leaders[root(("face", name))] for name in names}
