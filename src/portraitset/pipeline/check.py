"""Files against a lock: every byte is read, and decoded where bytes alone do not tell."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from portraitset.errors import ItemError
from portraitset.handoffs import Decoded
from portraitset.manifest.lock import Identity, Verdict, compare
from portraitset.picture.decode import digest_of, read_picture
from portraitset.picture.identify import identify
from portraitset.picture.perceptual_hash import BITS, look_distance
from portraitset.workspace.layout import stamp_of, translated


@dataclass(frozen=True, slots=True)
class Finding:
    """What one file turned out to be.

    Attributes:
        detail: a sentence for a reader where the verdict alone says too little.
        identity: what the file holds; None if there is none or it does not decode.
        decoded: what decoding it told; None if it was not decoded.
    """

    verdict: Verdict
    detail: str | None = None
    identity: Identity | None = None
    decoded: Decoded | None = None


def check_original(path: Path, wanted: Identity, max_pixels: int) -> Finding:
    """Compare an original on disk with what it should be.

    The same bytes are not decoded, unless `wanted` itself has no digest of pixels yet.
    """
    data = _read(path)
    if data is None:
        return Finding(Verdict.MISSING, "the original is not there")
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 == wanted.sha256 and wanted.sha256_rgb and wanted.look:
        return Finding(Verdict.SAME_BYTES, None, wanted)
    try:
        decoded = decode(data, max_pixels)
    except ItemError as error:
        if sha256 == wanted.sha256:
            return Finding(Verdict.SAME_BYTES)
        return Finding(Verdict.CHANGED, f"the original cannot be read: {error}")
    found = Identity(sha256, decoded.width, decoded.height, decoded.sha256_rgb, decoded.look)
    verdict = compare(found, wanted)
    return Finding(verdict, _difference(verdict, found, wanted), found, decoded)


def check_decoding(path: Path, wanted: Identity, max_pixels: int) -> Finding:
    """Whether the bytes that were locked still decode to the pixels that were locked."""
    data = _read(path)
    if data is None:
        return Finding(Verdict.MISSING, "the original is not there")
    try:
        decoded = decode(data, max_pixels)
    except ItemError as error:
        why = f"the original has the same bytes, which this machine's decoder refuses: {error}"
        return Finding(Verdict.OTHER_DECODER, why, wanted)
    if decoded.sha256_rgb == wanted.sha256_rgb:
        return Finding(Verdict.SAME_BYTES, None, wanted)
    why = "the original has the same bytes, of which this machine's decoder makes other pixels"
    return Finding(Verdict.OTHER_DECODER, why, wanted, decoded)


def check_crop(path: Path, sha256_rgb: str, max_pixels: int) -> Finding:
    """Compare a crop on disk with the digest of the pixels that it should have."""
    data = _read(path)
    if data is None:
        return Finding(Verdict.MISSING, "the crop is not there")
    try:
        pixels = read_picture(data, max_pixels).pixels
    except ItemError as error:
        return Finding(Verdict.CHANGED, f"the crop cannot be read: {error}")
    if digest_of(pixels) == sha256_rgb:
        return Finding(Verdict.SAME_PIXELS)
    return Finding(Verdict.CHANGED, "the crop has other pixels")


def decode(data: bytes, max_pixels: int) -> Decoded:
    """Decode a picture's bytes and say what they show.

    Raises:
        ItemError: it does not decode.
    """
    _, decoded = identify(data, max_pixels)
    return decoded


def judge(original: Finding, crop: Finding | None) -> Finding:
    """What a face comes to: its original's verdict, unless its crop is worse. Pure.

    A crop has no bytes to be compared, as encoders differ; its pixels decide.
    """
    if crop is None or crop.verdict.is_good:
        return original
    if original.verdict is Verdict.OTHER_DECODER and crop.verdict is Verdict.CHANGED:
        return original  # its crop differs for no other reason
    worse = max(original, crop, key=lambda finding: list(Verdict).index(finding.verdict))
    details = dict.fromkeys(filter(None, (original.detail, crop.detail)))
    return Finding(worse.verdict, "; ".join(details) or None)


def _difference(verdict: Verdict, found: Identity, wanted: Identity) -> str | None:
    if verdict.is_good:
        return None
    sizes = f"{found.width} x {found.height} for {wanted.width} x {wanted.height} pixels"
    if found.look is None or wanted.look is None:
        return f"the original is another: {sizes}"
    bits = look_distance(found.look, wanted.look)
    return f"the original is another: {sizes}, {bits} of {BITS} bits of its look differ"


def _read(path: Path) -> bytes | None:
    if stamp_of(path) is None:
        return None
    with translated(path):
        return path.read_bytes()
