"""Points beside finds: what is far off is told with its cause, and what is doubtful is not."""

from collections.abc import Callable

import numpy as np
import pytest

from portraitset.detect.changes import NAMES_SWAPPED
from portraitset.detect.comparison import Comparison, Judgement, Picture, Verdict
from portraitset.detect.detection import Detection, Points
from portraitset.detect.swapping import swaps
from portraitset.landmarks import Landmarks

SIZE = (800, 1000)
FACE = np.array([(200.0, 300.0), (300.0, 310.0), (215.0, 400.0), (285.0, 405.0)])
OTHER = np.array([(520.0, 640.0), (585.0, 632.0), (535.0, 705.0), (580.0, 700.0)])


def landmarks(points: Points) -> Landmarks:
    return Detection((0, 0, 1, 1), np.asarray(points, float), 1.0).landmarks


def found(points: Points, score: float = 0.9) -> Detection:
    return Detection((0, 0, 1, 1), np.asarray(points, float), score)


def compared(
    stated: list[Points],
    finds: list[Detection],
    name: str = "a.jpg",
    orientation: int = 1,
    stated_width: float | None = None,
) -> Comparison:
    faces = tuple(map(landmarks, stated))
    picture = Picture(name, faces, tuple(finds), SIZE, orientation, stated_width)
    return Comparison(picture)


def verdict(
    stated: Points, *finds: Detection, orientation: int = 1, stated_width: float | None = None
) -> Verdict:
    comparison = compared([stated], list(finds), "a.jpg", orientation, stated_width)
    (only,) = comparison.verdicts()
    return only


def mirrored(points: Points) -> Points:
    return (points * (-1, 1) + (SIZE[0] - 1, 0))[NAMES_SWAPPED]


def test_points_on_a_find_agree_even_if_it_is_faint() -> None:
    only = verdict(FACE + 12, found(FACE, 0.35))
    assert only.judgement is Judgement.AGREES
    assert only.distance == pytest.approx(12 * 2**0.5 / 100.5, rel=0.01)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (mirrored, "mirrored"),
        (lambda points: points * -1 + (799, 999), "turned-180"),
        (lambda points: points[:, ::-1] * (-1, 1) + (799, 0), "turned-90"),
        (lambda points: points[:, ::-1] * (1, -1) + (0, 999), "turned-270"),
        (lambda points: points[:, ::-1][NAMES_SWAPPED], "mirrored-turned-270"),
        (lambda points: points * 0.5 - 0.25, "rescaled"),
        (lambda points: points * 1.6 + 0.3, "rescaled"),
        (lambda points: points - (90, 130), "shifted"),
    ],
)
def test_cause_is_told_with_the_way_back(change: Callable[[Points], Points], cause: str) -> None:
    """The picture changed in a way; what is found now is what was there, changed alike."""
    only = verdict(FACE, found(change(FACE)))
    assert (only.judgement, only.cause) == (Judgement.DISAGREES, cause)
    assert only.distance is not None
    assert only.distance > 0.6


def test_numbers_of_a_change_are_told() -> None:
    assert "multiplied by 0.5" in verdict(FACE, found(FACE * 0.5 - 0.25)).words
    assert "1,600 by 2,000" in verdict(FACE, found(FACE * 0.5 - 0.25)).words
    assert "90 pixels left and 130 up" in verdict(FACE, found(FACE - (90, 130))).words


def test_width_that_the_manifest_states_is_tried_before_anything_is_fitted() -> None:
    """A find is never exact, and what is fitted to it is not either."""
    only = verdict(FACE, found(FACE * 0.5 + (4, 3)), stated_width=1600)
    assert "multiplied by 0.5:" in only.words


def test_number_fitted_to_one_face_wants_a_certain_find() -> None:
    assert verdict(FACE, found(FACE * 0.5, 0.75)).cause == "rescaled"
    assert verdict(FACE, found(FACE * 0.5, 0.65)).judgement is Judgement.UNSURE
    both = [found(FACE * 0.5, 0.65), found(OTHER * 0.5, 0.6)]
    assert {each.cause for each in compared([FACE, OTHER], both).verdicts()} == {"rescaled"}


def test_nothing_found_or_only_faintly_elsewhere_is_never_called_wrong() -> None:
    assert verdict(FACE).judgement is Judgement.UNSURE
    assert verdict(FACE).distance is None
    only = verdict(FACE, found(FACE + np.array([300, 77]), 0.4))
    assert (only.judgement, only.cause) == (Judgement.UNSURE, "no-face-found")


def test_another_face_elsewhere_counts_only_if_it_is_certain_and_none_agrees() -> None:
    turned = OTHER[[2, 0, 3, 1]] * 1.3  # nothing brings the points there
    assert verdict(FACE, found(turned, 0.65)).judgement is Judgement.UNSURE
    assert verdict(FACE, found(turned, 0.8)).cause == "elsewhere"
    one, two = compared([FACE, OTHER], [found(FACE), found(turned - 400, 0.95)]).verdicts()
    assert one.judgement is Judgement.AGREES
    assert two.judgement is Judgement.UNSURE


