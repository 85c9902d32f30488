"""Copies among faces, and the file that tells of them."""

from pathlib import Path

from entries import POINTS
from measured import measured
from portraitset.curate.duplicates import Reach
from portraitset.curate.duplicates_file import duplicates_among, read_duplicates, write_duplicates
from portraitset.handoffs import Face, Photo
from portraitset.landmarks import landmarks_from_points

LOOK = "5a" * 32
POINTS_OF_ALL = landmarks_from_points(POINTS)
FACES = [
    Face(f"{name}.png", Photo(f"https://a.example/{name}.jpg", f"{name}.jpg"), POINTS_OF_ALL)
    for name in ("black", "white", "work", "copy")
]


def test_plain_surfaces_are_no_copies_of_each_other() -> None:
    looks = {"black.png": "0" * 64, "white.png": "8" + "0" * 63}
    measures = {
        name: measured(look=look, look_mirrored=look, crop_look=look)
        for name, look in ({"work.png": LOOK, "copy.png": LOOK} | looks).items()
    }
    found = duplicates_among(FACES, measures, Reach()).names()
    assert found == {"works": [["copy.jpg", "work.jpg"]], "faces": [["copy.png", "work.png"]]}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    measures = {face.name: measured(look=LOOK, crop_look=LOOK) for face in FACES}
    found = duplicates_among(FACES, measures, Reach(30, 20))
    write_duplicates(tmp_path, found)
    assert read_duplicates(tmp_path) == found
