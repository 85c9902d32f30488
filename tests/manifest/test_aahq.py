"""AAHQ's schema: what makes a face, what makes an invalid entry, what makes neither worse."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entries import POINTS, RAW_NAME, URL, entry, parsed
from portraitset.errors import State
from portraitset.handoffs import Face
from portraitset.manifest import InvalidEntry, Manifest
from portraitset.manifest.aahq import raw_name_of


def only_invalid(manifest: Manifest) -> InvalidEntry:
    (bad,) = manifest.invalid()
    return bad


def beside_a_good_one(**changes: object) -> Manifest:
    """A bad entry with a file of its own, and a good one that it must not touch."""
    bad = entry(raw_name="bad.jpg") | changes
    manifest = parsed({"bad.png": bad, "good.png": entry()})
    assert [face.name for face in manifest] == ["good.png"]
    return manifest


def test_entry_becomes_a_face() -> None:
    (face,) = parsed({"a.png": entry()})
    assert (face.name, face.photo.url, face.photo.raw_name) == ("a.png", URL, RAW_NAME)
    assert [list(point) for point in face.landmarks.points()] == list(POINTS.values())
    assert face.extra == {}


def test_unknown_fields_come_along() -> None:
    points = POINTS | {"nose": [60.0, 75.0]}
    (face,) = parsed({"a.png": entry(landmarks=points, artist={"slug": "x"}, tags=[1, None])})
    expected = {"artist": {"slug": "x"}, "tags": [1, None], "landmarks": {"nose": [60.0, 75.0]}}
    assert face.extra == expected


def test_order_is_the_manifests() -> None:
    names = [f"{number}.png" for number in (3, 1, 2, 10, 0)]
    content: dict[str, object] = {name: entry() for name in names}
    content["1.png"] = {"image_url": 3}
    manifest = parsed(content)
    assert [found.name for found in manifest.entries] == names
    assert [face.name for face in manifest] == ["3.png", "2.png", "10.png", "0.png"]
    assert len(manifest) == len(names)


def test_faces_of_one_photo_share_it() -> None:
    other = {"image_url": URL.replace("a-title", "b"), "raw_name": "b.jpg"}
    manifest = parsed({"a.png": entry(), "b.png": entry(**other), "c.png": entry()})
    first, second, third = manifest
    assert first.photo is third.photo
    assert [[face.name for face in faces] for faces in manifest.by_photo().values()] == [
        ["a.png", "c.png"],
        ["b.png"],
    ]
    assert list(manifest.by_photo()) == [first.photo, second.photo]


@pytest.mark.parametrize("field", ["image_url", "raw_name", "landmarks"])
@pytest.mark.parametrize("value", [None, 3, True, [], "", {}])
def test_field_of_the_wrong_kind_is_a_bad_entry(field: str, value: object) -> None:
    manifest = beside_a_good_one(**{field: value})
    bad = only_invalid(manifest)
    assert (bad.name, bad.error.state, bad.error.reason) == ("bad.png", State.INVALID, "bad-entry")
    assert [face.name for face in manifest] == ["good.png"]


@pytest.mark.parametrize("field", ["image_url", "raw_name", "landmarks"])
def test_missing_field_is_a_bad_entry_that_names_it(field: str) -> None:
    content = entry()
    del content[field]
    bad = only_invalid(parsed({"bad.png": content, "good.png": entry()}))
    assert bad.error.reason == "bad-entry"
    assert field in str(bad.error)


@pytest.mark.parametrize("value", [None, 3, "text", [], [URL], True])
def test_entry_that_is_no_object_is_a_bad_entry(value: object) -> None:
    bad = only_invalid(parsed({"bad.png": value, "good.png": entry()}))
    assert (bad.error.reason, bad.content) == ("bad-entry", value)


NOT_POINTS = [
    None, 5, "1,2", [], [1.0], [1.0, 2.0, 3.0], ["1", "2"], [None, 1.0], [True, 1.0], {"x": 1},
    [[1.0, 2.0]], [math.nan, 1.0], [1.0, math.inf], [-math.inf, 1.0], [1e300, 1.0], [1.0, -2e7],
    [10**400, 1], [1, -(10**400)],
]  # fmt: skip


@pytest.mark.parametrize("point", NOT_POINTS, ids=lambda point: f"{point!r:.20}")
@pytest.mark.parametrize("name", ["eye_left", "mouth_right"])
def test_landmark_that_is_no_point_is_a_bad_entry_that_names_it(name: str, point: object) -> None:
    bad = only_invalid(beside_a_good_one(landmarks=POINTS | {name: point}))
    assert bad.error.reason == "bad-entry"
    assert name in str(bad.error)
    assert len(str(bad.error)) < 400


def test_missing_landmark_is_a_bad_entry_that_names_it() -> None:
    points = {name: point for name, point in POINTS.items() if name != "mouth_left"}
    assert "mouth_left" in str(only_invalid(beside_a_good_one(landmarks=points)).error)


DEGENERATE = {
    "all in one": [[5, 5]] * 4,
    "cancel out": [[0, 0], [2, 0], [0, -2], [2, -2]],
}


@pytest.mark.parametrize("points", DEGENERATE.values(), ids=DEGENERATE)
def test_landmarks_without_an_up_are_a_bad_entry(points: list[Any]) -> None:
    bad = only_invalid(beside_a_good_one(landmarks=dict(zip(POINTS, points, strict=True))))
    assert bad.error.reason == "bad-entry"


BAD_URLS = [
    "ftp://host.example/a.jpg", "file:///etc/passwd", "javascript:alert(1)", "data:image/png,x",
    "//host.example/a.jpg", "/a.jpg", "a.jpg", "http:", "http://", "https:///a.jpg",
    "http://:80/a.jpg", "http://host.example:99999/a.jpg", "http://host.example:port/a.jpg",
    "http://user@host.example/a.jpg", "http://user:secret@host.example/a.jpg",
    "http://@host.example/a.jpg", "http://[::1/a.jpg", "http://host.example/a b.jpg", "   ",
    "http://host.example/a.jpg\n", "\thttp://host.example/a.jpg", "http://host.example/\x1b[31m",
    "http://host.example/\u202egpj.exe", "http://host.example/a\u00a0b", "http://ho\x00st/a.jpg",
    "http://host.example\\@evil.example/a.jpg", "http://host.example\\.evil.example/a.jpg",
    "http://ho<st>/a.jpg", "http://{host}/a.jpg", "http://host.example/" + "a" * 3000, "http://host.example/\ud800.jpg",
]  # fmt: skip


@pytest.mark.parametrize("url", BAD_URLS, ids=lambda url: ascii(url)[:40])
def test_address_that_is_not_plain_http_is_a_bad_entry(url: str) -> None:
    bad = only_invalid(beside_a_good_one(image_url=url))
    assert (bad.error.state, bad.error.reason) == (State.INVALID, "bad-entry")
    assert str(bad.error).isprintable()


def test_refusal_of_a_password_does_not_repeat_it() -> None:
    bad = only_invalid(beside_a_good_one(image_url="http://user:secret@host.example/a.jpg"))
    assert "secret" not in str(bad.error)


GOOD_URLS = [
    "http://host.example/a.jpg", "HTTPS://HOST.example/a.jpg", "https://host.example:8443/a?b#c",
    "http://127.0.0.1/a.jpg", "http://[::1]:80/a.jpg", "https://höst.example/ä.jpg",
    "https://host.example/a%20b.jpg", "https://host.example", "https://host.example?",
    "https://host.example/par%28en%29.jpg?sig=a%2Bb%2Fc%3D&x=%40", "https://host.example/100%.jpg",
    "https://host.example/{a}|b.jpg", "https://host.example/../a//b.jpg?",
]  # fmt: skip


@pytest.mark.parametrize("url", GOOD_URLS)
def test_every_http_address_is_taken_as_it_is(url: str) -> None:
    (face,) = parsed({"a.png": entry(image_url=url)})
    assert face.photo.url == url


def test_second_address_for_one_file_is_a_bad_entry() -> None:
    other = URL.replace("a-title", "other")
    manifest = parsed({"a.png": entry(), "b.png": entry(image_url=other), "c.png": entry()})
    bad = only_invalid(manifest)
    assert (bad.name, bad.error.reason) == ("b.png", "bad-entry")
    assert URL in str(bad.error)
    assert other in str(bad.error)
    assert [face.name for face in manifest] == ["a.png", "c.png"]


def test_bad_entry_claims_no_file() -> None:
    bad = entry(landmarks={})
    manifest = parsed({"bad.png": bad, "good.png": entry(image_url=URL + "2")})
    assert [face.name for face in manifest] == ["good.png"]


def test_raw_name_of_its_own_is_noted_once_and_used() -> None:
    manifest = parsed({"a.png": entry(raw_name="own.jpg"), "b.png": entry(raw_name="own.jpg")})
    assert [face.photo.raw_name for face in manifest] == ["own.jpg", "own.jpg"]
    (note,) = manifest.notes
    assert note.subject == "a.png"
    assert RAW_NAME in note.text


def test_raw_name_of_the_address_needs_no_note() -> None:
    assert parsed({"a.png": entry()}).notes == ()


def test_raw_name_is_the_last_five_parts_of_the_address() -> None:
    url = "https://cdnb.x.example/p/assets/images/images/020/942/583/large/who-what.jpg?1569824523"
    assert raw_name_of(url) == "020_942_583_large_who-what.jpg?1569824523"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
FIELDS = st.sampled_from(["image_url", "raw_name", "landmarks", "eye_left", "", "../a"])


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(st.text(max_size=6) | FIELDS, st.dictionaries(FIELDS, JSON) | JSON))
def test_every_entry_is_a_face_or_invalid_with_a_reason(content: dict[str, object]) -> None:
    manifest = parsed(content | {"good.png": entry()})
    assert [found.name for found in manifest.entries] == [*content, "good.png"]
    for found in manifest.entries:
        if isinstance(found, Face):
            assert found.name == "good.png"
        else:
            assert found.error.state == State.INVALID
            assert found.error.reason in ("bad-entry", "unsafe-name")
            assert str(found.error).isprintable()