def test_points_beside_the_eyes_and_mouth_of_their_face_are_misplaced() -> None:
    squeezed = FACE.mean(axis=0) + (FACE - FACE.mean(axis=0)) * 0.25 + (90, 60)
    one, two = compared([squeezed, OTHER], [found(FACE), found(OTHER)]).verdicts()
    assert (one.judgement, one.cause) == (Judgement.DISAGREES, "misplaced")
    assert two.judgement is Judgement.AGREES


def test_face_that_is_missed_beside_one_that_agrees_is_not_misplaced() -> None:
    """Cheek to cheek: the find is the other's."""
    cheek = FACE + np.array([105, 20])
    one, two = compared([FACE, cheek], [found(FACE), found(FACE + 3, 0.8)]).verdicts()
    assert one.judgement is Judgement.AGREES
    assert (two.judgement, two.cause) == (Judgement.UNSURE, "no-face-found")


def test_frontal_face_in_the_middle_of_a_mirrored_picture_agrees_as_nobody_can_tell() -> None:
    middle = FACE - FACE.mean(axis=0) + (399.5, 500)
    assert verdict(middle, found(mirrored(middle))).judgement is Judgement.AGREES


def test_points_that_agree_but_fit_far_better_mirrored_are_doubtful() -> None:
    near = FACE + np.array([399.5 - FACE[:, 0].mean() + 22, 0])
    only = verdict(near, found(mirrored(near)))
    assert (only.judgement, only.cause) == (Judgement.UNSURE, "mirrored")


def test_faint_find_bears_nothing_out_against_a_sure_one_of_the_turned_picture() -> None:
    """A portrait upside down: something like a face may be seen in it the right way up, too."""
    middle = FACE - FACE.mean(axis=0) + (399.5, 499.5)
    upside_down = found(middle * -1 + (799, 999), 0.9)
    only = verdict(middle, found(middle + 8, 0.4), upside_down)
    assert (only.judgement, only.cause) == (Judgement.UNSURE, "turned-180")
    assert verdict(middle, found(middle + 8, 0.8), upside_down).judgement is Judgement.AGREES


def test_one_face_in_the_middle_does_not_hide_what_two_others_show() -> None:
    middle = FACE - FACE.mean(axis=0) + (399.5, 800)
    stated = [FACE, OTHER, middle]
    verdicts = compared(stated, [found(mirrored(each)) for each in stated]).verdicts()
    assert {(each.judgement, each.cause) for each in verdicts} == {
        (Judgement.DISAGREES, "mirrored")
    }


def test_points_outside_of_the_picture_are_told_where_nothing_explains_them() -> None:
    assert verdict(FACE + 2000, found(OTHER[[2, 0, 3, 1]])).cause == "outside"
    assert verdict(FACE + 2000).cause == "outside"
    assert verdict(FACE * 4, found(FACE)).cause == "rescaled"


def test_left_and_right_the_wrong_way_round_are_told_without_any_find() -> None:
    assert verdict(FACE[NAMES_SWAPPED]).cause == "sides-swapped"
    assert verdict(FACE[NAMES_SWAPPED], found(FACE)).cause == "sides-swapped"


def test_head_that_hangs_down_is_doubtful_only_if_no_find_shows_it() -> None:
    hanging = FACE * -1 + (799, 999)
    only = verdict(hanging)
    assert (only.judgement, only.cause) == (Judgement.UNSURE, "upside-down")
    assert verdict(hanging, found(hanging)).judgement is Judgement.AGREES
    assert verdict(hanging, orientation=3).cause == "no-face-found"


def test_mirrored_exif_is_no_swap_of_sides() -> None:
    """Points are the file's, and left is left in the picture as it is to be seen."""
    assert verdict(FACE[NAMES_SWAPPED], orientation=2).cause == "no-face-found"


def test_swapped_pictures_are_told_with_each_other() -> None:
    one = compared([FACE], [found(OTHER)], "one.jpg")
    two = compared([OTHER], [found(FACE)], "two.jpg")
    right = compared([FACE + 50], [found(FACE + 50)], "right.jpg")
    swapped = swaps([one, two, right])
    assert {name: each.other for name, each in swapped.items()} == {
        "one.jpg": "two.jpg",
        "two.jpg": "one.jpg",
    }
    (only,) = one.verdicts(swapped["one.jpg"])
    assert (only.cause, only.other) == ("swapped", "two.jpg")
    assert "swapped" in only.words


def test_points_that_slipped_by_a_row_name_the_picture_that_they_fit() -> None:
    """Each picture has the points of the one before it; none is another's counterpart."""
    faces = [FACE, OTHER, FACE[:, ::-1][NAMES_SWAPPED] * (1, 1.3), OTHER * 0.6 + (0, 333)]
    pictures = [
        compared([faces[at - 1]], [found(faces[at])], f"{at}.jpg") for at in range(len(faces))
    ]
    assert [swaps(pictures)[f"{at}.jpg"].other for at in range(4)] == [
        "1.jpg",
        "2.jpg",
        "3.jpg",
        "0.jpg",
    ]


def test_crowd_takes_no_more_than_a_moment() -> None:
    """As many faces as a hostile manifest may give one picture, and a detector that sees many."""
    random = np.random.default_rng(1)
    stated = [FACE * 0.2 + random.uniform(0, 700, 2) for _ in range(3000)]
    finds = [found(FACE * 0.2 + random.uniform(0, 700, 2)) for _ in range(600)]
    assert len(compared(stated, finds).verdicts()) == 3000
