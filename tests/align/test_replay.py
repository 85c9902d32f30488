"""Upstream's sequence of shifts, face by face. Its crops are compared in `test_options`."""

import numpy as np

from align.test_fast import face
from portraitset.align.replay import Turn, replayed_draws
from portraitset.align.settings import CropSettings, Replay

ROOM = (400, 400)
TURNS: list[Turn] = [(face(200, 200, 200 + 10 * number, 0), ROOM) for number in range(8)]


def settings(replay: Replay, retry: bool = True) -> CropSettings:
    return CropSettings(random_shift=0.3, retry_crops=retry, replay=replay)


def test_ffhq_burns_two_numbers_a_face_and_metfaces_none() -> None:
    stream = np.random.RandomState(12345).normal(0, 1, (16, 2))
    ffhq = list(replayed_draws(TURNS, settings("ffhq", retry=False)))
    assert ffhq == [tuple(pair) for pair in stream[8:]]
    assert list(replayed_draws(TURNS, settings("metfaces", retry=False))) == [
        tuple(pair) for pair in stream[:8]
    ]


def test_retried_draws_are_a_part_of_the_same_stream_in_order() -> None:
    stream = [tuple(pair) for pair in np.random.RandomState(12345).normal(0, 1, (4000, 2))]
    found = list(replayed_draws(TURNS, settings("metfaces")))
    places = [stream.index(draw) for draw in found if draw is not None]
    assert places == sorted(set(places))
    assert len(places) == 8
    assert places[-1] > 8, "some were drawn again"


def test_size_that_is_not_known_ends_what_can_be_known_where_crops_are_retried() -> None:
    gap: list[Turn] = [*TURNS[:3], (TURNS[3][0], None), *TURNS[4:]]
    whole = list(replayed_draws(TURNS, settings("ffhq")))
    assert list(replayed_draws(gap, settings("ffhq"))) == whole[:3] + [None] * 5
    entry: list[Turn] = [*TURNS[:3], (None, ROOM), *TURNS[4:]]
    assert list(replayed_draws(entry, settings("ffhq"))) == whole[:3] + [None] * 5
    once = list(replayed_draws(TURNS, settings("ffhq", retry=False)))
    for turns in (gap, entry):
        assert list(replayed_draws(turns, settings("ffhq", retry=False))) == once


def test_face_that_never_fits_takes_a_thousand_draws_and_the_next_goes_on() -> None:
    stream = [tuple(pair) for pair in np.random.RandomState(12345).normal(0, 1, (2000, 2))]
    tight: list[Turn] = [(face(200, 200, 400, 0), ROOM), *TURNS[:1]]
    first, second = replayed_draws(tight, settings("metfaces"))
    assert first == stream[999]
    assert second is not None
    assert stream.index(second) >= 1000
