"""Splits: nothing that belongs together stands on both sides."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portraitset.curate.splits import Tied, split_faces

SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}


@st.composite
def crowds(draw: st.DrawFn) -> list[Tied]:
    count = draw(st.integers(1, 60))
    few = st.integers(0, max(count // 2, 1))
    return [
        Tied(
            f"{number}.png",
            f"p{draw(few)}",
            draw(st.sampled_from(["", "", f"artist-{number}", "ann-ink", "bob-oil"])),
            tuple(f"g{group}" for group in draw(st.lists(few, max_size=2))),
        )
        for number in range(count)
    ]


@given(crowds(), st.integers())
@settings(max_examples=60)
def test_photo_group_and_artist_stand_on_one_side(faces: list[Tied], seed: int) -> None:
    splits = split_faces(faces, SHARES, seed)
    assert set(splits) == {face.name for face in faces}
    sides: dict[tuple[str, str], set[str]] = {}
    for face in faces:
        ties = [("photo", face.photo), *(("group", group) for group in face.groups)]
        for tie in ties + ([("artist", face.artist)] if face.artist else []):
            sides.setdefault(tie, set()).add(splits[face.name])
    assert all(len(found) == 1 for found in sides.values())


@given(crowds(), st.integers())
@settings(max_examples=30)
def test_order_does_not_matter(faces: list[Tied], seed: int) -> None:
    shuffled = random.Random(seed).sample(faces, len(faces))
    assert split_faces(shuffled, SHARES, seed) == split_faces(faces, SHARES, seed)


def loners(count: int) -> list[Tied]:
    return [Tied(f"{number:05d}.png", f"p{number}", f"artist-{number}") for number in range(count)]


def test_shares_are_met_on_average_and_the_seed_changes_who() -> None:
    counts = Counter(split_faces(loners(5000), SHARES, 0).values())
    for split, share in SHARES.items():
        assert counts[split] / 5000 == pytest.approx(share, abs=0.03)
    assert split_faces(loners(100), SHARES, 0) != split_faces(loners(100), SHARES, 1)


def test_further_faces_move_nobody_they_are_not_tied_to() -> None:
    before = split_faces(loners(100), SHARES, 0)
    after = split_faces(loners(200), SHARES, 0)
    assert {name: after[name] for name in before} == before


def test_empty_artist_ties_nobody() -> None:
    faces = [Tied(f"{number}.png", f"p{number}", "") for number in range(200)]
    assert len(set(split_faces(faces, SHARES, 0).values())) == 3


def test_one_split_takes_all() -> None:
    assert set(split_faces(loners(50), {"train": 1.0}, 0).values()) == {"train"}
