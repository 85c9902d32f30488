"""Copies: found exactly, grouped around a medoid, the same whatever the order."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portraitset.curate.duplicates import Group, Item, find_duplicates
from portraitset.curate.neighbours import Exact, Hashes, Index, recall_at, signs_of
from portraitset.picture.perceptual_hash import look_distance


def hexed(bits: int) -> str:
    return f"{bits:064x}"


def item(
    name: str,
    bits: int,
    *,
    photo: str | None = None,
    mirrored: int | None = None,
    size: float = 100.0,
    sharpness: float = 0.1,
) -> Item:
    other = None if mirrored is None else hexed(mirrored)
    return Item(name, photo or name, hexed(bits), other, size, sharpness)


def crowd(seed: int, count: int = 60) -> list[Item]:
    """Items around a few centres, some within reach of each other, some not."""
    chance = random.Random(seed)
    centres = [chance.getrandbits(256) for _ in range(5)]
    items = []
    for number in range(count):
        bits = chance.choice(centres)
        for _ in range(chance.randrange(30)):
            bits ^= 1 << chance.randrange(256)
        photo = f"p{chance.randrange(count)}"
        size = float(chance.randrange(3))
        items.append(item(f"{number:03d}", bits, photo=photo, size=size))
    return items


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_groups_do_not_depend_on_the_order(seed: int) -> None:
    items = crowd(seed)
    found = find_duplicates(items, 20)
    random.Random(seed + 1).shuffle(items)
    assert find_duplicates(items, 20) == found


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_members_lie_near_the_medoid_and_are_of_different_photos(seed: int) -> None:
    items = {each.name: each for each in crowd(seed)}
    found = find_duplicates(list(items.values()), 20)
    assert found
    names = [name for group in found for name in group.names]
    assert len(names) == len(set(names))
    for group in found:
        photos = [items[name].photo for name in group.names]
        assert len(set(photos)) == len(photos) > 1
        for copy in group.copies:
            distance = look_distance(items[copy.name].look, items[group.medoid].look)
            assert copy.distance == distance <= 20


def test_chain_is_cut_where_it_leaves_the_medoid() -> None:
    steps = [item(f"{n}", (1 << 15 * n) - 1) for n in range(5)]  # each 15 bits from the next
    found = find_duplicates(steps, 16)
    assert [group.names for group in found] == [("0", "1", "2"), ("3", "4")]


def test_faces_of_one_photo_are_never_copies() -> None:
    twins = [item("a", 7, photo="p"), item("b", 7, photo="p")]
    assert find_duplicates(twins, 40) == ()
    (group,) = find_duplicates([*twins, item("c", 7, photo="q")], 40)
    assert group.names == ("a", "c")


@pytest.mark.parametrize("most_exact", [0, 10])
def test_mirrored_copy_is_found_and_said_to_be_mirrored(most_exact: int) -> None:
    ones, left, right = (1 << 256) - 1, 0x0F, 0xF0 << 200
    pair = [item("a", left, mirrored=right), item("b", right, mirrored=left)]
    (group,) = find_duplicates([*pair, item("c", ones, mirrored=ones)], 0, most_exact)
    assert group.names == ("a", "b")
    assert [copy.mirrored for copy in group.copies if copy.name != group.medoid] == [True]


@pytest.mark.parametrize(
    ("second", "best", "words"),
    [
        ({"size": 200.0}, "b", "larger: 200.0 against 100.0"),
        ({"sharpness": 0.2}, "b", "sharper: 0.2000 against 0.1000"),
        ({}, "a", "first by name"),
    ],
)
def test_best_copy_is_kept_and_why(second: dict[str, float], best: str, words: str) -> None:
    (group,) = find_duplicates([item("a", 1), item("b", 3, **second)], 8)  # type: ignore[arg-type]
    assert group.best == best
    assert words in group.reason


@pytest.mark.parametrize("mirrored", [False, True])
def test_exact_search_finds_what_counting_finds(mirrored: bool) -> None:
    random_bits = np.random.default_rng(5)
    base = random_bits.integers(0, 256, (2300, 32), np.uint8)  # more than one tile
    base[2100:] = base[:200] ^ (random_bits.random((200, 32)) < 0.2)
    looks = [bytes(row).hex() for row in base]
    signs = signs_of(looks)
    hashes = Hashes(signs, signs[::-1].copy() if mirrored else None)
    near = Exact(hashes, 40)
    counts, sums = near.crowds()
    bits = np.unpackbits(base, axis=1)
    for index in (0, 150, 2099, 2100, 2299):
        distances = (bits != bits[index]).sum(axis=1)
        if mirrored:
            flipped = bits[::-1]
            distances = np.minimum(distances, (flipped != bits[index]).sum(axis=1))
            distances = np.minimum(distances, (bits != flipped[index]).sum(axis=1))
        wanted = [at for at in np.flatnonzero(distances <= 40) if at != index]
        found, apart = near.of(index)
        assert found.tolist() == wanted
        assert apart.tolist() == distances[wanted].tolist()
        assert (counts[index], sums[index]) == (len(wanted), distances[wanted].sum())


def planted(distance: int, count: int = 1500) -> Hashes:
    """Random hashes, and for each a partner at this distance."""
    chance = np.random.default_rng(distance)
    bits = chance.integers(0, 2, (count, 256)).astype(np.int8)
    others = bits.copy()
    for row in others:
        row[chance.choice(256, distance, replace=False)] ^= 1
    return Hashes(np.concatenate([bits, others]).astype(np.float32) * 2 - 1)


@pytest.mark.parametrize("distance", [8, 28, 48])
def test_index_finds_as_many_as_it_states(distance: int) -> None:
    hashes = planted(distance)
    counts, _ = Index(hashes, 48).crowds()
    assert (counts > 0).mean() == pytest.approx(recall_at(distance), abs=0.03)


def test_index_and_exact_agree_on_near_copies() -> None:
    items = [each for each in crowd(1) if int(each.name) % 2]
    assert find_duplicates(items, 20, most_exact=0) == find_duplicates(items, 20)


def test_nothing_to_compare() -> None:
    assert find_duplicates([], 40) == ()
    assert find_duplicates([item("a", 1)], 40) == ()


def test_many_copies_of_one_picture_are_one_group() -> None:
    found: tuple[Group, ...] = find_duplicates([item(f"{n:04d}", 5) for n in range(2500)], 40)
    assert [len(group.copies) for group in found] == [2500]


@pytest.mark.soak
def test_every_planted_copy_among_25000_is_found() -> None:
    hashes = planted(48, 12_500)
    counts, _ = Exact(hashes, 48).crowds()
    assert (counts >= 1).all()
