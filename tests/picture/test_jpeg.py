"""JPEG files: the pixels are Pillow's, good files pass, and whoever lost data is found out."""

import io
import random
import warnings
from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np
import pytest
from PIL import Image

from picture.encoders import PACKAGES, by_pillow, encoders, pixels_of
from portraitset.errors import BadPicture, Truncated
from portraitset.picture.decode import read_picture

MOST = 10_000_000
END = b"\xff\xd9"


def by_pillow_alone(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def check_good(names: Iterable[str], numbers: range) -> Counter[str]:
    """Read files of these encoders, as Pillow reads them and without a word; how many of each."""
    seen: Counter[str] = Counter()
    known = encoders()
    for name in names:
        for number in numbers:
            data = known[name](pixels_of(number), random.Random(number))
            picture = read_picture(data, MOST)
            assert picture.oddity is None, (name, number, picture.oddity)
            assert (picture.pixels == by_pillow_alone(data)).all(), (name, number)
            seen[name] += 1
    return seen


@pytest.mark.parametrize("name", PACKAGES)
def test_good_files_pass_with_the_pixels_that_pillow_makes(name: str) -> None:
    check_good([name], range(60))


@pytest.mark.soak
def test_three_thousand_good_files_pass_with_the_pixels_that_pillow_makes() -> None:
    names = encoders()
    each = -(-3000 // len(names))
    seen = check_good(names, range(each))
    assert sum(seen.values()) >= 3000


def healthy(progressive: bool = False, **options: object) -> bytes:
    noise = np.random.default_rng(5).integers(0, 256, (24, 20, 3), np.uint8)
    image = Image.fromarray(noise).resize((320, 400), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=92, progressive=progressive, **options)
    return buffer.getvalue()


def cut(data: bytes, at: int) -> bytes:
    """What is left up to there, with an end marker, as a proxy or a repair tool puts it."""
    kept = data[:at]
    return (kept[:-1] if kept.endswith(b"\xff") else kept) + END


KINDS: dict[str, dict[str, object]] = {
    "baseline": {},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_blocks": 7},
    "progressive, restarts": {"progressive": True, "restart_marker_blocks": 50},
    "full chroma": {"subsampling": 0},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.999])
def test_file_that_lost_its_end_and_has_an_end_marker_is_truncated(kind: str, share: float) -> None:
    data = healthy(**KINDS[kind])  # type: ignore[arg-type]
    start = data.index(b"\xff\xda") + 14
    at = start + int((len(data) - 2 - start) * share)
    with pytest.raises(Truncated):
        read_picture(cut(data, at), MOST)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_cmyk_files_are_listened_to_as_well(mode: str) -> None:
    buffer = io.BytesIO()
    Image.open(io.BytesIO(healthy())).convert(mode).save(buffer, "JPEG")
    data = buffer.getvalue()
    assert read_picture(data, MOST).oddity is None
    with pytest.raises(Truncated):
        read_picture(cut(data, len(data) * 2 // 3), MOST)


def test_every_byte_that_is_lost_before_the_end_marker_is_missed() -> None:
    data = healthy()
    unseen = []
    for lost in range(1, 60):
        try:
            read_picture(cut(data, len(data) - 2 - lost), MOST)
        except Truncated:
            continue
        unseen.append(lost)
    assert unseen == []


def scans_of(data: bytes) -> list[int]:
    """Where each scan's marker lies."""
    found, at = [], 0
    while (at := data.find(b"\xff\xda", at + 1)) >= 0:
        found.append(at)
    return found


def test_progressive_file_without_its_last_scans_is_truncated() -> None:
    data = healthy(progressive=True)
    for at in scans_of(data)[1:]:
        with pytest.raises(Truncated, match="last scans are missing"):
            read_picture(cut(data, at), MOST)


def test_lost_middle_of_a_file_with_restarts_is_found() -> None:
    data = healthy(restart_marker_blocks=7)
    start, stop = data.index(b"\xff\xd1"), data.index(b"\xff\xd4")
    with pytest.raises((Truncated, BadPicture)):
        read_picture(data[: start + 30] + data[stop:], MOST)


def odd_header(data: bytes) -> bytes:
    """Three bytes that belong to nothing between two header segments."""
    return data[:20] + b"\0\1\2" + data[20:]


def odd_scan(data: bytes) -> bytes:
    """Five bytes that belong to nothing before the table of the last scan."""
    at = data.rindex(b"\xff\xc4")
    return data[:at] + b"\x12\x34\x56\x78\x9a" + data[at:]


@pytest.mark.parametrize("odd", [odd_header, odd_scan])
def test_harmless_oddity_is_told_and_the_pixels_are_there(odd: Callable[[bytes], bytes]) -> None:
    data = healthy(progressive=True)
    picture = read_picture(odd(data), MOST)
    assert (picture.pixels == by_pillow_alone(data)).all()
    assert picture.oddity is not None
    assert "belong to nothing" in picture.oddity or "extraneous" in picture.oddity


@pytest.mark.parametrize("odd", [odd_header, odd_scan])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_harmless_oddity_hides_no_loss(odd: Callable[[bytes], bytes], share: float) -> None:
    data = odd(healthy(progressive=True))
    with pytest.raises(Truncated):
        read_picture(cut(data, int(len(data) * share)), MOST)


def test_loss_in_an_early_scan_is_found_behind_an_oddity_in_a_later_one() -> None:
    data = healthy(progressive=True)
    first, second = scans_of(data)[:2]
    table = data.rindex(b"\xff\xc4", first, second)
    lossy = data[: first + 200] + data[table:]
    with pytest.raises((Truncated, BadPicture)):
        read_picture(odd_scan(lossy), MOST)


def test_bytes_after_the_end_are_not_part_of_the_file() -> None:
    data = healthy()
    picture = read_picture(data + b"a camera's own index" * 50, MOST)
    assert picture.oddity is None
    assert (picture.pixels == by_pillow_alone(data)).all()


def test_flipped_bits_are_an_error_or_decode_and_are_never_something_else() -> None:
    data, dice = healthy(), random.Random(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(200):
            broken = bytearray(data)
            broken[dice.randrange(2, len(data))] ^= 1 << dice.randrange(8)
            try:
                read_picture(bytes(broken), MOST)
            except (Truncated, BadPicture):
                pass
            except Exception as error:  # noqa: BLE001
                assert type(error).__module__ == "portraitset.errors", error


def test_encoders_write_what_they_are_asked_for() -> None:
    """The good files are not all alike."""
    files = [by_pillow(pixels_of(n), random.Random(n)) for n in range(60)]
    modes = {Image.open(io.BytesIO(data)).mode for data in files}
    assert modes == {"RGB", "L", "CMYK"}
    assert sum(b"\xff\xc2" in data for data in files) > 10
    assert sum(b"\xff\xdd" in data for data in files) > 10
