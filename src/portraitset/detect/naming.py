"""What a looked-at picture's faces become in a manifest, and what they are called. Pure."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from portraitset.detect.attempt import Look
from portraitset.detect.choice import DetectorChoice
from portraitset.detect.detection import Detection
from portraitset.detect.pictures import PictureFile
from portraitset.handoffs import Face, Photo
from portraitset.landmarks import Landmarks
from portraitset.manifest.local import LocalOriginal, read_local
from portraitset.manifest.names import check_name

_LONGEST_STEM = 100
_DIGITS = 8


def faces_of(picture: PictureFile, look: Look, detector: DetectorChoice) -> Iterator[Face]:
    """The faces that were found in one picture, called by its file name and its content.

    The same picture gets the same names in every run and folder, and other pictures get others.

    Args:
        detector: that looked.

    Raises:
        ItemError: the path cannot stand in a manifest.
    """
    name = PurePosixPath(urlsplit(picture.photo.url).path if picture.photo else picture.path)
    stem = f"{name.stem[:_LONGEST_STEM]}-{look.sha256[:_DIGITS]}"
    photo = picture.photo or _photo_at_hand(picture.path, look.sha256, f"{stem}{name.suffix}")
    for number, found in enumerate(look.faces, 1):
        extra = _facts(found, look, detector)
        yield Face(f"{stem}-{number}.png", photo, _rounded(found.landmarks), extra)


def _photo_at_hand(path: str, sha256: str, raw_name: str) -> Photo:
    address = LocalOriginal(path, sha256).address
    read_local(address)
    check_name(raw_name)
    return Photo(address, raw_name)


def _facts(found: Detection, look: Look, detector: DetectorChoice) -> dict[str, object]:
    facts: dict[str, object] = {
        "score": round(found.score, 4),
        "box": [round(value, 2) for value in found.box],
        "detector": detector.facts,
    }
    if found.confidence is not None:
        facts["confidence"] = round(found.confidence, 4)
    if found.points68 is not None:
        facts["points68"] = found.points68.round(2).tolist()
    return facts | ({"orientation": look.orientation} if look.orientation != 1 else {})


def _rounded(landmarks: Landmarks) -> Landmarks:
    return Landmarks(*((round(x, 2), round(y, 2)) for x, y in landmarks.points()))
