"""Several views of one picture become one answer."""

import numpy as np

from portraitset.detect.detection import Detection, Pixels
from portraitset.detect.pyramid import SIDES, find_faces


class Marked:
    """Finds bright squares' places by a rule of its own: one face where the picture is white."""

    def __init__(self, score: float = 0.9, skew: float = 0.0) -> None:
        self.sizes: list[tuple[int, int]] = []
        self._score, self._skew = score, skew

    def find(self, pixels: Pixels) -> list[Detection]:
        self.sizes.append((pixels.shape[1], pixels.shape[0]))
        rows, columns = np.nonzero(pixels[..., 0] > 128)
        if not len(rows):
            return []
        left, top = float(columns.min()), float(rows.min())
        width, height = float(columns.max() + 1 - left), float(rows.max() + 1 - top)
        across = np.array([0.3, 0.7, 0.35, 0.65]) * width + left - 0.5 + self._skew * width
        down = np.array([0.4, 0.4, 0.8, 0.8]) * height + top - 0.5
        return [Detection((left, top, width, height), np.stack([across, down], 1), self._score)]


def picture() -> Pixels:
    pixels = np.zeros((400, 600, 3), np.uint8)
    pixels[100:200, 300:400] = 255
    return pixels


def test_one_face_in_all_views_is_one_face() -> None:
    detector = Marked()
    (face,) = find_faces(picture(), detector, SIDES, 0.5)
    assert len(detector.sizes) == 2 * len(SIDES)
    assert np.allclose(face.box, (300, 100, 100, 100), atol=2)
    assert np.allclose(face.points[0], (329.5, 139.5), atol=2)
    assert abs(face.score - 0.9) < 1e-9


def test_errors_to_one_side_cancel_out_in_the_mirrored_view() -> None:
    (face,) = find_faces(picture(), Marked(skew=0.1), SIDES, 0.5)
    assert np.allclose(face.points[0], (329.5, 139.5), atol=2)


def test_faint_faces_are_left_out() -> None:
    assert find_faces(picture(), Marked(0.4), SIDES, 0.5) == []


def test_a_sliver_of_a_picture_is_looked_at() -> None:
    detector = Marked()
    assert find_faces(np.zeros((2, 5000, 3), np.uint8), detector, (320,), 0.5) == []
    assert set(detector.sizes) == {(320, 32)}
