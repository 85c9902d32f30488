"""Names for every file system and every format."""

from hypothesis import given
from hypothesis import strategies as st

from portraitset.export.names import LONGEST_KEY, file_names, key_of


def test_names_that_differ_only_by_case_are_told_apart() -> None:
    names = file_names({"Face.png": "png", "face.png": "png", "FACE.png": "png"})
    assert names["Face.png"] == "Face.png"
    assert len({name.casefold() for name in names.values()}) == 3


def test_endings_follow_the_format_and_never_meet() -> None:
    names = file_names({"a.png": "jpeg", "a.webp": "jpeg", "a.jpg": "jpeg", "a": "jpeg"})
    assert names["a.png"] == "a.jpg"
    assert len(set(names.values())) == 4
    assert all(name.endswith(".jpg") for name in names.values())


def test_names_fit_windows_and_are_never_hidden() -> None:
    names = file_names({"con.png": "png", "a?b.png": "png", ".x.png": "png"})
    assert list(names.values()) == ["_con.png", "a_b.png", "_.x.png"]


def test_key_has_no_dot_and_keeps_plain_names() -> None:
    assert key_of("00001.png") == "00001"
    assert key_of("v1.2 final.png") == "v1%2E2%20final"
    assert key_of("v1%2E2.png") != key_of("v1.2.png")


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=200), unique=True))
def test_keys_are_short_ascii_and_as_many_as_the_names(stems: list[str]) -> None:
    keys = {key_of(f"{stem}.png") for stem in stems}
    assert len(keys) == len(stems)
    for key in keys:
        assert key.isascii()
        assert "." not in key
        assert len(key) <= LONGEST_KEY
