"""Reading pictures: every kind becomes RGB by the stated rule; half a file is never a success."""

import io
import random
import struct
import zlib
from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, features

from portraitset.download.response import SIGNATURE_LENGTH, check_first_bytes
from portraitset.errors import BadPicture, ItemError, NotAnImage, TooLarge, Truncated
from portraitset.picture.decode import FORMATS, Picture, digest_of, read_picture
from portraitset.picture.identify import identify
from portraitset.picture.perceptual_hash import look_of

Samples = npt.NDArray[np.generic]

MOST = 10_000_000
WHITE = (255, 255, 255)


def noise(width: int, height: int, channels: int = 3, seed: int = 0) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def soft(width: int, height: int, channels: int = 3) -> Image.Image:
    """Slow changes that lossy formats keep."""
    coarse = [Image.fromarray(noise(5, 4, 1, seed)[..., 0]) for seed in range(channels)]
    layers = [layer.resize((width, height), Image.Resampling.BICUBIC) for layer in coarse]
    return layers[0] if channels == 1 else Image.merge({3: "RGB", 4: "CMYK"}[channels], layers)


def saved(image: Image.Image, image_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(
    width: int, height: int, depth: int, colour: int, rows: bytes, *further: tuple[bytes, bytes]
) -> bytes:
    """A PNG of rows as they are (filter bytes included), with further chunks before them."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = b"".join(chunk(*pair) for pair in further)
    data = chunk(b"IDAT", zlib.compress(rows))
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + body + data + chunk(b"IEND", b"")


def read(data: bytes) -> Picture:
    picture = read_picture(data, MOST)
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.shape == (picture.height, picture.width, 3)
    return picture


def rgb(data: bytes) -> list[list[list[int]]]:
    return read(data).pixels.tolist()  # type: ignore[no-any-return]


def sheet(colour: int | tuple[int, ...], mode: str) -> Image.Image:
    return Image.new(mode, (3, 2), colour)


def profile_of(space: Literal["LAB", "sRGB"]) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()


# What each kind becomes


def test_rgb_stays_as_it_is() -> None:
    pixels = noise(7, 5)
    for image_format in ("PNG", "BMP", "TIFF", "WEBP", "JPEG2000"):
        options = {"lossless": True} if image_format == "WEBP" else {}
        picture = read(saved(Image.fromarray(pixels), image_format, **options))
        assert np.array_equal(picture.pixels, pixels), image_format
        assert picture.format == image_format
        assert (picture.width, picture.height) == (7, 5)


def test_colour_declared_transparent_stays_in_an_rgb_picture() -> None:
    """Upstream leaves it, and its crops are the published ones."""
    pixels = noise(4, 3)
    red, green, blue = (int(value) for value in pixels[1, 2])
    data = saved(Image.fromarray(pixels), "PNG", transparency=(red, green, blue))
    assert np.array_equal(read(data).pixels, pixels)


def test_grey_keeps_its_brightness() -> None:
    grey = noise(6, 4, 1)[..., 0]
    for image_format in ("PNG", "BMP", "TIFF"):
        pixels = read(saved(Image.fromarray(grey), image_format)).pixels
        assert np.array_equal(pixels, np.repeat(grey[..., None], 3, axis=2))


def test_one_bit_is_black_and_white() -> None:
    image = Image.fromarray(np.array([[0, 255, 0]], np.uint8)).convert("1")
    assert rgb(saved(image, "PNG")) == [[[0] * 3, [255] * 3, [0] * 3]]
    assert rgb(saved(image, "TIFF")) == [[[0] * 3, [255] * 3, [0] * 3]]


def test_palette_becomes_its_colours() -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 10, 20, 30])
    image.putdata([2, 0, 1])
    for image_format in ("PNG", "GIF", "BMP", "TIFF"):
        assert rgb(saved(image, image_format)) == [[[10, 20, 30], [255, 0, 0], [0, 255, 0]]]


@pytest.mark.parametrize("image_format", ["PNG", "GIF"])
def test_transparent_palette_index_is_paper(image_format: str) -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 10, 20, 30])
    image.putdata([2, 0, 1])
    data = saved(image, image_format, transparency=0)
    assert rgb(data) == [[[10, 20, 30], list(WHITE), [0, 255, 0]]]


def test_half_transparent_palette_entry_is_half_paper() -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 10, 20, 30])
    image.putdata([2, 0, 1])
    (first, second, third) = rgb(saved(image, "PNG", transparency=bytes([255, 0, 128])))[0]
    assert (second, third) == ([255, 0, 0], list(WHITE))
    assert first == pytest.approx([132, 137, 142], abs=1)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [((10, 20, 30, 255), [10, 20, 30]), ((10, 20, 30, 0), [255] * 3), ((0, 0, 0, 51), [204] * 3)],
)
def test_alpha_is_laid_over_white(samples: tuple[int, ...], expected: list[int]) -> None:
    for image_format in ("PNG", "TIFF", "WEBP"):
        options = {"lossless": True, "exact": True} if image_format == "WEBP" else {}
        data = saved(sheet(samples, "RGBA"), image_format, **options)
        assert rgb(data)[1][2] == expected, image_format


def test_grey_with_alpha_is_laid_over_white() -> None:
    assert rgb(saved(sheet((0, 51), "LA"), "PNG"))[0][0] == [204] * 3
    assert rgb(saved(sheet((7, 255), "LA"), "PNG"))[0][0] == [7] * 3


def test_grey_declared_transparent_is_paper() -> None:
    image = Image.fromarray(np.array([[5, 9]], np.uint8))
    assert rgb(saved(image, "PNG", transparency=5)) == [[[255] * 3, [9] * 3]]


def test_sixteen_bit_grey_keeps_its_high_byte() -> None:
    samples = np.array([[0, 255, 256, 0x1234, 0xFFFF]], np.uint16)
    for image_format in ("PNG", "TIFF"):
        values = read(saved(Image.fromarray(samples), image_format)).pixels[0].tolist()
        assert values == [[high] * 3 for high in (0, 0, 1, 0x12, 0xFF)], image_format


def test_sixteen_bit_grey_declared_transparent_is_paper() -> None:
    rows = b"\0" + struct.pack(">2H", 0x1234, 0x1235)
    data = png(2, 1, 16, 0, rows, (b"tRNS", struct.pack(">H", 0x1234)))
    assert rgb(data) == [[[255] * 3, [0x12] * 3]]


def test_sixteen_bit_rgb_keeps_its_high_bytes() -> None:
    rows = b"\0" + struct.pack(">6H", 0x0102, 0xFFFF, 0x80FF, 0, 0x00FF, 0x0100)
    assert rgb(png(2, 1, 16, 2, rows)) == [[[1, 255, 0x80], [0, 0, 1]]]


def test_sixteen_bit_alpha_is_laid_over_white() -> None:
    rows = b"\0" + struct.pack(">4H", 0x0A0A, 0x1414, 0x1E1E, 0)
    assert rgb(png(1, 1, 16, 6, rows)) == [[[255] * 3]]


def test_thirty_two_bit_integers_keep_the_second_byte_and_are_clipped() -> None:
    samples = np.array([[-5, 0, 0x1234, 0xFFFF, 2**30]], np.int32)
    values = read(saved(Image.fromarray(samples), "TIFF")).pixels[0, :, 0].tolist()
    assert values == [0, 0, 0x12, 255, 255]


def test_float_samples_are_rounded_and_clipped() -> None:
    samples = np.array([[-3.0, 0.4, 0.6, 254.6, 1e9, np.inf, -np.inf, np.nan]], np.float32)
    values = read(saved(Image.fromarray(samples), "TIFF")).pixels[0, :, 0].tolist()
    assert values == [0, 0, 1, 255, 255, 255, 0, 0]


def test_cmyk_without_a_profile_is_plainly_converted() -> None:
    data = saved(sheet((0, 255, 255, 0), "CMYK"), "TIFF")
    assert rgb(data)[0][0] == [255, 0, 0]
    image = soft(40, 30, 4)
    found = read(saved(image, "JPEG", quality=100, subsampling=0)).pixels.astype(int)
    assert np.abs(found - np.asarray(image.convert("RGB")).astype(int)).max() < 12


def test_cmyk_with_a_profile_of_another_kind_is_plainly_converted() -> None:
    image = soft(40, 30, 4)
    plain = read(saved(image, "JPEG", quality=95))
    for profile in (profile_of("sRGB"), b"no profile at all"):
        odd = read(saved(image, "JPEG", quality=95, icc_profile=profile))
        assert np.array_equal(odd.pixels, plain.pixels)
        assert odd.icc_profile is None


def test_lab_becomes_the_colour_that_it_names() -> None:
    image = Image.new("LAB", (2, 2), (255, 128, 128))
    for profile in (None, profile_of("LAB")):
        options = {} if profile is None else {"icc_profile": profile}
        (pixel, *_), _ = rgb(saved(image, "TIFF", **options))
        assert min(pixel) > 245


def test_jpeg_is_what_pillow_decodes() -> None:
    image = soft(60, 40)
    for options in ({}, {"progressive": True}, {"subsampling": 0}, {"quality": 100}):
        data = saved(image, "JPEG", **options)
        assert np.array_equal(read(data).pixels, np.asarray(Image.open(io.BytesIO(data))))


def test_grey_jpeg_is_grey() -> None:
    pixels = read(saved(soft(40, 30, 1), "JPEG")).pixels
    assert np.array_equal(pixels[..., 0], pixels[..., 1])
    assert np.array_equal(pixels[..., 0], pixels[..., 2])


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow was built without AVIF")
def test_avif_is_read_and_its_alpha_laid_over_white() -> None:
    found = read(saved(soft(64, 48), "AVIF", quality=100, subsampling="4:4:4")).pixels.astype(int)
    assert np.abs(found - np.asarray(soft(64, 48)).astype(int)).max() < 12
    assert min(rgb(saved(sheet((0, 0, 0, 0), "RGBA"), "AVIF"))[0][0]) > 250


def test_first_frame_counts() -> None:
    frames = [Image.new("RGB", (4, 3), colour) for colour in ("red", "blue")]
    for image_format in ("GIF", "WEBP", "PNG", "TIFF"):
        options = {"lossless": True} if image_format == "WEBP" else {}
        data = saved(frames[0], image_format, save_all=True, append_images=frames[1:], **options)
        assert rgb(data)[0][0] == [255, 0, 0], image_format


@pytest.mark.parametrize("orientation", range(1, 9))
def test_landmarks_belong_to_stored_pixels_so_exif_turns_nothing(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = read(saved(Image.fromarray(noise(6, 4)), "PNG", exif=exif))
    assert np.array_equal(picture.pixels, noise(6, 4))


def test_profile_is_kept_where_the_pixels_are_still_in_it() -> None:
    profile = profile_of("sRGB")
    palette = soft(8, 8).quantize(16)
    kept = [soft(8, 8), soft(8, 8).convert("RGBA"), palette]
    dropped = [soft(8, 8, 1), Image.fromarray(np.zeros((2, 2), np.uint16))]
    for images, expected in ((kept, profile), (dropped, None)):
        for image in images:
            assert read(saved(image, "PNG", icc_profile=profile)).icc_profile == expected
    assert read(saved(soft(8, 8), "JPEG", icc_profile=profile)).icc_profile == profile
    assert read(saved(soft(8, 8), "PNG")).icc_profile is None


# What is refused


def writable_formats() -> list[str]:
    Image.init()
    return [name for name in FORMATS if name in Image.SAVE and name in Image.OPEN]


ENCODERS: dict[str, Callable[[Image.Image], bytes]] = {
    "PNG": lambda image: saved(image, "PNG"),
    "PNG grey": lambda image: saved(image.convert("L"), "PNG"),
    "baseline JPEG": lambda image: saved(image, "JPEG"),
    "progressive JPEG": lambda image: saved(image, "JPEG", progressive=True),
    "CMYK JPEG": lambda image: saved(image.convert("CMYK"), "JPEG"),
    "GIF": lambda image: saved(image, "GIF"),
    "WebP": lambda image: saved(image, "WEBP"),
    "lossless WebP": lambda image: saved(image, "WEBP", lossless=True),
    "BMP": lambda image: saved(image, "BMP"),
    "TIFF": lambda image: saved(image, "TIFF"),
    "LZW TIFF": lambda image: saved(image, "TIFF", compression="tiff_lzw"),
    "JPEG 2000": lambda image: saved(image, "JPEG2000"),
    "tiled JPEG 2000": lambda image: saved(image, "JPEG2000", tile_size=(32, 32)),
    "bare JPEG 2000": lambda image: saved(image, "JPEG2000", no_jp2=True),
}
if features.check("avif"):
    ENCODERS["AVIF"] = lambda image: saved(image, "AVIF")


def half_flat() -> Image.Image:
    """Detail above, one colour below: the last rows take next to no bytes."""
    pixels = np.full((120, 90, 3), 200, np.uint8)
    pixels[:70] = noise(90, 70)
    return Image.fromarray(pixels)


SUBJECTS = {"detailed": Image.fromarray(noise(90, 120)), "half flat": half_flat()}
FILES = {
    f"{name}, {subject}": encode(image)
    for name, encode in ENCODERS.items()
    for subject, image in SUBJECTS.items()
}


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
@settings(deadline=None, max_examples=25)
@given(share=st.floats(0.1, 0.99))
def test_file_cut_anywhere_is_an_error(data: bytes, share: float) -> None:
    with pytest.raises(ItemError):
        read_picture(data[: int(len(data) * share)], MOST)


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_file_without_its_last_bytes_is_an_error_or_loses_no_pixel(data: bytes) -> None:
    whole = read(data).pixels
    for missing in (*range(1, 40, 3), *range(40, len(data) // 50, 97)):
        try:
            found = read_picture(data[:-missing], MOST).pixels
        except ItemError:
            continue
        assert np.array_equal(found, whole), missing


@pytest.mark.parametrize("image", [*SUBJECTS.values(), Image.new("RGB", (90, 120), "teal")])
def test_tiles_that_are_missing_are_missed(image: Image.Image) -> None:
    """Cut behind a tile-part's mark (FF 90), OpenJPEG says nothing and paints the rest grey."""
    data = saved(image, "JPEG2000", tile_size=(32, 32))
    starts = [place for place in range(len(data)) if data.startswith(b"\xff\x90", place)]
    assert len(starts) == 12
    for start in starts:
        for end in range(start, start + 15):
            with pytest.raises(ItemError):
                read_picture(data[:end], MOST)


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "GIF", "BMP"])
def test_half_a_file_is_called_truncated(image_format: str) -> None:
    data = saved(SUBJECTS["detailed"], image_format)
    with pytest.raises(Truncated, match="ends too early"):
        read_picture(data[: len(data) // 2], MOST)


@pytest.mark.parametrize("image_format", writable_formats())
def test_download_and_decoder_agree_on_what_a_picture_begins_with(image_format: str) -> None:
    data = saved(soft(40, 30), image_format)
    check_first_bytes(data[:SIGNATURE_LENGTH])
    assert read(data).format in (image_format, "JPEG")


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=300))
def test_garbage_is_no_image(data: bytes) -> None:
    with pytest.raises(NotAnImage):
        read_picture(b"garbage" + data, MOST)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(sorted(FILES)), st.randoms(use_true_random=False))
