"""The demo's dataset: drawn portraits, entries with faults, and how each one is to end."""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from portraitset.demo.origin import (
    Behaviour,
    first,
    picture,
    plain_status,
    redirect,
    stalling,
    throttled,
    truncated,
    web_page,
)
from portraitset.demo.portraits import DrawnPortrait, draw_portrait, portrait_titles
from portraitset.errors import InputError, State
from portraitset.manifest.aahq import raw_name_of
from portraitset.workspace.layout import STATE_FOLDER

HOST = "https://cdna.gallery.example"
"""Nobody's: the names under .example lead nowhere. The demo fetches through `--mirror`."""

DESCRIPTION = """\
[dataset]
name = "Drawn portraits"
terms = "Every picture was drawn by the code of portraitset. Do with them what you like (CC0-1.0)."
caution = "Imaginary people in a handful of manners: a demonstration, not a training set."
contact = "There is no owner to ask; the code that draws them is in portraitset's demo package."
citation = "None is needed."
metadata_licence = "CC0-1.0"
picture_licence = "CC0-1.0"
homepage = "https://github.com/portraitset/portraitset"
"""

_INSIDE = "http://169.254.169.254/latest/meta-data/"
"""Where clouds tell a machine its secrets; what a redirect there would be after."""

_NO_AI = {"X-Robots-Tag": "noai, noimageai"}

_Points = Mapping[str, tuple[float, float]]
_FORMATS = ("JPEG", "PNG", "JPEG", "WEBP")
_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_SUFFIXES = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}


@dataclass(frozen=True, slots=True)
class Scene:
    """One photo of the demo: where it is, what its address answers, and how its faces must end."""

    path: str
    behaviour: Behaviour
    faces: tuple[_Points, ...]
    state: State
    reason: str | None = None
    raw_name: str | None = None


@dataclass(frozen=True, slots=True)
class Show:
    """The demo's manifest, its server's routes, and the plan: how each entry must end."""

    manifest: bytes
    routes: Mapping[str, Behaviour]
    planned: Mapping[str, tuple[State, str | None]]


def stage_show(most: int | None = None) -> Show:
    """Draw the portraits and set up everything around them.

    Args:
        most: draw no more than so many; all of them if None.
    """
    entries: dict[str, object] = {}
    routes: dict[str, Behaviour] = {}
    planned: dict[str, tuple[State, str | None]] = {}
    for scene in _scenes(most):
        url = HOST + scene.path
        routes[scene.path] = scene.behaviour
        for face in scene.faces:
            name = f"{len(entries):05d}.png"
            raw_name = scene.raw_name or raw_name_of(url)
            entries[name] = {"image_url": url, "raw_name": raw_name, "landmarks": face}
            planned[name] = scene.state, scene.reason
    return Show(json.dumps(entries, indent=1).encode(), routes, planned)


def write_show(show: Show, workspace: Path) -> Path:
    """Write the manifest and its description into a workspace; the manifest's path."""
    (workspace / "dataset.toml").write_text(DESCRIPTION, encoding="utf-8")
    manifest = workspace / "manifest.json"
    manifest.write_bytes(show.manifest)
    return manifest


def claim_folder(workspace: Path) -> None:
    """Make a folder the demo's own.

    Raises:
        InputError: it holds something else.
    """
    mark = workspace / STATE_FOLDER / "demo"
    if workspace.exists() and any(workspace.iterdir()) and not mark.exists():
        raise InputError(f"{workspace} holds something else; choose an empty folder with -w")
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()


def _scenes(most: int | None) -> Iterator[Scene]:
    titles = portrait_titles()[:most]
    last: DrawnPortrait | None = None
    for number, title in enumerate(titles):
        last = draw_portrait(title)
        image_format = _FORMATS[number % len(_FORMATS)]
        served = picture(_encoded(last.image, image_format), _TYPES[image_format])
        path = _path(number, title, _SUFFIXES[image_format])
        if number == 1:  # refused at first, served when asked again as late as told
            served = first(1, throttled("1"), served)
        yield Scene(path, served, last.faces, State.ALIGNED)
    if last is not None:
        yield from _faults(len(titles), last)


def _faults(number: int, portrait: DrawnPortrait) -> Iterator[Scene]:
    data = _encoded(portrait.image, "JPEG")
    denied = "<Error><Code>AccessDenied</Code></Error>"
    far_off = {name: (x + 50_000, y) for name, (x, y) in portrait.faces[0].items()}
    one_point = dict.fromkeys(portrait.faces[0], (10.0, 10.0))
    faults: list[tuple[str, Behaviour, _Points, State, str]] = [
        ("not-found", plain_status(404), {}, State.UNAVAILABLE, "gone"),
        ("no-such-size", plain_status(403, denied), {}, State.UNAVAILABLE, "gone"),
        ("members-only", plain_status(403), {}, State.UNAVAILABLE, "denied"),
        ("always-busy", throttled("1"), {}, State.FAILED, "throttled"),
        ("silent-halfway", stalling(data), {}, State.FAILED, "timeout"),
        ("cut-short", truncated(data), {}, State.FAILED, "truncated"),
        ("page-instead", web_page(), {}, State.FAILED, "not-an-image"),
        ("broken-server", plain_status(500), {}, State.FAILED, "server-error"),
        ("leads-inside", redirect(_INSIDE), {}, State.REFUSED, "blocked-address"),
        ("not-for-ai", picture(data, headers=_NO_AI), {}, State.REFUSED, "opted-out"),
        ("face-elsewhere", picture(data), far_off, State.FAILED, "degenerate-face"),
        ("points-coincide", picture(data), one_point, State.INVALID, "bad-entry"),
    ]
    for offset, (slug, behaviour, points, state, reason) in enumerate(faults):
        path = _path(number + offset, slug, "jpg")
        yield Scene(path, behaviour, (points or portrait.faces[0],), state, reason)
    unsafe = _path(number + len(faults), "leaves-its-folder", "jpg")
    yield Scene(
        unsafe,
        picture(data),
        portrait.faces,
        State.INVALID,
        "unsafe-name",
        raw_name="../../leaves-its-folder.jpg",
    )


def _path(number: int, title: str, suffix: str) -> str:
    folder = f"/p/assets/images/images/000/000/{number:03d}/large"
    return f"{folder}/{title}.{suffix}?{1_700_000_000 + number}"


def _encoded(image: Image.Image, image_format: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, quality=92)
    return buffer.getvalue()
