"""Where else a picture may be had, and whether landmarks can be carried over."""

import pytest

from portraitset.download.rescue import other_sizes, read_substitutes, scale_between
from portraitset.errors import InputError

BASE = "https://cdna.artstation.com/p/assets/images/images/020/942/583"


def test_other_sizes_come_larger_first_and_nearest_first() -> None:
    found = other_sizes(f"{BASE}/large/a-b.jpg?1569824523")
    assert [url.removeprefix(BASE) for url in found] == [
        "/4k/a-b.jpg?1569824523",
        "/8k/a-b.jpg?1569824523",
        "/medium/a-b.jpg?1569824523",
        "/small/a-b.jpg?1569824523",
    ]


def test_other_sizes_are_spelt_as_the_address_is() -> None:
    url = "https://X.example:443/%70//x/../large/par%28en%29~.jpg?sig=%2b"
    found = other_sizes(url)
    assert found[0] == url.replace("large", "4k")
    assert other_sizes(url.partition("?")[0] + "?")[0].endswith(".jpg?")


@pytest.mark.parametrize(
    "url",
    [
        "https://x.example/large.jpg",
        "https://x.example/large/b/a.jpg",
        "https://x.example/larger/a.jpg",
        "http://[::1/large/a.jpg",
        "",
    ],
)
def test_address_without_a_size_has_no_others(url: str) -> None:
    assert other_sizes(url) == ()


def test_scale_is_that_of_the_sides() -> None:
    assert scale_between((3840, 2400), (1920, 1200)) == 2
    assert scale_between((1920, 1200), (1920, 1200)) == 1
    assert scale_between((640, 401), (1920, 1200)) == pytest.approx(1 / 3)


def test_crop_of_another_shape_has_no_scale() -> None:
    assert scale_between((1200, 1200), (1920, 1200)) is None
    assert scale_between((1920, 1188), (1920, 1200)) is None


def test_substitutes_are_read_line_by_line() -> None:
    text = "# ours\n\nhttps://a.example/1.jpg\thttps://b.example/1.jpg\n"
    assert read_substitutes(text, "x") == {"https://a.example/1.jpg": "https://b.example/1.jpg"}


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/1.jpg",
        "https://a.example/1.jpg file:///etc/passwd",
        "https://a.example/1 https://b.example/1\nhttps://a.example/1 https://c.example/1",
    ],
)
def test_list_that_makes_no_sense_names_the_line(text: str) -> None:
    with pytest.raises(InputError, match="line "):
        read_substitutes(text, "x")
