"""dlib's XML, as its imglab and its trainers read and write it.

`<dataset><images><image file><box top left width height><part name x y/>…`. Coordinates are whole
pixels: dlib refuses others ("string cast error"). A face has no name in it.
"""

import re
import xml.parsers.expat
from collections import Counter
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from portraitset.errors import BadEntry, InputError, ItemError
from portraitset.landmarks import POINT_NAMES, Point
from portraitset.manifest.dataset import InvalidEntry
from portraitset.manifest.marking import (
    POINTS68,
    MarkedPicture,
    Marking,
    Reading,
    Written,
    all_points68,
    box_of,
    by_picture,
    count_fields,
    further_points,
    read_box,
    read_pair,
    read_side,
    score_of,
)
from portraitset.manifest.point_names import Naming, Spelling, naming_of

_DEEPEST = 16
_NEVER_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KEPT = frozenset({"top", "left", "width", "height", "detection_score"})
_FIVE = {"0", "1", "2", "3", "4"}


def recognises(data: bytes) -> bool:
    """Whether this may be dlib's XML."""
    head = data[:2000].removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(b"<") and b"<dataset" in head


def read(data: bytes, source: str, spelling: Spelling) -> Reading:
    """Read a file's bytes; `source` is what messages call it.

    Raises:
        InputError: it is no XML that dlib would write, or its parts are not those of a face. A box
            that makes no sense does not raise; it becomes an `InvalidEntry`.
    """
    reader = _Reader(source, spelling)
    parser = xml.parsers.expat.ParserCreate()
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(data, True)  # noqa: FBT003 expat's signature
    except xml.parsers.expat.ExpatError as error:
        raise InputError(
            f"{source}, line {error.lineno}: no XML ({xml.parsers.expat.ErrorString(error.code)})"
        ) from error
    except (LookupError, ValueError) as error:  # an encoding that is unknown, or of many bytes
        raise InputError(f"{source}: no XML that can be read ({error})") from error
    return reader.reading()


class _Reader:
    """Hears of elements as they come."""

    def __init__(self, source: str, spelling: Spelling) -> None:
        self._source = source
        self._spelling = spelling
        self._path: list[str] = []
        self._picture: MarkedPicture | ItemError | None = None
        self._box: dict[str, str] = {}
        self._parts: list[tuple[str, str, str]] = []
        self._label = ""
        self._count = 0
        self._markings: list[Marking] = []
        self._invalid: list[InvalidEntry] = []
        self._not_carried: Counter[str] = Counter()
        self._namings: dict[tuple[str, ...], Naming] = {}

    def refuse(self, *_declaration: object) -> None:
        raise InputError(
            f"{self._source}: it declares a document type, which imglab never does; entities can"
            " unfold to any size, so it is not read"
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._path) >= _DEEPEST:
            raise InputError(f"{self._source}: elements lie in each other too deep")
        parent = self._path[-1] if self._path else None
        if parent is None and tag != "dataset":
            raise InputError(f"{self._source}: dlib's XML begins with <dataset>, not <{tag:.40}>")
        self._path.append(tag)
        if tag == "image" and parent == "images":
            self._picture = _picture(attributes)
        elif tag == "box" and parent == "image":
            self._box, self._parts, self._label = attributes, [], ""
        elif tag == "part" and parent == "box":
            x, y = attributes.get("x", ""), attributes.get("y", "")
            self._parts.append((attributes.get("name", ""), x, y))

    def text(self, data: str) -> None:
        if self._path[-2:] == ["box", "label"]:
            self._label += data

    def end(self, tag: str) -> None:
        self._path.pop()
        if tag != "box" or self._path[-1:] != ["image"]:
            return
        self._count += 1
        if not self._parts:
            self._not_carried["boxes without parts"] += 1
            return
        try:
            self._markings.append(self._marking())
        except ItemError as error:
            self._invalid.append(InvalidEntry(f"box {self._count}", error, self._box))

    def reading(self) -> Reading:
        has_sides = any(naming.four for naming in self._namings.values())
        invalid = tuple(self._invalid)
        return Reading("dlib", tuple(self._markings), invalid, self._not_carried, has_sides)

    def _marking(self) -> Marking:
        if isinstance(self._picture, ItemError):
            raise self._picture
        if self._picture is None:
            raise BadEntry("it lies in no image")
        points: dict[str, Point] = {}
        for name, x, y in self._parts:
            if not name or name in points:
                raise BadEntry(f"the part {name!r:.60} is there twice or has no name")
            points[name] = read_pair([_number(x), _number(y)], repr(name)[:60])
        landmarks, extra = self._naming(tuple(sorted(points))).read(points)
        sides = [_number(self._box.get(side, "")) for side in ("left", "top", "width", "height")]
        extra["box"] = list(read_box(sides))
        if "detection_score" in self._box:
            extra["score"] = _number(self._box["detection_score"])
        self._not_carried.update(name for name in self._box if name not in _KEPT)
        if (label := self._label.strip()) not in ("", "face"):
            extra["label"] = label
        return Marking(None, self._picture, landmarks, extra)

    def _naming(self, names: tuple[str, ...]) -> Naming:
        if names not in self._namings:
            try:
                self._namings[names] = naming_of(names, self._spelling)
            except ValueError as error:
                raise _no_face(names, error) from error
        return self._namings[names]


