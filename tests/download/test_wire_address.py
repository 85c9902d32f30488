"""An address is asked for as it is written; only what may not stand in a request line is not."""

import re
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portraitset.download.wire_address import request_target, split_address, url_of, wire_address
from portraitset.errors import BlockedAddress

ORIGIN_FORM = re.compile(
    r"/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/\[\]]|%[0-9A-Fa-f]{2})*"
    r"(?:\?(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?\[\]]|%[0-9A-Fa-f]{2})*)?"
)
"""RFC 9112, section 3.2.1, with the characters of RFC 3986, and `[` and `]` besides."""

PRINTABLE = re.compile(r"[!-~]+")

LEGAL = st.lists(
    st.one_of(
        st.sampled_from("abzAZ019-._~!$&'()*+,;=:@/[]?"),
        st.from_regex(r"%[0-9A-Fa-f]{2}", fullmatch=True),
        st.sampled_from(["..", ".", "//", "/../", "%2e%2E"]),
    )
).map("".join)
ANY = st.text(st.characters(exclude_categories=()))


@given(LEGAL)
def test_what_may_stand_there_stays_octet_for_octet(text: str) -> None:
    assert request_target(f"/{text}") == f"/{text}"


@given(ANY)
def test_whatever_it_was_it_becomes_a_request_target_and_stays_one(text: str) -> None:
    target = request_target(text)
    assert ORIGIN_FORM.fullmatch(target)
    assert request_target(target) == target


@given(st.text(st.characters(codec="utf-8", exclude_characters="#%")))
def test_what_is_escaped_means_the_same_octets(text: str) -> None:
    assert unquote_to_bytes(request_target(f"/{text}")) == f"/{text}".encode()


@given(ANY)
def test_any_text_is_an_address_or_blocked(text: str) -> None:
    for address in (text, f"http://{text}", f"http://h.example/{text}"):
        try:
            url = url_of(address)
        except BlockedAddress as error:
            str(error).encode()
        else:
            root, target = split_address(address)
            assert (url.raw_path_qs, str(url).endswith(target)) == (target, True)
            assert PRINTABLE.fullmatch(url.raw_authority), "it goes into a request line, too"
            assert wire_address(wire_address(address)) == root + target
            wire_address(address).encode()


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("", "/"),
        ("?", "/?"),
        ("?a=1", "/?a=1"),
        ("#top", "/"),
        ("/a.jpg?", "/a.jpg?"),
        ("/a.jpg?x#y?z", "/a.jpg?x"),
        ("/a.jpg#?x", "/a.jpg"),
        ("/a b\tc", "/a%20b%09c"),
        ("/a\r\nHost: evil.example", "/a%0D%0AHost:%20evil.example"),
        ("/\x00\x7f", "/%00%7F"),
        ('/"<>\\^`{|}', "/%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ("/[a]?b[]=1", "/[a]?b[]=1"),
        ("/é/\u96ea?ü", "/%C3%A9/%E9%9B%AA?%C3%BC"),
        ("/caf\udce9", "/caf%E9"),
        ("/\ud800", "/%EF%BF%BD"),
        ("/100%", "/100%25"),
        ("/100%zz%4", "/100%25zz%254"),
        ("/100%%41", "/100%25%41"),
    ],
)
def test_what_is_escaped_and_what_is_dropped(written: str, sent: str) -> None:
    assert request_target(written) == sent
    assert url_of(f"http://h.example{written}").raw_path_qs == sent


@pytest.mark.parametrize(
    "address",
    [
        "",
        "h.example/a.jpg",
        "//h.example/a.jpg",
        "http:/h.example/a.jpg",
        "http:///a.jpg",
        "http://?a",
        "http://h.example\\@evil.example/",
        "http://h.example\\.evil.example/",
        "http://h\t.example/",
        " http://h.example/",
        "ht\ntp://h.example/",
        "http://h.exam ple/",
        "http://h.example\x00.evil.example/",
        "http://h.example\udcff/",
        "http://[::1/",
        "http://127.0.0.1[::1]/",
        "http://[::1].evil.example/",
        "http://h.example:80x/",
        "http://h.example:99999/",
        "http://\u2100.example/",
        "http://h\u00a0.example/",
        "http://h.example\u2003HTTP/",
        "http://h.example\uff3c.evil.example/",
        "http://h.example\uff0f@evil.example/",
    ],
)
def test_address_whose_host_two_parsers_might_read_differently_is_blocked(address: str) -> None:
    with pytest.raises(BlockedAddress) as caught:
        url_of(address)
    str(caught.value).encode()


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("HTTPS://CDNA.Gallery.Example/A.jpg", "cdna.gallery.example", 443),
        ("https://h\u00f6st.example/a.jpg", "xn--hst-sna.example", 443),
        ("http://[::1]:8080/a.jpg", "::1", 8080),
        ("http://h.example.:80/a@b:c", "h.example.", 80),
        ("http://h.example?@evil.example/", "h.example", 80),
        ("http://h.example#@evil.example/", "h.example", 80),
        ("http://h.example/@evil.example", "h.example", 80),
        ("http://user@h.example/", "h.example", 80),
    ],
)
def test_host_is_what_stands_before_the_path(address: str, host: str, port: int) -> None:
    url = url_of(address)
    assert ((url.raw_host or "").lower(), url.port) == (host, port)
