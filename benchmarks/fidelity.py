"""How close `fast` comes to `exact`, and both to the truth, on pictures of one's own.

    python benchmarks/fidelity.py FOLDER

FOLDER holds `AAHQ-dataset.json` and, below `origin/`, each original at its URL's path, as in
docs/performance.md. Each face is cut to several sizes, so that real detail is seen at one to four
source pixels per output pixel too. The truth is sampled 16 x 16 times per output pixel in floating
point and rounded properly; "high" is the energy in the upper half of the frequencies as a share of
the truth's.
"""

import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
from PIL import Image

from portraitset.align.exact import align_exact
from portraitset.align.fast import align_fast
from portraitset.align.pad import pad_exact
from portraitset.align.quad import CropPlan, plan_crop
from portraitset.align.square import face_square
from portraitset.bench.figures import markdown_table
from portraitset.landmarks import landmarks_from_points

Pixels = npt.NDArray[np.uint8]

SIZES = (1024, 512, 256, 160, 128)
SUPERSAMPLING = 16


def main(folder: Path) -> None:
    """Print the table for the faces of a folder."""
    rows = []
    for name, entry in json.loads((folder / "AAHQ-dataset.json").read_text()).items():
        original = folder / f"origin{urlsplit(entry['image_url']).path}"
        pixels = np.asarray(Image.open(original).convert("RGB"))
        points = landmarks_from_points(entry["landmarks"])
        for size in SIZES:
            square = face_square(points)
            plan = plan_crop(square, (pixels.shape[1], pixels.shape[0]), size)
            if plan.shrink > 1:  # there the reference is half a pixel off
                continue
            exact = align_exact(pixels, plan, size, 4 * size)
            fast = align_fast(pixels, square, size)
            truth = high_energy(supersampled(pixels, plan, size))
            rows.append(
                (
                    name,
                    str(size),
                    f"{square.side / size:.2f}",
                    "yes" if plan.pads else "no",
                    f"{decibels(fast, exact):.1f}",
                    str(np.abs(fast.astype(int) - exact).max()),
                    f"{high_energy(fast) / truth:.3f}",
                    f"{high_energy(exact) / truth:.3f}",
                )
            )
    head = ("face", "output", "source per output pixel", "padded")
    more = ("fast to exact, dB", "largest difference", "high, fast", "high, exact")
    sys.stdout.write(markdown_table(head + more, rows) + "\n")


def decibels(a: Pixels, b: Pixels) -> float:
    """Peak signal to noise."""
    error = np.square(a.astype(np.float64) - b).mean()
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def high_energy(pixels: Pixels) -> float:
    """The energy above half the highest frequency on either axis."""
    values = pixels - pixels.mean(axis=(0, 1))
    spectrum = np.square(np.abs(np.fft.fft2(values, axes=(0, 1))))
    frequency = np.abs(np.fft.fftfreq(len(pixels)))
    return float(spectrum[np.maximum.outer(frequency, frequency) > 0.25].sum())


def supersampled(pixels: Pixels, plan: CropPlan, size: int) -> Pixels:
    """uint8 (size, size, 3) in floating point from 16 x 16 samples per pixel."""
    left, top, right, bottom = plan.box
    picture = pixels[top:bottom, left:right]
    if plan.pads is not None:
        canvas = pad_exact(picture, plan.pads, plan.quad_size)
        cells = canvas.cells[: canvas.black].reshape(-1, canvas.stride)[1:-1, 1:-1]
        picture = np.stack([cells >> shift & 255 for shift in (0, 8, 16)], axis=2).astype(np.uint8)
    side = SUPERSAMPLING * size
    corners = (plan.quad + 0.5).ravel().tolist()
    channels = []
    for channel in range(3):
        plane = Image.fromarray(picture[:, :, channel].astype(np.float32))
        plane = plane.transform(
            (side, side), Image.Transform.QUAD, corners, Image.Resampling.BILINEAR
        )
        channels.append(np.asarray(plane.resize((size, size), Image.Resampling.LANCZOS)))
    rounded: Pixels = np.clip(np.rint(np.stack(channels, axis=2)), 0, 255).astype(np.uint8)
    return rounded


if __name__ == "__main__":
    main(Path(sys.argv[1]))
