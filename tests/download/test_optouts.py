"""Owners' machine-readable wishes, read without a network."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portraitset.download.optouts import (
    LONGEST_TEXT,
    Reservations,
    Robots,
    Told,
    header_evidence,
    refusals,
    refuses_indexing,
    refuses_usage,
)

URL = "https://cdna.gallery.example/p/assets/a.jpg?17"


def robots(text: str, status: int = 200) -> Robots:
    return Robots(Told("https://cdna.gallery.example/robots.txt", 1.0, status, text.encode()))


def tdmrep(content: object, status: int = 200) -> Reservations:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Reservations(Told("https://h.example/.well-known/tdmrep.json", 1.0, status, body))


def refused(site: Robots | Reservations, url: str = URL) -> bool:
    return bool(refusals(site.evidence_on(url)))


@pytest.mark.parametrize(
    "text",
    [
        "User-agent: *\nDisallow: /",
        "User-agent: portraitset\nDisallow: /p/",
        "user-agent: PortraitSet\ndisallow: /p/",
        "User-agent: other\nUser-agent: portraitset\nDisallow: /",
        "\ufeffUser-agent: *\nDisallow: /*.jpg?",
        "User-agent: *\nAllow: /p/\nDisallow: /p/assets/",
        "User-agent: *\nAllow: /\n\nUser-agent: portraitset\nDisallow: /",
        "User-agent: *\nDisallow: /*?17$",
        "User-agent: *\nAllow: /\nContent-Usage: train-ai=n",
        "User-agent: *\nContent-Usage: /p/ train-ai=n, search=y",
        "User-agent: *\nContent-Usage: train-ai=y\nContent-Usage: /p/assets/ ai=n",
        "User-Agent: *\nContent-Signal: search=yes,ai-train=no\nAllow: /",
        "User-agent: other\nUser-agent: portraitset\nContent-Usage: ai=n",
    ],
)
def test_robots_txt_that_says_no(text: str) -> None:
    assert refused(robots(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "User-agent: *\nDisallow:",
        "User-agent: googlebot\nDisallow: /",
        "User-agent: *\nDisallow: /\n\nUser-agent: portraitset\nAllow: /",
        "User-agent: *\nDisallow: /p/\nAllow: /p/assets/",
        "User-agent: *\nDisallow: /*.png$",
        "User-agent: gptbot\nContent-Usage: train-ai=n",
        "User-agent: *\nContent-Usage: /private/ train-ai=n",
        "User-agent: *\nContent-Usage: search=n",
        "User-agent: *\nContent-Usage: ai=n\n\nUser-agent: portraitset\nContent-Usage: ai=y",
        "<!DOCTYPE html><title>Not found</title>",
        "\0\0\0",
    ],
)
def test_robots_txt_that_says_nothing_against_it(text: str) -> None:
    assert not refused(robots(text))


@pytest.mark.parametrize(
    ("status", "expected"),
    [(404, False), (401, False), (403, False), (410, False), (500, True), (503, True), (599, True)],
)
def test_robots_txts_failure_counts_as_the_rfc_says(status: int, *, expected: bool) -> None:
    assert refused(robots("User-agent: *\nDisallow: /" if status < 500 else "", status)) is expected


SPELLINGS = [
    ("/par(en)", "/par%28en%29.jpg"),
    ("/par%28en%29", "/par(en).jpg"),
    ("/par%28en%29", "/par%28en%29.jpg"),
    ("/til~de", "/til%7Ede.jpg"),
    ("/low\u00e9", "/low%c3%a9.jpg"),
    ("/low%C3%A9", "/low%c3%a9.jpg"),
    ("/*?x=@", "/a.jpg?x=%40"),
    ("/a.jpg$", "/a.jpg#part"),
    ("/private/", "/x/../private/a.jpg"),
    ("/private/", "/x/%2e%2e/private/a.jpg"),
    ("/x/../private/", "/x/../private/a.jpg"),
]


@pytest.mark.parametrize(("rule", "target"), SPELLINGS)
def test_rule_fits_an_address_in_every_spelling(rule: str, target: str) -> None:
    """RFC 9309, section 2.2.2; robots.txt, its Content-Usage and tdmrep.json alike."""
    url = f"https://cdna.gallery.example{target}"
    reserved = [{"location": "/", "tdm-reservation": 0}, {"location": rule, "tdm-reservation": 1}]
    usage = f"User-agent: *\nContent-Usage: / ai=y\nContent-Usage: {rule} ai=n"
    assert refused(robots(f"User-agent: *\nDisallow: {rule}"), url)
    assert refused(robots(usage), url)
    assert refused(tdmrep(reserved), url)


def test_slash_and_its_escape_are_two_paths() -> None:
    url = "https://cdna.gallery.example/a%2Fb.jpg"
    assert not refused(robots("User-agent: *\nDisallow: /a/b"), url)
    assert not refused(tdmrep([{"location": "/a/b", "tdm-reservation": 1}]), url)


def test_only_the_first_half_mebibyte_counts() -> None:
    filler = "# " + "x" * LONGEST_TEXT + "\n"
    assert not refused(robots(filler + "User-agent: *\nDisallow: /"))


@pytest.mark.parametrize(
    "value",
    [
        "noai",
        "NoAI",
        "noimageai",
        "noindex",
        "NOIMAGEINDEX",
        "noml",
        "none",
        "nofollow, noai",
        "all,noimageai",
        "portraitset: noai",
        "PortraitSet: nofollow, noindex",
        "*: noai",
        "googlebot: nofollow, portraitset: noai",
        "max-snippet: 20, noai",
        "unavailable_after: Fri, 25 Jun 2030 15:00:00 GMT, noindex",
    ],
)
def test_robots_tag_that_says_no(value: str) -> None:
    assert refuses_indexing(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "all",
        "nofollow",
        "noarchive, nosnippet",
        "googlebot: noindex",
        "googlebot: noindex, noai",
        "otherbot: none",
        "max-image-preview: none",
        "noaisle",
        "unavailable_after: Fri, 25 Jun 2030 15:00:00 GMT",
    ],
)
def test_robots_tag_that_says_nothing_to_us(value: str) -> None:
    assert not refuses_indexing(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("train-ai=n", True),
        ("TRAIN-AI=N", True),
        ("search=y, train-ai=n", True),
        ('ai=n;note="please"', True),
        ("genai=n", True),
        ("train-genai = n", True),
        ("bots=n", True),
        ("train-ai=y", False),
        ("search=n", False),
        ("train-ai", False),
        ("", False),
    ],
)
def test_content_usage(value: str, *, expected: bool) -> None:
    assert refuses_usage(value) is expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ([{"location": "/", "tdm-reservation": 1}], True),
        ([{"location": "/p/*.jpg", "tdm-reservation": "1"}], True),
        ([{"location": "/", "tdm-reservation": 0}], False),
        (
            [
                {"location": "/", "tdm-reservation": 1},
                {"location": "/p/assets/", "tdm-reservation": 0},
            ],
            False,
        ),
        (
            [{"location": "/p/", "tdm-reservation": 0}, {"location": "/p/", "tdm-reservation": 1}],
            True,
        ),
        ([{"location": "/p/assets/a.jpg$", "tdm-reservation": 1}], False),
        ([{"location": "/private/", "tdm-reservation": 1}], False),
        ([], False),
        ([{"tdm-reservation": 1}, 5, None], False),
        ({"location": "/", "tdm-reservation": 1}, False),
    ],
)
def test_tdmrep_file(content: object, *, expected: bool) -> None:
    assert refused(tdmrep(content)) is expected


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b"\xff\xfe", b'{"a": 1}'])
def test_tdmrep_file_that_makes_no_sense_is_unknown(body: bytes) -> None:
    assert [item.decision for item in tdmrep(body).evidence_on(URL)] == ["unknown"]


def test_tdmrep_that_cannot_be_had_is_unknown() -> None:
    assert [item.decision for item in tdmrep([], 500).evidence_on(URL)] == ["unknown"]
    assert not list(tdmrep([], 404).evidence_on(URL))


def test_headers_are_evidence_and_silence_is_unknown() -> None:
    headers = [
        ("Content-Type", "image/jpeg"),
        ("X-Robots-Tag", "nofollow"),
        ("x-robots-tag", "noai"),
        ("TDM-Reservation", "1"),
        ("Content-Usage", "train-ai=y"),
    ]
    found = {(item.signal, item.value): item.decision for item in header_evidence(headers, URL, 2)}
    assert found.pop(("x-robots-tag", "nofollow")) == "allowed"
    assert found.pop(("x-robots-tag", "noai")) == "refused"
    assert found.pop(("tdm-reservation", "1")) == "refused"
    assert found.pop(("content-usage", "train-ai=y")) == "allowed"
    assert list(found.values()) == ["unknown"], "what the project's page says, nobody saw"
    assert [item.decision for item in header_evidence([], URL, 2)] == ["unknown"]


@given(st.text())
def test_any_text_is_read_without_a_complaint(text: str) -> None:
    list(robots(text).evidence_on(URL))
    list(tdmrep(text.encode("utf-8", "replace")).evidence_on(URL))
    header_evidence([("x-robots-tag", text), ("content-usage", text)], URL, 0)


def test_hostile_pattern_does_not_keep_us_busy() -> None:
    pattern, url = "/" + "*a" * 2000 + "$", "https://h.example/" + "a" * 2000 + "b"
    started = time.monotonic()
    refused(tdmrep([{"location": pattern, "tdm-reservation": 1}]), url)
    refused(robots(f"User-agent: *\nDisallow: {pattern}\nContent-Usage: {pattern} ai=n"), url)
    assert time.monotonic() - started < 1


def test_what_is_kept_of_a_reservation_is_short_and_can_be_stored() -> None:
    value = "\\ud800" + "x" * 100_000
    body = f'[{{"location": "/", "tdm-reservation": "{value}"}}]'.encode()
    (kept,) = Reservations(Told("https://h.example/", 0.0, 200, body)).evidence_on("https://h/")
    assert kept.value.encode()
    assert len(kept.value) <= 200
