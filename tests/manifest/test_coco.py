"""COCO keypoints: what the COCO library makes of our files, and we of others'."""

import json
from pathlib import Path
from typing import Any

import pytest
from pycocotools.coco import COCO

from landmark_files import DIGEST, FOUR, coco_file, encoded, face68, faces, points68
from portraitset.cli import run as cli
from portraitset.errors import InputError
from portraitset.landmarks import landmarks_from_68
from portraitset.manifest import coco, read_manifest
from portraitset.manifest.formats import parse_markings
from portraitset.manifest.marking import Reading
from portraitset.manifest.point_names import Spelling

SEEN = ["eye_left", "eye_right", "mouth_left", "mouth_right"]
PERSONS = ["right_eye", "left_eye", "right_mouth", "left_mouth"]
NUMBERS: list[float] = [50, 60, 2, 80, 62, 2, 53, 92, 1, 76, 93, 2]


def read(content: object, spelling: Spelling | None = None) -> Reading:
    return parse_markings(encoded(content), "coco.json", spelling or Spelling())


def test_file_changed_by_the_coco_library_gives_the_changed_points(
    shared: Path, tmp_path: Path
) -> None:
    """Out, a point moved and a face taken out by pycocotools, and in again."""
    origin = shared / "old-masters" / "AAHQ-dataset.json"
    raw = tmp_path / "raw"
    raw.mkdir()
    for face in read_manifest(origin):
        tail = face.photo.url.partition("/p/")[2].partition("?")[0]
        (raw / face.photo.raw_name).write_bytes(
            (shared / "old-masters" / "origin" / "p" / tail).read_bytes()
        )
    out, back = tmp_path / "coco.json", tmp_path / "back.json"
    assert cli(["convert", str(origin), str(out), "--to", "coco", "--originals", str(raw)]) == 0

    library = COCO(str(out))
    (category,) = library.loadCats(library.getCatIds())
    assert (category["name"], category["keypoints"]) == ("face", SEEN)
    found = library.loadAnns(library.getAnnIds())
    assert len(found) == 10
    assert all(each["num_keypoints"] == 4 and each["area"] > 0 for each in found)
    assert {each["image_id"] for each in found} == set(library.getImgIds())
    moved = found[3]
    moved["keypoints"][3:5] = [341.5, 190.25]
    library.dataset["annotations"].remove(found[5])
    (tmp_path / "changed.json").write_text(json.dumps(library.dataset))

    assert cli(["convert", str(tmp_path / "changed.json"), str(back), "--to", "aahq"]) == 0
    wanted = json.loads(origin.read_text())
    wanted[moved["attributes"]["face"]]["landmarks"]["eye_right"] = [341.5, 190.25]
    del wanted[found[5]["attributes"]["face"]]
    assert json.loads(back.read_text()) == wanted


def test_everything_of_a_face_comes_back() -> None:
    written = coco.write(faces())
    assert written.not_carried == {}
    found = parse_markings(written.data, "coco.json", Spelling())
    assert found.invalid == ()
    assert [(each.name, each.landmarks, each.extra) for each in found.markings] == [
        (each.name, each.landmarks, each.extra) for each in faces()
    ]
    assert [each.picture for each in found.markings] == [each.picture for each in faces()]


def test_fields_are_those_that_coco_asks_for() -> None:
    content = json.loads(coco.write(faces()).data)
    first, second, _ = content["annotations"]
    assert content["categories"][0]["keypoints"] == [*SEEN, "nose"]
    assert first["keypoints"] == [50.25, 60, 2, 80, 62.5, 2, 53, 92, 1, 76, 93, 2, 65, 77, 2]
    assert second["keypoints"][-3:] == [0, 0, 0]
    assert (first["num_keypoints"], second["num_keypoints"]) == (5, 4)
    assert (first["bbox"], first["area"]) == ([40, 45.5, 60, 70], 4200)
    assert content["images"][0] == {
        "id": 1,
        "file_name": "Frans Hals/lute.jpg",
        "width": 400,
        "height": 300,
        "sha256": DIGEST,
        "raw_name": "lute.jpg",
    }


def test_box_that_was_made_about_the_points_is_none_of_the_faces_unless_it_was_changed() -> None:
    content = json.loads(coco.write(faces()).data)
    assert "box" not in read(content).markings[1].extra
    content["annotations"][1]["bbox"] = [1, 2, 3, 4]
    assert read(content).markings[1].extra["box"] == [1, 2, 3, 4]


def test_sixty_eight_points_go_out_and_come_back() -> None:
    content = json.loads(coco.write([face68()], with_68=True).data)
    content["annotations"][0]["keypoints"][48 * 3] += 5
    (found,) = read(content).markings
    points = [(x, y) for x, y in points68()]
    points[48] = points[48][0] + 5, points[48][1]
    assert found.landmarks == landmarks_from_68(points)


