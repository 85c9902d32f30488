"""Originals at hand in a manifest: a path that stays in its folder, and a digest."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portraitset.errors import ItemError
from portraitset.handoffs import Face
from portraitset.manifest import InvalidEntry, Manifest, parse_manifest
from portraitset.manifest.addresses import alias_of, artist_of, asset_of, host_of
from portraitset.manifest.local import LocalOriginal, local_original, read_local
from portraitset.manifest.native import Row, write_jsonl, write_parquet

DIGEST = "0f" * 32
POINTS = {
    "eye_left": [50.0, 60.0],
    "eye_right": [80.0, 62.0],
    "mouth_left": [53.0, 92.0],
    "mouth_right": [76.0, 93.0],
}


def read(**line: object) -> Manifest:
    head = {"portraitset-manifest": 1, "schema": "aahq", "faces": 1}
    face = {"face": "a.png", "landmarks": POINTS} | line
    return parse_manifest("".join(json.dumps(o) + "\n" for o in (head, face)).encode(), "given")


def address(path: str) -> str:
    return LocalOriginal(path, DIGEST).address


def test_path_and_digest_make_a_photo() -> None:
    (face,) = read(path="Frans Hals/100 % Lächeln #2?.jpg", sha256=DIGEST)
    assert face.photo.raw_name == "Frans Hals_100 % Lächeln #2?.jpg"
    assert local_original(face.photo.url) == LocalOriginal(
        "Frans Hals/100 % Lächeln #2?.jpg", DIGEST
    )


def test_raw_name_may_be_given() -> None:
    (face,) = read(path="a/b.jpg", sha256=DIGEST, raw_name="c.jpg")
    assert face.photo.raw_name == "c.jpg"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"path": "a.jpg"}, "sha256"),
        ({"path": "a.jpg", "sha256": "0F" * 32}, "sha256"),
        ({"path": "a.jpg", "sha256": None}, "sha256"),
        ({"path": "/etc/passwd", "sha256": DIGEST}, "relative"),
        ({"path": "../a.jpg", "sha256": DIGEST}, "dots"),
        ({"path": "a/../../b.jpg", "sha256": DIGEST}, "dots"),
        ({"path": "a//b.jpg", "sha256": DIGEST}, "dots"),
        ({"path": "a\\..\\b.jpg", "sha256": DIGEST}, "separator"),
        ({"path": "C:/a.jpg", "sha256": DIGEST}, "drive"),
        ({"path": "a\n.jpg", "sha256": DIGEST}, "control"),
        ({"path": "", "sha256": DIGEST}, "text"),
        ({"path": 5, "sha256": DIGEST}, "text"),
        ({"path": "a.jpg", "sha256": DIGEST, "url": "https://a.example/a.jpg"}, "either"),
    ],
)
def test_entry_that_names_no_file_of_ours_is_invalid(line: dict[str, object], words: str) -> None:
    (found,) = read(**line).entries
    assert isinstance(found, InvalidEntry)
    assert words in str(found.error)


def test_two_files_cannot_be_one_original() -> None:
    head = {"portraitset-manifest": 1, "schema": "aahq", "faces": 2}
    lines = [head]
    for number, path in enumerate(("a_b.jpg", "a/b.jpg")):
        lines.append({"face": f"{number}.png", "path": path, "sha256": DIGEST, "landmarks": POINTS})
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    first, second = parse_manifest(data, "given").entries
    assert isinstance(first, Face)
    assert "already belongs" in str(second.error) if isinstance(second, InvalidEntry) else False


@pytest.mark.parametrize("write", [write_jsonl, write_parquet])
def test_what_is_written_is_read_back(write: object) -> None:
    (face,) = read(path="Frans Hals/100 % Lächeln #2?.jpg", sha256=DIGEST, score=0.5)
    assert callable(write)
    (again,) = parse_manifest(write("aahq", [Row(face, split="val")]), "given")
    assert again.photo == face.photo
    assert again.extra == {"score": 0.5, "split": "val"}


def test_json_lines_say_path_and_digest_and_no_address() -> None:
    (face,) = read(path="a/b.jpg", sha256=DIGEST)
    line = json.loads(write_jsonl("aahq", [Row(face, sha256=DIGEST)]).splitlines()[1])
    assert (line["path"], line["sha256"], "url" in line) == ("a/b.jpg", DIGEST, False)


@given(st.text())
def test_any_path_is_one_or_is_refused(path: str) -> None:
    try:
        found = read_local(address(path))
    except ItemError:
        return
    assert found == LocalOriginal(path, DIGEST)
    assert address(path).isascii()


@given(st.text())
def test_any_address_is_answered(text: str) -> None:
    assert local_original(text) is None
    found = local_original(f"local:{text}#sha256={DIGEST}")
    assert found is None or ".." not in found.path.split("/")


def test_a_path_says_nothing_of_host_artist_or_gallery() -> None:
    url = address("images/020/942/583/large/jane-doe-spring.jpg")
    assert (host_of(url), artist_of(url), asset_of(url)) == ("", "", None)


def test_one_content_is_one_picture_wherever_it_lies() -> None:
    assert alias_of(address("a/x.jpg")) == alias_of(address("b/y.jpg"))
    assert alias_of(address("a/x.jpg")) != alias_of(LocalOriginal("a/x.jpg", "1e" * 32).address)


def test_an_address_that_cannot_be_read_is_no_original() -> None:
    assert local_original("local:../x#sha256=" + DIGEST) is None
    with pytest.raises(ItemError, match="dots"):
        read_local("local:../x#sha256=" + DIGEST)


def test_a_file_of_ours_may_have_any_name_and_nothing_is_odd_about_it() -> None:
    manifest = read(path="b/c.jpg", sha256=DIGEST, raw_name="other.jpg")
    assert [each.photo.raw_name for each in manifest] == ["other.jpg"]
    assert manifest.notes == ()
