"""FFHQ's and MetFaces' own metadata as manifests: points, digests, credits, and what is refused."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets import draw
from family_sets import SHRINK, ffhq_entry, md5, metfaces_entry, write_ffhq, write_metfaces
from landmark_files import points68
from portraitset.align.quad import crop_quad
from portraitset.errors import InputError
from portraitset.handoffs import Face
from portraitset.landmarks import Landmarks, SingleLandmarks, landmarks_from_68
from portraitset.manifest import InvalidEntry, Manifest, manifest_bytes, parse_manifest
from portraitset.manifest.conversion import convert
from portraitset.manifest.ffhq import QUAD_TOLERANCE
from portraitset.manifest.formats import parse_markings
from portraitset.manifest.local import LocalOriginal, local_original
from portraitset.manifest.native import Row, write_jsonl, write_parquet
from portraitset.manifest.point_names import Spelling

BYTES = b"a file"


def read(content: object) -> Manifest:
    return parse_manifest(json.dumps(content).encode(), "given")


def of_ffhq(**wild: object) -> dict[str, Any]:
    entry = ffhq_entry(0, BYTES, draw(0))
    entry["in_the_wild"] |= wild
    return {"0": entry}


def of_metfaces(**changes: object) -> list[dict[str, Any]]:
    return [metfaces_entry(7, 0, BYTES) | changes]


def refusal(manifest: Manifest) -> str:
    (entry,) = manifest.entries
    assert isinstance(entry, InvalidEntry)
    assert entry.error.reason in ("bad-entry", "unsafe-name")
    return str(entry.error)


def test_ffhqs_points_digests_and_credits_are_read(tmp_path: Path) -> None:
    content = write_ffhq(tmp_path)
    manifest = parse_manifest((tmp_path / "ffhq-dataset-v2.json").read_bytes(), "given")
    assert manifest.schema == "ffhq"
    assert not manifest.notes
    assert [face.name for face in manifest] == [f"0000{number}.png" for number in range(4)]
    first = next(iter(manifest))
    wild = content["0"]["in_the_wild"]
    assert first.landmarks == landmarks_from_68(wild["face_landmarks"])
    local = LocalOriginal(wild["file_path"], None, wild["file_md5"], wild["pixel_md5"])
    assert local_original(first.photo.url) == local
    assert first.photo.raw_name == "in-the-wild-images_00000_00000.png"
    assert first.extra["author"] == "Author 0"
    assert [face.extra["licence"] for face in manifest] == [
        "CC-BY-2.0",
        "CC-BY-NC-2.0",
        "United States Government Work",
        "CC-PDM-1.0",
    ]
    assert "country" not in first.extra  # FFHQ says nothing by an empty text


def test_metfaces_points_are_float32_and_of_the_original(tmp_path: Path) -> None:
    content = write_metfaces(tmp_path)
    manifest = parse_manifest((tmp_path / "metfaces.json").read_bytes(), "given")
    assert manifest.schema == "metfaces"
    assert not manifest.notes
    names = [face.name for face in manifest]
    assert names == ["11713-00.png", "11713-01.png", "436529-00.png"]
    first, second, _ = manifest
    assert first.photo is second.photo
    points = np.array(content[0]["face_spec"]["landmarks"], np.float32)
    found = (points + np.float32(0.5)) * SHRINK
    assert isinstance(first.landmarks, SingleLandmarks)
    assert first.landmarks.mouth_left == tuple(found[48])
    assert first.landmarks.eye_left == tuple(found[36:42].mean(axis=0))
    wanted = LocalOriginal(content[0]["source_path"], md5=content[0]["source_md5"])
    assert local_original(first.photo.url) == wanted
    assert (first.extra["author"], first.extra["licence"]) == ("Charles Willson Peale", "CC0-1.0")


@pytest.mark.parametrize("write", [write_jsonl, write_parquet])
@pytest.mark.parametrize("content", [of_ffhq(), of_metfaces()])
def test_faces_come_back_from_the_tools_own_manifests(write: Any, content: object) -> None:
    manifest = read(content)
    again = parse_manifest(write(manifest.schema, [Row(face) for face in manifest]), "again")
    assert (again.schema, list(again)) == (manifest.schema, list(manifest))
    (face,) = parse_manifest(manifest_bytes(manifest), "again")
    assert face == next(iter(manifest))


@pytest.mark.parametrize("count", [0, 67, 69])
def test_other_counts_than_68_points_are_refused(count: int) -> None:
    points = (points68() * 2)[:count]
    assert f"not of {count}" in refusal(read(of_ffhq(face_landmarks=points)))
    spec = {"landmarks": points, "shrink": 1}
    assert f"not of {count}" in refusal(read(of_metfaces(face_spec=spec)))


@pytest.mark.parametrize(
    ("wild", "words"),
    [
        ({"face_landmarks": None}, "68 points"),
        ({"face_landmarks": [[1, 2, 3]] * 68}, "pair of numbers"),
        ({"face_landmarks": [[True, 2]] * 68}, "pair of numbers"),
        ({"face_landmarks": [[1, "2"]] * 68}, "pair of numbers"),
        ({"face_landmarks": [[1, float("nan")]] * 68}, "not finite"),
        ({"face_landmarks": [[1.5, 10**400]] * 68}, "absurdly far away"),
        ({"face_landmarks": [[1, 2]] * 68}, "no up"),
        ({"file_md5": None}, "file_md5 must be an md5"),
        ({"file_md5": "0F" * 16}, "file_md5 must be an md5"),
        ({"pixel_md5": "short"}, "pixel_md5 must be an md5"),
        ({"pixel_md5": ["0f" * 16]}, "pixel_md5 must be an md5"),
        ({"file_path": 7}, "file_path must be a path"),
        ({"file_path": "/etc/passwd"}, "relative"),
        ({"file_path": "../../secret.png"}, "dots"),
        ({"file_path": "in\\..\\x.png"}, "separator"),
        ({"face_quad": [[1, 2]] * 3}, "face_quad must be"),
        ({"face_quad": {"0": 1}}, "face_quad must be"),
        ({"face_quad": [[1, None]] * 4}, "of face_quad"),
    ],
)
def test_bad_entry_of_ffhqs_says_what_is_wrong(wild: dict[str, object], words: str) -> None:
    assert words in refusal(read(of_ffhq(**wild)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"obj_id": None}, "obj_id"),
        ({"obj_id": "../../x"}, "separator"),
        ({"face_idx": -1}, "face_idx"),
        ({"face_idx": True}, "face_idx"),
        ({"face_idx": 10**9}, "face_idx"),
        ({"source_path": "/etc/passwd"}, "relative"),
        ({"source_md5": "0" * 64}, "source_md5 must be an md5"),
        ({"face_spec": None}, "face_spec must be an object"),
        ({"face_spec": {"landmarks": points68()}}, "shrink must be"),
        ({"face_spec": {"landmarks": points68(), "shrink": 0}}, "shrink must be"),
        ({"face_spec": {"landmarks": points68(), "shrink": float("inf")}}, "shrink must be"),
        ({"face_spec": {"landmarks": [[9e6, 9e6]] * 68, "shrink": 900}}, "pixels away"),
    ],
)
def test_bad_entry_of_metfaces_says_what_is_wrong(changes: dict[str, object], words: str) -> None:
    good = metfaces_entry(8, 0, BYTES)
    first, second = read([of_metfaces(**changes)[0], good]).entries
    assert isinstance(first, InvalidEntry)
    assert words in str(first.error)
    assert isinstance(second, Face)


def test_quad_of_other_points_is_refused() -> None:
    content = of_ffhq()
    quad = content["0"]["in_the_wild"]["face_quad"]
    for off, is_good in ((0.9, True), (1.2, False), (-300, False)):
        moved = [*quad[:3], [quad[3][0], quad[3][1] + off]]
        manifest = read(of_ffhq(face_quad=moved))
        assert len(list(manifest)) == int(is_good)
        if not is_good:
            assert "face_quad is not the quad of the 68 points" in refusal(manifest)


@given(st.integers(0, 2**32), st.integers(1, 2), st.floats(100, 3000))
def test_quad_of_rounded_numbers_is_taken(seed: int, digits: int, side: float) -> None:
    """Whatever the face, rounding in the JSON never makes its own quad look wrong."""
    spread = np.random.default_rng(seed).normal(0, side / 40, (68, 2))
    points = np.array(points68()) / 100 * side + spread
    four = landmarks_from_68([(x, y) for x, y in points.tolist()])
    quad = crop_quad(four).round(digits).tolist()
    rounded = points.round(digits).tolist()
    assert len(list(read(of_ffhq(face_landmarks=rounded, face_quad=quad)))) == 1


def test_tolerance_is_under_a_thousandth_of_a_common_face() -> None:
    assert QUAD_TOLERANCE <= 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        ("in_the_wild",),
        ("in_the_wild", "face_landmarks"),
        ("in_the_wild", "face_quad"),
        ("in_the_wild", "file_path"),
        ("in_the_wild", "file_md5"),
        ("metadata",),
        ("metadata", "license"),
        ("metadata", "license_url"),
        ("metadata", "author"),
        ("image",),
        ("image", "file_path"),
        ("category",),
    ]
)
OF_METFACES = st.sampled_from(
    [
        ("obj_id",),
        ("face_idx",),
        ("source_path",),
        ("source_md5",),
        ("face_spec",),
        ("face_spec", "landmarks"),
        ("face_spec", "shrink"),
        ("title",),
        ("artist_display_name",),
    ]
)


def changed(entry: dict[str, Any], where: tuple[str, ...], value: object) -> dict[str, Any]:
    made = copy.deepcopy(entry)
    inner = made
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = value
    return made


@given(FIELDS, JSON)
def test_whatever_stands_in_an_entry_of_ffhqs_ends_nothing(
    where: tuple[str, ...], value: object
) -> None:
    entry = of_ffhq()["0"]
    manifest = read({"0": changed(entry, where, value), "1": ffhq_entry(1, BYTES, draw(1))})
    assert len(manifest) == 2
    assert "00001.png" in [face.name for face in manifest]


@given(OF_METFACES, JSON)
def test_whatever_stands_in_an_entry_of_metfaces_ends_nothing(
    where: tuple[str, ...], value: object
) -> None:
    content = [changed(of_metfaces()[0], where, value), metfaces_entry(8, 0, BYTES)]
    manifest = read(content)
    assert len(manifest) == 2
    assert "8-00.png" in [face.name for face in manifest]


def test_two_faces_of_one_name_are_no_manifest() -> None:
    with pytest.raises(InputError, match=r"'7-00\.png' is there twice"):
        read(of_metfaces() * 2)


def test_ffhqs_schema_without_digests_is_for_convert() -> None:
    content = of_ffhq()
    del content["0"]["in_the_wild"]["file_md5"]
    with pytest.raises(InputError, match="portraitset convert given"):
        read(content)


def test_other_precision_is_another_face() -> None:
    points = ((1.0, 2.0), (3.0, 4.0), (5.0, 6.0), (7.0, 8.0))
    assert Landmarks(*points) != SingleLandmarks(*points)


@pytest.mark.parametrize(
    "fragment",
    [
        "#md5=" + "0f" * 16,
        "#md5=" + "0f" * 16 + "&rgb-md5=" + "1e" * 16,
    ],
)
def test_digests_of_an_original_at_hand_come_back(fragment: str) -> None:
    local = local_original(f"local:a%20b.png{fragment}")
    assert local is not None
    assert local.address == f"local:a%20b.png{fragment}"


@pytest.mark.parametrize(
    "fragment",
    [
        "",
        "#",
        "#rgb-md5=" + "0f" * 16,
        "#md5=" + "0f" * 32,
        "#md5=" + "0F" * 16,
        "#md5=" + "0f" * 16 + "rgb-md5=" + "0f" * 16,
        "#md5=" + "0f" * 16 + "#",
        "#sha256=" + "0f" * 32 + "&rgb-md5=" + "0f" * 16,
    ],
)
def test_other_digests_are_none(fragment: str) -> None:
    assert local_original(f"local:a.png{fragment}") is None


def test_md5_is_that_of_the_file() -> None:
    assert md5(BYTES) in str(read(of_metfaces()).entries[0])


def test_metfaces_convert_to_a_manifest_of_ones_own(tmp_path: Path) -> None:
    content = write_metfaces(tmp_path)
    reading = parse_markings((tmp_path / "metfaces.json").read_bytes(), "given", Spelling())
    made = parse_manifest(convert(reading, "jsonl", tmp_path).data, "made")
    first, wanted = next(iter(made)), next(iter(read(content)))
    assert (first.name, first.landmarks) == (wanted.name, wanted.landmarks)
    local = local_original(first.photo.url)
    assert local is not None
    assert local.sha256 is not None
