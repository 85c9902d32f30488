"""Good JPEG files by many encoders, drawn by number."""

import io
import random
import shutil
import subprocess
from collections.abc import Callable, Mapping

import cv2
import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import Image

Pixels = npt.NDArray[np.uint8]
Encoder = Callable[[Pixels, random.Random], bytes]


def pixels_of(number: int) -> Pixels:
    """uint8 (height, width, 3): soft colours, flat parts, noise or black and white."""
    dice = random.Random(number)
    width, height = dice.choice((1, 7, 8, 9, 16, 17, 33, 64, 130)), dice.randrange(1, 140)
    noise = np.random.default_rng(number).integers(0, 256, (9, 7, 3), np.uint8)
    kind = dice.randrange(4)
    if kind == 0:
        return np.full((height, width, 3), noise[0, 0])
    how = Image.Resampling.BICUBIC if kind == 1 else Image.Resampling.NEAREST
    pixels = np.asarray(Image.fromarray(noise).resize((width, height), how))
    return np.where(pixels > 127, np.uint8(255), np.uint8(0)) if kind == 3 else pixels


def by_pillow(pixels: Pixels, dice: random.Random) -> bytes:
    image, buffer = Image.fromarray(pixels), io.BytesIO()
    mode = dice.choice(("RGB", "RGB", "RGB", "L", "CMYK"))
    options: dict[str, object] = {"quality": dice.randrange(1, 101)}
    options |= {"progressive": dice.random() < 0.4, "optimize": dice.random() < 0.4}
    if mode == "RGB":
        options["subsampling"] = dice.choice((0, 1, 2))
        options["keep_rgb"] = options["subsampling"] == 0 and dice.random() < 0.3
    if dice.random() < 0.4:
        options[dice.choice(("restart_marker_blocks", "restart_marker_rows"))] = dice.randrange(
            1, 5
        )
    if dice.random() < 0.2:
        options["comment"] = b"\xff\xd9 not the end"
    image.convert(mode).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def by_opencv(pixels: Pixels, dice: random.Random) -> bytes:
    flags = [cv2.IMWRITE_JPEG_QUALITY, dice.randrange(1, 101)]
    flags += [cv2.IMWRITE_JPEG_PROGRESSIVE, dice.randrange(2)]
    flags += [cv2.IMWRITE_JPEG_OPTIMIZE, dice.randrange(2)]
    flags += [cv2.IMWRITE_JPEG_RST_INTERVAL, dice.choice((0, 0, 1, 3))]
    return cv2.imencode(".jpg", pixels, flags)[1].tobytes()


def by_simplejpeg(pixels: Pixels, dice: random.Random) -> bytes:
    layout = dice.choice(("444", "422", "420", "440", "411", "Gray"))
    quality, whole = dice.randrange(1, 101), np.ascontiguousarray(pixels)
    return bytes(simplejpeg.encode_jpeg(whole, quality, colorsubsampling=layout))


def _piped(command: list[str], data: bytes) -> bytes:
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def _ppm(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PPM")
    return buffer.getvalue()


def by_cjpeg(pixels: Pixels, dice: random.Random) -> bytes:
    flags = ["-quality", str(dice.randrange(1, 101)), "-sample"]
    flags += [dice.choice(("1x1", "2x1", "1x2", "2x2", "4x1", "2x1,1x1,1x1"))]
    flags += dice.choice(([], ["-progressive"], ["-arithmetic"], ["-restart", "1"]))
    flags += dice.choice(([], ["-grayscale"], ["-dct", "float"]))
    return _piped(["cjpeg", *flags], _ppm(pixels))


def by_jpegtran(pixels: Pixels, dice: random.Random) -> bytes:
    turn = dice.choice((["-rotate", "90"], ["-flip", "horizontal"], ["-transpose"], []))
    coding = dice.choice((["-progressive"], ["-optimize"], ["-restart", "2B"], ["-arithmetic"]))
    return _piped(["jpegtran", "-copy", "all", *turn, *coding], by_pillow(pixels, dice))


def by_imagemagick(pixels: Pixels, dice: random.Random) -> bytes:
    flags = ["-quality", str(dice.randrange(1, 101)), "-sampling-factor"]
    flags += [dice.choice(("4:2:0", "4:2:2", "4:4:4", "4:1:1"))]
    flags += dice.choice(([], ["-interlace", "JPEG"], ["-colorspace", "Gray"]))
    tool = "magick" if shutil.which("magick") else "convert"
    return _piped([tool, "ppm:-", *flags, "jpeg:-"], _ppm(pixels))


def by_graphicsmagick(pixels: Pixels, dice: random.Random) -> bytes:
    flags = ["-quality", str(dice.randrange(1, 101)), *dice.choice(([], ["-interlace", "Line"]))]
    return _piped(["gm", "convert", "ppm:-", *flags, "jpeg:-"], _ppm(pixels))


def by_ffmpeg(pixels: Pixels, dice: random.Random) -> bytes:
    pixel_format = dice.choice(("yuvj420p", "yuvj422p", "yuvj444p"))
    flags = ["-q:v", str(dice.randrange(1, 32)), "-pix_fmt", pixel_format]
    command = ["ffmpeg", "-loglevel", "error", "-f", "ppm_pipe", "-i", "-", *flags]
    return _piped([*command, "-f", "mjpeg", "-frames:v", "1", "-"], _ppm(pixels))


PACKAGES: dict[str, Encoder] = {
    "Pillow": by_pillow,
    "OpenCV": by_opencv,
    "simplejpeg": by_simplejpeg,
}
TOOLS: dict[str, Encoder] = {
    "cjpeg": by_cjpeg,
    "jpegtran": by_jpegtran,
    "convert": by_imagemagick,
    "gm": by_graphicsmagick,
    "ffmpeg": by_ffmpeg,
}


def encoders() -> Mapping[str, Encoder]:
    """Those that are there: of packages always, of tools where they are installed."""
    return PACKAGES | {name: encode for name, encode in TOOLS.items() if shutil.which(name)}
