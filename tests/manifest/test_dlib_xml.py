"""dlib's XML: what dlib takes, and what nobody should."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import dlib
import numpy as np
import pytest
from PIL import Image

from landmark_files import face68, faces, points68
from portraitset.errors import InputError
from portraitset.landmarks import landmarks_from_68
from portraitset.manifest import dlib_xml
from portraitset.manifest.formats import parse_markings
from portraitset.manifest.marking import Marking, Reading
from portraitset.manifest.point_names import Spelling

PARTS = "".join(
    f"<part name='{name}' x='{x}' y='{y}'/>"
    for name, x, y in (
        ("eye_left", 50, 60),
        ("eye_right", 80, 62),
        ("mouth_left", 53, 92),
        ("mouth_right", 76, 93),
    )
)
BOX = "<box top='45' left='40' width='60' height='70'"


def document(inside: str, file: str = "a/lute.jpg") -> str:
    """A file as imglab writes it."""
    return (
        "<?xml version='1.0' encoding='ISO-8859-1'?>\n"
        "<?xml-stylesheet type='text/xsl' href='image_metadata_stylesheet.xsl'?>\n"
        f"<dataset><name>n</name><images><image file='{file}'>{inside}</image></images></dataset>"
    )


def read(text: str | bytes) -> Reading:
    data = text.encode("latin-1") if isinstance(text, str) else text
    return parse_markings(data, "faces.xml", Spelling())


def test_points_come_back_as_whole_pixels_and_what_is_lost_is_counted() -> None:
    """dlib itself refuses fractions: "string cast error: invalid string = '30.5'"."""
    written = dlib_xml.write(faces())
    assert written.not_carried == {
        "names": 3,
        "addresses": 1,
        "sha256": 1,
        "fractions of a pixel": 3,
        "hidden": 1,
        "style": 1,
        "attributes": 1,
        "licence": 1,
    }
    found = read(written.data)
    assert found.invalid == ()
    for before, after in zip(faces(), found.markings, strict=True):
        assert after.landmarks.points() == tuple(
            (round(x), round(y)) for x, y in before.landmarks.points()
        )
        assert after.picture.file == before.picture.file
        assert (after.picture.width, after.picture.height) == (
            before.picture.width,
            before.picture.height,
        )
    assert found.markings[0].extra == {
        "box": [40.0, 46.0, 60.0, 70.0],
        "score": 0.75,
        "landmarks": {"nose": [65.0, 77.0]},
    }


def test_sixty_eight_parts_go_out_and_come_back() -> None:
    written = dlib_xml.write([face68()], with_68=True)
    assert re.findall(rb"part name=\"(\d\d)\"", written.data) == [b"%02d" % n for n in range(68)]
    (found,) = read(written.data).markings
    assert found.landmarks == landmarks_from_68([(x, y) for x, y in points68()])
    assert found.extra["points68"] == points68()


def test_names_and_labels_that_xml_cannot_hold_are_replaced_and_all_others_escaped() -> None:
    face = faces()[0]
    odd = Marking("a.png", face.picture, face.landmarks, {"label": "<&>\x00'\"\ud800"})
    (found,) = read(dlib_xml.write([odd]).data).markings
    assert found.extra["label"] == "<&>\ufffd'\"\ufffd"


def test_file_of_imglab_is_read_in_its_own_encoding() -> None:
    found = read(document(f"{BOX} gender='male' pose='1'>{PARTS}</box>{BOX}/>", "a/\xfc.jpg"))
    assert found.markings[0].picture.file == "a/\xfc.jpg"
    assert found.not_carried == {"gender": 1, "pose": 1, "boxes without parts": 1}


@pytest.mark.parametrize(
    ("inside", "complaint"),
    [
        (f"{BOX}><part name='eye_left' x='1' y='2'/></box>", "no point is eye_right"),
        (f"{BOX}>{PARTS}{PARTS}</box>", "is there twice"),
        (f"{BOX}>{PARTS.replace('50', 'nan')}</box>", "not finite"),
        (f"{BOX}>{PARTS.replace('50', 'fifty')}</box>", "not a number: 'fifty'"),
        (f"<box top='1'>{PARTS}</box>", "not a number"),
        (
            BOX + ">" + "".join(f"<part name='{n}' x='{n}' y='2'/>" for n in range(5)) + "</box>",
            "corners of the eyes and base of the nose",
        ),
    ],
)
def test_bad_box_is_left_out_with_its_reason(inside: str, complaint: str) -> None:
    found = read(document(f"{BOX}>{PARTS}</box>{inside}"))
    (bad,) = found.invalid
    assert (bad.name, len(found.markings)) == ("box 2", 1)
    assert complaint in str(bad.error)


BOMB = (
    "<!DOCTYPE dataset [<!ENTITY a 'aaaaaaaaaa'>"
    + "".join(f"<!ENTITY {b} '&{a};&{a};&{a};&{a};&{a};'>" for a, b in pairwise("abcdefghijk"))
    + "]><dataset><name>&k;</name></dataset>"
)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (BOMB, "declares a document type"),
        ("<!DOCTYPE dataset SYSTEM 'file:///etc/passwd'><dataset/>", "declares a document type"),
        ("<dataset>" * 100_000, "too deep"),
        ("<dataset><images>", "line 1: no XML"),
        ("<html><dataset/></html>", "begins with <dataset>, not <html>"),
        ("<?xml version='1.0' encoding='moon'?><dataset/>", "no XML"),
        ("<dataset/>", "not one face"),
        (document(f"{BOX}/>"), "1 boxes without parts"),
        (document(f"{BOX}>{PARTS}</box>", ""), "its image names no file"),
    ],
)
def test_what_is_no_file_of_dlibs_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=f"faces.xml.*{complaint}"):
        read(text)


def test_dlib_itself_trains_on_the_file(tmp_path: Path) -> None:
    """Its reader has no other door in Python."""
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3)).astype(np.uint8)
    (tmp_path / "Frans Hals").mkdir()
    Image.fromarray(pixels).save(tmp_path / "Frans Hals" / "lute.jpg")
    two = [replace(each, extra={}) for each in faces()[:2]]
    (tmp_path / "faces.xml").write_bytes(dlib_xml.write(two).data)
    options = dlib.shape_predictor_training_options()
    options.cascade_depth = options.num_trees_per_cascade_level = options.oversampling_amount = 1
    options.tree_depth, options.feature_pool_size, options.num_test_splits = 2, 10, 1
    predictor = str(tmp_path / "predictor.dat")
    dlib.train_shape_predictor(str(tmp_path / "faces.xml"), predictor, options)
    assert dlib.test_shape_predictor(str(tmp_path / "faces.xml"), predictor) < 20
    found = dlib.shape_predictor(predictor)(pixels, dlib.rectangle(40, 46, 99, 115))
    assert found.num_parts == 4
