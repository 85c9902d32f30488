"""What is found from afar is looked at from near, and counts only if it is still seen."""

import numpy as np
import pytest

from detect.dotted import Dotted, dots
from portraitset.detect import two_looks
from portraitset.detect.detection import Detection, Pixels, Points
from portraitset.detect.pyramid import SIDES
from portraitset.detect.two_looks import find_by_two_looks

POINTS = np.array([(330.0, 140.0), (370.0, 140.0), (336.0, 180.0), (364.0, 180.0)])


def picture() -> Pixels:
    return dots(POINTS, 600, 400)


def test_one_face_in_all_views_is_one_face() -> None:
    detector = Dotted()
    (face,) = find_by_two_looks(picture(), detector, SIDES, 0.5)
    assert detector.sizes[: len(SIDES)] == [(640, 427), (960, 640)]
    assert np.abs(face.points - POINTS).max() < 2
    assert np.allclose(face.box, (290, 100, 120, 120), atol=3)
    assert abs(face.score - 0.9) < 1e-9
    assert face.confidence is not None
    assert 0 < face.confidence < 1


def test_errors_to_one_side_cancel_out() -> None:
    (face,) = find_by_two_looks(picture(), Dotted(skew=0.1), SIDES, 0.5)
    assert np.abs(face.points - POINTS).max() < 2


def test_faint_faces_are_left_out() -> None:
    assert find_by_two_looks(picture(), Dotted(0.4), SIDES, 0.5) == []


def test_what_is_seen_from_afar_only_is_no_face() -> None:
    class Far(Dotted):
        def find(self, pixels: Pixels) -> list[Detection]:
            return super().find(pixels) if max(pixels.shape) > 320 else []

    detector = Far()
    assert find_by_two_looks(picture(), detector, SIDES, 0.1) == []
    assert len(detector.sizes) == len(SIDES)


def test_a_sliver_of_a_picture_is_looked_at() -> None:
    detector = Dotted()
    assert find_by_two_looks(np.zeros((2, 5000, 3), np.uint8), detector, (320,), 0.5) == []
    assert set(detector.sizes) == {(320, 32)}


def test_thorough_looks_at_mirrored_and_at_larger_views_in_tiles() -> None:
    detector = Dotted()
    find_by_two_looks(
        np.zeros((1500, 4000, 3), np.uint8), detector, (640, 1280), 0.5, thorough=True
    )
    assert detector.sizes[:4] == [(640, 240)] * 2 + [(1280, 480)] * 2
    assert len(detector.sizes) > 8
    assert max(max(size) for size in detector.sizes) == 1280


@pytest.mark.parametrize("length", [32, 1280, 1281, 1440, 1441, 2400, 6000])
def test_tiles_cover_a_view_and_share_their_seams(length: int) -> None:
    starts = list(two_looks._starts(length))
    ends = [min(start + 1280, length) for start in starts]
    assert (starts[0], ends[-1]) == (0, length)
    assert all(end - start >= 160 for start, end in zip(starts[1:], ends[:-1], strict=True))
    assert all(end - start >= min(length, 160) for start, end in zip(starts, ends, strict=True))


def small(x: float, y: float) -> Points:
    points: Points = (POINTS - POINTS.mean(axis=0)) / 40 * 12 + np.array([x, y])
    return points


@pytest.mark.parametrize("place", [(60, 60), (1275, 700), (2450, 1450), (2590, 1490)])
def test_small_face_of_a_large_scan_is_found_by_thorough(place: tuple[int, int]) -> None:
    """A detector that needs eyes eight pixels apart: at 1280 pixels these are six apart."""
    scan = dots(small(*place), 2600, 1500)
    assert find_by_two_looks(scan, Dotted(least=8), (640, 1280), 0.5) == []
    (face,) = find_by_two_looks(scan, Dotted(least=8), (640, 1280), 0.5, thorough=True)
    assert np.abs(face.points - small(*place)).max() < 1


def test_a_pattern_of_faces_is_not_looked_at_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    class Everywhere(Dotted):
        def find(self, pixels: Pixels) -> list[Detection]:
            self.sizes.append((pixels.shape[1], pixels.shape[0]))
            if max(pixels.shape) <= 320:
                return []
            places = [(x, y) for x in range(20, 600, 20) for y in range(20, 400, 20)]
            return [Detection((x, y, 10, 10), small(x, y), 0.5) for x, y in places]

    detector = Everywhere()
    assert find_by_two_looks(np.zeros((400, 600, 3), np.uint8), detector, SIDES, 0.5) == []
    assert len(detector.sizes) == len(SIDES) + 2 * two_looks._MOST


def test_finds_that_come_to_lie_on_one_face_are_one() -> None:
    class Twice(Dotted):
        def find(self, pixels: Pixels) -> list[Detection]:
            found = super().find(pixels)
            if max(pixels.shape) <= 320:
                return found
            return [
                part for each in found for part in (each, each.shifted(8, 8).scaled(0.98, 0.98))
            ]

    assert len(find_by_two_looks(picture(), Twice(), SIDES, 0.5)) == 1
