"""Crops as files: every pixel kept where that is promised, readable by every decoder."""

import io
import shutil
import struct
import subprocess
import zlib
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms

from portraitset.align.encode import encode_image
from portraitset.align.settings import ImageFormat

Pixels = npt.NDArray[np.uint8]

TEXT = {"Software": "portraitset 1.2", "Settings": "size=1024", "Source": "Dürer — 猫"}
FORMATS: tuple[ImageFormat, ...] = ("png", "webp", "jpeg")


def noise(width: int, height: int) -> Pixels:
    return np.random.RandomState(width).randint(0, 256, (height, width, 3)).astype(np.uint8)


def smooth(width: int, height: int) -> Pixels:
    x, y = np.meshgrid(np.linspace(0, 3, width), np.linspace(0, 2, height))
    waves = [np.sin(x + y), np.cos(2 * x - y), np.sin(x * y)]
    return (127.5 + 127.5 * np.stack(waves, axis=2)).astype(np.uint8)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@cache
def profile() -> bytes:
    """Made once: it holds the second at which it was made."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("image_format", ["png", "webp"])
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (2, 3), (64, 64), (301, 97)])
def test_lossless_formats_keep_every_pixel(
    image_format: ImageFormat, size: tuple[int, int]
) -> None:
    for pixels in (noise(*size), smooth(*size)):
        data = encode_image(pixels, image_format, None, {})
        assert np.array_equal(np.asarray(opened(data).convert("RGB")), pixels)


def test_jpeg_keeps_full_chroma() -> None:
    checks = np.zeros((64, 64, 3), np.uint8)
    checks[::2, ::2] = (255, 0, 0)
    checks[1::2, 1::2] = (0, 0, 255)
    found = np.asarray(opened(encode_image(checks, "jpeg", None, {}))).astype(int)
    assert np.abs(found - checks).max() < 40


@pytest.mark.parametrize("image_format", FORMATS)
def test_the_colour_profile_is_kept(image_format: ImageFormat) -> None:
    image = opened(encode_image(smooth(32, 32), image_format, profile(), TEXT))
    assert image.info["icc_profile"] == profile()
    image = opened(encode_image(smooth(32, 32), image_format, None, TEXT))
    assert "icc_profile" not in image.info


def test_a_png_says_where_it_comes_from() -> None:
    info = opened(encode_image(smooth(8, 8), "png", None, TEXT)).info
    assert {key: info[key] for key in TEXT} == TEXT


@pytest.mark.parametrize("image_format", ["webp", "jpeg"])
def test_other_formats_say_so_in_exif(image_format: ImageFormat) -> None:
    exif = opened(encode_image(smooth(8, 8), image_format, None, TEXT)).getexif()
    assert exif[0x0131] == "portraitset 1.2"
    assert exif[0x010E] == "Settings: size=1024\nSource: D\\xfcrer \\u2014 \\u732b"


@pytest.mark.parametrize("image_format", FORMATS)
def test_equal_input_gives_equal_bytes(image_format: ImageFormat) -> None:
    files = {encode_image(smooth(50, 40), image_format, profile(), TEXT) for _ in range(3)}
    assert len(files) == 1


def test_any_layout_of_the_crop_will_do() -> None:
    pixels = noise(40, 30)
    frozen = pixels.copy()
    frozen.flags.writeable = False
    expected = encode_image(pixels, "png", None, {})
    for layout in (frozen, np.asfortranarray(pixels), np.repeat(pixels, 2, axis=1)[:, ::2]):
        assert encode_image(layout, "png", None, {}) == expected


@pytest.mark.parametrize("keyword", ["", "k" * 80, "a\0b"])
def test_a_keyword_that_png_does_not_allow_is_refused(keyword: str) -> None:
    with pytest.raises(ValueError, match="keyword"):
        encode_image(noise(2, 2), "png", None, {keyword: "text"})


def test_the_chunks_are_well_formed_and_in_order() -> None:
    data = encode_image(smooth(20, 10), "png", profile(), TEXT)
    kinds, at = [], 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert checksum == zlib.crc32(kind + body)
        kinds.append(kind.decode())
        at += 12 + length
    assert kinds == ["IHDR", "iCCP", "tEXt", "tEXt", "iTXt", "IDAT", "IEND"]


def test_pngs_of_the_old_masters_are_at_most_a_tenth_larger_than_pillows(shared: Path) -> None:
    crops = sorted((shared / "old-masters" / "golden").glob("*.png"))
    assert len(crops) == 10
    for crop in crops:
        image = Image.open(crop).convert("RGB")
        pillows = io.BytesIO()
        image.save(pillows, "PNG")
        ours = encode_image(np.asarray(image), "png", None, {})
        assert len(ours) <= 1.10 * pillows.tell(), crop.name
        assert np.array_equal(np.asarray(opened(ours)), np.asarray(image))


@pytest.mark.parametrize(
    "command", [["pngcheck", "-q"], ["pngfix", "--errors", "--warnings"]], ids=lambda c: c[0]
)
def test_the_tools_of_png_find_no_fault(command: list[str], tmp_path: Path) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    path = tmp_path / "crop.png"
    path.write_bytes(encode_image(smooth(100, 60), "png", profile(), TEXT))
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_opencv_reads_the_same_pixels() -> None:
    cv2 = pytest.importorskip("cv2")
    pixels = smooth(90, 70)
    data = np.frombuffer(encode_image(pixels, "png", None, TEXT), np.uint8)
    assert np.array_equal(cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1], pixels)


_PAGE = """<!DOCTYPE html><title>waiting</title><img src="crop.png"><script>
onload = () => {
  const image = document.querySelector("img");
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const pixels = canvas.getImageData(0, 0, image.naturalWidth, image.naturalHeight).data;
  document.body.textContent = "pixels:" + Array.from(pixels).join(",") + ":end";
};
</script>"""


def test_chromium_reads_the_same_pixels(tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("chromium is not installed")
    pixels = smooth(40, 30)
    (tmp_path / "crop.png").write_bytes(encode_image(pixels, "png", None, TEXT))
    (tmp_path / "page.html").write_text(_PAGE)
    done = subprocess.run(
        [
            *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            *("--allow-file-access-from-files", f"--user-data-dir={tmp_path / 'profile'}"),
            *("--virtual-time-budget=5000", "--dump-dom", (tmp_path / "page.html").as_uri()),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    _, found, rest = done.stdout.partition("pixels:")
    assert found, done.stdout + done.stderr
    values = np.array(rest.partition(":end")[0].split(","), np.uint8).reshape(*pixels.shape[:2], 4)
    assert np.array_equal(values[:, :, :3], pixels)