def test_file_of_another_tool_is_read_by_its_names() -> None:
    reading = read(coco_file(PERSONS, NUMBERS, bbox=[40, 45, 60, 70], segmentation=[[1, 2, 3, 4]]))
    (found,) = reading.markings
    assert found.landmarks.points() == ((50, 60), (80, 62), (53, 92), (76, 93))
    assert (found.name, found.mark, found.picture.file) == (None, "11", "lute.jpg")
    assert found.extra == {"hidden": ["mouth_left"], "box": [40.0, 45.0, 60.0, 70.0]}
    assert reading.not_carried == {"segmentation": 1}


def test_names_that_would_swap_left_and_right_in_most_faces_are_refused() -> None:
    """InsightFace's left eye is the one on the left, though its name says the person's."""
    content = coco_file(["left_eye", "right_eye", "left_mouth", "right_mouth"], NUMBERS)
    with pytest.raises(InputError, match=r"swapped in 1 of 1 faces.*--sides seen"):
        read(content)
    with pytest.raises(InputError, match="--sides seen"):
        read(content, Spelling("person"))
    (found,) = read(content, Spelling("seen")).markings
    assert found.landmarks.eye_left == (50, 60)


@pytest.mark.parametrize("turn", [-1, 1])
def test_a_head_upside_down_has_its_sides_all_the_same(turn: int) -> None:
    numbers = [value if n % 3 == 2 else 200 + turn * value for n, value in enumerate(NUMBERS)]
    assert len(read(coco_file(SEEN, numbers)).markings) == 1


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"keypoints": NUMBERS[:-1]}, "must be 12 numbers"),
        ({"keypoints": [float("nan"), *NUMBERS[1:]]}, "not finite"),
        ({"keypoints": [1e300, *NUMBERS[1:]]}, "absurdly far"),
        ({"keypoints": [0, 0, 0, *NUMBERS[3:]]}, "'eye_left', which is eye_left, is not placed"),
        ({"keypoints": [True, *NUMBERS[1:]]}, "not a pair of numbers"),
        ({"keypoints": {"a": 1}}, "must be 12 numbers"),
        ({"image_id": 8}, "no image 8"),
        ({"image_id": None}, "image_id must be"),
        ({"category_id": [3]}, "category_id must be"),
        ({"bbox": [1, 2, -3, 4]}, "left, top, width and height"),
        ({"bbox": "wide"}, "four numbers"),
    ],
)
def test_bad_annotation_is_left_out_with_its_reason(change: dict[str, Any], complaint: str) -> None:
    content = coco_file(SEEN, NUMBERS)
    content["annotations"].append(content["annotations"][0] | change)
    reading = read(content)
    (bad,) = reading.invalid
    assert (bad.name, len(reading.markings)) == ("annotation 2", 1)
    assert complaint in str(bad.error)


def test_what_is_passed_over_is_counted() -> None:
    content = coco_file(SEEN, NUMBERS)
    content["categories"].append({"id": 4, "name": "dog"})
    first = content["annotations"][0]
    content["annotations"] += [first | {"category_id": 4}, first | {"keypoints": [0] * 12}]
    assert read(content).not_carried == {
        "annotations of 'dog'": 1,
        "annotations without any point placed": 1,
    }


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (coco_file(["nose", "chin"], [1, 2, 2, 3, 4, 2]), "no point is eye_left"),
        (coco_file([], []), "'head' has no keypoints.*export COCO Keypoints"),
        (coco_file(["a", "a"], []), "different names"),
        ({"images": [], "annotations": []}, "there are no categories"),
        ({"images": [{"id": []}], "annotations": []}, "image must have an id"),
        (coco_file(SEEN, []) | {"categories": [3]}, "category must have an id"),
        (coco_file(SEEN, []) | {"images": [{"id": 1, "file_name": "a"}] * 2}, "two images"),
        (coco_file(SEEN, []), "not one face.*without any point placed"),
        (coco_file(SEEN, NUMBERS) | {"images": [{"id": 7}]}, "has no file_name"),
    ],
)
def test_file_without_faces_is_refused_with_what_it_has(content: object, complaint: str) -> None:
    with pytest.raises(InputError, match=rf"coco.json.*{complaint}"):
        read(content)


def test_label_studios_addresses_and_windows_paths_are_understood() -> None:
    content = coco_file(SEEN, NUMBERS)
    content["images"][0]["file_name"] = "images\\1\\lute.jpg"
    assert read(content).markings[0].picture.file == "images/1/lute.jpg"
    content["images"][0]["file_name"] = "https://host.example/a/lute.jpg"
    assert read(content).markings[0].picture.url == "https://host.example/a/lute.jpg"


def test_too_many_kinds_of_points_are_refused_before_they_multiply() -> None:
    face = faces()[0]
    many = {f"p{number}": [1, 2] for number in range(501)}
    with pytest.raises(InputError, match="more than 500 kinds"):
        coco.write([type(face)("a.png", face.picture, FOUR, {"landmarks": many})])
