"""The ledger: what was decided is read back as it was written, by anybody, at any time."""

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portraitset.errors import (
    Changed,
    DegenerateFace,
    Gone,
    InputError,
    State,
    TimedOut,
    WorkspaceError,
)
from portraitset.handoffs import AlignedFace, Face, Photo, RawPhoto, Response
from portraitset.landmarks import Landmarks
from portraitset.manifest import Note
from portraitset.workspace.layout import FileStamp
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.records import FaceRecord, PhotoRecord
from portraitset.workspace.schema import SCHEMA_VERSION

PHOTO = Photo("https://gallery.example/a.jpg", "a.jpg")
RESPONSE = Response("https://cdn.example/a.jpg", '"etag"', "yesterday", "origSize=5", 3)
RAW = RawPhoto(PHOTO, Path("raw/a.jpg"), "ab" * 32, 1234, 10**18 + 7, 640, 480, "JPEG", RESPONSE)
CROP = AlignedFace("a.png", Path("aligned/a.png"), "cd" * 32, "ef" * 16, 99, 10**18 + 9)
FACE = Face("a.png", PHOTO, Landmarks((0, 0), (1, 0), (0, 1), (1, 1)))


def photo_of(ledger: Ledger) -> PhotoRecord:
    record = ledger.photo("a.jpg")
    assert record is not None
    return record


def face_of(ledger: Ledger) -> FaceRecord:
    record = ledger.face("a.png")
    assert record is not None
    return record


