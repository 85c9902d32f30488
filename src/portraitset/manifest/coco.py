"""COCO keypoints, as CVAT, Label Studio, FiftyOne and pycocotools read and write them. Pure.

One file: `images` (id, file name, width, height), `annotations` (for each face its image, its box,
and x, y, v for each point: v is 0 where a point was not placed, 1 where something covers it, 2
where it can be seen), `categories` (which points there are, in order). Coordinates count from the
centre of the upper left pixel, as AAHQ's do: COCO calls them 0-indexed locations, and detectron2
takes them for indices of pixels. What COCO has no place for stands in fields that readers of COCO
pass over: `sha256` and `raw_name` of an image, `portraitset` of an annotation. The face's name is
an attribute, as CVAT keeps those.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from portraitset.errors import BadEntry, InputError, ItemError
from portraitset.landmarks import POINT_NAMES, Point
from portraitset.manifest.dataset import InvalidEntry
from portraitset.manifest.marking import (
    HIDDEN,
    POINTS68,
    MarkedPicture,
    Marking,
    Reading,
    Written,
    all_points68,
    box_of,
    by_picture,
    further_points,
    is_number,
    read_box,
    read_pair,
    read_side,
    score_of,
)
from portraitset.manifest.point_names import Naming, Spelling, naming_of

_OWN = "portraitset"
_MADE_BOX = "bbox"
"""Of those fields: the box, where it was only made about the points."""

_KEPT = frozenset(
    {"id", "image_id", "category_id", "keypoints", "num_keypoints", "bbox", "area", "iscrowd"}
    | {"score", "attributes", _OWN}
)
"""Fields of an annotation that are read, or follow from what is read."""

_SKELETON = [[1, 2], [2, 4], [4, 3], [3, 1]]
"""By the points' numbers from 1: across the eyes, down, across the mouth, up."""

_MOST_POINTS = 500
_LONGEST_MARK = 40
_HIDDEN, _SEEN = 1, 2


def recognises(content: object) -> bool:
    """Whether this may be COCO: an object with images, annotations and categories."""
    return isinstance(content, dict) and all(
        isinstance(content.get(name), list) for name in ("images", "annotations")
    )


def read(content: object, source: str, spelling: Spelling) -> Reading:
    """Read the decoded JSON; `source` is what messages call it.

    Raises:
        InputError: no category has the points of a face. A single annotation that makes no sense
            does not raise; it becomes an `InvalidEntry`.
    """
    if not isinstance(content, dict):
        raise InputError(f"{source}: COCO is one JSON object")
    reader = _Reader(content, source, spelling)
    markings = tuple(reader.markings())
    has_sides = any(naming.four for naming in reader.namings.values())
    return Reading("coco", markings, tuple(reader.invalid), reader.not_carried, has_sides)


class _Reader:
    """Reads annotation by annotation, counting what is passed over."""

    def __init__(self, content: Mapping[str, object], source: str, spelling: Spelling) -> None:
        self.invalid: list[InvalidEntry] = []
        self.not_carried: Counter[str] = Counter()
        self._annotations = content["annotations"]
        self._pictures = dict(_pictures(content["images"], source))
        self._points: dict[object, tuple[str, ...]] = {}
        self._labels: dict[object, str] = {}
        self.namings: dict[object, Naming] = {}
        self._read_categories(content.get("categories"), source, spelling)

    def markings(self) -> Iterator[Marking]:
        annotations = self._annotations if isinstance(self._annotations, list) else []
        for number, annotation in enumerate(annotations, 1):
            try:
                marking = self._marking(annotation)
            except ItemError as error:
                self.invalid.append(InvalidEntry(f"annotation {number}", error, annotation))
            else:
                if marking is not None:
                    yield marking

    def _read_categories(self, categories: object, source: str, spelling: Spelling) -> None:
        complaints: list[str] = []
        for category in categories if isinstance(categories, list) else []:
            if not isinstance(category, dict) or not isinstance(category.get("id"), int | str):
                raise InputError(f"{source}: a category must have an id, not {category!r:.60}")
            place, label = category["id"], str(category.get("name"))
            self._labels[place] = label
            names = category.get("keypoints")
            if not isinstance(names, list) or not names:
                complaints.append(
                    f"{label!r:.60} has no keypoints (from CVAT, export COCO Keypoints, not COCO)"
                )
                continue
            if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
                raise InputError(f"{source}: keypoints of {label!r:.60} must be different names")
            try:
                self.namings[place] = naming_of(names, spelling)
                self._points[place] = tuple(names)
            except ValueError as error:
                complaints.append(f"{label!r:.60}: {error} (it has {', '.join(names)!r:.300})")
        if not self.namings:
            raise InputError(
                f"{source}: no category has the points of a face; "
                + ("; ".join(complaints[:3]) or "there are no categories")
            )

    def _marking(self, annotation: object) -> Marking | None:
        if not isinstance(annotation, dict):
            raise BadEntry(f"an annotation must be an object, not {annotation!r:.60}")
        category = _key(annotation, "category_id")
        if category not in self.namings:
            if category not in self._labels:
                raise BadEntry(f"there is no category {category!r:.40}")
            self.not_carried[f"annotations of {self._labels[category]!r:.60}"] += 1
            return None
        points, hidden = _placed(annotation.get("keypoints"), self._points[category])
        if not points:
            self.not_carried["annotations without any point placed"] += 1
            return None
        picture = self._pictures.get(_key(annotation, "image_id"))
        if picture is None:
            raise BadEntry(f"there is no image {annotation['image_id']!r:.40}")
        if isinstance(picture, ItemError):
            raise picture
        landmarks, extra = self.namings[category].read(points, hidden)
        name, kept = _kept_fields(annotation)
        self.not_carried.update(
            field for field, value in annotation.items() if field not in _KEPT and value
        )
        mark = annotation.get("id")
        known = str(mark)[:_LONGEST_MARK] if isinstance(mark, int | str) else None
        return Marking(name, picture, landmarks, _merged(kept, extra), known or None)


