"""Which addresses may be asked, decided without a network."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from portraitset.download.guard import (
    Guard,
    Place,
    is_public,
    literal_address,
    may_be_public_name,
    places_named,
)
from portraitset.download.settings import DownloadSettings
from portraitset.errors import BlockedAddress, InputError

GALLERY = "https://cdna.gallery.example/p/a.jpg"
MIRROR = "http://127.0.0.1:8000/cache"


def guard(*urls: str, mirror: str | None = None, allow: tuple[str, ...] = ()) -> Guard:
    settings = DownloadSettings(mirror=mirror, allow_hosts=allow)
    return Guard(places_named(urls or (GALLERY,)), settings)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "240.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "192.0.0.8",
        "192.88.99.1",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:c0a8:101::1",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "100::1",
        "4000::1",
        "",
        "gallery.example",
    ],
)
def test_address_that_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "93.184.216.34",
        "2606:4700:4700::1111",
        "2a00:1450:4001::200e",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)
def test_address_that_is_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_wrapped_address_counts_as_what_it_wraps(address: object) -> None:
    number = int(address)  # type: ignore[call-overload]
    high, low = number >> 16, number & 0xFFFF
    for wrapped in (
        f"::ffff:{address}",
        f"64:ff9b::{high:x}:{low:x}",
        f"2002:{high:x}:{low:x}::1",
    ):
        assert is_public(wrapped) == is_public(str(address))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.1", "017700000001"],
)
def test_every_spelling_of_loopback_is_seen_through(host: str) -> None:
    assert str(literal_address(host)) == "127.0.0.1"


@pytest.mark.parametrize("host", ["gallery.example", "1password.example", "abc", "0x7g.1", "1.2.z"])
def test_name_is_no_literal(host: str) -> None:
    assert literal_address(host) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a.jpg",
        "http://127.0.0.1:8001/a.jpg",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]:8000/",
        "http://[64:ff9b::7f00:1]/",
        "http://127.0.0.1./",
        "http://\uff11\uff12\uff17.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://a.localhost/",
        "https://cdna.gallery.example@127.0.0.1/",
        "https://cdna.gallery.example\uff3c@evil.example/",
        "https://user:secret@cdna.gallery.example/",
        "https://cdna.gallery.example:5432/",
        "https://other.example/a.jpg",
        "https://evilcdna.gallery.example/",
        "ftp://cdna.gallery.example/a.jpg",
        "file:///etc/passwd",
        "/relative",
        "https://cdna.gallery.example:0/",
    ],
)
def test_blocked_in_every_disguise_even_beside_a_mirror(url: str) -> None:
    for limits in (guard(), guard(mirror=MIRROR), guard(GALLERY, "http://127.0.0.1/a.jpg")):
        with pytest.raises(BlockedAddress) as caught:
            limits.check(URL(url))
        assert str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://cdna.gallery.example/other.jpg?1",
        "http://cdna.gallery.example/",
        "https://CDNA.Gallery.Example./x",
    ],
)
def test_host_of_the_manifest_may_be_asked_on_the_webs_ports(url: str) -> None:
    guard().check(URL(url))


def test_port_that_the_manifest_spells_out_is_its_own() -> None:
    limits = guard("https://site.example:8443/a.jpg")
    assert limits.check(URL("https://site.example:8443/b.jpg")) == Place("site.example", 8443)
    with pytest.raises(BlockedAddress):
        limits.check(URL("https://site.example:8444/b.jpg"))


def test_public_literal_of_the_manifest_may_be_asked() -> None:
    guard("http://93.184.216.34/a.jpg").check(URL("http://93.184.216.34/b.jpg"))


def test_mirror_is_one_host_and_one_port() -> None:
    limits = guard(mirror=MIRROR)
    limits.check(URL("http://127.0.0.1:8000/anything"))
    limits.check_resolved(Place("127.0.0.1", 8000), ["127.0.0.1"])
    with pytest.raises(BlockedAddress):
        limits.check_resolved(Place("127.0.0.1", 8001), ["127.0.0.1"])


def test_allowed_hosts_are_patterns_on_the_webs_ports() -> None:
    limits = guard(allow=("*.friend.example", "cache.example:8080"))
    limits.check(URL("https://img.friend.example/a.jpg"))
    limits.check(URL("http://cache.example:8080/a.jpg"))
    for url in (
        "https://friend.example/",
        "https://img.friend.example:81/",
        "http://cache.example",
    ):
        with pytest.raises(BlockedAddress):
            limits.check(URL(url))


def test_allowed_host_must_be_public_all_the_same() -> None:
    limits = guard(allow=("*",))
    with pytest.raises(BlockedAddress, match="not public"):
        limits.check(URL("http://10.0.0.1/"))
    with pytest.raises(BlockedAddress, match="not public"):
        limits.check_resolved(Place("sly.example", 80), ["8.8.8.8", "10.0.0.1"])


def test_pattern_that_is_no_host_is_an_input_error() -> None:
    for pattern in ("https://a.example", "a/b", "", "a.example:port"):
        with pytest.raises(InputError, match="allow_hosts"):
            DownloadSettings(allow_hosts=(pattern,))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("cdna.gallery.example", True),
        ("metadata.google.internal", False),
        ("printer.local", False),
        ("router.home.arpa", False),
        ("intranet", False),
    ],
)
def test_names_that_only_a_private_network_has(host: str, *, expected: bool) -> None:
    assert may_be_public_name(host) is expected
