"""Where a Location leads, and that nothing of it is respelt on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portraitset.download.redirects import resolve_location, without_dot_segments
from portraitset.errors import BlockedAddress

BASE = "http://a.example/b%2Fb/c/d.jpg?q=%2b"


@pytest.mark.parametrize(
    ("location", "goal"),
    [
        ("g", "http://a.example/b%2Fb/c/g"),
        ("./g%7e?y=%2B", "http://a.example/b%2Fb/c/g%7e?y=%2B"),
        ("g/", "http://a.example/b%2Fb/c/g/"),
        ("../g", "http://a.example/b%2Fb/g"),
        ("../../../g", "http://a.example/g"),
        ("..", "http://a.example/b%2Fb/"),
        (".", "http://a.example/b%2Fb/c/"),
        ("/g/../h", "http://a.example/h"),
        ("/g/%2e%2e/h", "http://a.example/g/%2e%2e/h"),
        ("/g//h", "http://a.example/g//h"),
        ("g//h", "http://a.example/b%2Fb/c/g//h"),
        ("?y", "http://a.example/b%2Fb/c/d.jpg?y"),
        ("?", "http://a.example/b%2Fb/c/d.jpg?"),
        ("g?", "http://a.example/b%2Fb/c/g?"),
        ("", BASE),
        ("#s", BASE),
        ("g#s", "http://a.example/b%2Fb/c/g"),
        ("g?y=./x", "http://a.example/b%2Fb/c/g?y=./x"),
        ("//e.example", "http://e.example/"),
        ("//e.example/x/../%28", "http://e.example/x/../%28"),
        ("https://e.example/x/..//%28?", "https://e.example/x/..//%28?"),
        ("/a b", "http://a.example/a%20b"),
        ("/caf\udce9", "http://a.example/caf%E9"),
        ("/caf\u00e9", "http://a.example/caf%C3%A9"),
        ("/100%", "http://a.example/100%25"),
    ],
)
def test_location_is_resolved_and_stays_as_it_is_written(location: str, goal: str) -> None:
    assert resolve_location(BASE, location) == goal


def test_doubled_slashes_of_the_base_stay() -> None:
    assert resolve_location("http://a.example//x//y/z", "../g") == "http://a.example//x//g"
    assert resolve_location("http://a.example//x//y/z", "?q") == "http://a.example//x//y/z?q"


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "http:g", "//", "javascript:x", "//h\udcff/", "//a\\b/"]
)
def test_location_without_a_host_that_can_be_named_is_blocked(location: str) -> None:
    with pytest.raises(BlockedAddress):
        resolve_location(BASE, location)


@given(st.lists(st.sampled_from(["", ".", "..", "a", "%2e", "b"]), min_size=1).map("/".join))
def test_resolved_path_has_no_dot_segments_and_stays(path: str) -> None:
    resolved = without_dot_segments(f"/{path}")
    assert not {".", ".."} & set(resolved.split("/"))
    assert without_dot_segments(resolved) == resolved


@given(st.text(st.characters(exclude_categories=())))
def test_any_location_leads_somewhere_or_is_blocked(location: str) -> None:
    try:
        resolve_location(BASE, location).encode()
    except BlockedAddress as error:
        str(error).encode()
