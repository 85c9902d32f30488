"""A crop as it is handed on: its very bytes where they fit, else resized and encoded anew."""

import io
from pathlib import Path

from PIL import Image

from portraitset.align.encode import encode_image
from portraitset.align.settings import ImageFormat
from portraitset.errors import InputError, ItemError
from portraitset.identity import SOFTWARE
from portraitset.picture.decode import Pixels, read_picture
from portraitset.workspace.layout import translated


def as_it_is(data: bytes, path: Path, size: int, image_format: ImageFormat) -> bool:
    """Whether a crop's bytes can be handed on unchanged: side, format and RGB are as asked.

    Raises:
        InputError: the crop is no picture, or not a square.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "WEBP", "JPEG")) as image:
            found, kind, mode = image.size, (image.format or "").lower(), image.mode
    except (OSError, ValueError, SyntaxError) as error:
        raise _unfit(path, "is no PNG, WebP or JPEG that can be read") from error
    if found[0] != found[1]:
        raise _unfit(path, f"is no square, but {found[0]} x {found[1]} pixels")
    return (found[0], kind, mode) == (size, image_format, "RGB")


def read_crop(path: Path) -> bytes:
    """Read a crop's file.

    Raises:
        WorkspaceError: it cannot be read.
    """
    with translated(path):
        return path.read_bytes()


def renditions(
    path: Path, source: str, sizes: tuple[int, ...], image_format: ImageFormat, max_pixels: int
) -> tuple[bytes, ...]:
    """A crop at each size, in pixels a side, decoded at most once; resized with Lanczos's filter.

    Args:
        path: the crop.
        source: the sha256 of the original, hex, which each picture names.
        sizes: what to make.
        image_format: of the files.
        max_pixels: the most that the crop may have.

    Raises:
        InputError: it is no picture, not a square, or smaller than is asked for.
        WorkspaceError: it cannot be read.
    """
    data, decoded = read_crop(path), None
    made = []
    for size in sizes:
        if as_it_is(data, path, size, image_format):
            made.append(data)
            continue
        decoded = decoded or _decoded(data, path, max_pixels)
        pixels, profile = decoded
        side = pixels.shape[1]
        if side < size:
            raise _unfit(path, f"has {side} pixels a side, and {size} are asked for")
        text = {"Software": SOFTWARE, "Source": f"sha256:{source}", "Settings": f"size={size}"}
        made.append(encode_image(_resized(pixels, size), image_format, profile, text))
    return tuple(made)


def _decoded(data: bytes, path: Path, max_pixels: int) -> tuple[Pixels, bytes | None]:
    try:
        picture = read_picture(data, max_pixels)
    except ItemError as error:
        raise _unfit(path, f"cannot be decoded ({error})") from error
    return picture.pixels, picture.icc_profile


def _resized(pixels: Pixels, size: int) -> Pixels:
    """The pixels at another size, as Pillow's Lanczos makes them, whatever Pillow is installed."""
    if pixels.shape[:2] == (size, size):
        return pixels
    from portraitset.align.shrink import shrink  # a kernel, and only who resizes should wait for it

    return shrink(pixels, (size, size), (0, 0, size, size))


def _unfit(path: Path, what: str) -> InputError:
    return InputError(
        f"{path} {what}; if its size is not the matter, delete it, cut it again with"
        " `portraitset align`, and export again"
    )