def _key(content: Mapping[str, object], field: str) -> object:
    value = content.get(field)
    if not isinstance(value, int | str):
        raise BadEntry(f"{field} must be a number, not {value!r:.60}")
    return value


def _pictures(images: object, source: str) -> Iterator[tuple[object, MarkedPicture | ItemError]]:
    known: set[object] = set()
    for image in images if isinstance(images, list) else []:
        if not isinstance(image, dict) or not isinstance(image.get("id"), int | str):
            raise InputError(f"{source}: an image must have an id, not {image!r:.60}")
        if image["id"] in known:
            raise InputError(f"{source}: two images have the id {image['id']!r:.40}")
        known.add(image["id"])
        try:
            yield image["id"], _picture(image)
        except BadEntry as error:
            yield image["id"], error


def _picture(image: Mapping[str, object]) -> MarkedPicture:
    file = image.get("file_name")
    if not isinstance(file, str) or not file:
        raise BadEntry(f"the image {image['id']!r:.40} has no file_name")
    addresses = (file, image.get("coco_url"), image.get("flickr_url"))
    url = next((each for each in addresses if isinstance(each, str) and _is_web(each)), None)
    plain = file.replace("\\", "/").removeprefix("./")
    return MarkedPicture(
        "_".join(plain.split("/")[-5:]) if _is_web(file) else plain,
        url,
        _text(image, "raw_name"),
        _text(image, "sha256"),
        read_side(image.get("width")),
        read_side(image.get("height")),
    )


