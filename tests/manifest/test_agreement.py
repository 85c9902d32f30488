"""Several people's points of the same faces."""

import math

import pytest

from landmark_files import FOUR, HERE, OTHER, THERE
from portraitset.errors import InputError
from portraitset.landmarks import Landmarks
from portraitset.manifest.agreement import agreement_of
from portraitset.manifest.marking import MarkedPicture, Marking

POINTS = ("eye_left", "eye_right", "mouth_left", "mouth_right")


def moved(landmarks: Landmarks, *offsets: tuple[float, float]) -> Landmarks:
    pairs = zip(landmarks.points(), offsets, strict=True)
    return Landmarks(*((x + dx, y + dy) for (x, y), (dx, dy) in pairs))


def by(landmarks: Landmarks, picture: MarkedPicture = HERE, name: str | None = None) -> Marking:
    return Marking(name, picture, landmarks)


def test_distances_are_those_between_two_peoples_points() -> None:
    second = moved(FOUR, (3, 4), (0, 0), (0, 1), (0, 0))
    found = agreement_of({"ann": [by(FOUR)], "bob": [by(second)]})
    assert [(row.point, row.pixels.mean, row.faces) for row in found.points] == [
        ("eye_left", 5.0, 1),
        ("eye_right", 0.0, 1),
        ("mouth_left", 1.0, 1),
        ("mouth_right", 0.0, 1),
        ("all", 1.5, 1),
    ]
    scale = (math.dist(*FOUR.points()[:2]) + math.dist(*second.points()[:2])) / 2
    assert found.points[0].eye_distances.median == pytest.approx(5 / scale, abs=1e-4)
    (face,) = found.faces
    assert (face.point, face.pixels, face.by) == ("eye_left", 5.0, ("ann", "bob"))


def test_faces_ten_times_as_large_are_ten_times_as_far_apart_in_pixels_only() -> None:
    def scaled(landmarks: Landmarks) -> Landmarks:
        return Landmarks(*((10 * x, 10 * y) for x, y in landmarks.points()))

    second = moved(FOUR, (3, 4), (1, 0), (0, 1), (0, 0))
    small = agreement_of({"ann": [by(FOUR)], "bob": [by(second)]}).points[-1]
    large = agreement_of({"ann": [by(scaled(FOUR))], "bob": [by(scaled(second))]}).points[-1]
    assert large.pixels.mean == pytest.approx(10 * small.pixels.mean)
    assert large.eye_distances == small.eye_distances


def test_faces_are_matched_by_where_they_lie_whatever_their_order_or_name() -> None:
    ann = [by(FOUR, name="1.png"), by(OTHER, name="2.png")]
    bob = [by(OTHER, name="1.png"), by(FOUR, name="2.png")]
    found = agreement_of({"ann": ann, "bob": bob})
    assert [face.pixels for face in found.faces] == [0, 0]


def test_face_that_was_moved_far_is_the_same_by_its_name() -> None:
    far = moved(FOUR, *[(200, 0)] * 4)
    found = agreement_of({"ann": [by(FOUR, name="1.png")], "bob": [by(far, name="1.png")]})
    assert (found.faces[0].pixels, found.alone) == (200, ())
    found = agreement_of({"ann": [by(FOUR)], "bob": [by(far)]})
    assert (len(found.faces), len(found.alone)) == (0, 2)


def test_swapped_eyes_are_one_eye_distance_apart_and_come_first() -> None:
    swapped = Landmarks(FOUR.eye_right, FOUR.eye_left, FOUR.mouth_right, FOUR.mouth_left)
    found = agreement_of({"ann": [by(OTHER), by(FOUR)], "bob": [by(OTHER), by(swapped)]})
    assert [face.eye_distances for face in found.faces] == [1.0, 0.0]


def test_face_that_only_one_marked_is_told_and_other_pictures_are_counted() -> None:
    ann = [by(FOUR), by(OTHER), by(FOUR, THERE)]
    found = agreement_of({"ann": ann, "bob": [by(FOUR)]})
    assert (found.pictures, found.elsewhere) == (1, 1)
    (alone,) = found.alone
    assert (alone.by, alone.face) == ("ann", "Frans Hals/lute.jpg at 250, 61")


def test_means_lie_between_all_that_marked_a_face() -> None:
    three = {
        "ann": [by(FOUR)],
        "bob": [by(moved(FOUR, (3, 0), (3, 0), (0, 0), (0, 3)), name="b.png")],
        "cyd": [by(FOUR)],
    }
    found = agreement_of(three)
    (mean,) = found.means
    assert mean.landmarks == moved(FOUR, (1, 0), (1, 0), (0, 0), (0, 1))
    assert mean.name == "b.png"
    assert mean.extra["annotators"] == 3
    assert len(found.points) == 15
    assert found.faces[0].pixels == 3


def test_picture_of_the_means_is_the_one_of_which_most_is_known() -> None:
    bare = MarkedPicture(HERE.file)
    found = agreement_of({"ann": [by(FOUR, bare)], "bob": [by(FOUR)]})
    assert found.means[0].picture == HERE


def test_face_without_a_distance_between_the_eyes_divides_by_no_zero() -> None:
    profile = Landmarks((50, 60), (50, 60), (48, 90), (48, 91))
    found = agreement_of({"ann": [by(profile)], "bob": [by(moved(profile, *[(1, 0)] * 4))]})
    assert found.faces[0].eye_distances == 1


@pytest.mark.parametrize(
    ("annotators", "complaint"),
    [
        ({"ann": [by(FOUR)]}, "at least two"),
        ({"ann": [by(FOUR)], "bob": [by(FOUR, THERE)]}, "no picture is in two of the files"),
        ({"ann": [by(FOUR)] * 1001, "bob": [by(FOUR)]}, "ann has 1,001 faces in"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    annotators: dict[str, list[Marking]], complaint: str
) -> None:
    with pytest.raises(InputError, match=complaint):
        agreement_of(annotators)
