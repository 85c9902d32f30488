"""The tool's own manifests: what is written is read back, what is damaged is refused."""

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from entries import entry, parsed
from portraitset.errors import InputError
from portraitset.handoffs import Face, Photo
from portraitset.landmarks import Landmarks
from portraitset.manifest import Manifest, parse_manifest, read_manifest
from portraitset.manifest.native import Row, write_jsonl, write_parquet

WRITERS = pytest.mark.parametrize("write", [write_jsonl, write_parquet])
DIGEST = "0f" * 32


def faces() -> list[Face]:
    points = {"eye_left": [50.1, 1 / 3], "eye_right": [80, 2], "mouth_left": [53.0, 32.0]}
    points |= {"mouth_right": [76.0, 33.0], "nose": [60.0, 15.0]}
    odd = entry(landmarks=points, raw_name="ü\u2028?1", style={"oil": [1, None]}, extra={"a": 1})
    return list(parsed({"a.png": odd, "=b`.png": entry(raw_name="b.jpg")}))


def rows() -> list[Row]:
    first, second = faces()
    return [Row(first, split="val", width=3, height=4, sha256=DIGEST), Row(second)]


def read(data: bytes) -> Manifest:
    return parse_manifest(data, "given")


@WRITERS
def test_faces_come_back_as_they_were(write: Any) -> None:
    found = read(write("aahq", rows()))
    first, second = found
    wanted = faces()
    assert found.schema == "aahq"
    assert (first.photo, first.landmarks) == (wanted[0].photo, wanted[0].landmarks)
    assert first.extra == {**wanted[0].extra, "split": "val"}
    assert second == wanted[1]
    assert [note.subject for note in found.notes] == ["a.png", "=b`.png"]


@WRITERS
def test_equal_rows_make_equal_bytes(write: Any) -> None:
    assert write("aahq", rows()) == write("aahq", rows())


@WRITERS
def test_half_a_surrogate_pair_ends_nothing(write: Any) -> None:
    face = next(iter(parsed({"a.png": entry(note="half \ud800 pair")})))
    assert len(read(write("aahq", [Row(face)]))) == 1


def test_manifest_is_known_by_its_content_whatever_its_name(tmp_path: Path) -> None:
    for write in (write_jsonl, write_parquet):
        path = tmp_path / "faces.txt"
        path.write_bytes(write("aahq", rows()))
        assert [face.name for face in read_manifest(path)] == ["a.png", "=b`.png"]


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm() -> None:
    data = write_jsonl("aahq", rows()).replace(b"\n", b"\r\n")
    assert len(read(b"\xef\xbb\xbf" + data)) == 2


def lines(**changes: object) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in write_jsonl("aahq", rows()).splitlines()]
    found[1] |= changes
    return found


def joined(content: list[dict[str, Any]]) -> bytes:
    return b"\n".join(json.dumps(line).encode() for line in content) + b"\n"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"url": "file:///etc/passwd"}, "not an http"),
        ({"url": None}, "image_url must be text"),
        ({"raw_name": "../up"}, "path separator"),
        ({"landmarks": [1, 2]}, "landmarks must be an object"),
        ({"landmarks": {"eye_left": [float("nan"), 0]}}, ""),
        ({"extra": 3}, "extra must be an object"),
        ({"face": "../up.png"}, "path separator"),
    ],
)
def test_bad_face_is_an_invalid_entry_and_the_next_is_read(
    changes: dict[str, object], complaint: str
) -> None:
    found = read(joined(lines(**changes)))
    (bad,) = found.invalid()
    assert complaint in str(bad.error)
    assert [face.name for face in found] == ["=b`.png"]


def test_extra_fields_cannot_stand_in_for_the_real_ones() -> None:
    sly = {"url": "https://evil.example/x", "raw_name": "x", "image_url": "https://evil.example/"}
    first = next(iter(read(joined(lines(extra=sly)))))
    assert first.photo == faces()[0].photo


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (joined(lines()[:2]), "not whole"),
        (joined([*lines(), lines()[1]]), "not whole"),
        (joined([lines()[0], lines()[1], lines()[1]]), "is there twice"),
        (joined(lines(face=None)), "no name"),
        (joined([{"portraitset-manifest": 2}]), "format 2"),
        (joined([{"portraitset-manifest": 1, "faces": 0, "schema": "xyz"}]), "'xyz'"),
        (joined([{"portraitset-manifest": 1, "faces": 0, "schema": "aahq"}]), "no entries"),
        (
            joined(lines()[:1]) + b'{"face": 1, "face": 2}\n[]\n',
            "line 2: an object has a key twice",
        ),
        (joined(lines()[:2]) + b"[" * 100_000, "line 3: no JSON"),
        (joined(lines()[:2]) + b"[]", "line 3: must be a JSON object"),
        (joined(lines()) + b"\xff", "not UTF-8"),
        (b'{"portraitset-manifest"', "line 1: no JSON"),
    ],
)
def test_damaged_lines_are_refused(data: bytes, complaint: str) -> None:
    with pytest.raises(InputError, match="given") as caught:
        read(data)
    assert complaint in str(caught.value)


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def table() -> pa.Table:
    return pq.read_table(io.BytesIO(write_parquet("aahq", rows())))


