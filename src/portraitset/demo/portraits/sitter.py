"""Who sits, and how: the numbers that make one face differ from another.

Face frame: the origin lies midway between the eyes, x goes to the viewer's right, y down;
the chin is at y = 1 and the crown of the skull at y = -1, so the eyes sit at half head height.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from portraitset.demo.portraits.curves import Knots, Points, turned

SKULL_WIDTH = 0.74
SKULL_DEPTH = 0.62


@dataclass(frozen=True, slots=True)
class Sitter:
    """One imaginary person. Lengths are in face units unless they say otherwise."""

    at: tuple[float, float] = (0.5, 0.45)
    """Midpoint of the eyes, as fractions of the picture's width and height."""
    size: float = 0.25
    """Pixels per face unit, as a fraction of the picture's shorter side."""
    tilt: float = 0.0
    """Degrees, clockwise as the viewer sees it."""
    yaw: float = 0.0
    """Degrees; positive turns the face to the viewer's right."""
    gaze: float = 0.0
    width: float = 1.0
    jaw: float = 0.50
    chin: float = 0.24
    eyes: float = 1.0
    eye_gap: float = 0.305
    slant: float = 0.03
    lids: float = 1.0
    """1 is wide awake, 0.6 is heavy-lidded, 0 is asleep."""
    brow_arch: float = 0.03
    brow_weight: float = 1.0
    brow_rise: float = 0.0
    """Lifts the inner ends of the brows: gentle above 0, stern below."""
    nose: float = 0.40
    nose_width: float = 1.0
    mouth_y: float = 0.625
    mouth: float = 0.225
    lips: float = 1.0
    smile: float = 0.3
    neck: float = 1.0
    hair: str = "crop"
    part: float = 0.0
    peak: float = 0.06
    """How far the hairline dips at the middle of the forehead."""
    hat: str = ""
    beard: str = ""
    glasses: str = ""
    collar: str = "crew"
    earrings: str = ""


@dataclass(frozen=True, slots=True)
class Pose:
    """Maps face and body frames to picture pixels for one sitter in one picture size."""

    sitter: Sitter
    width: int
    height: int

    @property
    def scale(self) -> float:
        """Pixels per face unit."""
        return self.sitter.size * min(self.width, self.height)

    @property
    def centre(self) -> tuple[float, float]:
        """Origin of the face frame in picture pixels."""
        return self.sitter.at[0] * self.width, self.sitter.at[1] * self.height

    def on_face(self, knots: Knots, lift: float = 0.0) -> Points:
        """Place points that lie on the face, `lift` in front of it."""
        points = np.asarray(knots, dtype=np.float64)
        return self.at_depth(points, skull_depth(points[:, 0], points[:, 1]) + lift)

    def at_depth(self, knots: Knots, depth: float | Points = 0.0) -> Points:
        """Place points of the head at `depth` in front of the axis that it turns about."""
        points = np.asarray(knots, dtype=np.float64)
        yaw = np.radians(self.sitter.yaw)
        across = points[:, 0] * np.cos(yaw) + depth * np.sin(yaw)
        return self.from_plane(np.column_stack([across, points[:, 1]]))

    def from_plane(self, points: Points) -> Points:
        """Place points of the head's plane: tilt, scale, move."""
        return turned(points, np.radians(self.sitter.tilt)) * self.scale + self.centre

    def to_plane(self, pixels: Points) -> Points:
        """Undo `from_plane`."""
        return turned((pixels - self.centre) / self.scale, -np.radians(self.sitter.tilt))

    def on_body(self, knots: Knots) -> Points:
        """Place points of the body, whose origin is the pit of the neck."""
        points = np.asarray(knots, dtype=np.float64)
        lean = 0.25 * np.radians(self.sitter.tilt)
        pit = self.from_plane(turned(np.array([[0.0, 1.38]]), -0.35 * np.radians(self.sitter.tilt)))
        return turned(points, lean) * self.scale + pit

    def landmarks(self) -> Mapping[str, tuple[float, float]]:
        """Return eye centres and mouth corners, picture pixels, sides as the viewer sees them."""
        gap, corner = self.sitter.eye_gap, mouth_corner(self.sitter)
        knots = [(-gap, 0.0), (gap, 0.0), (-corner[0], corner[1]), corner]
        names = ("eye_left", "eye_right", "mouth_left", "mouth_right")
        placed = zip(names, self.on_face(knots), strict=True)
        return {name: (float(x), float(y)) for name, (x, y) in placed}


def skull_depth(x: Points, y: Points) -> Points:
    """Return how far the smooth front of the head stands out at face points."""
    across = np.clip(1 - (x / SKULL_WIDTH) ** 2, 0, 1)
    depth: Points = SKULL_DEPTH * across * np.clip(1.08 - 0.55 * np.abs(y - 0.05) ** 2.4, 0, 1)
    return depth


def mouth_corner(sitter: Sitter) -> tuple[float, float]:
    """Return the mouth corner on the viewer's right, face frame."""
    return sitter.mouth, sitter.mouth_y - 0.07 * sitter.smile
