"""Link rot: each photo is counted once, under its host, its year and its outcome."""

import pytest

from portraitset.errors import State
from portraitset.handoffs import Photo, Revisit
from portraitset.manifest.addresses import upload_year
from portraitset.pipeline.linkrot import Address, address_of, count_rot
from portraitset.workspace.records import PhotoRecord

ADDRESS = "https://cdna.artstation.com/p/assets/images/images/020/942/583/large/a.jpg"


@pytest.mark.parametrize(
    ("query", "year"),
    [
        ("?1569824523", 2019),
        ("?946684800", 2000),
        ("?1577836799", 2019),
        ("?1577836800", 2020),
        ("", None),
        ("?v=3", None),
        ("?12", None),
        ("?99999999999999999999", None),
        ("?١٥٦٩٨٢٤٥٢٣", None),
    ],
)
def test_year_of_upload_is_that_of_the_query(query: str, year: int | None) -> None:
    assert upload_year(ADDRESS + query) == year


def test_address_without_sense_has_no_year() -> None:
    assert upload_year("http://[::1?1569824523") is None


@pytest.mark.parametrize(
    ("state", "reason", "fate", "outcome"),
    [
        (State.FETCHED, None, "held", "held"),
        (State.UNAVAILABLE, "gone", "gone", "gone"),
        (State.UNAVAILABLE, "denied", "gone", "denied"),
        (State.REFUSED, "opted-out", "refused", "opted-out"),
        (State.FAILED, "timeout", "failed", "timeout"),
    ],
)
def test_fate_follows_from_the_state(
    state: State, reason: str | None, fate: str, outcome: str
) -> None:
    record = PhotoRecord("a.jpg", ADDRESS, state, reason)
    assert address_of(Photo(ADDRESS, "a.jpg"), record, None) == Address(ADDRESS, fate, outcome)


def test_photo_that_was_never_decided_or_has_moved_was_not_asked_for() -> None:
    moved = PhotoRecord("a.jpg", "https://elsewhere.example/a.jpg", State.FETCHED)
    for record in (None, moved):
        assert address_of(Photo(ADDRESS, "a.jpg"), record, None).fate == "not asked"


def test_counts_add_up_whichever_way_one_looks() -> None:
    other = "https://cdnb.example/x.jpg?1400000000"
    found = count_rot(
        [
            Address(ADDRESS + "?1569824523", "held", "held", "unchanged"),
            Address(ADDRESS + "?1569824523", "gone", "gone"),
            Address(other, "failed", "timeout"),
        ]
    )
    assert found.total == 3
    for view in (found.hosts, found.years):
        assert sum(sum(counts.values()) for counts in view.values()) == 3
    assert list(found.hosts) == ["cdna.artstation.com", "cdnb.example"]
    assert list(found.years) == ["2014", "2019"]
    assert sum(found.outcomes.values()) == 3
    assert found.since == {"unchanged": 1}


def test_revisit_of_what_is_held_is_told() -> None:
    record = PhotoRecord("a.jpg", ADDRESS, State.FETCHED)
    assert address_of(Photo(ADDRESS, "a.jpg"), record, Revisit("gone")).since == "gone"
