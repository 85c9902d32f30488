"""One photo and its edited crops, as a worker takes them: checked, pasted, encoded, read back."""

import hashlib
import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageCms

from portraitset.align.geometry import crop_geometry
from portraitset.align.paste import paste
from portraitset.align.settings import CropSettings
from portraitset.align.square import Draw
from portraitset.errors import ItemError
from portraitset.landmarks import Landmarks
from portraitset.pasting.source_text import read_edit, source_of
from portraitset.picture.decode import Picture, Pixels, digest_of, read_picture
from portraitset.picture.perceptual_hash import look_distance, look_of
from portraitset.picture.rewrite import CannotRewrite, rewritten
from portraitset.workspace.layout import stamp_of, translated

PASTE_VERSION = "1"
"""Raised whenever the same edits would make other pixels."""

UNLIKE = 88
"""From so many differing bits of 256 on, an edited crop is taken for another face's.

Measured on ten faces of old masters at 256 pixels: blur, grey, mosaic, equalised or posterised
colours and sunglasses move 0 to 56 bits, a blank over the whole face 50 to 90, line drawings 80
and more; two faces are 113 apart on average.
"""

Likeness = Literal["check", "ignore"]


class Refused(Exception):
    """An edit is not pasted, or a photo not written; `args` are the reason and a sentence."""


@dataclass(frozen=True, slots=True)
class EditTask:
    """One edited crop: its face, its file, and the crop that it was edited from."""

    face: str
    path: Path
    crop: Path
    sha256_rgb: str
    landmarks: Landmarks
    draw: Draw | None = None


@dataclass(frozen=True, slots=True)
class PasteTask:
    """One photo with its edited crops.

    Attributes:
        sha256: of the original's file as it was verified.
        target: where the result goes.
        known: the fingerprint and the digest that the journal has of the file at `target`.
    """

    original: Path
    sha256: str
    max_pixels: int
    edits: tuple[EditTask, ...]
    settings: CropSettings
    feather: float
    likeness: Likeness
    target: Path
    known: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An edited crop that was not pasted: its file, the reason's word, and a sentence."""

    path: Path
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """What became of one photo.

    Attributes:
        faces: those whose edits are in the result; none if nothing was written.
        unedited: those of them whose crop is as it was cut.
        fingerprint: of all that the result is made from.
        sha256: of the result's file.
        temporary: where it lies; None if it is at its place already.
    """

    faces: tuple[str, ...] = ()
    unedited: tuple[str, ...] = ()
    fingerprint: str = ""
    sha256: str = ""
    temporary: Path | None = None
    refusals: tuple[Refusal, ...] = ()


def paste_photo(task: PasteTask) -> Pasted:
    """Paste a photo's edited crops; what cannot be is refused, and the rest goes on.

    Raises:
        WorkspaceError: the disk refuses.
    """
    try:
        data = _read_original(task)
    except Refused as refused:
        return _all_refused(task, refused)
    files, refusals = _read_edits(task)
    if not files:
        return Pasted(refusals=tuple(refusals))
    fingerprint = _fingerprint(task, files)
    faces = tuple(edit.face for edit, _ in files)
    if task.known is not None and task.known[0] == fingerprint and _is_there(task):
        return Pasted(faces, (), fingerprint, task.known[1], None, tuple(refusals))
    try:
        made, unedited, more = _made(task, data, files)
    except Refused as refused:
        return _all_refused(task, refused)
    refused_faces = {refusal.path for refusal in more}
    faces = tuple(edit.face for edit, _ in files if edit.path not in refused_faces)
    refusals += more
    if not faces:
        return Pasted(refusals=tuple(refusals))
    temporary = task.target.with_name(f"{task.target.name}.{os.getpid()}.part")
    with translated(task.target):
        temporary.write_bytes(made)
    digest = hashlib.sha256(made).hexdigest()
    if more:
        fingerprint = ""  # so that the next run looks at them again
    return Pasted(faces, unedited, fingerprint, digest, temporary, tuple(refusals))


def _read_original(task: PasteTask) -> bytes:
    if stamp_of(task.original) is None:
        raise Refused("changed", f"the photo is not there any more: {task.original}")
    with translated(task.original):
        data = task.original.read_bytes()
    if hashlib.sha256(data).hexdigest() != task.sha256:
        raise Refused("changed", f"the photo is not the one that was cut: {task.original}")
    return data


def _read_edits(task: PasteTask) -> tuple[list[tuple[EditTask, bytes]], list[Refusal]]:
    files: list[tuple[EditTask, bytes]] = []
    refusals: list[Refusal] = []
    for edit in task.edits:
        try:
            data = read_edit(edit.path)
        except OSError as error:
            refusals.append(Refusal(edit.path, "bad-picture", f"it cannot be read: {error}"))
            continue
        source = source_of(data)
        if source in (None, task.sha256):
            files.append((edit, data))
        else:
            why = f"its text says that it was cut from another photo, sha256:{source}"
            refusals.append(Refusal(edit.path, "other-face", why))
    return files, refusals


