"""Records: what follows from what was decided."""

from pathlib import Path

import pytest

from portraitset.errors import DegenerateFace, State
from portraitset.handoffs import AlignedFace, Face, Photo, RawPhoto, Rescued, Response, source_of
from portraitset.landmarks import Landmarks
from portraitset.workspace.layout import FileStamp
from portraitset.workspace.records import FaceRecord, PhotoRecord

PHOTO = Photo("https://gallery.example/a.jpg", "a.jpg")
RESPONSE = Response("https://cdn.example/a.jpg", '"etag"', "yesterday", "origSize=5", 3)
RAW = RawPhoto(PHOTO, Path("raw/a-on-disk.jpg"), "ab" * 32, 1234, 7, 640, 480, "JPEG", RESPONSE)


def test_adopted_original_has_no_response() -> None:
    adopted = RawPhoto(PHOTO, RAW.path, RAW.sha256, 1, 2, 3, 4, "PNG")
    assert PhotoRecord.of_original(adopted).response is None
    assert PhotoRecord.of_original(RAW).response == RESPONSE


def test_record_of_an_original_holds_its_file_and_its_stamp() -> None:
    record = PhotoRecord.of_original(RAW)
    assert (record.state, record.file) == (State.FETCHED, "a-on-disk.jpg")
    assert record.stamp == FileStamp(1234, 7)
    assert record.source == source_of(RAW.sha256, None)
    assert record.exact_size == (640, 480)


def test_rescued_original_knows_the_size_that_its_landmarks_belong_to() -> None:
    rescued = Rescued("https://cdn.example/small.jpg", 0.5)
    raw = RawPhoto(PHOTO, RAW.path, RAW.sha256, 1, 2, 320, 240, "JPEG", rescued=rescued)
    record = PhotoRecord.of_original(raw)
    assert record.rescued == rescued
    assert record.exact_size == (640, 480)
    assert record.source == source_of(RAW.sha256, rescued)


def test_what_was_never_verified_has_no_stamp_and_no_source() -> None:
    record = PhotoRecord("a.jpg", PHOTO.url, State.FAILED, "timeout")
    assert (record.stamp, record.source, record.exact_size) == (None, None, None)


@pytest.mark.parametrize("finished", [True, False])
def test_record_of_a_crop_or_of_none(finished: bool) -> None:
    face = Face("a.png", PHOTO, Landmarks((0, 0), (1, 0), (0, 1), (1, 1)))
    if finished:
        record = FaceRecord.of_crop(AlignedFace("a.png", Path("aligned/a.jpg"), "cd", "ef", 99, 8))
        assert (record.state, record.file) == (State.ALIGNED, "a.jpg")
        assert record.stamp == FileStamp(99, 8)
    else:
        record = FaceRecord.of_failure(face, "ef", DegenerateFace("no up"))
        assert (record.state, record.reason, record.stamp) == (
            State.FAILED,
            "degenerate-face",
            None,
        )
    assert (record.name, record.fingerprint) == ("a.png", "ef")
