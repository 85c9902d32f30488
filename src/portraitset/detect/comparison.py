"""A manifest's points beside what a detector found: do they agree, and if not, what happened? Pure.

A detector is no judge: on paintings it misses faces and errs by a tenth of the eyes' distance, so
that only what is far off counts as disagreeing, and only where a sure find speaks against it. What
may have become of a picture is tried on its points: the change under which they fit is named as
the likely cause. Nothing is ever put right here.

Distances are means over the four points, in units of the find: its eyes' distance or, as eyes come
close in profile, nine tenths of that from eyes to mouth if this is more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from portraitset.detect.changes import MOST_FACES, Faces, changes
from portraitset.detect.detection import Detection
from portraitset.landmarks import Landmarks, face_axes

AGREES = 0.6
"""Points so near to a find agree with it; the worst that were right were 0.44 off."""

FITS = 0.45
"""A change explains points that come so near to a find by it."""

SURE = 0.5
"""The least score of a find that may explain; a fainter one can only bear points out."""

CERTAIN = 0.7
"""The least score of a find that speaks against points which no change explains."""

_COST = 0.08
"""What each number that was fitted adds to a distance when explanations are compared."""

_CLEARLY = 0.15
"""By so much a change must fit better than no change to make points doubtful that agree."""

_BESIDE = 1.2
"""A find whose middle is so near to that of points, in its units, is of the same face; two heads
side by side are twice as far apart."""

_FAR = 0.9
"""Points of the same face that are farther off are misplaced; nearer, it may be the find."""

_REVERSED = -0.2
"""Across times down, in squared units, below which left and right are the wrong way round; of a
face in profile it is near zero, of one from the front near one."""

_MIRRORING, _UPRIGHT = (2, 4, 5, 7), (1, 2)
"""EXIF orientations that mirror, and those under which up is up."""

_MOST_FINDS = 256

_NOT_FOUND = "No face was found there; detectors miss many that are painted."
_UPSIDE_DOWN = "The eyes lie below the mouth, and no face was found there."
_SIDES_SWAPPED = "Left and right are the wrong way round: both are meant as the viewer sees them."
_OUTSIDE = "All points lie outside of the picture."
_MISPLACED = "A face was found here, and the points lie beside its eyes and mouth."
_ELSEWHERE = "No face was found where the points are, and one is surely elsewhere in the picture."
_DOUBTFUL = "The points agree, but fit much better otherwise. "

_Column = npt.NDArray[np.float64]
"""float64 (n,): a value for each of n faces."""


class Judgement(StrEnum):
    """What comparing a face's points came to."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    UNSURE = "cannot tell"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of one face's points.

    Attributes:
        cause: a word for what may have happened; empty if they agree.
        words: a sentence for a reader; it names no file.
        distance: from the nearest find; None if there is none.
        other: the photo whose points fit here, by its file name in the manifest.
    """

    judgement: Judgement
    cause: str = ""
    words: str = ""
    distance: float | None = None
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: what a manifest says of it, and what a detector found.

    Attributes:
        name: the photo's file name in the manifest.
        stated: the manifest's points of each face, in pixels of this file.
        found: in pixels of this file; a face may be there twice.
        size: width and height in pixels, as stored.
        orientation: the EXIF orientation by which it was looked at.
        stated_width: the width of the picture for which the points are said to be.
    """

    name: str
    stated: tuple[Landmarks, ...]
    found: tuple[Detection, ...]
    size: tuple[int, int]
    orientation: int = 1
    stated_width: float | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would explain that a picture's points lie elsewhere than its faces.

    Attributes:
        fitting: how many faces come to lie on a find by it.
        distance: of these, the mean.
        fitted: how many numbers were fitted to bring them there.
        score: the least of the finds that they come to lie on.
        other: as in `Verdict`.
    """

    cause: str
    words: str
    fitting: int
    distance: float
    fitted: int = 0
    score: float = 1.0
    other: str | None = None

    @property
    def cost(self) -> float:
        """The less, the better the explanation."""
        return self.distance + _COST * self.fitted

    def beats(self, other: "Explanation | None") -> bool:
        """Whether it is the better of two."""
        return other is None or (-self.fitting, self.cost) < (-other.fitting, other.cost)


class Comparison:
    """One picture's points compared with its finds."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        finds = sorted(picture.found, key=lambda each: -each.score)[:_MOST_FINDS]
        self._scores = np.array([each.score for each in finds])
        self._finds: Faces = faces_of([each.landmarks for each in finds])
        self._units = np.array([unit_of(each.landmarks) for each in finds])
        self.stated = faces_of(picture.stated)
        self._distances, self._found_with = self._to_nearest(self.stated, 0.0)
        self._agrees = self._distances <= AGREES

    @property
    def is_settled(self) -> bool:
        """Whether every face agrees with a find that is certain."""
        return bool((self._agrees & (self._found_with >= CERTAIN)).all())

    @property
    def is_open(self) -> bool:
        """Whether no face agrees while there are finds that may say why."""
        return not self._agrees.any() and len(self.sure_finds) > 0

    @property
    def sure_finds(self) -> Faces:
        """The finds that may explain, the surest first."""
        return self._finds[self._scores >= SURE]

    def explained(
        self, cause: str, words: str, faces: Faces, fitted: int = 0, other: str | None = None
    ) -> Explanation | None:
        """How well other places of the points fit what was found; None if they do not."""
        distances, scores = self._to_nearest(faces, SURE)
        fits = distances <= FITS
        if not fits.any():
            return None
        if fitted and fits.sum() == 1 and scores[fits].max() < CERTAIN:
            return None  # numbers are soon found that bring one face onto a find that is none
        distance, score = float(distances[fits].mean()), float(scores[fits].min())
        return Explanation(cause, words, int(fits.sum()), distance, fitted, score, other)

    def verdicts(self, swap: Explanation | None = None) -> tuple[Verdict, ...]:
        """What is to be said of each face.

        Args:
            swap: what the points of another photo explain.
        """
        change = self._explained_by_change()
        best = swap if swap is not None and swap.beats(change) else change
        # those that agree do so by chance where a change fits more than twice as many
        overruled = best is not None and best.fitting > 2 * int(self._agrees.sum())
        return tuple(self._verdict(at, best, overruled) for at in range(len(self.stated)))

    def _verdict(self, at: int, best: Explanation | None, overruled: bool) -> Verdict:
        distance = float(self._distances[at]) if self._distances[at] < np.inf else None
        if self._agrees[at] and not overruled:
            if best is None or not self._is_doubtful(best):
                return Verdict(Judgement.AGREES, distance=distance)
            return Verdict(Judgement.UNSURE, best.cause, _DOUBTFUL + best.words, distance)
        cause, words, other = self._disagreement(at, best if overruled else None)
        if not cause:
            cause, words = self._doubt_about(at)
            return Verdict(Judgement.UNSURE, cause, words, distance)
        return Verdict(Judgement.DISAGREES, cause, words, distance, other)

    def _doubt_about(self, at: int) -> tuple[str, str]:
        """A cause and its words where no find speaks for a face's points or against them."""
        eye_left, eye_right, mouth_left, mouth_right = self.stated[at]
        down = (mouth_left + mouth_right - eye_left - eye_right)[1] / 2
        is_below = down < -unit_of(self.picture.stated[at]) / 2
        if is_below and self.picture.orientation in _UPRIGHT:
            return "upside-down", _UPSIDE_DOWN
        return "no-face-found", _NOT_FOUND

    def _disagreement(self, at: int, best: Explanation | None) -> tuple[str, str, str | None]:
        """A cause, its words and the other photo; empty where there is nothing to be said."""
        face = self.stated[at]
        if _is_reversed(self.picture.stated[at], self.picture.orientation):
            return "sides-swapped", _SIDES_SWAPPED, None
        if best is not None:
            return best.cause, best.words, best.other
        if _is_outside(face, self.picture.size):
            return "outside", _OUTSIDE, None
        unclaimed = (self._scores >= CERTAIN) & ~self._claimed
        if unclaimed.any():
            middles = (self._finds[unclaimed] - face).mean(axis=1)
            if (np.hypot(*middles.T) / self._units[unclaimed]).min() <= _BESIDE:
                is_far = self._distances[at] > _FAR
                return ("misplaced", _MISPLACED, None) if is_far else ("", "", None)
            if not self._agrees.any():
                return "elsewhere", _ELSEWHERE, None
        return "", "", None

    @cached_property
    def _claimed(self) -> npt.NDArray[np.bool_]:
        """Which finds show a face whose points agree, as another's neighbour may."""
        claimed = np.zeros(len(self._finds), np.bool_)
        for face in self.stated[self._agrees]:
            claimed |= self._gaps(face) <= AGREES
        return claimed

    def _explained_by_change(self) -> Explanation | None:
        """The best of all that may have become of the picture; None if nothing fits."""
        best: Explanation | None = None
        stated = self.stated[:MOST_FACES]
        size, width = self.picture.size, self.picture.stated_width
        for each in changes(stated, self.sure_finds[:MOST_FACES], size, width):
            found = self.explained(each.cause, each.words, each.faces, each.fitted)
            if found is not None and found.beats(best):
                best = found
        return best

    def _is_doubtful(self, change: Explanation) -> bool:
        """Whether points that agree may do so by chance.

        A change fits more faces, or as many much better, or as many on surer finds.
        """
        agreeing = self._distances[self._agrees]
        if change.fitting != len(agreeing):
            return change.fitting > len(agreeing)
        is_better = change.cost < agreeing.mean() - _CLEARLY
        is_surer = change.score >= CERTAIN > self._found_with[self._agrees].max()
        return bool(is_better or (is_surer and change.fitted == 0))

    def _to_nearest(self, faces: Faces, least_score: float) -> tuple[_Column, _Column]:
        """How far each of these faces is from the nearest find of such a score, and that score."""
        held = self._scores >= least_score
        if not held.any():
            return np.full(len(faces), np.inf), np.zeros(len(faces))
        distances, nearest = np.empty(len(faces)), np.empty(len(faces), np.intp)
        for at, face in enumerate(faces):
            gaps = np.where(held, self._gaps(face), np.inf)
            nearest[at] = gaps.argmin()
            distances[at] = gaps[nearest[at]]
        return distances, self._scores[nearest]

    def _gaps(self, face: npt.NDArray[np.float64]) -> _Column:
        """How far a face's points are from each of the finds."""
        across, down = (self._finds - face).transpose(2, 0, 1)
        gaps: _Column = np.hypot(across, down).mean(axis=1) / self._units
        return gaps


def faces_of(landmarks: Sequence[Landmarks]) -> Faces:
    """Some faces' points as one array."""
    return np.array([each.points() for each in landmarks], np.float64).reshape(-1, 4, 2)


def unit_of(face: Landmarks) -> float:
    """A face's unit, in pixels.

    Source: FFHQ's dataset script takes four of it for the side of a crop.
    """
    _, right, _ = face_axes(face)
    return float(np.hypot(*right)) / 2


def _is_reversed(face: Landmarks, orientation: int) -> bool:
    """Whether left and right are the wrong way round, in the picture as it is to be seen."""
    eye_left, eye_right, mouth_left, mouth_right = faces_of([face])[0]
    across = (eye_right - eye_left) + (mouth_right - mouth_left)
    down = (mouth_left + mouth_right) - (eye_left + eye_right)
    product = float(across[0] * down[1] - across[1] * down[0]) / 4
    if orientation in _MIRRORING:
        product = -product
    return product < _REVERSED * unit_of(face) ** 2


def _is_outside(face: npt.NDArray[np.float64], size: tuple[int, int]) -> bool:
    """Whether no point lies in the picture."""
    return not bool(((face >= -0.5) & (face <= np.array(size) - 0.5)).all(axis=1).any())