def test_damage_ends_in_pixels_or_in_one_of_our_errors(name: str, dice: random.Random) -> None:
    data = bytearray(FILES[name])
    for _ in range(dice.randint(1, 8)):
        data[dice.randrange(len(data))] = dice.randrange(256)
    try:
        picture = read_picture(bytes(data), MOST)
    except ItemError:
        return
    assert picture.pixels.shape == (picture.height, picture.width, 3)


@pytest.mark.parametrize(
    "data",
    [b"", b"<html>no</html>", b"%PDF-1.4\n", b"\x7fELF", b"8BPS\0\x01" + b"\0" * 40,
     b"%!PS-Adobe-3.0 EPSF-3.0\n", b"P6\n1 1\n255\nabc", b"\0\0\x01\0" + b"\0" * 40],
    ids=ascii,
)  # fmt: skip
def test_other_kinds_of_file_are_no_image(data: bytes) -> None:
    with pytest.raises(NotAnImage):
        read_picture(data, MOST)


def test_formats_of_no_gallery_are_not_even_tried() -> None:
    for image_format in ("PPM", "ICO", "TGA", "PCX", "SGI", "EPS"):
        with pytest.raises(NotAnImage):
            read_picture(saved(Image.new("RGB", (16, 16)), image_format), MOST)


