"""Colours against a second decoder: Chromium shows the same, but where we differ on purpose."""

import base64
import io
import shutil
import struct
import zlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
import simplejpeg
from PIL import Image, ImageCms
from playwright.sync_api import Page, sync_playwright

from portraitset.picture.decode import read_picture

Pixels = npt.NDArray[np.uint8]

MOST = 10_000_000
WIDTH, HEIGHT = 96, 72
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()

SHOWN = """async ([data, type]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], {type}));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d", {colorSpace: "srgb"});
    context.fillStyle = "white";
    context.fillRect(0, 0, bitmap.width, bitmap.height);
    context.drawImage(bitmap, 0, 0);
    const pixels = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
    return [bitmap.width, bitmap.height, Array.from(pixels)];
}"""


def soft() -> Image.Image:
    noise = np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8)
    return Image.fromarray(noise).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)


def see_through() -> Image.Image:
    image = soft()
    ramp = np.tile(np.linspace(0, 255, WIDTH).astype(np.uint8), (HEIGHT, 1))
    image.putalpha(Image.fromarray(ramp))
    return image


def saved(image: Image.Image, image_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(data: bytes, extra: bytes) -> bytes:
    """With one more chunk behind the header."""
    return data[:33] + extra + data[33:]


def png_of_16_bits(colour: int) -> bytes:
    """Grey (0) or RGB (2); Pillow cannot write the latter."""
    channels = 3 if colour else 1
    samples = (np.asarray(soft())[..., :channels].astype(np.int64) * 257).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in samples)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, colour, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + data


def with_red_and_blue_exchanged(profile: bytes) -> bytes:
    """An odd profile that is valid: nobody who heeds it can miss that."""
    found, tags = bytearray(profile), {}
    for index in range(struct.unpack(">I", profile[128:132])[0]):
        at = 132 + 12 * index
        tags[profile[at : at + 4]] = at
    red, blue = tags[b"rXYZ"], tags[b"bXYZ"]
    found[red + 4 : red + 12] = profile[blue + 4 : blue + 12]
    found[blue + 4 : blue + 12] = profile[red + 4 : red + 12]
    return bytes(found)


def ycck() -> bytes:
    inverted = np.ascontiguousarray(255 - np.asarray(soft().convert("CMYK")))
    return bytes(simplejpeg.encode_jpeg(inverted, 95, colorspace="CMYK", colorsubsampling="444"))


ODD = with_red_and_blue_exchanged(SRGB)
TURNED = Image.Exif()
TURNED[0x0112] = 6
TRANSPARENT = struct.pack(">HHH", *(int(value) for value in np.asarray(soft())[0, 0]))

