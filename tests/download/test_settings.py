"""Download settings: what makes no sense is refused where it is set."""

import math
from dataclasses import fields

import pytest

from portraitset.download.settings import DownloadSettings
from portraitset.errors import InputError

NUMBERS = [
    field.name
    for field in fields(DownloadSettings)
    if isinstance(getattr(DownloadSettings(), field.name), int | float)
]


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf])
def test_number_must_be_above_zero_and_finite(name: str, value: float) -> None:
    settings: dict[str, float] = {name: value}
    with pytest.raises(InputError, match=name):
        DownloadSettings(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["mirror", "proxy"])
@pytest.mark.parametrize(
    "address", ["", "cache.example", "ftp://x/", "http://", "http://x:0/", "http://x:99999/"]
)
def test_address_must_be_http(name: str, address: str) -> None:
    with pytest.raises(InputError, match=f"{name} must be an http or https address"):
        DownloadSettings(**{name: address})  # type: ignore[arg-type]


@pytest.mark.parametrize("contact", ["a\nb", "a\r\nHost: evil", "a\x00", "\x1b[31m"])
def test_contact_cannot_smuggle_a_header(contact: str) -> None:
    with pytest.raises(InputError, match="contact must be one line"):
        DownloadSettings(contact=contact)


def test_caps_change_with_either_limit() -> None:
    found = [
        DownloadSettings(),
        DownloadSettings(max_bytes=1),
        DownloadSettings(max_pixels=1),
        DownloadSettings(max_bytes=2),
    ]
    assert len({made.caps for made in found}) == 4
    assert DownloadSettings(rate=1.0).caps == DownloadSettings().caps


def test_mirror_carries_no_user_name() -> None:
    with pytest.raises(InputError, match="user name"):
        DownloadSettings(mirror="http://me:secret@cache.lab.example/")
