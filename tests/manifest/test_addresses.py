"""What addresses say, and that no address makes the code say more, or stumble."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portraitset.manifest.addresses import (
    SIZES,
    alias_of,
    artist_of,
    asset_of,
    host_of,
    is_by,
    slug,
    slug_of,
    upload_day,
    upload_year,
)

URL = (
    "https://cdna.artstation.com/p/assets/images/images/020/942/583/large/jane-doe-red-hat.jpg"
    "?1569824523"
)
HOSTILE = (
    "",
    "?",
    "//",
    "https://",
    "https://[::1",
    "https://[::1]:99999/a/large/b",
    "https://host:port/a.jpg",
    "http://\ud800/\udfff.jpg",
    "https://a.b/%00%0a%2e%2e%2f%2e%2e/large/%ff",
    "https://a.b/" + "../" * 1000 + "large/x",
    "https://a.b/" + "9" * 100_000,
    "https://a.b/x?" + "9" * 100_000,
    "https://a.b/x?\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669",
    "javascript:alert(1)",
    "\n\r\t https://a.b/",
    "https://ﬀ.example/%EF%BF%BD",
)


def test_asset_is_the_number_in_the_path() -> None:
    assert asset_of(URL) == "020942583"
    assert alias_of(URL) == "asset 020942583"


@pytest.mark.parametrize(
    "host", ["cdna.artstation.com", "cdnb.artstation.com", "CDNA.ARTSTATION.COM"]
)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("query", ["", "?1569824523", "?x=1&y", "#top"])
def test_host_size_and_query_make_no_other_picture(host: str, size: str, query: str) -> None:
    path = f"/p/assets/images/images/020/942/583/{size}/jane-doe-red-hat.jpg"
    assert alias_of(f"https://{host}{path}{query}") == alias_of(URL)


@pytest.mark.parametrize(
    "address",
    [
        URL.replace("artstation.com", "artstation.com."),
        URL.replace("large", "%6Carge").replace("020", "%30%32%30"),
        URL.replace("/020/", "//020/./x/../"),
        URL.replace("large", "original"),
        URL.replace("large", "20190930062203/smaller_square"),
    ],
)
def test_spelling_makes_no_other_picture(address: str) -> None:
    assert alias_of(address) == alias_of(URL)


@pytest.mark.parametrize(
    "path",
    [
        "/020/942/583/huge/a.jpg",
        "/\u0660\u0662\u0660/942/583/large/a.jpg",
        "/20/942/583/large/a.jpg",
        "/020/942/583/large/",
        "/020/942/583/large/a/b.jpg",
        "/020/942/583/LARGE/a.jpg",
        "/x020/942/583/large.jpg",
        "/a.jpg?/020/942/583/large/b.jpg",
    ],
)
def test_number_elsewhere_is_no_asset(path: str) -> None:
    assert asset_of(f"https://cdna.artstation.com{path}") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://cdna.example.org/a/large/b.jpg", "http://cdnb.example.org/a/small/b.jpg?3"),
        ("https://img1.example.org/a.jpg", "https://img22.example.org/a.jpg#x"),
        ("https://example.org/a%20b.jpg", "https://example.org:443/a b.jpg"),
        ("https://example.org/a/b.jpg", "https://example.org./a/c/%2E%2E/%62.jpg?w=300"),
        ("https://example.org/a", "https://example.org/a?1569824523"),
        ("https://example.org/par%28en%29.jpg", "https://example.org/par(en).jpg"),
        ("https://example.org/low%c3%a9~.jpg", "https://example.org/low%C3%A9%7e.jpg?sig=a%2Bb"),
    ],
)
def test_aliases_of_other_galleries_meet(one: str, other: str) -> None:
    assert alias_of(one) == alias_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a.jpg", "https://example.com/a.jpg"),
        ("https://a.example.org/a.jpg", "https://b.example.org/a.jpg"),
        ("https://example.org/a.jpg", "https://example.org/A.jpg"),
        ("https://example.org/large/b.jpg", "https://example.org/other/b.jpg"),
        ("https://a1.org/x.jpg", "https://a2.org/x.jpg"),
        (URL, URL.replace("583", "584")),
        ("https://example.org/view.php?id=1", "https://example.org/view.php?id=2"),
        ("https://drive.example.org/uc?id=a", "https://drive.example.org/uc?id=b"),
        ("https://example.org/a%2Fb.jpg", "https://example.org/a%252Fb.jpg"),
    ],
)
def test_different_pictures_do_not_meet(one: str, other: str) -> None:
    assert alias_of(one) != alias_of(other)


@pytest.mark.parametrize(
    ("name", "artist"),
    [
        ("jane-doe-red-hat.jpg", "jane-doe"),
        ("Jane_Doe__Hat.JPG", "jane-doe"),
        ("jane%20doe%2dhat.jpg", "jane-doe"),
        ("jane.jpg", "jane"),
        ("-jane--doe-.jpg", "jane-doe"),
        ("ÉMILE-Zola-portrait.png", "émile-zola"),
        (".jpg", ""),
        ("---.jpg", ""),
        ("", ""),
        ("=1+1-x.jpg", "=1+1-x"),
    ],
)
def test_candidate_is_the_first_two_words(name: str, artist: str) -> None:
    assert artist_of(f"https://cdna.example.org/large/{name}") == artist


def test_artist_is_matched_by_whole_words() -> None:
    assert is_by(URL, "jane-doe")
    assert is_by(URL, "Jane  DOE")
    assert is_by(URL, "jane")
    assert is_by(URL, "jane-doe-red")
    for other in ("jane-do", "jan", "doe", "jane-doer", "jane-doe-red-hats"):
        assert not is_by(URL, other)


def test_slugs_compare_whatever_the_spelling() -> None:
    assert slug("  Jane_DOE - Straße ") == "jane-doe-strasse"
    assert slug_of("https://x.org/a.b.c.jpg") == "a.b.c"


@pytest.mark.parametrize(
    ("query", "day"),
    [
        ("1569824523", "2019-09-30"),
        ("946684800", "2000-01-01"),
        ("946684799", None),
        ("4102444799", "2099-12-31"),
        ("4102444800", None),
        ("0", None),
        ("-1569824523", None),
        ("1569824523.5", None),
        ("t=1569824523", None),
        ("\u0661569824523", None),
        ("", None),
    ],
)
def test_upload_time_is_a_sensible_number_or_nothing(query: str, day: str | None) -> None:
    url = f"https://a.b/c.jpg?{query}"
    assert upload_day(url) == day
    assert upload_year(url) == (int(day[:4]) if day else None)


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_address_says_little_and_raises_nothing(url: str) -> None:
    assert asset_of(url) is None
    assert upload_year(url) is None
    for say in (host_of, alias_of, slug_of, artist_of):
        assert isinstance(say(url), str)
    assert not is_by(url, "jane-doe")


@given(st.text(max_size=200), st.text(string.printable, max_size=40))
def test_any_text_is_answered(url: str, artist: str) -> None:
    for text in (url, f"https://{url}", f"https://a.b/020/942/583/large/{url}"):
        assert alias_of(text) == alias_of(text)
        assert artist_of(text).count("-") <= slug_of(text).count("-")
        assert isinstance(is_by(text, artist), bool)


def test_nobody_is_everybody() -> None:
    """An empty artist must not match every picture: `remove` would take all."""
    for nobody in ("", "-", "  ", "_-_"):
        assert not is_by(URL, nobody)