def _no_face(names: tuple[str, ...], error: ValueError) -> BadEntry:
    if {name.lstrip("0") or "0" for name in names} == _FIVE:
        return BadEntry(
            "its five points are dlib's corners of the eyes and base of the nose, which do not tell"
            " where the corners of the mouth are"
        )
    return BadEntry(f"{error} (its parts: {', '.join(names)!r:.200})")


def _picture(attributes: Mapping[str, str]) -> MarkedPicture | ItemError:
    file = attributes.get("file", "").replace("\\", "/").removeprefix("./")
    if not file:
        return BadEntry("its image names no file")
    width, height = (read_side(attributes.get(side)) for side in ("width", "height"))
    return MarkedPicture(file, width=width, height=height)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise BadEntry(f"not a number: {text!r:.40}") from error


def write(markings: Sequence[Marking], with_68: bool = False) -> Written:
    """Write faces in the order of their pictures; coordinates are rounded to whole pixels.

    Raises:
        InputError: 68 points are asked for and a face has four only.
    """
    whole = all_points68(markings, "dlib68") if with_68 else [()] * len(markings)
    points68 = dict(zip((each.name for each in markings), whole, strict=True))
    not_carried = count_fields(markings, {"score", "landmarks", "box", "label", POINTS68})
    not_carried.update(_further_losses(markings, with_68))
    root = Element("dataset")
    SubElement(root, "name").text = "Face landmarks"
    comment = SubElement(root, "comment")
    comment.text = "Written by portraitset; the sides in parts' names are as seen."
    images = SubElement(root, "images")
    for picture, faces in by_picture(markings).items():
        facts = {"file": picture.file}
        if picture.width and picture.height:
            facts |= {"width": str(picture.width), "height": str(picture.height)}
        image = SubElement(images, "image", facts)
        for each in faces:
            _add_box(image, each, points68[each.name])
    indent(root)
    data = b"<?xml version='1.0' encoding='UTF-8'?>\n" + tostring(root, encoding="utf-8")
    return Written(data + b"\n", not_carried)


def _add_box(image: Element, marking: Marking, points68: Sequence[Point]) -> None:
    left, top, width, height = box_of(marking)[0]
    box = {"top": round(top), "left": round(left), "width": round(width), "height": round(height)}
    facts = {side: str(value) for side, value in box.items()}
    if (score := score_of(marking)) is not None:
        facts["detection_score"] = str(score)
    element = SubElement(image, "box", facts)
    label = marking.extra.get("label")
    SubElement(element, "label").text = _writable(label) if isinstance(label, str) else "face"
    parts: dict[str, Point] = {f"{number:02}": point for number, point in enumerate(points68)}
    if not parts:
        parts = dict(zip(POINT_NAMES, marking.landmarks.points(), strict=True))
        parts |= further_points(marking)[0]
    for name, (x, y) in parts.items():
        SubElement(
            element, "part", {"name": _writable(name), "x": str(round(x)), "y": str(round(y))}
        )


def _writable(text: str) -> str:
    """A text without what XML cannot hold."""
    return _NEVER_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _further_losses(markings: Sequence[Marking], with_68: bool) -> Counter[str]:
    pictures = by_picture(markings)
    fractions = sum(
        any(value != round(value) for point in each.landmarks.points() for value in point)
        for each in markings
    )
    losses = {
        "names": sum(each.name is not None for each in markings),
        "addresses": sum(picture.url is not None for picture in pictures),
        "sha256": sum(picture.sha256 is not None for picture in pictures),
        "fractions of a pixel": fractions,
        "further points": sum(bool(further_points(each)[0]) for each in markings if with_68),
        POINTS68: 0 if with_68 else sum(POINTS68 in each.extra for each in markings),
    }
    return Counter({what: count for what, count in losses.items() if count})
