"""The lock file: diffable, the same for the same dataset, and refused once it is tampered with."""

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portraitset.errors import Changed, InputError
from portraitset.manifest.lock import (
    Identity,
    Lock,
    LockedFace,
    LockedOriginal,
    Setting,
    Verdict,
    check_same,
    compare,
    read_lock,
    sorted_lock,
    write_lock,
)

SETTINGS: dict[str, Setting] = {
    "size": 64,
    "padding": True,
    "quality": "exact",
    "image_format": None,
}
IDENTITY = Identity("ab" * 32, 640, 480, "cd" * 32, "0f" * 32)


def a_lock(names: tuple[str, ...] = ("a.jpg", "b.jpg")) -> Lock:
    originals = [
        LockedOriginal(name, f"https://x.example/{name}", IDENTITY, "JPEG") for name in names
    ]
    faces = [LockedFace(f"{name}.png", name, "12" * 32, "34" * 16) for name in names]
    return sorted_lock("aahq", SETTINGS, originals, faces, {"Pillow": "13.0.0"})


def forged(data: bytes, old: bytes, new: bytes) -> bytes:
    """A lock with a change in its body and a head that fits it again."""
    assert old in data
    head, _, body = data.replace(old, new).partition(b"\n")
    content = json.loads(head) | {"fingerprint": hashlib.sha256(body).hexdigest()}
    return json.dumps(content, separators=(",", ":")).encode() + b"\n" + body


def test_what_is_written_is_read_back() -> None:
    assert read_lock(write_lock(a_lock()), "x") == a_lock()


def test_order_of_making_does_not_matter() -> None:
    assert write_lock(a_lock(("b.jpg", "a.jpg", "é.jpg"))) == write_lock(
        a_lock(("é.jpg", "a.jpg", "b.jpg"))
    )


def test_one_line_for_each_original_and_face_and_plain_ascii() -> None:
    data = write_lock(a_lock(("a.jpg", "\N{SNOWMAN}.jpg")))
    assert len(data.splitlines()) == 2 + 2 + 2
    assert data.isascii()


def test_fingerprint_is_the_digest_of_all_lines_after_the_first() -> None:
    head, _, body = write_lock(a_lock()).partition(b"\n")
    assert json.loads(head)["fingerprint"] == hashlib.sha256(body).hexdigest()
    assert a_lock().fingerprint == hashlib.sha256(body).hexdigest()
    assert b"tool" not in body, "another version of the tool makes the same fingerprint"


def test_lines_that_git_turned_into_crlf_are_the_same_lock() -> None:
    assert read_lock(write_lock(a_lock()).replace(b"\n", b"\r\n"), "x") == a_lock()


def test_every_difference_changes_the_fingerprint() -> None:
    lock = a_lock()
    original = replace(lock.originals[0], identity=replace(IDENTITY, look="f0" * 32))
    others = [
        replace(lock, schema="ffhq"),
        replace(lock, settings=SETTINGS | {"size": 65}),
        replace(lock, faces=lock.faces[1:]),
        replace(lock, originals=(original, *lock.originals[1:])),
        replace(lock, originals=(replace(lock.originals[0], rescue="4k"), lock.originals[1])),
    ]
    assert len({item.fingerprint for item in (lock, *others)}) == 1 + len(others)


@given(st.integers(0, 5000), st.binary(min_size=1, max_size=3))
def test_no_single_damage_passes_unnoticed(at: int, what: bytes) -> None:
    data = write_lock(a_lock())
    body = data.index(b"\n") + 1
    place = body + at % (len(data) - body)
    damaged = data[:place] + what + data[place + len(what) :]
    if damaged.replace(b"\r\n", b"\n") != data:
        with pytest.raises(InputError):
            read_lock(damaged, "x")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b'"original":"b.jpg"', b'"original":"a.jpg"', "twice"),
        (b'"original":"b.jpg"', b'"original":"../b.jpg"', "separator"),
        (b'"original":"a.jpg"', b'"original":"c.jpg"', "not sorted"),
        (b'"face":"b.jpg.png"', b'"face":".portraitset"', "tool's own"),
        (b'"face":"b.jpg.png"', b'"face":"a.jpg.png"', "twice"),
        (b'"of":"b.jpg"', b'"of":"c.jpg"', "not listed"),
        (b'"width":640', b'"width":-640', "width"),
        (b'"width":640', b'"width":true', "width"),
        (b'"sha256":"ab', b'"sha256":"AB', "sha256"),
        (b'"look":"0f', b'"look":"zz', "look"),
        (b'"schema":"aahq"', b'"schema":1', "schema"),
        (b'"format":"JPEG"', b'"format":"JPEG","more":1', "not as the tool writes it"),
        (b'{"schema"', b'[{"schema"', "line 2"),
        (b'"originals":2', b'"originals":3', "not as the tool writes it"),
    ],
)
def test_forged_lock_is_refused_in_words(old: bytes, new: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_lock(forged(write_lock(a_lock()), old, new), "x")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "line 1"),
        (b"\x89PNG\r\n\x1a\n", "line 1"),
        (b"[" * 100_000, "line 1"),
        (b'{"a": 1}\n', "no lock file"),
        (b'{"portraitset-lock": 2}\n', "format 2"),
        (b'{"portraitset-lock": 1}\n', "altered"),
        (write_lock(a_lock())[:-20], "altered"),
    ],
)
def test_what_is_no_lock_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_lock(data, "some.lock")


def test_verdicts_from_the_same_bytes_to_nothing_there() -> None:
    pixels = replace(IDENTITY, sha256="00" * 32)
    alike = replace(pixels, sha256_rgb="11" * 32, look="0f" * 31 + "0e")
    other = replace(alike, look="f0" * 32)
    found = (IDENTITY, pixels, alike, other, None)
    assert [compare(picture, IDENTITY) for picture in found] == [
        verdict for verdict in Verdict if verdict is not Verdict.OTHER_DECODER
    ]
    assert [verdict.is_good for verdict in Verdict] == [True, True, False, False, False, False]


def test_equal_pixels_in_another_shape_are_another_picture() -> None:
    turned = replace(IDENTITY, sha256="00" * 32, width=480, height=640)
    assert not compare(turned, IDENTITY).is_good


def test_lookalike_is_refused_too_and_the_sentence_says_so() -> None:
    alike = Identity("00" * 32, 640, 480, "11" * 32, IDENTITY.look)
    with pytest.raises(Changed, match="looks alike"):
        check_same(alike, IDENTITY)
    with pytest.raises(Changed, match="looks different"):
        check_same(replace(alike, look="f0" * 32), IDENTITY)
    check_same(replace(alike, sha256_rgb=IDENTITY.sha256_rgb), IDENTITY)


def test_unknown_digests_prove_nothing() -> None:
    bare = Identity("00" * 32, 640, 480)
    assert compare(bare, replace(bare, sha256="11" * 32)) is Verdict.CHANGED
