"""How an operator's answers change the pace: laws of a pure state machine."""

from hypothesis import given
from hypothesis import strategies as st

from portraitset.download.rate_limit import RateLimit
from portraitset.download.settings import DownloadSettings

SETTINGS = DownloadSettings(rate=10.0, most_refusals=3, refusal_pause=60.0, longest_pause=300.0)
ANSWERS = st.lists(st.sampled_from(["good", "slow", "refusal"]), max_size=200)


def press(rate_limit: RateLimit, answers: list[str]) -> None:
    for now, answer in enumerate(answers):
        if answer == "refusal":
            rate_limit.refused(began=float(now), now=float(now), retry_after=None)
        else:
            rate_limit.answered(5.0 if answer == "slow" else 0.1)


@given(ANSWERS)
def test_rate_stays_above_nothing_and_below_what_is_configured(answers: list[str]) -> None:
    rate_limit = RateLimit(SETTINGS)
    press(rate_limit, answers)
    assert 0 < rate_limit.rate <= SETTINGS.rate


def test_refusal_halves_the_rate_and_good_answers_regain_it_slowly() -> None:
    rate_limit = RateLimit(SETTINGS)
    rate_limit.refused(0.0, 0.0, None)
    assert rate_limit.rate == 5.0
    press(rate_limit, ["good"] * 10)
    assert 5.0 < rate_limit.rate < 10.0
    press(rate_limit, ["good"] * 40)
    assert rate_limit.rate == 10.0


def test_rising_latency_slows_down_before_anything_is_refused() -> None:
    rate_limit = RateLimit(SETTINGS)
    press(rate_limit, ["good"] * 20 + ["slow"] * 20)
    assert rate_limit.rate < 5.0


def test_steady_latency_however_long_does_not() -> None:
    rate_limit = RateLimit(SETTINGS)
    for _ in range(50):
        rate_limit.answered(3.0)
    assert rate_limit.rate == 10.0


def test_retry_after_holds_everything_within_reason() -> None:
    rate_limit = RateLimit(SETTINGS)
    rate_limit.refused(0.0, 100.0, retry_after=30.0)
    assert rate_limit.open_until == 130.0
    rate_limit.refused(1.0, 101.0, retry_after=1e9)
    assert rate_limit.open_until == 101.0 + SETTINGS.longest_pause


def test_run_of_refusals_opens_the_circuit_and_a_good_answer_closes_it() -> None:
    rate_limit = RateLimit(SETTINGS)
    press(rate_limit, ["refusal", "refusal", "good", "refusal", "refusal"])
    assert rate_limit.open_until == 0.0, "never three in a row"
    rate_limit.refused(10.0, 10.0, None)
    assert rate_limit.open_until == 70.0
    assert rate_limit.is_probing
    rate_limit.answered(0.1)
    rate_limit.refused(80.0, 80.0, None)
    assert rate_limit.open_until == 70.0, "closed again: one refusal opens nothing"


def test_requests_under_way_when_it_opens_do_not_count_again() -> None:
    rate_limit = RateLimit(SETTINGS)
    for _ in range(3):
        rate_limit.refused(1.0, 2.0, None)
    for _ in range(20):
        rate_limit.refused(1.9, 3.0, None)
    assert rate_limit.stopped is None
    assert rate_limit.open_until == 62.0


def test_operator_that_goes_on_refusing_is_left_alone() -> None:
    rate_limit = RateLimit(SETTINGS)
    now = 0.0
    for _ in range(3):
        rate_limit.refused(now, now, None)
    for _ in range(2):
        now = rate_limit.open_until
        assert rate_limit.stopped is None
        rate_limit.refused(now, now, None)
    assert rate_limit.stopped is not None
    assert now == 180.0, "pauses of 60 and then 120 s"


def test_challenge_stops_at_once() -> None:
    rate_limit = RateLimit(SETTINGS)
    rate_limit.challenged()
    assert "human" in (rate_limit.stopped or "")
