"""FFHQ's schema: 68 points a face, and everything else of it kept."""

import json
from typing import Any

import numpy as np
import pytest

from landmark_files import encoded, face68, faces, points68
from portraitset.align.quad import crop_quad
from portraitset.errors import InputError
from portraitset.landmarks import Landmarks, landmarks_from_68
from portraitset.manifest import ffhq
from portraitset.manifest.formats import parse_markings
from portraitset.manifest.marking import Marking, Reading
from portraitset.manifest.point_names import Spelling


def entry(**wild: object) -> dict[str, Any]:
    """An entry as ffhq-dataset-v2.json has it."""
    return {
        "category": "training",
        "metadata": {"photo_title": "A title", "author": "ü", "license": "Attribution License"},
        "image": {
            "file_path": "images1024x1024/00000/00000.png",
            "face_landmarks": [[1, 2]] * 68,
        },
        "thumbnail": {"file_path": "thumbnails128x128/00000/00000.png"},
        "in_the_wild": {
            "file_url": "https://drive.example/uc?id=1",
            "file_path": "in-the-wild-images/00000/00000.png",
            "pixel_size": [2016, 1512],
            "face_rect": [667, 410, 1438, 1181],
            "face_landmarks": points68(),
            "face_quad": [[0, 0], [0, 9], [9, 9], [9, 0]],
        }
        | wild,
    }


def read(content: object) -> Reading:
    return parse_markings(encoded(content), "ffhq.json", Spelling())


def test_four_points_are_made_as_ffhqs_script_makes_them() -> None:
    (found,) = read({"0": entry()}).markings
    points = points68()
    for eye, six in (
        (found.landmarks.eye_left, points[36:42]),
        (found.landmarks.eye_right, points[42:48]),
    ):
        assert eye == pytest.approx([sum(x for x, _ in six) / 6, sum(y for _, y in six) / 6])
    assert found.landmarks.mouth_left == tuple(points[48])
    assert found.landmarks.mouth_right == tuple(points[54])
    assert found.name == "00000.png"
    picture = found.picture
    assert (picture.url, picture.raw_name) == ("https://drive.example/uc?id=1", "00000.png")
    assert (picture.file, picture.width) == ("in-the-wild-images/00000/00000.png", 2016)


def test_entry_comes_back_as_it_was_with_the_quad_of_its_points() -> None:
    written = ffhq.write(read({"0": entry()}).markings)
    (back,) = read_json(written.data).values()
    quad = back["in_the_wild"].pop("face_quad")
    assert quad == pytest.approx(crop_quad(landmarks_from_68(pairs())), abs=1e-9)
    wanted = entry()
    del wanted["in_the_wild"]["face_quad"]
    assert back == wanted
    assert written.not_carried == {}


def read_json(data: bytes) -> Any:
    return json.loads(data)


def pairs() -> list[tuple[float, float]]:
    return [(x, y) for x, y in points68()]


def test_face_of_ours_with_its_68_points_makes_an_entry() -> None:
    (back,) = read_json(ffhq.write([face68()]).data).values()
    assert back["in_the_wild"]["face_landmarks"] == points68()
    assert back["in_the_wild"]["pixel_size"] == [400, 300]
    assert back["image"] == {"file_path": "e.png"}


def test_four_points_make_no_68() -> None:
    with pytest.raises(InputError, match=r"3 of 3 have only four .* the four are all it has"):
        ffhq.write(faces())


def test_points_that_were_moved_since_make_no_68() -> None:
    face = face68()
    four = face.landmarks
    moved = Landmarks(four.eye_left, four.eye_right, four.mouth_left, (four.mouth_right[0] + 1, 80))
    with pytest.raises(InputError, match=r"the four were moved away from them"):
        ffhq.write([Marking("e.png", face.picture, moved, face.extra)])


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (3, "the entry must be an object"),
        ({"in_the_wild": None}, "in_the_wild must be an object"),
        (entry(face_landmarks=points68()[:5]), "list of 68 pairs"),
        (entry(face_landmarks=[[1, None]] * 68), "point 0 is not a pair"),
        (entry(file_path=None), "must have a file_path"),
    ],
)
def test_bad_entry_is_left_out_with_its_reason(bad: object, complaint: str) -> None:
    found = read({"0": entry(), "1": bad})
    (invalid,) = found.invalid
    assert (invalid.name, len(found.markings)) == ("1", 1)
    assert complaint in str(invalid.error)


def test_face_of_detect_is_written_though_all_its_points_are_rounded() -> None:
    """Four and 68 are rounded one by one, to two digits."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        points = np.array(points68()) * rng.uniform(1, 9) + rng.uniform(0, 1, (68, 2))
        four = np.round(landmarks_from_68([(x, y) for x, y in points]).points(), 2)
        a, b, c, d = ((float(x), float(y)) for x, y in four)
        fields: dict[str, object] = {"points68": points.round(2).tolist()}
        ffhq.write([Marking("e.png", face68().picture, Landmarks(a, b, c, d), fields)])
