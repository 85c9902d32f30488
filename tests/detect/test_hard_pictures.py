"""Many faces, small ones, large ones and cut ones, with the real detector."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portraitset.detect.detection import Detection
from portraitset.detect.pyramid import SIDES, THOROUGH_SIDES
from portraitset.detect.two_looks import find_by_two_looks
from portraitset.detect.weights import local_weights
from portraitset.detect.yunet import YuNet

POINTS = np.array([(485.6, 415.5), (611.0, 414.4), (485.6, 552.0), (589.0, 550.0)])
"""Of Mona Lisa's face, placed by hand."""


@pytest.fixture(scope="module")
def detector(shared: Path) -> YuNet:
    return YuNet(local_weights(shared / "models" / "yunet_s_320_320.onnx"))


@pytest.fixture(scope="module")
def painting(shared: Path) -> Image.Image:
    (path,) = (shared / "old-masters" / "origin").rglob("mona_lisa.jpg")
    with Image.open(path) as image:
        return image.convert("RGB")


@pytest.fixture(scope="module")
def head(painting: Image.Image) -> Image.Image:
    return painting.crop((400, 240, 740, 660))


def found(image: Image.Image, detector: YuNet, *, thorough: bool = False) -> list[Detection]:
    sides = THOROUGH_SIDES if thorough else SIDES
    return find_by_two_looks(np.asarray(image), detector, sides, 0.5, thorough=thorough)


def test_forty_faces_are_forty_faces(head: Image.Image, detector: YuNet) -> None:
    crowd = Image.new("RGB", (1600, 1000), (90, 80, 70))
    for number in range(40):
        crowd.paste(head.resize((120, 148)), (number % 8 * 200 + 40, number // 8 * 200 + 26))
    places = {
        (round(each.box[0] / 200), round(each.box[1] / 200)) for each in found(crowd, detector)
    }
    assert len(places) == 40


def test_small_faces_of_a_scan_are_found_by_thorough(head: Image.Image, detector: YuNet) -> None:
    """Three of some 24 pixels and one of 600, in 3,456 x 2,304: from afar three are dots."""
    noise = np.random.default_rng(0).normal(120, 12, (288, 432, 3)).clip(0, 255).astype(np.uint8)
    scan = Image.fromarray(noise).resize((3456, 2304))
    for place in ((60, 40), (1700, 1250), (3420, 2260)):
        scan.paste(head.resize((28, 35)), place)
    scan.paste(head.resize((560, 692)), (2500, 300))
    assert len(found(scan, detector)) == 1
    faces = found(scan, detector, thorough=True)
    assert len(faces) == 4
    assert sorted(each.size < 40 for each in faces) == [False, True, True, True]


@pytest.mark.parametrize(
    "box",
    [
        pytest.param((423, 266, 715, 636), id="face fills the picture"),
        pytest.param((400, 200, 590, 660), id="cut on the right, through an eye"),
        pytest.param((520, 200, 740, 660), id="cut on the left, beside an eye"),
        pytest.param((400, 340, 740, 660), id="cut through the forehead"),
        pytest.param((400, 200, 740, 560), id="cut below the mouth"),
    ],
)
def test_cut_face_is_found_and_its_points_placed(
    box: tuple[int, int, int, int], painting: Image.Image, detector: YuNet
) -> None:
    (face,) = found(painting.crop(box), detector)
    missed = np.hypot(*(face.points - POINTS + box[:2]).T)
    assert missed.mean() < 0.2 * 125
