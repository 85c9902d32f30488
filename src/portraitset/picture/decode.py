"""Reading a picture that somebody else made: checked first, decoded whole, always RGB.

The rule for RGB:
- RGB stays as it is, even where one colour is declared transparent, as upstream leaves it;
- palette, 1-bit and grey become RGB of equal brightness;
- transparency is laid over white, as a browser shows it;
- 16-bit samples keep their high byte, as Pillow does for 16-bit RGB; float samples are rounded;
- CMYK and Lab go to sRGB through the embedded profile, else by Pillow's plain conversion;
- only the first frame counts; EXIF rotation is not applied, as landmarks belong to stored pixels.
"""

import hashlib
import io
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, UnidentifiedImageError

from portraitset.errors import BadPicture, NotAnImage, TooLarge, Truncated
from portraitset.picture.jpeg import check_jpeg, decode_jpeg
from portraitset.picture.wholeness import check_whole

Pixels = npt.NDArray[np.uint8]
"""uint8 (height, width, 3), RGB, top row first."""

FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "MPO", "PNG", "TIFF", "WEBP")
"""What galleries serve; the other decoders of Pillow stay out of reach of hostile bytes."""

LARGEST_PROFILE = 1 << 20
"""In bytes: Pillow reads no larger colour profile from a PNG, so a crop could not carry it."""


SHRUNK_WHILE_DECODING = ("JPEG", "MPO")
"""Formats that a decoder can hand out at a half, a quarter or an eighth."""

