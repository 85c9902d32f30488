"""From each format to each: the same faces, or a word on what is lost."""

import hashlib
import json
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from landmark_files import FOUR, HERE, coco_file, encoded, face68, faces, points68
from portraitset.errors import InputError, PortraitsetError
from portraitset.landmarks import Landmarks
from portraitset.manifest import parse_manifest
from portraitset.manifest.conversion import convert
from portraitset.manifest.formats import Target, parse_markings, target_of
from portraitset.manifest.marking import MarkedPicture, Marking, Reading
from portraitset.manifest.point_names import Spelling

HOME = Path()
WHOLE: tuple[Target, ...] = ("jsonl", "parquet", "aahq", "coco", "csv")
SEEN = ["eye_left", "eye_right", "mouth_left", "mouth_right"]
NUMBERS: list[float] = [50, 60, 2, 80, 62, 2, 53, 92, 1, 76, 93, 2]


def through(markings: list[Marking], *targets: Target) -> Reading:
    """Faces that went through files of these formats, one after the other."""
    reading = Reading("given", tuple(markings))
    for target in targets:
        done = convert(reading, target, HOME)
        assert done.left_out == ()
        reading = parse_markings(done.data, f"file.{target}", Spelling())
    return reading


PAIRS = [pair for pair in product(WHOLE, WHOLE) if pair != ("aahq", "coco")]
"""AAHQ's schema says no size of a picture, so COCO cannot follow it without the files."""


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_there_and_back_gives_the_same_faces(first: Target, second: Target) -> None:
    found = through(faces(), first, second)
    assert [(each.name, each.landmarks, each.extra) for each in found.markings] == [
        (each.name, each.landmarks, each.extra) for each in faces()
    ]
    for each, wanted in zip(found.markings, faces(), strict=True):
        assert (each.picture.file, each.picture.url) == (wanted.picture.file, wanted.picture.url)
        assert each.picture.sha256 == wanted.picture.sha256


@pytest.mark.parametrize("target", ["coco68", "dlib68", "ffhq", "jsonl", "csv"])
def test_sixty_eight_points_survive_where_there_is_a_place_for_them(target: Target) -> None:
    (found,) = through([face68()], target).markings
    assert found.extra["points68"] == points68()
    assert found.landmarks == face68().landmarks


coordinates = st.floats(-1e6, 1e6, allow_nan=False)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(coordinates, coordinates), min_size=4, max_size=4),
    st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs"], exclude_characters="/\\")),
)
def test_any_points_and_names_come_back_to_the_last_digit(
    points: list[tuple[float, float]], name: str
) -> None:
    face = Marking(f"face{name}.png", HERE, Landmarks(*points))
    try:
        found = through([face], "csv", "jsonl", "coco", "parquet")
    except InputError as error:
        assert "no up" in str(error) or "swapped" in str(error)
        return
    assert [(each.name, each.landmarks) for each in found.markings] == [(face.name, face.landmarks)]


def test_faces_without_names_get_the_same_ones_every_time() -> None:
    picture = MarkedPicture("a/lute.jpg", sha256="0f" * 32)
    two = Reading("dlib", (Marking(None, picture, FOUR), Marking(None, picture, FOUR)))
    names = [face.name for face in parse_manifest(convert(two, "jsonl", HOME).data, "x")]
    assert names == ["lute-700c14d7-1.png", "lute-700c14d7-2.png"]
    assert names[0][5:13] == hashlib.sha256(b"a/lute.jpg").hexdigest()[:8]


