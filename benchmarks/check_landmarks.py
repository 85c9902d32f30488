"""How often `check-landmarks` sees that a picture was changed, and how often it cries wolf.

    python benchmarks/check_landmarks.py [--paintings ../shared/old-masters] [--model FILE

Pictures with known points, the demo's drawn ones and, where they are at hand, the old masters, are
changed in nine ways while their points stay; each is looked at and judged as the command does it.
Then all pairs of a kind are swapped.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

from portraitset.demo.portraits import draw_portrait, portrait_titles
from portraitset.detect.attempt import look_at
from portraitset.detect.check import CLOSE, QUICK
from portraitset.detect.choice import DetectorChoice
from portraitset.detect.comparison import Comparison, Judgement, Picture
from portraitset.detect.detectors import choose
from portraitset.detect.swapping import swaps
from portraitset.landmarks import Landmarks, landmarks_from_points
from portraitset.manifest import read_manifest

Known = tuple[str, Image.Image, tuple[Landmarks, ...]]
"""A picture's name, the picture, and its faces' points."""

_T = Image.Transpose


def resized(times: int, parts: int) -> Callable[[Image.Image], Image.Image]:
    """Make copies `times / parts` as wide and high."""
    return lambda image: image.resize(
        (image.width * times // parts, image.height * times // parts), Image.Resampling.LANCZOS
    )


def cut(image: Image.Image) -> Image.Image:
    """A picture without 12 % on the left and 8 % at the top."""
    left, top = int(image.width * 0.12), int(image.height * 0.08)
    return image.crop((left, top, image.width, image.height))


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it was": lambda image: image,
    "mirrored": lambda image: image.transpose(_T.FLIP_LEFT_RIGHT),
    "turned by 90": lambda image: image.transpose(_T.ROTATE_270),
    "turned by 180": lambda image: image.transpose(_T.ROTATE_180),
    "turned by 270": lambda image: image.transpose(_T.ROTATE_90),
    "half": resized(1, 2),
    "three quarters": resized(3, 4),
    "four thirds": resized(4, 3),
    "double": resized(2, 1),
    "cut": cut,
}


def old_masters(folder: Path) -> Iterator[Known]:
    """The seven paintings with their ten faces."""
    for photo, faces in read_manifest(folder / "AAHQ-dataset.json").by_photo().items():
        with Image.open(folder / "origin" / urlsplit(photo.url).path.lstrip("/")) as image:
            yield photo.raw_name, image.convert("RGB"), tuple(face.landmarks for face in faces)


def drawn() -> Iterator[Known]:
    """The demo's portraits."""
    for title in portrait_titles():
        portrait = draw_portrait(title)
        points = tuple(map(landmarks_from_points, portrait.faces))
        yield title, portrait.image.convert("RGB"), points


def compared(known: Known, image: Image.Image, detector: DetectorChoice) -> Comparison:
    """A picture's points beside what is found in `image`, in one look or two."""
    name, _, points = known
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "picture.png"
        image.save(file, compress_level=0)
        look = look_at(file, detector, QUICK)
        found = Comparison(Picture(name, points, look.faces, image.size))
        if not found.is_settled:
            faces = look.faces + look_at(file, detector, CLOSE).faces
            found = Comparison(Picture(name, points, faces, image.size))
    return found


def swapped(plain: Sequence[Comparison]) -> Counter[str]:
    """What is said of all pairs of pictures that have each other's points."""
    counts: Counter[str] = Counter()
    for pair in combinations([each.picture for each in plain], 2):
        one, two = pair
        both = [
            Comparison(Picture(here.name, there.stated, here.found, here.size))
            for here, there in ((one, two), (two, one))
        ]
        found = swaps(both)
        for each in both:
            verdicts = each.verdicts(found.get(each.picture.name))
            counts.update(told(verdict.judgement, verdict.cause) for verdict in verdicts)
    return counts


def told(judgement: Judgement, cause: str) -> str:
    """A verdict as it is counted."""
    return f"{judgement}: {cause}" if cause else str(judgement)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--paintings", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    given = parser.parse_args()
    detector = choose("yunet", given.model)
    kinds = {} if given.paintings is None else {"paintings": list(old_masters(given.paintings))}
    kinds["drawn"] = list(drawn())
    for kind, pictures in kinds.items():
        plain: list[Comparison] = []
        for change, apply in CHANGES.items():
            done = [compared(each, apply(each[1]), detector) for each in pictures]
            plain = plain or done
            counts = Counter(
                told(each.judgement, each.cause) for one in done for each in one.verdicts()
            )
            print(kind, change, dict(counts), sep=" | ", flush=True)
        print(kind, "swapped in pairs", dict(swapped(plain)), sep=" | ", flush=True)


if __name__ == "__main__":
    main()