def _fingerprint(task: PasteTask, files: Sequence[tuple[EditTask, bytes]]) -> str:
    parts = [
        [
            edit.face,
            edit.sha256_rgb,
            edit.landmarks.points(),
            edit.draw,
            hashlib.sha256(data).hexdigest(),
        ]
        for edit, data in files
    ]
    settings = task.settings
    whole = [PASTE_VERSION, task.sha256, repr(settings), task.feather, task.likeness, sorted(parts)]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()[:32]


def _is_there(task: PasteTask) -> bool:
    """Whether the result lies at its place, byte for byte."""
    try:
        found = hashlib.sha256(task.target.read_bytes()).hexdigest()
    except OSError:
        return False
    return task.known is not None and found == task.known[1]


def _made(
    task: PasteTask, data: bytes, files: Sequence[tuple[EditTask, bytes]]
) -> tuple[bytes, tuple[str, ...], list[Refusal]]:
    """The result's bytes, the faces that were not edited, and the edits that were refused."""
    try:
        photo = read_picture(data, task.max_pixels)
    except ItemError as error:
        raise Refused("changed", f"the photo does not decode: {error}") from error
    pixels = photo.pixels.copy()
    unedited: list[str] = []
    refusals: list[Refusal] = []
    for edit, edited in files:
        try:
            is_touched = _paste_one(task, edit, edited, photo, pixels)
        except Refused as refused:
            refusals.append(Refusal(edit.path, *refused.args))
            continue
        if not is_touched:
            unedited.append(edit.face)
    if np.array_equal(pixels, photo.pixels):
        return data, tuple(unedited), refusals  # the photo's very bytes
    return _encoded(data, photo, pixels), tuple(unedited), refusals


def _paste_one(
    task: PasteTask, edit: EditTask, edited: bytes, photo: Picture, pixels: Pixels
) -> bool:
    crop, size = _crop_of(task, edit), task.settings.size
    try:
        picture = read_picture(edited, task.max_pixels)
    except ItemError as error:
        raise Refused("bad-picture", f"it does not decode: {error}") from error
    if (picture.width, picture.height) != (size, size):
        found = f"{picture.width} x {picture.height}"
        raise Refused("other-size", f"it has {found} pixels and the crop {size} x {size}")
    if not _is_same_profile(picture.icc_profile, crop.icc_profile):
        raise Refused("other-profile", "its colours are in another profile than the crop's")
    after = _over_crop(edited, crop.pixels, picture.pixels)
    if task.likeness == "check":
        _check_likeness(crop.pixels, after)
    try:
        geometry = crop_geometry(
            edit.landmarks,
            (photo.width, photo.height),
            task.settings,
            photo.format,
            edit.face,
            edit.draw,
        )
    except ItemError as error:
        raise Refused("no-crop", str(error)) from error
    return paste(pixels, crop.pixels, after, geometry, task.feather)


def _over_crop(data: bytes, crop: Pixels, edited: Pixels) -> Pixels:
    """The edited crop; where it is transparent, the crop is seen through it."""
    with Image.open(io.BytesIO(data)) as image:
        if not image.has_transparency_data:
            return edited
        below = Image.fromarray(crop).convert("RGBA")
        return np.asarray(Image.alpha_composite(below, image.convert("RGBA")).convert("RGB"))


def _crop_of(task: PasteTask, edit: EditTask) -> Picture:
    """The crop as it was cut."""
    try:
        crop = read_picture(edit.crop.read_bytes(), task.settings.size**2)
    except (OSError, ItemError) as error:
        raise Refused("no-crop", f"the crop that it was edited from is lost: {error}") from error
    if digest_of(crop.pixels) != edit.sha256_rgb:
        why = f"{edit.crop} is not the crop that was cut; edit a copy, and run `align` again"
        raise Refused("no-crop", why)
    return crop


def _check_likeness(crop: Pixels, edited: Pixels) -> None:
    if np.array_equal(crop, edited):
        return
    apart = look_distance(look_of(crop), look_of(edited))
    if apart >= UNLIKE:
        raise Refused(
            "other-face",
            f"it looks like another face's: {apart} of 256 bits of its look differ from the crop's;"
            " --likeness ignore pastes it all the same",
        )


def _encoded(data: bytes, photo: Picture, after: Pixels) -> bytes:
    try:
        made = rewritten(data, photo.pixels, after)
    except CannotRewrite as error:
        raise Refused("cannot-keep", f"the photo cannot be written as it is: {error}") from error
    try:
        again = read_picture(made, photo.pixels.size)
    except ItemError as error:
        raise Refused("cannot-keep", f"the result does not read back: {error}") from error
    kept = again.format, again.pixels.shape, again.icc_profile
    if kept != (photo.format, photo.pixels.shape, photo.icc_profile):
        raise Refused("cannot-keep", "the result reads back with another format, size or profile")
    return made


def _is_same_profile(found: bytes | None, wanted: bytes | None) -> bool:
    """Whether colours mean the same; editors write sRGB's profile where there is none."""
    if found is None or found == wanted:
        return True
    if wanted is not None:
        return False
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(found))
        return "sRGB" in ImageCms.getProfileDescription(profile)
    except (ImageCms.PyCMSError, OSError):
        return False


def _all_refused(task: PasteTask, refused: Refused) -> Pasted:
    return Pasted(refusals=tuple(Refusal(edit.path, *refused.args) for edit in task.edits))