def test_name_that_is_there_twice_and_names_that_are_unsafe_are_left_out() -> None:
    up, absolute = MarkedPicture("../up.jpg"), MarkedPicture("/etc/passwd")
    flat = Landmarks((1, 1), (1, 1), (1, 1), (1, 1))
    bad = [
        faces()[0],
        Marking("c.png", up, FOUR),
        Marking("d.png", absolute, FOUR),
        Marking("../e.png", HERE, FOUR),
        Marking("f.png", HERE, flat),
        Marking(None, MarkedPicture("half \ud800.jpg"), FOUR),
    ]
    for target in (*WHOLE, "dlib"):
        done = convert(Reading("given", (*faces(), *bad)), target, HOME)
        assert [entry.error.reason for entry in done.left_out] == [
            "bad-entry",
            "unsafe-name",
            "bad-entry",
            "unsafe-name",
            "bad-entry",
            "unsafe-name",
        ]
        assert done.faces == 3


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    Image.new("RGB", (40, 30)).save(tmp_path / "sub" / "lute.png")
    return tmp_path


def coco_of(file_name: str) -> Reading:
    content = coco_file(SEEN, NUMBERS)
    content["images"] = [{"id": 7, "file_name": file_name}]
    return parse_markings(encoded(content), "coco.json", Spelling())


def test_picture_at_hand_is_named_by_its_path_and_digest(pictures: Path) -> None:
    done = convert(coco_of("sub/lute.png"), "jsonl", pictures)
    line = json.loads(done.data.splitlines()[1])
    digest = hashlib.sha256((pictures / "sub" / "lute.png").read_bytes()).hexdigest()
    assert (line["path"], line["sha256"], line["raw_name"]) == (
        "sub/lute.png",
        digest,
        "sub_lute.png",
    )
    assert line["face"].endswith("-11.png")


@pytest.mark.parametrize("name", ["sub/flute.png", "x" * 300 + "/a.png"])
def test_picture_that_is_not_there_is_told_with_the_flag_that_helps(
    pictures: Path, name: str
) -> None:
    with pytest.raises(InputError, match=r"there is no .*--originals"):
        convert(coco_of(name), "jsonl", pictures)


def test_size_is_read_from_the_picture_where_nobody_states_it(pictures: Path) -> None:
    done = convert(coco_of("sub/lute.png"), "coco", pictures)
    (image,) = json.loads(done.data)["images"]
    assert (image["width"], image["height"]) == (40, 30)
    with pytest.raises(InputError, match=r"not to be had for 1 of 1 .*--originals"):
        convert(coco_of("sub/flute.png"), "coco", pictures)


def test_file_that_is_there_is_preferred_to_an_address_where_the_folder_is_named(
    pictures: Path,
) -> None:
    picture = MarkedPicture("sub/lute.png", "https://host.example/lute.png")
    reading = Reading("ffhq", (Marking("a.png", picture, FOUR),))
    lines = [
        json.loads(convert(reading, "jsonl", pictures, prefers_files=prefers).data.splitlines()[1])
        for prefers in (False, True)
    ]
    assert lines[0]["url"] == "https://host.example/lute.png"
    assert lines[1]["path"] == "sub/lute.png"


@pytest.mark.parametrize("score", [10**400, float("nan"), float("-inf"), True, "high", [1]])
def test_score_that_is_none_ends_nothing(score: object) -> None:
    odd = Marking("a.png", HERE, FOUR, {"score": score})
    for target in (*WHOLE, "dlib"):
        assert convert(Reading("given", (odd,)), target, HOME).faces == 1


def test_single_faces_with_sides_swapped_are_kept_and_named() -> None:
    swapped = Landmarks(FOUR.eye_right, FOUR.eye_left, FOUR.mouth_right, FOUR.mouth_left)
    reading = through([*faces(), Marking("odd.png", HERE, swapped)], "coco")
    assert convert(reading, "csv", HOME).swapped == ("odd.png",)


def test_turned_pictures_are_counted_as_other_tools_turn_them() -> None:
    turned = Marking("a.png", HERE, FOUR, {"orientation": 6})
    assert convert(Reading("jsonl", (turned,)), "coco", HOME).turned == 1