def _is_web(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def _text(content: Mapping[str, object], field: str) -> str | None:
    value = content.get(field)
    return value if isinstance(value, str) and value else None


def _placed(value: object, names: Sequence[str]) -> tuple[dict[str, Point], list[str]]:
    """The points that were placed, and the names of those that something covers."""
    if value is None or value == []:
        return {}, []
    if not isinstance(value, list) or len(value) != 3 * len(names):
        raise BadEntry(f"keypoints must be {3 * len(names)} numbers, three for each point")
    points: dict[str, Point] = {}
    hidden: list[str] = []
    for name, x, y, seen in zip(names, value[::3], value[1::3], value[2::3], strict=True):
        if not is_number(seen):
            raise BadEntry(f"the visibility of {name!r:.60} must be 0, 1 or 2, not {seen!r:.40}")
        if seen > 0:
            points[name] = read_pair([x, y], repr(name)[:60])
            if seen < _SEEN:
                hidden.append(name)
    return points, hidden


def _kept_fields(annotation: Mapping[str, object]) -> tuple[str | None, dict[str, object]]:
    """The face's name, and its further fields as a manifest has them."""
    own = annotation.get(_OWN)
    fields = dict(own) if isinstance(own, dict) else {}
    made = fields.pop(_MADE_BOX, None)
    if annotation.get("bbox") and annotation["bbox"] != made:
        fields["box"] = list(read_box(annotation["bbox"]))
    if "score" in annotation:
        fields["score"] = annotation["score"]
    attributes = annotation.get("attributes")
    rest = dict(attributes) if isinstance(attributes, dict) else {}
    name = rest.pop("face", None)
    if rest:
        fields["attributes"] = rest
    return name if isinstance(name, str) and name else None, fields


def _merged(kept: Mapping[str, object], found: Mapping[str, object]) -> dict[str, object]:
    """Fields of ours, and what the points gave: of both, where both have it."""
    merged = {**kept, **found}
    older, newer = kept.get("landmarks"), found.get("landmarks")
    if isinstance(older, dict) and isinstance(newer, dict):
        merged["landmarks"] = older | newer
    first, second = kept.get(HIDDEN), found.get(HIDDEN)
    if isinstance(first, list) and isinstance(second, list):
        merged[HIDDEN] = first + second
    return merged


@dataclass(frozen=True, slots=True)
class _Points:
    """The points that a file has for every face: names in order, and how to tell each face's."""

    names: tuple[str, ...]
    of_face: Sequence[Mapping[str, Point]]


def write(markings: Sequence[Marking], with_68: bool = False) -> Written:
    """Write named faces, whose pictures' sizes are known, in the order of their pictures.

    Raises:
        InputError: 68 points are asked for and a face has four only; or there are too many names.
    """
    groups = by_picture(markings)
    ordered = [marking for group in groups.values() for marking in group]
    points = _points68(ordered) if with_68 else _points(ordered)
    images = {picture: number for number, picture in enumerate(groups, 1)}
    content = {
        "info": {
            "description": "Face landmarks. The sides in points' names are as seen, not the"
            " person's; coordinates count from the centre of the upper left pixel.",
            "version": "1.0",
            "contributor": "portraitset",
        },
        "licenses": [],
        "categories": [
            {
                "id": 1,
                "name": "face",
                "supercategory": "person",
                "keypoints": list(points.names),
                "skeleton": [] if with_68 else _SKELETON,
            }
        ],
        "images": [_image(number, picture) for picture, number in images.items()],
        "annotations": [
            _annotation(number, each, images[each.picture], points.names, placed)
            for number, (each, placed) in enumerate(zip(ordered, points.of_face, strict=True), 1)
        ],
    }
    return Written(json.dumps(content, indent=1).encode("ascii") + b"\n")


def _points(markings: Sequence[Marking]) -> _Points:
    """The four, and whatever further points any face has."""
    further: dict[str, None] = {}
    of_face: list[Mapping[str, Point]] = []
    for each in markings:
        more, _ = further_points(each)
        further |= dict.fromkeys(more)
        of_face.append(dict(zip(POINT_NAMES, each.landmarks.points(), strict=True)) | more)
        if len(further) > _MOST_POINTS:
            raise InputError(f"the faces have more than {_MOST_POINTS} kinds of further points")
    return _Points((*POINT_NAMES, *further), of_face)


def _points68(markings: Sequence[Marking]) -> _Points:
    names = tuple(f"{number:02}" for number in range(68))
    found = all_points68(markings, "coco68")
    return _Points(names, [dict(zip(names, points, strict=True)) for points in found])


def _image(number: int, picture: MarkedPicture) -> dict[str, object]:
    facts = {"id": number, "file_name": picture.file}
    facts |= {"width": picture.width, "height": picture.height}
    own = {"coco_url": picture.url, "sha256": picture.sha256, "raw_name": picture.raw_name}
    return facts | {field: value for field, value in own.items() if value is not None}


def _annotation(
    number: int, marking: Marking, image: int, names: Sequence[str], placed: Mapping[str, Point]
) -> dict[str, object]:
    box, is_own = box_of(marking)
    covered = _hidden(marking)
    flat: list[float] = []
    for name in names:
        x, y = placed.get(name, (0, 0))
        flat += (x, y, 0 if name not in placed else _HIDDEN if name in covered else _SEEN)
    attributes = marking.extra.get("attributes")
    return {
        "id": number,
        "image_id": image,
        "category_id": 1,
        "keypoints": flat,
        "num_keypoints": len(placed),
        "bbox": list(box),
        "area": round(box[2] * box[3], 2),
        "segmentation": [],
        "iscrowd": 0,
        "attributes": (attributes if isinstance(attributes, dict) else {}) | {"face": marking.name},
    } | _further_fields(marking, names, None if is_own else list(box))


def _hidden(marking: Marking) -> list[object]:
    found = marking.extra.get(HIDDEN)
    return found if isinstance(found, list) else []


def _further_fields(
    marking: Marking, names: Sequence[str], made_box: list[float] | None
) -> dict[str, object]:
    """The face's fields that stand beside COCO's own."""
    own = dict(marking.extra)
    fields = {"score": own.pop("score")} if score_of(marking) is not None else {}
    if made_box is None:
        own.pop("box", None)
    else:
        own[_MADE_BOX] = made_box
    if isinstance(own.get("attributes"), dict):
        del own["attributes"]
    if isinstance(own.get(HIDDEN), list):
        own[HIDDEN] = [name for name in _hidden(marking) if name not in names]
    if isinstance(own.get("landmarks"), dict):
        points, rest = further_points(marking)
        unplaced = {name: at for name, at in points.items() if name not in names}
        own["landmarks"] = rest | unplaced
    if names[0] == "00":
        own.pop(POINTS68, None)
    own = {field: value for field, value in own.items() if value not in ([], {})}
    return fields | ({_OWN: own} if own else {})
