"""The log of removals: what it refuses, and what it does not."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datasets import draw
from old_masters import OldMasters
from portraitset.errors import Removed
from portraitset.handoffs import Photo
from portraitset.picture.decode import Pixels
from portraitset.picture.perceptual_hash import look_distance, look_of
from portraitset.workspace.tombstones import (
    LOOKS_THE_SAME,
    Removals,
    Traits,
    is_telling,
    tombstone_of,
)

SALT = "0f" * 16
URL = "https://cdna.gallery.example/p/assets/images/images/000/000/007/large/anna-karen-lamp.jpg"


def log_of(**traits: frozenset[str]) -> Removals:
    return Removals(SALT, (tombstone_of(Traits(**traits), SALT, "picture", ""),), "")


@pytest.mark.parametrize(
    ("traits", "refused"),
    [
        ({"urls": frozenset([URL])}, True),
        ({"assets": frozenset(["000000007"])}, True),
        ({"artists": frozenset(["anna"])}, True),
        ({"artists": frozenset(["anna-karen"])}, True),
        ({"names": frozenset(["raw.jpg"])}, True),
        ({"artists": frozenset(["ann"])}, False),
        ({"artists": frozenset(["karen"])}, False),
        ({"assets": frozenset(["000000008"])}, False),
        ({"names": frozenset(["RAW.jpg"])}, False),
        ({"sha256": frozenset(["0" * 64])}, False),
    ],
)
def test_photo_is_refused_for_what_was_taken_out(
    traits: dict[str, frozenset[str]], refused: bool
) -> None:
    photo = Photo(URL.replace("cdna", "cdnb").replace("large", "small") + "?99", "raw.jpg")
    assert (log_of(**traits).refuses(photo) is not None) is refused


def test_content_is_refused_by_bytes_or_pixels() -> None:
    log = log_of(sha256=frozenset(["a" * 64]), sha256_rgb=frozenset(["b" * 64]))
    with pytest.raises(Removed):
        log.check("a" * 64, None, None)
    with pytest.raises(Removed):
        log.check("c" * 64, "b" * 64, None)
    log.check("b" * 64, "a" * 64, None)  # each is what it is


def recompressed(image: Image.Image, image_format: str, quality: int) -> Pixels:
    buffer = io.BytesIO()
    image.save(buffer, image_format, quality=quality)
    with Image.open(buffer) as copy:
        return np.asarray(copy.convert("RGB"))


def copies_of(image: Image.Image) -> list[Pixels]:
    """What becomes of a picture on its way through galleries."""
    copies = [recompressed(image, "JPEG", quality) for quality in (95, 30)]
    copies.append(recompressed(image, "WEBP", 50))
    for scale in (0.25, 2):
        size = round(image.width * scale), round(image.height * scale)
        smaller = image.resize(size, Image.Resampling.LANCZOS)
        copies.append(recompressed(smaller, "JPEG", 75))
    return copies


def test_threshold_takes_every_copy_and_no_other_painting(
    old_masters: OldMasters, shared: Path
) -> None:
    looks = {}
    for path in sorted((shared / "old-masters" / "origin").rglob("*.jpg")):
        with Image.open(path) as image:
            image.thumbnail((512, 512))
            looks[path.name] = look_of(np.asarray(image.convert("RGB")))
            log = log_of(looks=frozenset([looks[path.name]]))
            for copy in copies_of(image.convert("RGB")):
                assert log.refuses_look(look_of(copy)) is not None
    names = sorted(looks)
    for index, one in enumerate(names):
        for other in names[index + 1 :]:
            same_work = one.startswith("mona_lisa") and other.startswith("mona_lisa")
            assert (look_distance(looks[one], looks[other]) <= LOOKS_THE_SAME) is same_work


def test_plain_surface_is_like_nothing() -> None:
    plain = look_of(np.full((160, 130, 3), 200, np.uint8))
    assert not is_telling(plain)
    assert log_of(looks=frozenset([plain])).refuses_look(plain) is None
    assert is_telling(look_of(np.asarray(draw(3))))


def test_names_of_another_log_are_not_taken_for_ours() -> None:
    theirs = tombstone_of(Traits(names=frozenset(["1.jpg"])), "aa" * 16, "picture", "")
    log = Removals(SALT, (theirs,), "")
    assert log.refuses_name("1.jpg") is None
    assert log.refuses_name("1.jpg", others=True) == 0
