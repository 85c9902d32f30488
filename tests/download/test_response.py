"""What a server's answer means: one typed outcome for each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from portraitset.download.response import check_first_bytes, error_of
from portraitset.errors import (
    Challenge,
    Denied,
    Gone,
    ItemError,
    NotAnImage,
    ServerError,
    State,
    Throttled,
    TimedOut,
    Transient,
)

NOW = 1_700_000_000.0
S3 = b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'


def outcome(status: int, body: bytes = b"", **headers: str) -> ItemError | None:
    given_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_of(status, CIMultiDict(given_headers), body, NOW)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, b"", Gone),
        (410, b"", Gone),
        (403, S3, Gone),
        (403, b"<h1>Forbidden</h1>", Denied),
        (400, b"", Denied),
        (401, S3, Denied),
        (451, b"", Denied),
        (408, b"", TimedOut),
        (429, b"", Throttled),
        (500, b"", ServerError),
        (502, b"", ServerError),
        (504, b"", ServerError),
    ],
)
def test_status_has_one_meaning(status: int, body: bytes, kind: type[ItemError]) -> None:
    assert type(outcome(status, body)) is kind


def test_good_answer_is_no_error() -> None:
    assert outcome(200) is None
    assert outcome(200, Retry_After="5", cf_cache_status="HIT") is None


@given(st.integers(100, 599), st.binary(max_size=20))
def test_every_other_status_is_an_error_that_names_it(status: int, body: bytes) -> None:
    error = outcome(status, body)
    assert (error is None) == (status == 200)
    if error is not None:
        assert str(status) in str(error)


@pytest.mark.parametrize("status", [200, 403, 429, 503])
def test_challenge_is_a_stop_sign_whatever_the_status(status: int) -> None:
    error = outcome(status, CF_Mitigated="Challenge", Retry_After="1")
    assert isinstance(error, Challenge)
    assert not isinstance(error, Transient)
    assert error.state == State.REFUSED


@pytest.mark.parametrize("status", [429, 503])
def test_wait_that_the_server_asks_for_is_kept(status: int) -> None:
    error = outcome(status, retry_after="7")
    assert isinstance(error, Throttled)
    assert error.retry_after == 7


def test_wait_until_a_date_is_counted_from_now() -> None:
    error = outcome(429, Retry_After="Tue, 14 Nov 2023 22:14:20 GMT")
    assert isinstance(error, Throttled)
    assert error.retry_after == 60


@pytest.mark.parametrize("status", [429, 500])
def test_rubbish_for_a_wait_is_no_wait(status: int) -> None:
    error = outcome(status, Retry_After="soon")
    assert isinstance(error, Transient)
    assert error.retry_after is None


@pytest.mark.parametrize(
    "first",
    [
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01",
        b"\x89PNG\r\n\x1a\n\0\0\0\r",
        b"GIF87a\x01\0\x01\0\0\0",
        b"GIF89a\x01\0\x01\0\0\0",
        b"RIFF\x10\0\0\0WEBP",
        b"II*\0\x08\0\0\0\0\0\0\0",
        b"MM\0*\0\0\0\x08\0\0\0\0",
        b"BM\x36\0\0\0\0\0\0\0\x36\0",
        b"\0\0\0\x20ftypavif",
    ],
)
def test_picture_is_known_by_its_first_bytes(first: bytes) -> None:
    check_first_bytes(first)


@pytest.mark.parametrize("page", [b"<!DOCTYPE html>", b"\r\n\t <html>", b"<?xml version", b"<svg "])
def test_web_page_is_called_one(page: bytes) -> None:
    with pytest.raises(NotAnImage, match="web page"):
        check_first_bytes(page[:12])


@pytest.mark.parametrize(
    "first", [b"", b"\xff", b"\xff\xd8", b"RIFF\x10\0\0\0WAVE", b"%PDF-1.7", b"PK\x03\x04", b"ftyp"]
)
def test_anything_else_is_no_picture(first: bytes) -> None:
    with pytest.raises(NotAnImage) as caught:
        check_first_bytes(first)
    assert str(caught.value).isprintable()
