"""From which distance on two pictures are copies: precision and recall on pairs with known truth.

    python benchmarks/duplicates.py OUTPUT [FOLDER]

Pictures are the demo's drawn portraits and, if FOLDER is given, those of a dataset laid out as for
fidelity.py. Each is changed in ways that galleries and people change pictures. A picture and its
changed copy are a true pair; two different pictures, changed or not, are a false one. Two faces of
one photo are no pair at all. OUTPUT gets duplicates.svg and duplicates.md.
"""

import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageEnhance, ImageOps

from portraitset.align.face import align_face
from portraitset.bench.figures import markdown_table
from portraitset.curate.duplicates import SAME_FACE, SAME_WORK
from portraitset.curate.neighbours import Hashes, signs_of
from portraitset.demo.portraits import draw_portrait, portrait_titles
from portraitset.landmarks import Landmarks, landmarks_from_points
from portraitset.picture.perceptual_hash import look_of, mirrored_look

Change = Callable[[Image.Image], Image.Image]
CROP = 256
SHIFT = 0.02
"""Detectors disagree by so much of a face's side on where its points are."""


@dataclass(frozen=True)
class Picture:
    """One picture and its faces; `work` is the same for true copies."""

    work: str
    image: Image.Image
    faces: tuple[Landmarks, ...]


def jpeg(quality: int) -> Change:
    def change(image: Image.Image) -> Image.Image:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality)
        return Image.open(buffer).convert("RGB")

    return change