def test_digest_of_a_crop_does_not_outlive_the_points_that_it_was_cut_by() -> None:
    reading = through(faces(), "jsonl")
    done = convert(reading, "jsonl", HOME)
    line = json.loads(done.data.splitlines()[1]) | {"crop_sha256_rgb": "ab" * 32}
    head = b'{"portraitset-manifest": 1, "schema": "aahq", "faces": 1}\n'
    again = parse_markings(head + encoded(line), "x", Spelling())
    assert again.not_carried == {"crop_sha256_rgb": 1}
    assert "crop_sha256_rgb" not in again.markings[0].extra


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("a.jsonl", "jsonl"), ("a.PARQUET", "parquet"), ("a.xml", "dlib"), ("a.csv", "csv")],
)
def test_ending_says_what_is_written(path: str, wanted: str) -> None:
    assert target_of(Path(path), None) == wanted
    assert target_of(Path(path), "coco") == "coco"


def test_ending_that_says_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="--to aahq, coco or ffhq"):
        target_of(Path("a.json"), None)
    with pytest.raises(InputError, match="by the ending"):
        target_of(Path("a"), None)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (encoded(coco_file(SEEN, NUMBERS)), "a COCO file"),
        (encoded({"0": {"in_the_wild": {}}}), "in FFHQ's schema"),
        (b"<?xml version='1.0'?><dataset/>", "dlib's XML"),
        (b"path,eye_left_x,eye_left_y\n", "a table"),
    ],
)
def test_build_of_another_tools_file_names_the_command_that_makes_a_manifest(
    data: bytes, what: str
) -> None:
    with pytest.raises(InputError, match=rf"x is {what}.*portraitset convert x faces.jsonl"):
        parse_manifest(data, "x")


SEEDS = [
    convert(Reading("given", tuple(faces())), target, HOME).data
    for target in (*WHOLE, "dlib")
] + [
    convert(Reading("given", (face68(),)), target, HOME).data
    for target in ("coco68", "dlib68", "ffhq")
]  # fmt: skip


def come_to_nothing_worse(data: bytes) -> None:
    """Read bytes and write what was in them: faces, or an error that was meant."""
    try:
        reading = parse_markings(data, "file", Spelling())
        for target in ("jsonl", "coco", "dlib", "csv"):
            convert(reading, target, HOME)
    except PortraitsetError as error:
        assert isinstance(error, InputError), error


@settings(deadline=None, max_examples=150)
@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="replace"))
)
def test_any_bytes_are_faces_or_a_refusal(data: bytes) -> None:
    come_to_nothing_worse(data)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(SEEDS), st.data())
def test_any_damage_is_faces_or_a_refusal(whole: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(whole)))
    length = data.draw(st.integers(0, 40))
    put = data.draw(
        st.binary(max_size=8) | st.sampled_from([b"null", b"-1", b"[]", b"1e999", b'""'])
    )
    come_to_nothing_worse(whole[:place] + put + whole[place + length :])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from([seed for seed in SEEDS if seed[:1] == b"{"]), st.data())
def test_any_value_in_any_place_is_faces_or_a_refusal(seed: bytes, data: st.DataObject) -> None:
    lines = [json.loads(line) for line in seed.splitlines()] if b'"portraitset-m' in seed else None
    content = lines[1] if lines else json.loads(seed)
    spot = content
    for _ in range(data.draw(st.integers(0, 5))):
        keys = list(spot) if isinstance(spot, dict) else list(range(len(spot)))
        inner = [key for key in keys if isinstance(spot[key], dict | list) and spot[key]]
        if not inner:
            break
        spot = spot[data.draw(st.sampled_from(inner))]
    keys = list(spot) if isinstance(spot, dict) else list(range(len(spot)))
    spot[data.draw(st.sampled_from(keys))] = data.draw(json_values)
    text = "\n".join(map(json.dumps, lines)) if lines else json.dumps(content)
    come_to_nothing_worse(text.encode())
