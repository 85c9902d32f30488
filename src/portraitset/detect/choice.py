"""Which detector is to look: one value, for workers to make it from and for manifests to name it.

A detector may be anybody's. So its answers are looked at before they count: whatever it raises, and
whatever is no face in the picture that it was given, is a failure of that one picture.
"""

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name

import numpy as np

from portraitset.detect.detection import Detection, Detector, Pixels, Points
from portraitset.errors import DetectorFailed, InputError, ItemError

_MOST_FACES = 5000
_LONGEST_WORDS = 300


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A detector's weights: where they lie, and the sha256 of the bytes that are meant, hex."""

    path: Path
    sha256: str

    def proven(self) -> Path:
        """The file's path, now that its bytes are known to be those.

        Raises:
            InputError: it cannot be read, or holds others by now.
        """
        try:
            with self.path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise InputError(
                f"the model {self.path} cannot be read: {error.strerror or error}"
            ) from error
        if found != self.sha256:
            raise InputError(
                f"the model {self.path} is another file than it was when the run began: its sha256"
                f" is {found}, not {self.sha256}"
            )
        return self.path


@dataclass(frozen=True, slots=True)
class DetectorChoice:
    """A detector, before it is made.

    Attributes:
        name: as a manifest's entries tell it.
        library: what runs it, with its version.
        maker: `package.module:name` of what makes it, called in each worker process.
        settings: its first arguments.
        model: its last argument, if it has one.
        version: the detector's own, if it has one.
        calibration: the name of the calibration that its points are set right by; None for none.
        looks_closer: whether each find is looked at again from near; see `two_looks`.
        sides: longer sides of the views that a picture is looked at in, each mirrored, too; with
            none, the picture is looked at once, as it is.
        thorough: the same, where time matters less.
    """

    name: str
    library: str
    maker: str
    settings: tuple[Hashable, ...] = ()
    model: ModelFile | None = None
    version: str | None = None
    calibration: str | None = None
    looks_closer: bool = False
    sides: tuple[int, ...] = ()
    thorough: tuple[int, ...] = ()

    def make(self) -> "CheckedDetector":
        """The detector itself.

        Raises:
            InputError: it cannot be made here.
        """
        model = () if self.model is None else (self.model,)
        try:
            made = resolve_name(self.maker)(*self.settings, *model)
        except (InputError, MemoryError):
            raise
        except Exception as error:
            raise InputError(
                f"the detector {self.name} cannot be started: {_words(error)}"
            ) from error
        return CheckedDetector(self.name, made)

    @property
    def facts(self) -> dict[str, str]:
        """What a manifest's entries say of it."""
        found = {
            "name": self.name,
            "version": self.version,
            "library": self.library,
            "model": self.model and self.model.sha256[:16],
            "calibration": self.calibration,
        }
        return {key: value for key, value in found.items() if value}

    @property
    def way(self) -> str:
        """What decides which faces it finds; where its files lie does not."""
        digest = self.model and self.model.sha256
        return repr(
            (
                self.facts,
                digest,
                self.maker,
                self.settings,
                self.sides,
                self.thorough,
                self.looks_closer,
            )
        )


class CheckedDetector:
    """A detector whose answers were looked at."""

    def __init__(self, name: str, detector: Detector) -> None:
        self._name = name
        self._detector = detector

    def find(self, pixels: Pixels) -> list[Detection]:
        """The faces; see `Detector`.

        Raises:
            DetectorFailed: it raised something, or answered what is no list of faces.
        """
        try:
            found = list(self._detector.find(pixels))
        except DetectorFailed as error:
            raise DetectorFailed(f"the detector {self._name} failed: {error}") from error
        except (ItemError, MemoryError):
            raise
        except Exception as error:
            raise DetectorFailed(f"the detector {self._name} failed: {_words(error)}") from error
        if len(found) > _MOST_FACES:
            raise DetectorFailed(f"the detector {self._name} found {len(found):,} faces")
        height, width = pixels.shape[:2]
        try:
            return [_checked(each, width, height) for each in found]
        except (TypeError, ValueError, OverflowError) as error:
            raise DetectorFailed(f"the detector {self._name} answered {error}") from error


def _checked(face: object, width: int, height: int) -> Detection:
    """An answer, if it is a face of a picture so large.

    Raises:
        TypeError, ValueError, OverflowError: it is none; the words follow "answered".
    """
    if not isinstance(face, Detection):
        raise TypeError(f"a {type(face).__name__}, which is no Detection")
    box = _numbers(face.box, "a box", (4,))
    points = _numbers(face.points, "points", (4, 2))
    points68 = None if face.points68 is None else _numbers(face.points68, "68 points", (68, 2))
    (score,) = _numbers([face.score], "a score", (1,)).tolist()
    if not 0 <= score <= 1:
        raise ValueError(f"a score of {score:g}, which is not from 0 to 1")
    left, top, breadth, tallness = box.tolist()
    if min(breadth, tallness) <= 0:
        raise ValueError(f"a box of {breadth:g} x {tallness:g} pixels")
    all_points = points if points68 is None else np.concatenate([points, points68])
    reach = max(width, height)
    outside = (all_points < -reach) | (all_points > np.array([width, height]) + reach)
    if outside.any():
        x, y = all_points[outside.any(axis=1)][0]
        raise ValueError(f"a point at ({x:g}, {y:g}), far outside of {width} x {height} pixels")
    return Detection((left, top, breadth, tallness), points, score, points68)


def _numbers(value: object, what: str, shape: tuple[int, ...]) -> Points:
    """Finite numbers of a shape."""
    found = np.array(value, np.float64)
    if found.shape != shape:
        raise ValueError(f"{what} of shape {found.shape}, not {shape}")
    if not np.isfinite(found).all():
        raise ValueError(
            f"{what} that are not finite" if shape != (1,) else f"{what} of {found[0]}"
        )
    return found


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip()}"[:_LONGEST_WORDS]
