"""CSV: as we write it, as spreadsheets save it, as a stranger types it."""

import csv
import io

import pytest

from landmark_files import faces
from portraitset.errors import InputError
from portraitset.manifest import table
from portraitset.manifest.formats import parse_markings
from portraitset.manifest.marking import Reading
from portraitset.manifest.point_names import Spelling

HEAD = "path,eye_left_x,eye_left_y,eye_right_x,eye_right_y,mouth_left_x,mouth_left_y"
HEAD += ",mouth_right_x,mouth_right_y"
ROW = "a/lute.jpg,50.5,60,80,62,53,92,76,93"


def read(text: str | bytes) -> Reading:
    data = text.encode() if isinstance(text, str) else text
    return parse_markings(data, "faces.csv", Spelling())


def test_everything_of_a_face_comes_back() -> None:
    written = table.write(faces())
    found = read(written.data)
    assert (found.invalid, written.not_carried) == ((), {})
    assert list(found.markings) == faces()


def test_table_is_what_it_says() -> None:
    head, *rows = csv.reader(io.StringIO(table.write(faces()).data.decode()))
    assert tuple(head) == table.COLUMNS
    assert rows[1][:2] == ['b "c",;.png', "Frans Hals/lute.jpg"]
    assert rows[0][head.index("eye_left_x")] == "50.25"


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}\n{ROW}\n",
        f"\ufeff{HEAD}\r\n{ROW}\r\n\r\n",
        f"{HEAD}\n{ROW}".replace(",", "\t"),
        f"{HEAD}\n{ROW}".replace(",", ";").replace("50.5", "50,5"),
        f'"{HEAD}"\n{ROW}'.replace(",", '","', HEAD.count(",")),
        f"{HEAD}\n{ROW}".replace("eye_left", "right_eye")
        .replace("eye_right", "left_eye")
        .replace("mouth_left", "right_mouth")
        .replace("mouth_right", "left_mouth"),
        f"{HEAD}\n{ROW}".replace("_x", ".x").replace("_y", ".y"),
    ],
)
def test_tables_of_all_sorts_are_read(text: str) -> None:
    (found,) = read(text).markings
    assert found.landmarks.points() == ((50.5, 60), (80, 62), (53, 92), (76, 93))
    assert (found.name, found.picture.file) == (None, "a/lute.jpg")


def test_further_columns_are_kept_and_further_points_too() -> None:
    (found,) = read(f"{HEAD},painter,nose_x,nose_y\n{ROW},Hals,65,77\n").markings
    assert found.extra == {"painter": "Hals", "landmarks": {"nose": [65, 77]}}


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (ROW.replace("50.5", "fifty"), "not a number: 'fifty'"),
        (ROW.replace("50.5", "inf"), "not finite"),
        (ROW.replace("50.5,60", ","), "'eye_left', which is eye_left, is not placed"),
        (ROW + ",1", "it has 10 cells"),
        (ROW.replace("a/lute.jpg", ""), "neither a path nor a url"),
    ],
)
def test_bad_row_is_left_out_with_its_reason(row: str, complaint: str) -> None:
    found = read(f"{HEAD}\n{ROW}\n{row}\n")
    (bad,) = found.invalid
    assert (bad.name, len(found.markings)) == ("line 3", 1)
    assert complaint in str(bad.error)


@pytest.mark.parametrize("extra", ["{", "[]", '"{""a"":1,""a"":2}"', "[" * 2000])
def test_bad_extra_is_left_out(extra: str) -> None:
    found = read(f"{HEAD},extra\n{ROW},\n{ROW},{extra}\n")
    assert [bad.name for bad in found.invalid] == ["line 3"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (f"{HEAD}\n", "not one face"),
        (f"{HEAD},path\n{ROW},x\n", "a column is there twice"),
        (HEAD.replace("mouth", "chin"), "no point is mouth_left, mouth_right"),
        (f"{HEAD}\n" + '"open', "line 2: no CSV"),
        (f"{HEAD}\n" + "x" * (1 << 19), "line 2: no CSV"),
        (HEAD.encode() + b"\n\xff", "is not UTF-8"),
    ],
)
def test_what_is_no_table_of_faces_is_refused(text: str | bytes, complaint: str) -> None:
    with pytest.raises(InputError, match=f"faces.csv.*{complaint}"):
        read(text)
