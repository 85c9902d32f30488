"""How long `curate` takes for many faces: measuring, measuring again, and finding copies.

    python benchmarks/curating.py WORKSPACE [FACES]

WORKSPACE is a finished one, such as `portraitset demo` leaves; its faces are multiplied to FACES,
25,000 unless said otherwise, which share its files, so that the disk's cache helps. Measures go to
a folder that is removed at the end. Copies are sought among as many random hashes, of which one in
twenty has a partner within 0 to 60 bits, each with a mirrored hash.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from portraitset.curate.duplicates import SAME_WORK, Item, find_duplicates
from portraitset.curate.holdings import HeldFace, Holdings, holdings_of
from portraitset.curate.run import measure
from portraitset.pipeline.recipe import usable_cores
from portraitset.workspace.layout import folders_of


def main(workspace: Path, count: int) -> None:
    """Print the figures."""
    load = os.getloadavg()[0]
    cores = usable_cores()
    with tempfile.TemporaryDirectory() as folder:
        held = multiplied(holdings_of(folders_of(workspace)), count, Path(folder))
        seconds, again = timed(lambda: measure(held, cores)), timed(lambda: measure(held, cores))
    print(f"{count:,} faces, {cores} cores, load {load:.1f} before, {os.getloadavg()[0]:.1f} after")
    print(f"measured in {seconds:.1f} s, {count / seconds:.1f} faces/s; again in {again:.2f} s")
    used = sum(os.times()[:4])
    print(f"{used:.1f} s of processor time in all, {count / used:.1f} faces/s for each core")
    items = random_items(count)
    print(
        f"copies among {count:,} works in {timed(lambda: find_duplicates(items, SAME_WORK)):.1f} s"
    )
    faces = [replace(item, look_mirrored=None) for item in items]
    print(
        f"copies among {count:,} faces in {timed(lambda: find_duplicates(faces, SAME_WORK)):.1f} s"
    )


def timed(act: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    began = time.monotonic()
    act()
    return time.monotonic() - began


def multiplied(holdings: Holdings, count: int, folder: Path) -> Holdings:
    """As many faces, each of a photo of its own."""
    if not holdings.faces:
        sys.exit("the workspace holds no aligned face")
    folders = folders_of(folder)
    folders.state.mkdir()
    faces = tuple(
        renamed(held, number) for number, held in enumerate(islice(cycle(holdings.faces), count))
    )
    return replace(holdings, folders=folders, faces=faces)


def renamed(held: HeldFace, number: int) -> HeldFace:
    """The same files under another name."""
    raw_name = f"{number:06d}-{held.photo.raw_name}"
    photo = replace(held.face.photo, raw_name=raw_name)
    face = replace(held.face, name=f"{number:06d}.png", photo=photo)
    return replace(held, face=face, photo=replace(held.photo, raw_name=raw_name))


def random_items(count: int) -> list[Item]:
    """Works with random looks; one in twenty is a copy of another."""
    chance = np.random.default_rng(1)
    straight, mirrored = chance.integers(0, 256, (2, count, 32), np.uint8)
    copies = count // 20
    straight[-copies:] = straight[:copies]
    for row in straight[-copies:]:
        for bit in chance.choice(256, chance.integers(0, 61), replace=False):
            row[bit // 8] ^= 1 << (bit % 8)
    return [
        Item(f"{number:06d}", f"p{number}", bytes(one).hex(), bytes(other).hex(), 1.0, 0.1)
        for number, (one, other) in enumerate(zip(straight, mirrored, strict=True))
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 25_000)
