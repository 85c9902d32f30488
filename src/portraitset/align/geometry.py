"""The way from a photo's pixels to its crop's and back, as matrices. Pure.

Both frames are those of landmarks and of OpenCV: x to the right, y down, (0, 0) the centre of the
upper left pixel. Pillow's, in which a picture's corner is (0, 0), lies half a pixel from it, and
docs/alignment.md tells where upstream's method adds that half: after its integer shrink it adds
half a *shrunk* pixel. `exact` keeps the slip, `fast` does not, and the matrices say what each does.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from portraitset.align.fill import fill_of
from portraitset.align.quad import CropPlan, crop_size, plan_crop
from portraitset.align.settings import CropSettings
from portraitset.align.square import Draw, Quad, place_square, share_outside
from portraitset.landmarks import Landmarks
from portraitset.picture.decode import SHRUNK_WHILE_DECODING

Matrix = npt.NDArray[np.float64]
"""float64 (2, 3): (x, y, 1) to (x, y)."""

_Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CropGeometry:
    """Where a crop lies in its photo.

    Attributes:
        photo: the photo's width and height, in pixels.
        size: the crop's side, in pixels.
        forward: photo pixels to crop pixels.
        inverse: crop pixels to photo pixels.
        quad: the crop's outer corners in photo pixels, TL, BL, BR, TR.
        landmarks: the face's, in crop pixels.
        scale: photo pixels to a crop pixel, along a side.
        padded: the share of the crop's area that lies outside the photo, 0 to 1.
    """

    photo: tuple[int, int]
    size: int
    forward: Matrix
    inverse: Matrix
    quad: Quad
    landmarks: Landmarks
    scale: float
    padded: float

    def resized(self, size: int) -> "CropGeometry":
        """That of the crop resized to `size` pixels a side; its corners stay where they are."""
        if size == self.size:
            return self
        ratio = size / self.size
        forward = self.forward * ratio
        forward[:, 2] += (ratio - 1) / 2
        return replace(
            self,
            size=size,
            forward=forward,
            inverse=inverted(forward),
            landmarks=self.landmarks.shrunk(1 / ratio),
            scale=self.scale / ratio,
        )

    def padding_mask(self) -> npt.NDArray[np.uint8]:
        """uint8 (size, size): 255 where a crop pixel's centre lies outside the photo, else 0."""
        steps = np.arange(self.size, dtype=np.float64)
        outside = np.zeros((self.size, self.size), np.bool_)
        for (across, down, start), length in zip(self.inverse, self.photo, strict=True):
            at = across * steps + (down * steps + start)[:, np.newaxis]
            outside |= (at < -0.5) | (at > length - 0.5)
        return outside.astype(np.uint8) * np.uint8(255)


def crop_geometry(
    landmarks: Landmarks,
    photo: tuple[int, int],
    settings: CropSettings,
    photo_format: str,
    name: str | None = None,
    draw: Draw | None = None,
) -> CropGeometry:
    """Where the crop lies that the pipeline cuts of a photo under these settings.

    Args:
        landmarks: in photo pixels.
        photo: width and height of the photo as it is stored.
        name, draw: of the face; see `place_square`.
        photo_format: Pillow's name; `fast` has a JPEG's decoder shrink it where that is enough.

    Raises:
        DegenerateFace: the landmarks allow no crop of this photo.
    """
    decoded = _decode_scale(landmarks, settings, photo_format)
    size = (-(-photo[0] // decoded), -(-photo[1] // decoded))  # as decoders round
    square = place_square(landmarks.shrunk(decoded), size, settings, name, draw)
    plan = plan_crop(square, size, settings.size, fill_of(settings))
    corners = _corners(plan, size, is_slipped=settings.quality != "fast") * decoded
    inverse = _inverse(corners, settings.size)
    forward = inverted(inverse)
    a, b, c, d = moved(np.array(landmarks.points()), forward).tolist()
    return CropGeometry(
        photo,
        settings.size,
        forward,
        inverse,
        corners - 0.5,
        Landmarks(tuple(a), tuple(b), tuple(c), tuple(d)),
        float(np.sqrt(abs(np.linalg.det(inverse[:, :2])))),
        share_outside(corners, photo),
    )


def moved(points: _Points, matrix: Matrix) -> _Points:
    """float64 (n, 2), x then y, by a matrix."""
    result: _Points = points @ matrix[:, :2].T + matrix[:, 2]
    return result


def inverted(matrix: Matrix) -> Matrix:
    """The matrix of the way back."""
    linear = np.linalg.inv(matrix[:, :2])
    return np.column_stack([linear, -linear @ matrix[:, 2]])


def _decode_scale(landmarks: Landmarks, settings: CropSettings, photo_format: str) -> int:
    is_whole = settings.quality != "fast" or settings.is_of_whole_photo
    if is_whole or photo_format not in SHRUNK_WHILE_DECODING:
        return 1
    from portraitset.align.fast import decode_scale  # the kernels; half a second to import

    return decode_scale(crop_size(landmarks) * settings.scale, settings.size)


def _corners(plan: CropPlan, photo: tuple[int, int], *, is_slipped: bool) -> Quad:
    """The quad that is sampled, in photo pixels with (0, 0) at the photo's own corner."""
    quad = plan.quad + plan.box[:2]
    if plan.pads is not None:
        quad = quad - plan.pads[:2]
    if not is_slipped:
        return quad * plan.shrink + 0.5
    return (quad + 0.5) * (np.array(photo) / plan.shrunk)


def _inverse(corners: Quad, size: int) -> Matrix:
    top_left, bottom_left, _, top_right = corners
    across, down = (top_right - top_left) / size, (bottom_left - top_left) / size
    return np.column_stack([across, down, top_left + (across + down) / 2 - 0.5])