def with_column(name: str, values: list[object]) -> pa.Table:
    found = table()
    index = found.schema.get_field_index(name)
    return found.set_column(index, name, pa.array(values))


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"PAR1", "no Parquet"),
        (write_parquet("aahq", rows())[:-9], "no Parquet"),
        (write_parquet("xyz", rows()), "'xyz'"),
        (parquet(table().replace_schema_metadata({})), "format ''"),
        (parquet(table().drop_columns(["url"])), "column url must be string, not None"),
        (parquet(with_column("eye_left_x", ["1", "2"])), "eye_left_x must be double"),
        (parquet(with_column("face", ["a.png", "a.png"])), "row 2: the face 'a.png'"),
        (parquet(with_column("face", ["a.png", None])), "row 2: the face has no name"),
        (parquet(with_column("extra", ["[]", "{}"])), "row 1, extra: must be"),
        (parquet(with_column("extra", ["{", "{}"])), "row 1, extra: no JSON"),
        (parquet(with_column("raw_name", ["x" * (2 << 20), "y"])), "raw_name is longer"),
    ],
)
def test_damaged_parquet_is_refused(data: bytes, complaint: str) -> None:
    with pytest.raises(InputError, match="given") as caught:
        read(data)
    assert complaint in str(caught.value)


def test_parquet_with_flipped_bytes_raises_nothing_else() -> None:
    whole = write_parquet("aahq", rows())
    for place in range(4, len(whole), 37):
        data = bytearray(whole)
        data[place] ^= 0x41
        try:
            read(bytes(data))
        except InputError as error:
            assert "given" in str(error)


def test_parquet_with_no_point_is_an_invalid_entry() -> None:
    (bad,) = read(parquet(with_column("eye_left_x", [None, 1.0]))).invalid()
    assert bad.name == "a.png"


def test_long_text_that_is_there_a_million_times_is_refused_before_it_is_copied() -> None:
    """A few kilobytes that would unpack to 300 GB."""
    count = 300_000
    whole = table()
    long = pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), ["x" * (1 << 20)])
    columns = {
        field.name: long if field.name == "url" else pa.nulls(count, field.type)
        for field in whole.schema
    }
    many = pa.table(columns)
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, many.schema, store_schema=False) as writer:
        writer.write_table(many)
        writer.add_key_value_metadata({"portraitset-manifest": "1", "schema": "aahq"})
    data = sink.getvalue()
    assert len(data) < 1 << 20
    with pytest.raises(InputError, match="url is longer"):
        read(data)


@pytest.mark.parametrize(
    ("said", "score"),
    [(0.25, 0.25), (1, 1.0), (None, None), ("0.5", None), (True, None), (7, None)],
)
@pytest.mark.parametrize("field", ["score", "confidence"])
def test_confidence_of_a_detector_is_read_where_it_makes_sense(
    field: str, said: object, score: float | None
) -> None:
    entry = {"face": "a.png", "url": "https://x.example/a.jpg", "raw_name": "a.jpg", field: said}
    points = {"eye_left": [1, 1], "eye_right": [3, 1], "mouth_left": [1, 3], "mouth_right": [3, 3]}
    head = {"portraitset-manifest": 1, "schema": "aahq", "faces": 1}
    lines = (head, entry | {"landmarks": points})
    (face,) = read("\n".join(map(json.dumps, lines)).encode())
    assert face.confidence == score


def test_confidence_in_the_points_counts_before_the_score() -> None:
    photo = Photo("https://x.example/a.jpg", "a.jpg")
    points = Landmarks((1, 1), (3, 1), (1, 3), (3, 3))
    assert Face("a.png", photo, points, {"score": 0.9, "confidence": 0.2}).confidence == 0.2
