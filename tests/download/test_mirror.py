"""A mirror is asked for path and query as they are written, and for nothing outside its folder."""

import pytest

from portraitset.download.mirror import Mirror
from portraitset.errors import BlockedAddress

HOST = "https://cdna.gallery.example"


@pytest.mark.parametrize(
    "target",
    ["/par%28en%29.jpg", "/x/../y//z.jpg?", "/a.jpg?sig=a%2Bb%2Fc%3D&x=%40", "/a%2fb", "/"],
)
def test_path_and_query_are_appended_as_they_are_written(target: str) -> None:
    for root in ("http://cache.example", "http://cache.example/", "http://cache.example/art/"):
        assert Mirror(root).address_of(HOST + target) == root.rstrip("/") + target


@pytest.mark.parametrize(
    "target",
    [
        "/../secret",
        "/p/../../secret",
        "/%2e%2e/secret",
        "/.%2E/secret",
        "/..%2fsecret",
        "/..\\secret",
        "/..%5csecret",
        "/p//../../secret",
        "/..",
        "/p/../../arts",
    ],
)
def test_spelling_that_a_server_may_read_as_outside_is_blocked(target: str) -> None:
    with pytest.raises(BlockedAddress):
        Mirror("http://cache.example/art").address_of(HOST + target)


def test_mirrors_own_address_may_have_doubled_slashes() -> None:
    address = Mirror("http://cache.example//art//").address_of(HOST + "/a.jpg")
    assert address == "http://cache.example//art/a.jpg"
