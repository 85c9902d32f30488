"""How good `detect` is: what docs/detecting.md says, measured anew.

    python benchmarks/detection.py OLD_MASTERS MODEL [IMAGES]

OLD_MASTERS holds `AAHQ-dataset.json` and `origin/`, MODEL is YuNet's ONNX file; with IMAGES, the
plots are written there. The old masters' points were placed by hand; the drawn portraits' (see
`sitters`) are the geometry's own. It takes some ten minutes on two cores; how quick the command is
stands in `detecting_speed`.
"""

import json
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from portraitset.align.quad import crop_quad
from portraitset.bench.figures import markdown_table
from portraitset.demo.portraits import MANNERS
from portraitset.detect import two_looks
from portraitset.detect.calibration import calibrated
from portraitset.detect.closer import CloserLook, look_closer
from portraitset.detect.confidence import RIGHT, disagreement
from portraitset.detect.detection import Detection, Detector, Pixels, Points, face_frame
from portraitset.detect.pyramid import SIDES
from portraitset.detect.refiner import Refiner
from portraitset.detect.weights import local_weights
from portraitset.detect.yunet import YuNet
from portraitset.landmarks import POINT_NAMES, Landmarks
from sitters import draw_sitter

Values = npt.NDArray[np.float64]

SEEDS = range(1000, 1020)
"""Of the portraits in each of the manners; the refiner has seen none of them."""

FAINT = 0.05
"""The least score that is looked at here."""

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

BY_EYE = {
    "sistine_madonna": ((507, 340), (255, 695)),
    "virgin_of_the_rocks": ((768, 985), (230, 1060), (660, 1210)),
}
"""Middles of the faces that can be seen and have no points placed by hand."""

VARIANTS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it is": lambda image: image,
    "soft": lambda image: image.filter(ImageFilter.GaussianBlur(1.5)),
    "light": lambda image: image.point([round(255 * (v / 255) ** 0.6) for v in range(256)] * 3),
    "dark": lambda image: image.point([round(255 * (v / 255) ** 1.6) for v in range(256)] * 3),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "coarse": lambda image: image.resize(
        (image.width // 2, image.height // 2), Image.Resampling.LANCZOS
    ).resize(image.size, Image.Resampling.BICUBIC),
}
"""Changed paintings, for the confidence alone: ten faces are few."""


@dataclass(frozen=True)
class Find:
    """A face that was found: from afar, from near, and with its points refined and calibrated."""

    first: Detection
    face: Detection
    look: CloserLook
    refined: Points
    placed: Points


@dataclass(frozen=True)
class Truth:
    """A picture's faces; what is found beyond them is false."""

    name: str
    manner: str
    faces: tuple[Points, ...]
    seen: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Seen:
    """A picture with what was found in it."""

    truth: Truth
    finds: tuple[Find, ...]

    def of(self, points: Points, least: float = 0.5) -> Find | None:
        """The find of a face with known points."""
        near = (each for each in self.finds if is_of(each.face.points, points))
        return next((each for each in near if each.face.score >= least), None)

    def false(self, least: float) -> int:
        """How many finds are no face."""
        sure = [each for each in self.finds if each.face.score >= least]
        return sum(not self._is_true(each) for each in sure)

    def _is_true(self, each: Find) -> bool:
        points = each.face.points
        apart = face_frame(points)[1]
        marked = (np.hypot(*(points.mean(axis=0) - place)) < apart for place in self.truth.seen)
        return any(is_of(points, face) for face in self.truth.faces) or any(marked)


class Noting:
    """Looks closer as the product does, and keeps what it came to."""

    def __init__(self) -> None:
        self.looks: list[tuple[Points, CloserLook]] = []

    def __call__(self, pixels: Pixels, points: Points, detector: Detector) -> CloserLook | None:
        look = look_closer(pixels, points, detector)
        if look is not None:
            self.looks.append((points, look))
        return look