def test_what_was_never_decided_has_no_record(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        assert ledger.photo("a.jpg") is None
        assert ledger.face("a.png") is None
        assert list(ledger.names()) == []


def test_verified_original_is_read_back_whole_after_reopening(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        ledger.write_photo(RAW)
    with Ledger.open(tmp_path) as ledger:
        record = photo_of(ledger)
    assert (record.url, record.state, record.reason) == (PHOTO.url, State.FETCHED, None)
    assert (record.sha256, record.width, record.height, record.format) == (
        RAW.sha256,
        640,
        480,
        "JPEG",
    )
    assert record.stamp == FileStamp(1234, 10**18 + 7)
    assert record.response == RESPONSE
    assert record.decided_at > 1.6e9


def test_adopted_original_has_no_response() -> None:
    with Ledger.in_memory() as ledger:
        ledger.write_photo(RawPhoto(PHOTO, RAW.path, RAW.sha256, 1, 2, 3, 4, "PNG"))
        assert photo_of(ledger).response is None


def test_crop_and_its_failure_are_read_back() -> None:
    with Ledger.in_memory() as ledger:
        ledger.write_crop(CROP)
        done = face_of(ledger)
        ledger.write_crop_failure(FACE, "12" * 16, DegenerateFace("no crop here"))
        failed = face_of(ledger)
        assert list(ledger.names()) == ["a.png"]
    assert (done.state, done.fingerprint, done.sha256_rgb) == (
        State.ALIGNED,
        CROP.fingerprint,
        CROP.sha256_rgb,
    )
    assert done.stamp == FileStamp(99, 10**18 + 9)
    assert (failed.state, failed.reason, failed.detail) == (
        State.FAILED,
        "degenerate-face",
        "no crop here",
    )
    assert (failed.fingerprint, failed.stamp, failed.sha256_rgb) == ("12" * 16, None, None)


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(deadline=None, max_examples=50)
@given(names, names, st.integers(0, 2**62), st.integers(0, 2**62), names | st.none())
def test_any_text_and_any_size_come_back(
    name: str, url: str, byte_count: int, mtime_ns: int, etag: str | None
) -> None:
    raw = RawPhoto(
        Photo(url, name), Path("x"), "0", byte_count, mtime_ns, 1, 1, "PNG", Response(url, etag)
    )
    with Ledger.in_memory() as ledger:
        ledger.write_photo(raw)
        record = ledger.photo(name)
    assert record is not None
    assert (record.raw_name, record.url) == (name, url)
    assert record.stamp == FileStamp(byte_count, mtime_ns)
    assert record.response == raw.response


def test_failure_keeps_what_was_once_verified_at_this_address() -> None:
    with Ledger.in_memory() as ledger:
        ledger.write_photo(RAW)
        ledger.write_photo_failure(PHOTO, Gone("the server answers 404"), "caps")
        record = photo_of(ledger)
    assert (record.state, record.reason, record.detail, record.caps) == (
        State.UNAVAILABLE,
        "gone",
        "the server answers 404",
        "caps",
    )
    assert (record.sha256, record.stamp) == (RAW.sha256, FileStamp(1234, 10**18 + 7))


def test_failure_at_a_new_address_forgets_what_another_address_gave() -> None:
    with Ledger.in_memory() as ledger:
        ledger.write_photo(RAW)
        ledger.write_photo_failure(Photo("https://new.example/a.jpg", "a.jpg"), Gone("404"), None)
        record = photo_of(ledger)
    assert (record.url, record.sha256, record.stamp) == ("https://new.example/a.jpg", None, None)


def test_success_leaves_nothing_of_an_earlier_failure() -> None:
    with Ledger.in_memory() as ledger:
        ledger.write_photo_failure(PHOTO, TimedOut("too slow"), "caps")
        ledger.write_photo(RAW)
        record = photo_of(ledger)
    assert (record.state, record.reason, record.detail, record.caps) == (
        State.FETCHED,
        None,
        None,
        None,
    )


def test_forgetting_drops_exactly_the_asked_reasons() -> None:
    with Ledger.in_memory() as ledger:
        for number, error in enumerate([Gone("x"), TimedOut("y"), Changed("z")]):
            ledger.write_photo_failure(Photo(f"https://x/{number}", str(number)), error, None)
        ledger.write_crop_failure(FACE, "1", DegenerateFace("w"))
        ledger.write_photo(RAW)
        assert ledger.forget(["gone", "degenerate-face"]) == 2
        assert ledger.forget(["gone", "no such reason"]) == 0
        assert ledger.forget([]) == 0
        left = [name for name in ("0", "1", "2", "a.jpg") if ledger.photo(name)]
        assert left == ["1", "2", "a.jpg"]
        assert ledger.face("a.png") is None


def test_forgetting_a_failure_keeps_what_was_once_verified() -> None:
    """Its crops still rest on it: a picture that is gone from the web stays aligned."""
    with Ledger.in_memory() as ledger:
        ledger.write_photo(RAW)
        before = photo_of(ledger)
        ledger.write_photo_failure(PHOTO, Gone("404"), "caps")
        assert ledger.forget(["gone"]) == 1
        record = photo_of(ledger)
    assert (record.state, record.reason, record.caps) == (State.FETCHED, None, None)
    assert (record.sha256, record.stamp) == (before.sha256, before.stamp)


def test_facts_are_replaced_and_notes_kept_once() -> None:
    with Ledger.in_memory() as ledger:
        assert ledger.fact("raw") is None
        ledger.write_fact("raw", "here")
        ledger.write_fact("raw", "there")
        assert ledger.fact("raw") == "there"
        for note in [Note("b", "odd"), Note("a", "odd"), Note("b", "odd"), Note("b", "odder")]:
            ledger.write_note(note)
        assert sorted(ledger.notes(), key=str) == sorted(
            [Note("b", "odd"), Note("a", "odd"), Note("b", "odder")], key=str
        )


def test_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        with ledger.transaction():
            ledger.write_photo(RAW)
            ledger.write_fact("kept", "yes")

        def two_writes_and_a_crash() -> None:
            with ledger.transaction():
                ledger.write_crop(CROP)
                ledger.write_photo_failure(PHOTO, Gone("404"), None)
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            two_writes_and_a_crash()
        assert ledger.face("a.png") is None
        assert photo_of(ledger).state == State.FETCHED
        with ledger.transaction():  # it goes on
            ledger.write_crop(CROP)
    with Ledger.open(tmp_path) as ledger:
        assert (ledger.fact("kept"), face_of(ledger).state) == ("yes", State.ALIGNED)


def test_reader_is_neither_blocked_by_a_writer_nor_shown_half_of_it(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as writer:
        writer.write_photo(RAW)
        with writer.transaction():
            writer.write_photo_failure(PHOTO, Gone("404"), None)
            with Ledger.open_existing(tmp_path) as reader:
                assert photo_of(reader).state == State.FETCHED
        with Ledger.open_existing(tmp_path) as reader:
            assert photo_of(reader).state == State.UNAVAILABLE


def test_killed_writer_leaves_the_last_whole_transaction(tmp_path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from portraitset.workspace.ledger import Ledger
ledger = Ledger.open(Path({str(tmp_path)!r}))
with ledger.transaction():
    ledger.write_fact("first", "whole")
with ledger.transaction():
    ledger.write_fact("second", "half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    with Ledger.open(tmp_path) as ledger:
        assert (ledger.fact("first"), ledger.fact("second")) == ("whole", None)


def test_those_who_open_a_new_ledger_at_once_all_succeed(tmp_path: Path) -> None:
    start = threading.Barrier(8)

    def open_and_write(number: int) -> None:
        start.wait()
        with Ledger.open(tmp_path) as ledger:
            ledger.write_fact(str(number), "here")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(open_and_write, range(8)))
    with Ledger.open(tmp_path) as ledger:
        assert [ledger.fact(str(number)) for number in range(8)] == ["here"] * 8


def test_two_who_both_found_it_empty_do_not_meet_in_an_error(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        ledger.write_fact("kept", "yes")
    _execute(tmp_path, "PRAGMA user_version = 0")
    with Ledger.open(tmp_path) as ledger:
        assert ledger.fact("kept") == "yes"


def _execute(folder: Path, statement: str) -> None:
    connection = sqlite3.connect(folder / "ledger.sqlite")
    connection.execute(statement)
    connection.close()


def test_ledger_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    Ledger.open(tmp_path).close()
    _execute(tmp_path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    for _ in range(2):
        with pytest.raises(WorkspaceError, match="made by a newer portraitset"):
            Ledger.open(tmp_path)


@pytest.mark.parametrize("damage", ["not a database", "middle", "cut"])
def test_damaged_ledger_stops_with_advice(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "ledger.sqlite"
    with Ledger.open(tmp_path) as ledger, ledger.transaction():
        for number in range(2000):
            ledger.write_fact(f"{number:05d}", "x" * 50)
    data = bytearray(path.read_bytes())
    if damage == "not a database":
        data = bytearray(b"this is no database" * 500)
    elif damage == "middle":
        data[2048:-2048] = b"\xff" * (len(data) - 4096)
    else:
        del data[len(data) // 2 :]
    path.write_bytes(data)
    with pytest.raises(WorkspaceError) as caught, Ledger.open(tmp_path) as ledger:
        for number in range(2000):
            ledger.fact(f"{number:05d}")
    assert str(path) in str(caught.value)
    assert "is damaged" in str(caught.value)
    assert "Move it away" in str(caught.value)


def test_folder_without_a_ledger_is_no_workspace_and_stays_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no workspace"):
        Ledger.open_existing(tmp_path)
    assert not any(tmp_path.iterdir())


def test_ledger_where_none_can_be_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").mkdir()
    with pytest.raises(WorkspaceError, match="cannot be used"):
        Ledger.open(tmp_path)
    with pytest.raises(WorkspaceError, match="cannot be used"):
        Ledger.open(tmp_path / "no" / "folder")


def test_busy_ledger_is_refused_in_words(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as one, Ledger.open(tmp_path) as other:
        other._connection.execute("PRAGMA busy_timeout = 10")
        with one.transaction(), pytest.raises(WorkspaceError, match="in use: another process"):
            other.write_fact("a", "b")


def test_mistake_of_ours_stays_a_mistake(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path)
    ledger.close()
    with pytest.raises(sqlite3.ProgrammingError):
        ledger.fact("a")


def test_older_ledger_gets_the_new_columns_and_keeps_its_rows(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        ledger.write_photo(RAW)
        ledger.write_crop(CROP)
    for column in ("sha256_rgb", "look"):
        _execute(tmp_path, f"ALTER TABLE photos DROP COLUMN {column}")
    _execute(tmp_path, "PRAGMA user_version = 1")
    with Ledger.open(tmp_path) as ledger:
        assert (photo_of(ledger).sha256, photo_of(ledger).look) == (RAW.sha256, None)
        assert face_of(ledger).sha256_rgb == CROP.sha256_rgb
        ledger.write_photo(replace(RAW, sha256_rgb="12" * 32, look="34" * 32))
    with Ledger.open(tmp_path) as ledger:
        record = photo_of(ledger)
    assert (record.sha256_rgb, record.look) == ("12" * 32, "34" * 32)
    assert record.tries == RESPONSE.tries