def sized(factor: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        size = round(image.width * factor), round(image.height * factor)
        return image.resize(size, Image.Resampling.LANCZOS)

    return change


def cropped(share: float) -> Change:
    """The outer margins cut off, so much of each side; more from the left, as people do."""

    def change(image: Image.Image) -> Image.Image:
        x, y = round(image.width * share), round(image.height * share)
        return image.crop((x, y, image.width - x // 2, image.height - y // 2))

    return change


CHANGES: Mapping[str, Change] = {
    "JPEG 75": jpeg(75),
    "JPEG 30": jpeg(30),
    "half the size": sized(0.5),
    "a quarter": sized(0.25),
    "twice the size": sized(2.0),
    "brighter": lambda image: image.point([min(255, round(v * 1.3)) for v in range(256)] * 3),
    "gamma 0.6": lambda image: image.point([round(255 * (v / 255) ** 0.6) for v in range(256)] * 3),
    "half the colour": lambda image: ImageEnhance.Color(image).enhance(0.5),
    "grey": lambda image: ImageOps.grayscale(image).convert("RGB"),
    "channels swapped": lambda image: Image.merge("RGB", image.split()[::-1]),
    "mirrored": ImageOps.mirror,
    "mirrored, JPEG 50, half": lambda image: jpeg(50)(sized(0.5)(ImageOps.mirror(image))),
    "2 % cut off": cropped(0.02),
    "5 % cut off": cropped(0.05),
    "10 % cut off": cropped(0.10),
}
MOVES = ("as it is", "points moved")
FACE_CHANGES = tuple(name for name in CHANGES if "mirrored" not in name and "cut" not in name)
"""Cutting moves no face within its crop; a mirrored face counts as another."""


def main(output: Path, folder: Path | None) -> None:
    """Measure, and write the table and the curves."""
    pictures = [*drawn(), *(collected(folder) if folder else ())]
    output.mkdir(parents=True, exist_ok=True)
    works = work_distances(pictures)
    faces = face_distances(pictures)
    (output / "duplicates.md").write_text(tables(works, faces) + "\n", encoding="utf-8")
    plot(works, faces, output / "duplicates.svg")
    print(tables(works, faces))


def drawn() -> Iterator[Picture]:
    for title in portrait_titles():
        portrait = draw_portrait(title)
        faces = tuple(landmarks_from_points(face) for face in portrait.faces)
        yield Picture(title, portrait.image.convert("RGB"), faces)


def collected(folder: Path) -> Iterator[Picture]:
    found: dict[str, list[Landmarks]] = {}
    for entry in json.loads((folder / "AAHQ-dataset.json").read_text()).values():
        points = landmarks_from_points(entry["landmarks"])
        found.setdefault(urlsplit(entry["image_url"]).path, []).append(points)
    for path, faces in found.items():
        image = Image.open(folder / f"origin{path}").convert("RGB")
        yield Picture(Path(path).stem.removesuffix("_small"), image, tuple(faces))


@dataclass(frozen=True)
class Pairs:
    """Distances of true pairs by change, and of all false pairs."""

    true: dict[str, npt.NDArray[np.float32]]
    false: npt.NDArray[np.float32]

    def recall(self, threshold: int) -> float:
        joined = np.concatenate(list(self.true.values()))
        return float((joined <= threshold).mean())

    def precision(self, threshold: int) -> float:
        right = sum(int((found <= threshold).sum()) for found in self.true.values())
        wrong = int((self.false <= threshold).sum())
        return right / (right + wrong) if right + wrong else 1.0


def work_distances(pictures: list[Picture]) -> Pairs:
    names, owners, changes, looks, mirrored = [], [], [], [], []
    for owner, picture in enumerate(pictures):
        for name, change in {"": lambda image: image, **CHANGES}.items():
            pixels = np.asarray(change(picture.image))
            names.append(picture.work)
            owners.append(owner)
            changes.append(name)
            looks.append(look_of(pixels))
            mirrored.append(mirrored_look(looks[-1]))
    hashes = Hashes(signs_of(looks), signs_of(mirrored))
    return paired(hashes, names, owners, changes)


def face_distances(pictures: list[Picture]) -> Pairs:
    names, owners, changes, looks = [], [], [], []
    chance = np.random.default_rng(0)
    for owner, picture in enumerate(pictures):
        for number, points in enumerate(picture.faces):
            for name, change in {"": lambda image: image, **dict(face_changes())}.items():
                image = change(picture.image)
                scale = picture.image.width / image.width
                for move in MOVES if name else MOVES[:1]:
                    there = points if move == MOVES[0] else moved(points, chance)
                    crop = align_face(np.asarray(image), there.shrunk(scale), CROP, quality="fast")
                    names.append(f"{picture.work}/{number}")
                    owners.append(owner)
                    changes.append(f"{name}, {move}" if name and move != MOVES[0] else name)
                    looks.append(look_of(crop))
    return paired(Hashes(signs_of(looks)), names, owners, changes)


def face_changes() -> Iterator[tuple[str, Change]]:
    yield "untouched", lambda image: image
    for name in FACE_CHANGES:
        yield name, CHANGES[name]


def moved(points: Landmarks, chance: np.random.Generator) -> Landmarks:
    found = np.array(points.points())
    reach = np.ptp(found, axis=0).max() * SHIFT
    a, b, c, d = ((float(x), float(y)) for x, y in found + chance.normal(0, reach, (4, 2)))
    return Landmarks(a, b, c, d)


def paired(hashes: Hashes, names: list[str], owners: list[int], changes: list[str]) -> Pairs:
    """A picture against its changed copies and other photographs of it; and against all others."""
    distances = hashes.between(slice(None), slice(None))
    works, photos, what = np.array(names), np.array(owners), np.array(changes)
    true: dict[str, list[float]] = {}
    for base in np.flatnonzero(what == ""):
        for index in np.flatnonzero(works == works[base]):
            if photos[index] == photos[base] and what[index]:
                true.setdefault(changes[index], []).append(float(distances[base, index]))
            elif photos[index] > photos[base] and not what[index]:
                same = "another photograph of it"
                true.setdefault(same, []).append(float(distances[base, index]))
    different = (works[:, None] != works[None, :]) & (photos[:, None] != photos[None, :])
    return Pairs(
        {name: np.array(found, np.float32) for name, found in true.items()},
        distances[np.triu(different, 1)],
    )


def tables(works: Pairs, faces: Pairs) -> str:
    rows = [
        (f"{at}", *(f"{100 * pairs.recall(at):.1f}" for pairs in (works, faces)),
         *(f"{100 * pairs.precision(at):.2f}" for pairs in (works, faces)),
         *(f"{int((pairs.false <= at).sum()):,}" for pairs in (works, faces)))
        for at in (16, 24, 32, 40, 48, 56, 64, 72, 80, 96)
    ]  # fmt: skip
    head = ("bits", "recall, works", "faces", "precision, works", "faces", "false, works", "faces")
    parts = [markdown_table(head, rows)]
    for what, pairs, at in (("works", works, SAME_WORK), ("faces", faces, SAME_FACE)):
        lines = [
            (name, f"{len(found)}", f"{np.median(found):.0f}", f"{found.max():.0f}",
             f"{100 * (found <= at).mean():.1f}")
            for name, found in sorted(pairs.true.items())
        ]  # fmt: skip
        lines.append((f"different {what}", f"{len(pairs.false):,}",
                      f"{np.median(pairs.false):.0f}", f"least {pairs.false.min():.0f}",
                      f"{100 * (pairs.false <= at).mean():.3f}"))  # fmt: skip
        head = (what, "pairs", "median, bits", "most", f"% within {at}")
        parts.append(markdown_table(head, lines))
    return "\n\n".join(parts)


def plot(works: Pairs, faces: Pairs, path: Path) -> None:
    """Precision against recall, and both against the threshold."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update({"svg.hashsalt": "portraitset", "svg.fonttype": "path"})
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    curve, levels = figure.subplots(1, 2)
    steps = range(129)
    for what, pairs, at, colour in (
        ("same work", works, SAME_WORK, "#1b6e8a"),
        ("same face", faces, SAME_FACE, "#b5532a"),
    ):
        recall = [pairs.recall(step) for step in steps]
        precision = [pairs.precision(step) for step in steps]
        curve.plot(recall, precision, color=colour, label=what)
        curve.plot(pairs.recall(at), pairs.precision(at), "o", color=colour)
        levels.plot(steps, recall, color=colour, label=f"{what}: recall")
        levels.plot(steps, precision, color=colour, linestyle="--", label=f"{what}: precision")
        levels.axvline(at, color=colour, linewidth=0.8, linestyle=":")
    curve.set(xlabel="recall", ylabel="precision", xlim=(0, 1.02), ylim=(0, 1.02))
    levels.set(xlabel="at most so many of 256 bits differ", ylim=(0, 1.02), xlim=(0, 128))
    for axes in (curve, levels):
        axes.grid(alpha=0.25)
        axes.legend(frameon=False, fontsize=8, loc="lower left")
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
