"""The audit: figures that can be checked by hand."""

import json
from dataclasses import asdict, replace

import pytest

from entries import POINTS
from measured import measured
from portraitset.curate.audit import Entry, audit_of, concentration, hue_of, spread_of
from portraitset.curate.measure import Swatch, native_size_of
from portraitset.errors import State
from portraitset.handoffs import Face, Photo
from portraitset.landmarks import landmarks_from_points


def face(number: int, artist: str, host: str = "cdna.gallery.example", year: int = 0) -> Face:
    query = {2018: "?1530000000", 2020: "?1590000000"}.get(year, "")
    path = f"/p/assets/images/images/000/000/{number:03d}/large/{artist}-title.jpg"
    photo = Photo(f"https://{host}{path}{query}", f"raw-{number}.jpg")
    return Face(f"{number}.png", photo, landmarks_from_points(POINTS))


def test_equal_artists_are_not_concentrated_at_all() -> None:
    found = concentration([5, 5, 5, 5])
    assert (found.pictures, found.artists) == (20, 4)
    assert found.gini == pytest.approx(0)
    assert found.effective == pytest.approx(4)
    assert found.top_share == 0.25


def test_concentration_of_unequal_artists() -> None:
    found = concentration([201, 1, 1, 1])
    assert found.gini == pytest.approx(150 / 204)  # by the mean absolute difference
    assert found.effective == pytest.approx(204**2 / (201**2 + 3))
    assert found.above_200 == 1
    assert concentration([]).artists == 0
    assert concentration([200]).above_200 == 0


def test_spread_counts_what_is_not_known() -> None:
    spread = spread_of([1.0, None, 3.0, 2.0])
    assert spread is not None
    assert (spread.count, spread.unknown, spread.least, spread.median, spread.most) == (
        3,
        1,
        1,
        2,
        3,
    )
    assert spread_of([None]) is None
    assert spread_of([]) is None


@pytest.mark.parametrize(
    ("colour", "hue"),
    [
        ("#000000", "black"),
        ("#ffffff", "white"),
        ("#808080", "grey"),
        ("#ff0000", "red"),
        ("#ff0010", "red"),
        ("#ff8000", "orange"),
        ("#ffff00", "yellow"),
        ("#00ff00", "green"),
        ("#00ffff", "cyan"),
        ("#0000ff", "blue"),
        ("#8000ff", "purple"),
        ("#ff00a0", "pink"),
    ],
)
def test_hues_have_their_names(colour: str, hue: str) -> None:
    assert hue_of(colour) == hue


def test_addresses_that_tell_no_artist_are_not_one_artists() -> None:
    known = face(1, "ann-ink")
    nameless = [
        replace(known, name=f"{number}.png", photo=Photo("https://gallery.example/", f"{number}"))
        for number in (2, 3, 4)
    ]
    entries = [Entry(State.ALIGNED, each) for each in (known, *nameless)]
    measures = {entry.name: measured() for entry in (known, *nameless)}
    assert audit_of("", entries, measures).artists == concentration([1])


def test_survivors_are_told_from_the_dead_by_the_manifest_alone() -> None:
    entries = [
        Entry(State.ALIGNED, face(1, "ann-ink", year=2020)),
        Entry(State.ALIGNED, face(2, "ann-ink", year=2020)),
        Entry(State.FETCHED, face(3, "bob-oil", year=2020)),
        Entry(State.UNAVAILABLE, face(4, "bob-oil", "old.example", 2018)),
        Entry(State.REMOVED, face(5, "eve-x")),
        Entry(State.REFUSED, face(6, "eve-x")),
        Entry(State.INVALID, None),
    ]
    measures = {
        "1.png": measured(palette=(Swatch("#ff0000", 0.75), Swatch("#0000ff", 0.25))),
        "2.png": measured(upload_year=None, format="PNG", compression_quality=None),
    }
    audit = audit_of("mind the bias", entries, measures)
    assert next(iter(asdict(audit))) == "caution"
    assert audit.artists == concentration([2])
    assert {name: fate.faces for name, fate in audit.fates.items()} == {
        "available": 3,
        "dead": 1,
        "refused": 1,
        "removed": 1,
        "invalid": 1,
    }
    assert audit.fates["available"].years == {"2020": 3}
    assert audit.fates["dead"].years == {"2018": 1}
    assert audit.fates["dead"].hosts == {"old.example": 1}
    assert audit.fates["dead"].sizes == {"large": 1}
    assert audit.fates["dead"].native_size is not None
    assert audit.fates["invalid"].native_size is None
    assert audit.measures["compression_quality"].unknown == 1
    assert audit.years == {"2019": 1, "unknown": 1}
    assert audit.formats == {"JPEG": 1, "PNG": 1}
    assert audit.palette == pytest.approx({"orange": 0.5, "red": 0.375, "blue": 0.125})
    json.dumps(asdict(audit), allow_nan=False)


def test_nothing_held_is_no_error() -> None:
    audit = audit_of("mind", [Entry(State.PENDING, face(1, "a-b"))], {})
    assert audit.measures == {}
    assert audit.artists.pictures == 0


def removed(number: int, host: str = "cdna.gallery.example", year: int = 2020) -> Entry:
    return Entry(State.REMOVED, face(number, "eve-x", host, year))


def test_of_few_removed_pictures_only_the_number_is_told() -> None:
    two_of_one = Entry(State.REMOVED, replace(face(3, "eve-x", year=2020), name="twin.png"))
    entries = [*map(removed, range(4)), two_of_one]
    found = audit_of("", entries, {}).fates["removed"]
    assert found.faces == 5
    assert found.years == found.hosts == found.sizes == {}
    assert found.artists.pictures == 0
    assert found.native_size is found.roll is found.yaw_proxy is None


def test_removed_picture_is_not_found_in_a_manifest_by_what_is_told_of_many() -> None:
    odd_one = removed(5, "old.example", 2018)
    found = audit_of("", [*map(removed, range(5)), odd_one], {}).fates["removed"]
    assert found.years == {"2020": 5, "unknown": 1}
    assert found.hosts == {"cdna.gallery.example": 5, "unknown": 1}
    exact = native_size_of(landmarks_from_points(POINTS))
    assert found.native_size is not None
    assert found.native_size.most == float(f"{exact:.1g}") != exact