def main(masters: Path, model: Path, images: Path | None) -> None:
    """Print all tables, and draw the plots."""
    with ProcessPoolExecutor(2) as pool:
        paintings = list(pool.map(partial(painting_seen, model), painted(masters)))
        seeds = [(manner, seed) for seed in SEEDS for manner in MANNERS]
        drawn = list(pool.map(partial(drawn_seen, model), seeds, chunksize=4))
    plain = paintings[:: len(VARIANTS)]
    tell("The old masters' ten faces, leaving one painting out", errors_table(plain))
    tell("The old masters, threshold by threshold", threshold_table(plain))
    tell("The drawn portraits, threshold by threshold", threshold_table(drawn))
    tell("The drawn portraits, manner by manner, at 0.5", manner_table(drawn))
    off = offsets([(true, find.refined) for _, true, find in ten(plain)])
    tell("Offsets", np.array2string(off, precision=3))
    fitted = samples(drawn[: len(drawn) // 2])
    weights = logistic(fitted)
    tell("Confidence: base, by disagreement", np.array2string(weights, precision=2))
    others = {
        "drawn, other seeds": samples(drawn[len(drawn) // 2 :]),
        "old masters, changed": samples(paintings),
    }
    for name, each in others.items():
        tell(f"Confidence, {name}", reliability_table(weights, each))
    if images is not None:
        draw_thresholds(plain, drawn, images / "detect-threshold.svg")
        draw_reliability(weights, others, images / "detect-confidence.svg")


def tell(title: str, content: str) -> None:
    """Print one part."""
    sys.stdout.write(f"\n{title}\n\n{content}\n")


def painted(masters: Path) -> list[tuple[Path, Truth, str]]:
    """Each painting in each of its variants."""
    manifest = json.loads((masters / "AAHQ-dataset.json").read_text())
    faces: dict[Path, list[Points]] = {}
    for entry in manifest.values():
        path = masters / f"origin{urlsplit(entry['image_url']).path}"
        faces.setdefault(path, []).append(points_of(entry["landmarks"]))
    return [
        (path, Truth(path.stem, "painting", tuple(points), BY_EYE.get(path.stem, ())), variant)
        for path, points in faces.items()
        for variant in VARIANTS
    ]


def points_of(landmarks: dict[str, tuple[float, float]]) -> Points:
    """The four points, in order."""
    return np.array([landmarks[name] for name in POINT_NAMES], np.float64)


def painting_seen(model: Path, what: tuple[Path, Truth, str]) -> Seen:
    """What is found in a painting."""
    path, truth, variant = what
    with Image.open(path) as image:
        return Seen(truth, finds(model, VARIANTS[variant](image.convert("RGB"))))


def drawn_seen(model: Path, what: tuple[str, int]) -> Seen:
    """What is found in a drawn portrait."""
    portrait = draw_sitter(*what)
    truth = Truth(portrait.title, what[0], tuple(points_of(dict(each)) for each in portrait.faces))
    return Seen(truth, finds(model, portrait.image))


def finds(model: Path, image: Image.Image) -> tuple[Find, ...]:
    """What the product finds in a picture, with what it usually forgets."""
    noting = Noting()
    two_looks.look_closer = noting  # type: ignore[assignment]
    pixels = np.asarray(image)
    found = two_looks.find_by_two_looks(pixels, detector(model), SIDES, FAINT)
    looks = {id(look.points): look for _, look in noting.looks}
    return tuple(find_of(face, looks[id(face.points)], noting, pixels) for face in found)


def find_of(face: Detection, look: CloserLook, noting: Noting, pixels: Pixels) -> Find:
    """A face with the steps that led to its points."""
    first = next(points for points, each in noting.looks if each is look)
    refined = refiner().refined(pixels, face.points)
    placed = calibrated(replace(face, points=refined)).points
    return Find(replace(face, points=first), face, look, refined, placed)


@lru_cache(1)
def refiner() -> Refiner:
    """This process's own."""
    return Refiner()


@lru_cache(1)
def detector(model: Path) -> YuNet:
    """This process's own."""
    return YuNet(local_weights(model))


def is_of(found: Points, true: Points) -> bool:
    """Whether a find is of that face, well or badly placed."""
    apart, wide = (np.hypot(*(each[1] - each[0])) for each in (true, found))
    middles = np.hypot(*(found.mean(axis=0) - true.mean(axis=0)))
    return bool(middles < apart / 2 and apart / 2 < wide < apart * 2)


def error(found: Points, true: Points) -> float:
    """The points' mean distance, in eye distances."""
    return float(np.hypot(*(found - true).T).mean() / np.hypot(*(true[1] - true[0])))


def corners(found: Points, true: Points) -> float:
    """How far the crop's farthest corner lies from where it should, in pixels of 1024."""
    wrong, right = (crop_quad(Landmarks(*map(tuple, each.tolist()))) for each in (found, true))
    side = np.hypot(*(right[1] - right[0]))
    return float(np.hypot(*(wrong - right).T).max() * 1024 / side)


def ten(paintings: Sequence[Seen]) -> list[tuple[str, Points, Find]]:
    """The faces with points placed by hand: painting, points, find."""
    return [
        (each.truth.name[:9], points, find)  # the two copies of one painting are one
        for each in paintings
        for points in each.truth.faces
        if (find := each.of(points, 0)) is not None
    ]


def offsets(faces: Sequence[tuple[Points, Points]], *, eyes_only: bool = False) -> Values:
    """By how much found points are off from true ones, in the faces' own frames, sides alike."""
    missed = []
    for true, found in faces:
        frame, unit = face_frame(found)
        missed.append((true - found) @ frame.T / unit)
    mean = np.mean(missed, axis=0)
    mean = (mean + mean[[1, 0, 3, 2]] * (-1, 1)) / 2
    mean[2:] *= not eyes_only
    return np.asarray(mean)


def errors_table(paintings: Sequence[Seen]) -> str:
    """Error and corners step by step; offsets are those of the other paintings."""
    faces = ten(paintings)

    def left_out(place: Callable[[Find], Points], *, eyes_only: bool) -> list[Points]:
        found = []
        for name, _, find in faces:
            others = [(true, place(each)) for other, true, each in faces if other != name]
            found.append(moved(place(find), offsets(others, eyes_only=eyes_only)))
        return found

    kinds = {
        "from afar": [find.first.points for *_, find in faces],
        "closer": [find.look.points for *_, find in faces],
        "closer, eyes calibrated": left_out(lambda find: find.look.points, eyes_only=True),
        "closer, all calibrated": left_out(lambda find: find.look.points, eyes_only=False),
        "refined": [find.refined for *_, find in faces],
        "refined, all calibrated": left_out(lambda find: find.refined, eyes_only=False),
    }
    rows = []
    for kind, found in kinds.items():
        pairs = [(each, true) for each, (_, true, _) in zip(found, faces, strict=True)]
        errors = [error(*pair) for pair in pairs]
        wrong = sorted((corners(*pair) for pair in pairs), reverse=True)
        worst = ", ".join(f"{each:.0f}" for each in wrong[:3])
        middle, farthest = f"{np.median(wrong):.0f}", f"{max(errors):.3f}"
        rows.append((kind, f"{np.mean(errors):.3f}", farthest, middle, worst))
    head = ("", "mean error", "largest", "corners, median", "worst")
    return markdown_table(head, rows)


def moved(points: Points, offset: Values) -> Points:
    """Points with an offset in the face's own frame."""
    frame, unit = face_frame(points)
    return points + offset @ frame * unit


def threshold_table(pictures: Sequence[Seen]) -> str:
    """Found, false and error at thresholds."""
    rows = [
        (f"{least}", *(f"{value:.3g}" for value in at_threshold(pictures, least)))
        for least in THRESHOLDS
    ]
    return markdown_table(("threshold", "recall", "precision", "error", "false"), rows)


def at_threshold(pictures: Sequence[Seen], least: float) -> tuple[float, float, float, float]:
    """Recall, precision, mean error of what is found, and how many are no faces."""
    wanted = sum(len(each.truth.faces) + len(each.truth.seen) for each in pictures)
    false = sum(each.false(least) for each in pictures)
    found = sum(find.face.score >= least for each in pictures for find in each.finds) - false
    errors = [
        error(find.placed, points)
        for each in pictures
        for points in each.truth.faces
        if (find := each.of(points, least)) is not None
    ]
    wrong = float(np.mean(errors)) if errors else np.nan
    return found / wanted, found / (found + false) if found + false else np.nan, wrong, false


def manner_table(pictures: Sequence[Seen]) -> str:
    """Recall and error by manner."""
    rows = []
    for manner in MANNERS:
        own = [each for each in pictures if each.truth.manner == manner]
        recall, _, wrong, false = at_threshold(own, 0.5)
        rows.append((manner, f"{recall * len(own):.0f} of {len(own)}", f"{wrong:.2f}", f"{false}"))
    return markdown_table(("manner", "found", "error", "false"), rows)


@dataclass(frozen=True)
class Samples:
    """Finds: what confidence is told from, float64 (n,), and whether the points were right."""

    disagreements: Values
    right: Values


def samples(pictures: Sequence[Seen], least: float = 0.3) -> Samples:
    """All finds with a score of at least 0.3; of faces without known points, none."""
    rows, right = [], []
    for each in pictures:
        for find in each.finds:
            marked = any(
                np.hypot(*(find.look.points.mean(axis=0) - place)) < face_frame(find.look.points)[1]
                for place in each.truth.seen
            )
            if find.face.score >= least and not marked:
                errors = [error(find.placed, points) for points in each.truth.faces]
                rows.append(disagreement(find.look))
                right.append(min(errors) <= RIGHT)
    return Samples(np.array(rows), np.array(right, np.float64))


def logistic(given: Samples) -> Values:
    """Weights of a logistic regression, by Newton's method, a little drawn to zero."""
    rows = np.column_stack([np.ones(len(given.right)), given.disagreements])
    weights = np.zeros(rows.shape[1])
    for _ in range(50):
        likely = 1 / (1 + np.exp(-rows @ weights))
        bend = rows.T @ (rows * (likely * (1 - likely))[:, None]) + 0.01 * np.eye(len(weights))
        weights += np.linalg.solve(bend, rows.T @ (given.right - likely) - 0.01 * weights)
    return weights


def predicted(weights: Values, given: Samples) -> Values:
    """The confidence of each sample."""
    rows = np.column_stack([np.ones(len(given.right)), given.disagreements])
    return np.asarray(1 / (1 + np.exp(-rows @ weights)))


def bins(weights: Values, given: Samples) -> list[tuple[float, float, int]]:
    """Told and true share in fifths of the scale, and how many."""
    told = predicted(weights, given)
    fifths = np.minimum((told * 5).astype(int), 4)
    return [
        (float(told[fifths == n].mean()), float(given.right[fifths == n].mean()), count)
        for n in range(5)
        if (count := int((fifths == n).sum()))
    ]


def reliability_table(weights: Values, given: Samples) -> str:
    """How often points are right, by confidence."""
    rows = [
        (f"{told:.2f}", f"{true:.2f}", f"{count}") for told, true, count in bins(weights, given)
    ]
    told = predicted(weights, given)
    brier, plain = np.square(told - given.right).mean(), given.right.var()
    return (
        markdown_table(("told", "true", "faces"), rows)
        + f"\n\nBrier score {brier:.3f}, of the mean alone {plain:.3f}"
    )


def draw_thresholds(paintings: Sequence[Seen], drawn: Sequence[Seen], path: Path) -> None:
    """Recall, precision and error against the threshold."""
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    grid = np.arange(0.1, 0.96, 0.025)
    for name, pictures, colour in (("old masters", paintings, "C0"), ("drawn", drawn, "C1")):
        recall, precision, wrong, _ = zip(
            *(at_threshold(pictures, least) for least in grid), strict=True
        )
        left.plot(grid, recall, color=colour, label=f"recall, {name}")
        left.plot(grid, precision, color=colour, linestyle="--", label=f"precision, {name}")
        right.plot(grid, wrong, color=colour, label=name)
    left.set(xlabel="threshold", ylim=(0, 1.03))
    right.set(xlabel="threshold", ylabel="mean error, eye distances", ylim=(0, 0.15))
    for each in (left, right):
        each.legend(fontsize=8)
        each.grid(alpha=0.3)
    save(figure, path)


def draw_reliability(weights: Values, others: dict[str, Samples], path: Path) -> None:
    """How often points were right, against the confidence."""
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(4.6, 3.8), layout="constrained")
    axes.plot((0, 1), (0, 1), color="grey", linewidth=0.8)
    for name, each in others.items():
        told, true, counts = (np.array(column) for column in zip(*bins(weights, each), strict=True))
        noise = np.sqrt(true * (1 - true) / counts)
        axes.errorbar(told, true, noise, marker="o", capsize=3, label=name)
    axes.set(xlabel="confidence", ylabel=f"share with points within {RIGHT} eye distances")
    axes.set(xlim=(0, 1), ylim=(0, 1.03))
    axes.legend(fontsize=8)
    axes.grid(alpha=0.3)
    save(figure, path)


def save(figure: "object", path: Path) -> None:
    """Write a plot as SVG, the same bytes for the same figures."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    assert isinstance(figure, Figure)
    with rc_context({"svg.hashsalt": "portraitset"}):
        figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None)