SAME = {
    "JPEG": saved(soft(), "JPEG", quality=95, subsampling=0),
    "JPEG, less chroma": saved(soft(), "JPEG", quality=95, subsampling=2),
    "JPEG, progressive": saved(soft(), "JPEG", quality=95, progressive=True),
    "JPEG, grey": saved(soft().convert("L"), "JPEG", quality=95),
    "JPEG, RGB within": saved(soft(), "JPEG", quality=95, keep_rgb=True),
    "JPEG, sRGB profile": saved(soft(), "JPEG", quality=95, icc_profile=SRGB),
    "JPEG, broken profile": saved(soft(), "JPEG", quality=95, icc_profile=b"broken" * 50),
    "JPEG, Lab profile on RGB": saved(soft(), "JPEG", quality=95, icc_profile=LAB),
    "JPEG, CMYK of Adobe's kind": saved(soft().convert("CMYK"), "JPEG", quality=95),
    "JPEG, YCCK": ycck(),
    "PNG": saved(soft(), "PNG"),
    "PNG, 16 bits RGB": png_of_16_bits(2),
    "PNG, 16 bits grey": png_of_16_bits(0),
    "PNG, alpha": saved(see_through(), "PNG"),
    "PNG, grey and alpha": saved(see_through().convert("LA"), "PNG"),
    "PNG, palette": saved(soft().quantize(32), "PNG"),
    "PNG, palette with a hole": saved(soft().quantize(32), "PNG", transparency=0),
    "PNG, 1 bit": saved(soft().convert("1"), "PNG"),
    "PNG, sRGB profile": saved(soft(), "PNG", icc_profile=SRGB),
    "GIF": saved(soft().quantize(32), "GIF"),
    "GIF with a hole": saved(soft().quantize(32), "GIF", transparency=0),
    "WebP, lossless": saved(soft(), "WEBP", lossless=True),
    "WebP": saved(soft(), "WEBP", quality=95),
    "WebP, alpha": saved(see_through(), "WEBP", lossless=True, exact=True),
    "AVIF": saved(soft(), "AVIF", quality=95),
    "BMP": saved(soft(), "BMP"),
}
OTHERWISE = {
    "JPEG, profile of its own": saved(soft(), "JPEG", quality=95, icc_profile=ODD),
    "PNG, profile of its own": saved(soft(), "PNG", icc_profile=ODD),
    "PNG, gamma": png_with(saved(soft(), "PNG"), chunk(b"gAMA", struct.pack(">I", 100_000))),
    "PNG, one colour see-through": png_with(saved(soft(), "PNG"), chunk(b"tRNS", TRANSPARENT)),
}
"""Where stored pixels are kept: the profile goes into the crop, as the rule in `decode` says."""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed, so there is no second decoder")
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--force-color-profile=srgb"]
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser.new_page()
        browser.close()


def shown(page: Page, name: str, data: bytes) -> Pixels:
    """What the browser makes of a file, laid over white: uint8 (height, width, 3)."""
    kind = "image/" + name.split(",", maxsplit=1)[0].split(maxsplit=1)[0].lower()
    width, height, values = page.evaluate(SHOWN, [base64.b64encode(data).decode(), kind])
    return np.array(values, np.uint8).reshape(height, width, 4)[..., :3]


def difference(page: Page, name: str, data: bytes) -> int:
    ours = read_picture(data, MOST).pixels.astype(int)
    return int(np.abs(ours - shown(page, name, data)).max())


@pytest.mark.parametrize("name", SAME)
def test_browser_shows_the_same_pixels(page: Page, name: str) -> None:
    most = 1 if name == "WebP, alpha" else 0  # it multiplies alpha in before it rounds
    assert difference(page, name, SAME[name]) <= most


@pytest.mark.parametrize("name", OTHERWISE)
def test_stored_pixels_are_kept_where_the_browser_changes_them(page: Page, name: str) -> None:
    assert difference(page, name, OTHERWISE[name]) > 50
    with Image.open(io.BytesIO(OTHERWISE[name])) as image:
        stored = np.asarray(image.convert("RGB"))
    assert (read_picture(OTHERWISE[name], MOST).pixels == stored).all()


def test_picture_stays_as_it_is_stored_where_the_browser_turns_it(page: Page) -> None:
    """Landmarks belong to stored pixels."""
    data = saved(soft(), "JPEG", quality=95, exif=TURNED.tobytes())
    assert shown(page, "JPEG", data).shape == (WIDTH, HEIGHT, 3)
    assert read_picture(data, MOST).pixels.shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("profile", [None, LAB], ids=["without a profile", "with a profile"])
def test_lab_comes_back_as_the_colours_that_it_was_made_of(profile: bytes | None) -> None:
    """No browser shows it; eight bits of Lab hold the colours to about a level."""
    spaces = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    lab = ImageCms.profileToProfile(soft(), *spaces, outputMode="LAB")
    assert lab is not None
    data = saved(lab, "TIFF", **({} if profile is None else {"icc_profile": profile}))
    ours = read_picture(data, MOST).pixels.astype(int)
    assert np.abs(ours - np.asarray(soft())).mean() < 1.5