_SIXTEEN_BIT = ("I", "I;16", "I;16L", "I;16B", "I;16N")
_RGB_LIKE = ("RGB", "RGBA", "RGBX", "RGBa", "P", "PA")


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture.

    Attributes:
        pixels: uint8 (height, width, 3), RGB.
        format: Pillow's name of the file format.
        icc_profile: the profile that `pixels` are in, None if there is none.
        scale: how many stored pixels a side make one of `pixels`; above 1 only where asked for.
        oddity: what is odd about the file and harmless, as a sentence; None if nothing is.
    """

    pixels: Pixels
    format: str
    icc_profile: bytes | None
    scale: int = 1
    oddity: str | None = None

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.pixels.shape[0])


def read_picture(data: bytes, max_pixels: int, scale: int = 1) -> Picture:
    """Decode a whole file's bytes into RGB.

    Args:
        data: the file.
        max_pixels: the most that its header may say.
        scale: 1, 2, 4 or 8; a JPEG is decoded that much smaller, anything else at full size.

    Raises:
        NotAnImage: the bytes are of no format in `FORMATS`.
        TooLarge: the header says more than `max_pixels`, or decoding ran out of memory.
        Truncated: the file ends before the picture does, or data are missing within.
        BadPicture: the decoder found damage.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=_known_formats()) as image:
                check_pixel_count(image.size, max_pixels)
                if scale > 1 and image.draft(None, (image.width // scale, image.height // scale)):
                    return _read_by_pillow(image, data, scale)
                if (
                    image.format in SHRUNK_WHILE_DECODING
                    and (found := _read_jpeg(image, data)) is not None
                ):
                    return found
                return _read_by_pillow(image, data)
        except (TooLarge, Image.DecompressionBombError, MemoryError) as error:
            raise TooLarge(str(error) or "decoding it ran out of memory") from error
        except (Truncated, BadPicture):
            raise
        except UnidentifiedImageError as error:
            raise NotAnImage("the bytes are of no image format known here") from error
        except Exception as error:  # Pillow's plugins raise anything on damaged bytes
            raise _decoding_error(error) from error


def _read_jpeg(image: Image.Image, data: bytes) -> Picture | None:
    """A JPEG by the decoder that tells of damage; None where Pillow has to decode.

    CMYK is Pillow's to convert, and only listened to here.
    """
    try:
        if image.mode == "CMYK":
            return _read_by_pillow(image, data, oddity=check_jpeg(data))
        pixels, oddity = decode_jpeg(data)
    except ValueError:  # a kind that this decoder does not know
        return None
    if pixels is None or pixels.shape[:2] != (image.height, image.width):
        return _read_by_pillow(image, data, oddity=oddity)
    profile = _profile_of(image) if image.mode == "RGB" else None
    return Picture(pixels, image.format or "?", profile, oddity=oddity)


def _read_by_pillow(
    image: Image.Image, data: bytes, scale: int = 1, oddity: str | None = None
) -> Picture:
    image.load()
    check_whole(image, data)
    rgb, profile = _to_rgb(image, _profile_of(image))
    return Picture(np.asarray(rgb), image.format or "?", profile, scale, oddity)


def _profile_of(image: Image.Image) -> bytes | None:
    profile = image.info.get("icc_profile") or None
    return None if profile is None or len(profile) > LARGEST_PROFILE else profile


def digest_of(pixels: Pixels) -> str:
    """The sha256 of RGB pixels, row by row, in hex; compare it together with width and height."""
    return hashlib.sha256(np.ascontiguousarray(pixels).data).hexdigest()


@cache
def _known_formats() -> tuple[str, ...]:
    """Those of `FORMATS` that this Pillow was built with."""
    Image.init()
    Image.MAX_IMAGE_PIXELS = None  # `check_pixel_count` is stricter, and its limit can be raised
    return tuple(name for name in FORMATS if name in Image.OPEN)


def size_of(path: Path) -> tuple[int, int]:
    """Width and height as stored, by the header alone; zeros where it makes no sense."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(path, formats=_known_formats()) as image:
                return image.size
        except Exception:  # noqa: BLE001 Pillow raises anything; `read_picture` will say what
            return 0, 0


def count_pixels(path: Path) -> int:
    """Width times height, by the header alone; 0 where it makes no sense."""
    width, height = size_of(path)
    return width * height


def check_pixel_count(size: tuple[int, int], max_pixels: int) -> None:
    """Refuse a picture by its header.

    Raises:
        TooLarge: width times height is above `max_pixels`.
    """
    width, height = size
    if width * height > max_pixels:
        raise TooLarge(f"{width} x {height} pixels are over the limit of {max_pixels:,}")


def _decoding_error(error: Exception) -> Truncated | BadPicture:
    detail = f"{type(error).__name__}: {error}"[:200]
    if isinstance(error, EOFError) or "truncated" in str(error) or "end of" in str(error):
        return Truncated(f"the file ends too early ({detail})")
    return BadPicture(f"it does not decode ({detail})")


def _to_rgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, bytes | None]:
    """RGB pixels and the profile they are in."""
    if image.mode == "RGB":
        return image, profile
    if image.mode in _SIXTEEN_BIT:
        return _from_sixteen_bit(image), None
    if image.mode == "F":
        samples = np.clip(np.rint(np.nan_to_num(np.asarray(image))), 0, 255)
        return _grey(samples), None
    if image.has_transparency_data:
        return _over_white(image), profile if image.mode in _RGB_LIKE else None
    if image.mode in ("CMYK", "LAB") and profile is not None:
        return through_profile(image, profile), None
    return image.convert("RGB"), profile if image.mode in _RGB_LIKE else None


def _from_sixteen_bit(image: Image.Image) -> Image.Image:
    samples = np.asarray(image).astype(np.int64)
    brightness = np.clip(samples >> 8, 0, 255)
    if (transparent := image.info.get("transparency")) is not None:
        brightness[samples == transparent] = 255
    return _grey(brightness)


def _grey(samples: npt.NDArray[np.generic]) -> Image.Image:
    return Image.fromarray(samples.astype(np.uint8)).convert("RGB")


def _over_white(image: Image.Image) -> Image.Image:
    layer = image.convert("RGBA")
    paper = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(paper, layer).convert("RGB")


def through_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """A picture in sRGB, by the profile that it is in; plainly converted if that is of no use."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):  # a profile that is damaged or of another colour space
        converted = None
    return image.convert("RGB") if converted is None else converted
