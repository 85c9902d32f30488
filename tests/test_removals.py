"""The log of removals: what it refuses, and what it does not."""

import io
import resource
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datasets import draw
from old_masters import OldMasters
from portraitset.errors import InputError, Removed, WorkspaceError
from portraitset.handoffs import Photo
from portraitset.likeness import look_distance, look_of
from portraitset.picture import Pixels
from portraitset.removals import (
    LOG,
    LOOKS_THE_SAME,
    Removals,
    Traits,
    append_applied,
    append_tombstone,
    begin_log,
    is_telling,
    parse_removals,
    removals_of,
    tombstone_of,
)
from portraitset.workspace import STATE_FOLDER

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


def test_log_survives_reading_back(tmp_path: Path) -> None:
    log = begin_log(tmp_path)
    for asset in ("000000001", "000000002"):
        wanted = Traits(assets=frozenset([asset]), artists=frozenset(["anna-karen"]))
        stone = append_tombstone(tmp_path, tombstone_of(wanted, log.salt, "asset", "why"))
    append_applied(tmp_path, stone, "2.0.0")
    read = removals_of(tmp_path)
    assert read is not None
    assert [item.sequence for item in read.tombstones] == [1, 2]
    assert [item.sequence for item in read.unfinished] == [1]
    assert read.refuses(Photo(URL, "x")) == 1


def test_full_disk_leaves_no_half_line(tmp_path: Path) -> None:
    log = begin_log(tmp_path)
    wish = tombstone_of(Traits(assets=frozenset(["000000001"])), log.salt, "asset", "")
    before = (tmp_path / LOG).read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, limits[1]))
    try:
        with pytest.raises(WorkspaceError, match="larger than is allowed"):
            append_tombstone(tmp_path, wish)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / LOG).read_bytes() == before
    assert append_tombstone(tmp_path, wish).sequence == 1


@pytest.mark.parametrize("lines", [0, 1, 2])
def test_log_whose_last_lines_are_gone_is_refused(tmp_path: Path, lines: int) -> None:
    """A whole log, cut where a line ends, has an unbroken chain."""
    (tmp_path / STATE_FOLDER).mkdir()
    log = begin_log(tmp_path)
    for asset in ("000000001", "000000002"):
        wanted = Traits(assets=frozenset([asset]))
        append_tombstone(tmp_path, tombstone_of(wanted, log.salt, "asset", ""))
    path = tmp_path / LOG
    whole = path.read_bytes()
    if lines:
        path.write_bytes(b"".join(whole.splitlines(keepends=True)[:lines]))
    else:
        path.unlink()
    with pytest.raises(InputError, match="gone"):
        removals_of(tmp_path)
    path.write_bytes(whole)
    assert removals_of(tmp_path) is not None


def test_names_of_another_log_are_not_taken_for_ours() -> None:
    theirs = tombstone_of(Traits(names=frozenset(["1.jpg"])), "aa" * 16, "picture", "")
    log = Removals(SALT, (theirs,), "")
    assert log.refuses_name("1.jpg") is None
    assert log.refuses_name("1.jpg", others=True) == 0


HEAD = f'{{"portraitset-removals":1,"salt":"{SALT}"}}\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1"),
        ("[]\n", "line 1"),
        ("{}\n", "no log of removals"),
        ('{"portraitset-removals":2,"salt":"00"}\n', "known here: 1"),
        ('{"portraitset-removals":1,"salt":"xyz"}\n', "line 1"),
        (HEAD + '{"sequence":1,"previous":"0"}\n', "line 2"),
        (HEAD + '{"sequence":2}\n', "line 2"),
        (HEAD + "{\n", "line 2"),
        (HEAD + '{"sequence":1', "line 2: the chain is broken here: it does not end"),
        (HEAD.replace("}", ',"x":' + "[" * 100_000 + "}"), "line 1"),
    ],
)
def test_log_that_is_none_or_broken_says_where(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_removals(text.encode(), LOG)