@pytest.mark.parametrize("image_format", writable_formats())
@pytest.mark.parametrize("size", [(1, 1), (257, 513), (2, 1200), (1200, 400)], ids=str)
def test_identified_picture_is_the_one_that_is_read(
    image_format: str, size: tuple[int, int]
) -> None:
    data = saved(soft(*size), image_format)
    picture, decoded = identify(data, MOST)
    read = read_picture(data, MOST)
    assert (picture.pixels == read.pixels).all()
    assert (decoded.width, decoded.height) == size
    assert decoded.sha256_rgb == digest_of(read.pixels)
    assert decoded.look == look_of(read.pixels)


def test_header_alone_is_enough_to_refuse_a_giant() -> None:
    """60,000 x 60,000 pixels would take 10 GB; the file has none of them."""
    with pytest.raises(TooLarge) as caught:
        read_picture(png(60_000, 60_000, 8, 2, b""), 100_000_000)
    assert str(caught.value)


def test_limit_can_be_raised_beyond_pillows_own() -> None:
    with pytest.raises(Truncated):  # the header is let through, and the pixels are missing
        read_picture(png(14_000, 13_000, 8, 2, b""), 200_000_000)


def test_cap_counts_pixels_exactly() -> None:
    data = saved(Image.new("RGB", (30, 20)), "PNG")
    assert read_picture(data, 600).width == 30
    with pytest.raises(TooLarge, match="30 x 20 pixels are over the limit of 599"):
        read_picture(data, 599)


def test_picture_under_the_cap_is_read_though_pillow_would_warn() -> None:
    """Pillow warns above 89 million pixels; here a warning would be an error."""
    data = saved(Image.new("1", (10_000, 9_000)), "PNG")
    assert read_picture(data, 100_000_000).pixels.shape == (9_000, 10_000, 3)


def test_bomb_in_a_text_chunk_is_no_picture() -> None:
    bomb = b"Comment\0\0" + zlib.compress(b"\0" * 100_000_000)
    with pytest.raises(BadPicture):
        read_picture(png(1, 1, 8, 2, b"\0abc", (b"zTXt", bomb)), MOST)


def test_wrong_checksum_is_no_picture() -> None:
    data = bytearray(saved(SUBJECTS["detailed"], "PNG"))
    place = data.index(b"IDAT") + 2000
    data[place] ^= 0xFF
    with pytest.raises(ItemError):
        read_picture(bytes(data), MOST)
