"""Rules and addresses meet whatever the spelling of either: RFC 9309, section 2.2.2."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portraitset.download.path_patterns import (
    comparable_path,
    comparable_pattern,
    fits,
    spellings_of,
)

LETTERS = string.ascii_letters + string.digits


@pytest.mark.parametrize(
    ("path", "compared"),
    [
        ("/foo/bar?baz=https://foo.bar", "/foo/bar%3Fbaz%3Dhttps%3A//foo.bar"),
        ("/foo/bar/\u30c4", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%e3%83%84", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%62%61%7A", "/foo/bar/baz"),
        ("/par%28en)", "/par%28en%29"),
        ("/a%2Fb/c", "/a%2Fb/c"),
        ("/til%7Ede~", "/til~de~"),
        ("/100%", "/100%25"),
        ("/\ud800", "/%EF%BF%BD"),
    ],
)
def test_path_has_one_spelling(path: str, compared: str) -> None:
    assert comparable_path(path) == compared
    assert comparable_path(compared) == compared


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/par(en)", "/par%28en%29.jpg", True),
        ("/par%28en%29", "/par(en).jpg", True),
        ("/par%28en%29", "/par%28en%29.jpg", True),
        ("/*%29.jpg$", "/par(en).jpg", True),
        ("/a*$", "/a$b", True),
        ("/a%2A", "/a*b", True),
        ("/a%2A", "/axb", False),
        ("/a%24", "/a$b", True),
        ("/a/b", "/a%2Fb", False),
        ("/%7Ejoe/", "/~joe/a.jpg", True),
        ("/low\u00e9", "/low%c3%a9.jpg", True),
        ("/a?b=%40", "/a?b=@", True),
        ("/a$", "/a?", False),
    ],
)
def test_pattern_fits_every_spelling(pattern: str, path: str, *, expected: bool) -> None:
    assert fits(comparable_pattern(pattern), comparable_path(path)) is expected


PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="*$"))


@given(PLAIN, PLAIN, st.sets(st.integers(0, 30)))
def test_escaping_what_need_not_be_changes_no_match(path: str, rest: str, places: set[int]) -> None:
    escaped = "".join(
        f"%{ord(one):02x}" if place in places and one in LETTERS else one
        for place, one in enumerate(path)
    )
    assert comparable_path(escaped) == comparable_path(path)
    assert fits(comparable_pattern(escaped), comparable_path(path + rest))


@pytest.mark.parametrize(
    ("target", "spellings"),
    [
        ("/a.jpg?x=../y", ["/a.jpg?x=../y"]),
        ("/x/../private/a.jpg?1", ["/x/../private/a.jpg?1", "/private/a.jpg?1"]),
        ("/x/%2e%2E/a.jpg", ["/x/%2e%2E/a.jpg", "/a.jpg"]),
        ("/a%2ejpg", ["/a%2ejpg"]),
        ("/", ["/"]),
    ],
)
def test_dots_have_a_second_spelling(target: str, spellings: list[str]) -> None:
    assert list(spellings_of(target)) == spellings
