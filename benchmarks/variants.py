"""The picture of docs/alignment.md: one drawn face under every option.

python benchmarks/variants.py docs/images/options.webp
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from portraitset.align.face import cut_crop
from portraitset.align.settings import CropSettings
from portraitset.align.square import place_square
from portraitset.demo.portraits import draw_portrait, portrait_titles
from portraitset.landmarks import Landmarks

SIDE, GAP, LINE, COLUMNS = 180, 12, 22, 6
TURN, SIZE = 12, 256
VARIANTS: dict[str, dict[str, object]] = {
    "by default": {},
    "no padding": {"padding": False},
    "border reflect": {"border": "reflect"},
    "border edge": {"border": "edge"},
    "border constant": {"border": "constant", "border_colour": "#c9b48a"},
    "no rotation": {"rotation": "none"},
    "scale 1.5, offset-y -0.1": {"scale": 1.5, "offset_y": -0.1},
    "offset-x 0.2": {"offset_x": 0.2},
    "random shift 0.2": {"random_shift": 0.2},
    "the same, seed 1": {"random_shift": 0.2, "shift_seed": 1},
    "unaligned FFHQ": {
        "rotation": "none",
        "random_shift": 0.2,
        "retry_crops": True,
        "padding": False,
    },
}


def main(path: Path) -> None:
    """Draw the sheet."""
    photo, points = turned(*portrait())
    crops = {
        name: cut_crop(photo, points, CropSettings(SIZE, **given), "00000.png")  # type: ignore[arg-type]
        for name, given in VARIANTS.items()
    }
    tiles = {"the picture": framed(photo, points)}
    tiles |= {name: Image.fromarray(crop).resize((SIDE, SIDE)) for name, crop in crops.items()}
    sheet(tiles).save(path, quality=88, method=6)


def portrait() -> tuple[Image.Image, Landmarks]:
    """A drawn picture, cut close on the right, and its face."""
    drawn = draw_portrait(portrait_titles()[0])
    points = Landmarks(**drawn.faces[0])
    right = max(x for x, _ in points.points())
    reach = place_square(points, drawn.image.size, CropSettings()).side
    return drawn.image.crop((0, 0, int(right + reach * 0.2), drawn.image.height)), points


def turned(image: Image.Image, points: Landmarks) -> tuple[np.ndarray, Landmarks]:
    """The same, turned clockwise about the picture's middle; its corners show the mean colour."""
    middle = np.array(image.size) / 2
    grey = tuple(int(level) for level in np.asarray(image).reshape(-1, 3)[: image.width].mean(0))
    angle = np.radians(TURN)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = (np.array(points.points()) - middle) @ turn.T + middle
    a, b, c, d = ((float(x), float(y)) for x, y in moved)
    around = image.rotate(-TURN, Image.Resampling.BICUBIC, fillcolor=grey)
    return np.asarray(around), Landmarks(a, b, c, d)


def framed(photo: np.ndarray, points: Landmarks) -> Image.Image:
    """The whole picture with the default crop's outline."""
    image = Image.fromarray(photo)
    corners = place_square(points, image.size, CropSettings()).corners()
    outline = [(float(x), float(y)) for x, y in (*corners, corners[0])]
    ImageDraw.Draw(image).line(outline, fill=(255, 255, 255), width=image.width // 120)
    image.thumbnail((SIDE, SIDE))
    tile = Image.new("RGB", (SIDE, SIDE), "white")
    tile.paste(image, ((SIDE - image.width) // 2, (SIDE - image.height) // 2))
    return tile


def sheet(tiles: dict[str, Image.Image]) -> Image.Image:
    """The tiles in rows, each with its name below."""
    rows = -(-len(tiles) // COLUMNS)
    step = SIDE + GAP
    image = Image.new("RGB", (COLUMNS * step + GAP, rows * (step + LINE) + GAP), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(13)
    for at, (name, tile) in enumerate(tiles.items()):
        x, y = GAP + at % COLUMNS * step, GAP + at // COLUMNS * (step + LINE)
        image.paste(tile, (x, y))
        pen.text((x + SIDE / 2, y + SIDE + 4), name, fill="#222222", font=font, anchor="ma")
    return image


if __name__ == "__main__":
    main(Path(sys.argv[1]))
