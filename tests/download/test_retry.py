"""Whether and when to ask again: laws that hold for any dice, clock and settings."""

import email.utils
import math
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portraitset.download.retry import Patience, parse_retry_after
from portraitset.download.settings import DownloadSettings
from portraitset.errors import Gone, ItemError, Throttled, TimedOut, Transient

positive = st.floats(0.001, 1000)
dice = st.floats(0, 1)
waits = st.none() | st.floats(0, 1000)
NOW = 784_111_777.0  # RFC 9110's own example: Sun, 06 Nov 1994 08:49:37 GMT


@st.composite
def patiences(draw: st.DrawFn) -> Patience:
    made = DownloadSettings(
        tries=draw(st.integers(1, 5000)),
        backoff=draw(positive),
        longest_wait=draw(positive),
        photo_timeout=draw(positive),
    )
    return Patience(made, draw(st.integers(1, made.tries)), draw(st.floats(0, made.photo_timeout)))


@settings(deadline=None, max_examples=300)
@given(patiences(), waits, dice)
def test_wait_is_never_negative_nor_beyond_what_is_left(
    patience: Patience, asked: float | None, die: float
) -> None:
    wait = patience.wait_after(Throttled("429", asked), die)
    if wait is not None:
        assert 0 <= wait < patience.remaining
        assert wait >= (asked or 0)
        assert patience.tries < patience.settings.tries


@settings(deadline=None, max_examples=300)
@given(patiences(), dice)
def test_jitter_stays_between_half_the_backoff_and_all_of_it(
    patience: Patience, die: float
) -> None:
    wait = patience.wait_after(TimedOut("slow"), die)
    if wait is not None:
        made = patience.settings
        doubled = made.backoff * 2.0 ** min(patience.tries - 1, 1000)
        backoff = min(doubled, made.longest_wait)
        assert backoff / 2 <= wait <= backoff


@given(dice, dice)
def test_dice_decide_only_within_the_jitter(one: float, other: float) -> None:
    patience = Patience(DownloadSettings(backoff=4.0, longest_wait=30.0), tries=2)
    early, late = sorted([one, other])
    first, second = (patience.wait_after(TimedOut("slow"), die) for die in (early, late))
    assert first is not None
    assert second is not None
    assert 4 <= first <= second <= 8


def test_backoff_doubles_up_to_its_limit() -> None:
    made = DownloadSettings(tries=10, backoff=1.0, longest_wait=10.0, photo_timeout=1000.0)
    found = [Patience(made, tries).wait_after(TimedOut("slow"), 1.0) for tries in range(1, 8)]
    assert found == [1, 2, 4, 8, 10, 10, 10]


def test_retry_after_may_exceed_the_longest_wait_but_not_the_time_left() -> None:
    made = DownloadSettings(longest_wait=10.0, photo_timeout=100.0)
    assert Patience(made, 1).wait_after(Throttled("429", 50.0), 0.5) == 50
    assert Patience(made, 1, spent=60.0).wait_after(Throttled("429", 50.0), 0.5) is None
    assert Patience(made, 1).wait_after(Throttled("429", 100.0), 0.5) is None


@given(patiences(), dice)
def test_what_will_not_pass_is_not_asked_again(patience: Patience, die: float) -> None:
    assert patience.wait_after(Gone("404"), die) is None


@pytest.mark.parametrize("kind", Transient.__subclasses__())
def test_whatever_may_pass_is_asked_again(kind: type[ItemError]) -> None:
    assert Patience(DownloadSettings(), 1).wait_after(kind("no luck"), 0.0) == 0.5


def test_last_try_is_the_last() -> None:
    made = DownloadSettings(tries=3)
    found = [Patience(made, tries).wait_after(TimedOut("slow"), 0.5) for tries in (1, 2, 3, 4)]
    assert [wait is None for wait in found] == [False, False, True, True]


# Retry-After


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", 0.0), ("120", 120.0), (" 7 ", 7.0), ("007", 7.0),
        ("Sun, 06 Nov 1994 08:50:37 GMT", 60.0),
        ("Sunday, 06-Nov-94 08:50:37 GMT", 60.0),
        ("Sun Nov  6 08:50:37 1994", 60.0),
        ("Sun, 06 Nov 1994 08:50:37 -0000", 60.0),
        ("Sun, 06 Nov 1994 09:50:37 +0100", 60.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("Sat, 05 Nov 1994 08:49:37 GMT", 0.0),
    ],
)  # fmt: skip
def test_all_forms_of_rfc_9110_are_read(value: str, expected: float) -> None:
    assert parse_retry_after(value, NOW) == expected


@pytest.mark.parametrize(
    "value",
    ["", " ", "soon", "-5", "1.5", "1e3", "0x10", "5 seconds", "inf", "nan", "²", "tomorrow",
     "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:00:00 GMT", ",", "GMT",
     "Sun, 06 Nov 1994 08:49:37 +99999999999999"],
)  # fmt: skip
def test_rubbish_says_nothing(value: str) -> None:
    assert parse_retry_after(value, NOW) is None


def test_no_header_says_nothing() -> None:
    assert parse_retry_after(None, NOW) is None


def test_absurdly_many_seconds_are_still_a_number() -> None:
    found = parse_retry_after("9" * 5000, NOW)
    assert found is not None
    assert math.isfinite(found)


@settings(deadline=None, max_examples=300)
@given(
    st.text(max_size=40)
    | st.text("0123456789:-+, SunJaGMTEZ", max_size=40)
    | st.from_regex(
        r"\A[A-Z][a-z]{2},? \d{1,4} [A-Z][a-z]{2} \d{1,5} \d\d:\d\d(:\d\d)? [-+]?\d{1,20}\Z"
    ),
    st.floats(0, 4e9),
)
def test_any_text_is_a_wait_or_nothing(value: str, now: float) -> None:
    found = parse_retry_after(value, now)
    assert found is None or (found >= 0 and math.isfinite(found))


@given(st.integers(0, 4_000_000_000), st.integers(0, 4_000_000_000))
def test_date_is_counted_from_now_and_never_backwards(when: int, now: int) -> None:
    value = email.utils.formatdate(when, usegmt=True)
    assert parse_retry_after(value, float(now)) == max(when - now, 0)


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_east")
def test_date_without_a_zone_is_not_the_local_one() -> None:
    assert parse_retry_after("Sun Nov  6 08:50:37 1994", NOW) == 60
