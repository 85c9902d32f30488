"""Other tools' names of points, and whose left is meant."""

import pytest

from portraitset.manifest.point_names import Spelling, naming_of, read_point_map

SEEN = {"eye_left": 0, "eye_right": 1, "mouth_left": 2, "mouth_right": 3}


@pytest.mark.parametrize(
    ("names", "whose"),
    [
        (["eye_left", "eye_right", "mouth_left", "mouth_right"], "seen"),
        (["eyeLeft", "EyeRight", "mouth left corner", "MOUTH.RIGHT"], "seen"),
        (["eye_l", "eye_r", "lip-corner-l", "lip-corner-r"], "seen"),
        (["right_eye", "left_eye", "right_mouth_corner", "left_mouth_corner"], "person"),
        (["RightPupil", "LeftPupil", "rightMouth", "leftMouth"], "person"),
        (["r_eye_center", "l_eye_center", "r_mouth", "l_mouth"], "person"),
    ],
)
def test_side_that_comes_first_is_the_persons_as_in_coco(names: list[str], whose: str) -> None:
    naming = naming_of([*names, "nose"], Spelling())
    assert {ours: names.index(theirs) for ours, theirs in naming.four.items()} == SEEN
    other = naming_of(names, Spelling("seen" if whose == "person" else "person"))
    swapped = {"eye_left": 1, "eye_right": 0, "mouth_left": 3, "mouth_right": 2}
    assert {ours: names.index(theirs) for ours, theirs in other.four.items()} == swapped


def test_names_of_both_manners_are_only_read_with_a_word_on_whose_left_it_is() -> None:
    """MTCNN's names, whose sides are as seen."""
    names = ["left_eye", "right_eye", "nose", "mouth_left", "mouth_right"]
    with pytest.raises(ValueError, match="--sides"):
        naming_of(names, Spelling())
    assert naming_of(names, Spelling("seen")).four["eye_left"] == "left_eye"


def test_users_word_on_a_point_goes_before_its_spelling() -> None:
    names = ["left_eye", "right_eye", "A", "B"]
    with pytest.raises(ValueError, match="no point is mouth_left, mouth_right"):
        naming_of(names, Spelling())
    naming = naming_of(names, Spelling(points={"mouth_left": "A", "mouth_right": "B"}))
    assert list(naming.four.values()) == ["right_eye", "left_eye", "A", "B"]
    with pytest.raises(ValueError, match="no point 'C'"):
        naming_of(names, Spelling(points={"mouth_left": "C"}))


def test_two_names_for_one_point_are_refused() -> None:
    with pytest.raises(ValueError, match="'eye_l' and 'eye_left' could both be eye_left"):
        naming_of(["eye_left", "eye_l", "eye_right", "mouth_left"], Spelling())


def test_our_own_names_are_taken_whatever_stands_beside_them() -> None:
    names = [*SEEN, "left_eye", "eye_l"]
    assert naming_of(names, Spelling()).four == {name: name for name in SEEN}


@pytest.mark.parametrize("width", [1, 2])
def test_sixty_eight_numbers_are_the_68_points(width: int) -> None:
    assert naming_of([f"{number:0{width}}" for number in range(68)], Spelling()).four == {}
    with pytest.raises(ValueError, match="no point is eye_left"):
        naming_of([str(number) for number in range(67)], Spelling())


def test_point_map_is_read_and_refused() -> None:
    assert read_point_map("eye_left = a,mouth_right=b c") == {"eye_left": "a", "mouth_right": "b c"}
    for text in (
        "eye_left",
        "eye_left=",
        "nose=a",
        "eye_left=a,eye_left=b",
        "eye_left=a,eye_right=a",
    ):
        with pytest.raises(ValueError):
            read_point_map(text)
