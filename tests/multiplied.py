"""A small workspace blown up to many entries, for tests of pages that must show that many."""

import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from datasets import quick
from portraitset import build
from portraitset.align.settings import CropSettings
from portraitset.curate.holdings import holdings_of
from portraitset.curate.measure import Measures
from portraitset.curate.measure_cache import MeasureCache
from portraitset.curate.run import _key, measures_of
from portraitset.demo.origin import Origin
from portraitset.demo.show import stage_show, write_show
from portraitset.errors import Gone
from portraitset.handoffs import Photo
from portraitset.manifest.aahq import raw_name_of
from portraitset.pipeline.last_run import MANIFEST_COPY
from portraitset.workspace.layout import Folders, folders_of
from portraitset.workspace.ledger import Ledger

MANY = 25_000
"""Faces, about as many as AAHQ has."""

_GONE_EACH = 20
"""For so many faces that are held, one more is of an address that is gone."""


def build_many(workspace: Path, count: int = MANY) -> Folders:
    """Build some of the demo's portraits at full size, and make them so many."""
    show = stage_show(6)
    manifest = write_show(show, workspace)
    with Origin(show.routes) as origin:
        build(manifest, workspace, recipe=quick(origin.url, crop=CropSettings(), workers=2))
    folders = folders_of(workspace)
    multiply(folders, count)
    return folders


def multiply(folders: Folders, count: int, seed: int = 1) -> None:
    """Make a built workspace one of `count` faces: same pictures, other names and measures.

    Files are hard links; looks are random, so that what was one picture is not taken for a copy.
    """
    generator = np.random.default_rng(seed)
    held = holdings_of(folders).faces
    measures = tuple(measures_of(folders, 1).values())
    entries: dict[str, object] = {}
    with Ledger.open(folders.state) as ledger, ledger.transaction():
        for number in range(count + count // _GONE_EACH):
            one, url, name = held[number % len(held)], _url(number, generator), f"m{number:05d}.png"
            raw_name = raw_name_of(url)
            points = asdict(one.face.landmarks)
            entries[name] = {"image_url": url, "raw_name": raw_name, "landmarks": points}
            if number >= count:
                ledger.write_photo_failure(Photo(url, raw_name), Gone("404 Not Found"), "")
                continue
            os.link(one.original, folders.raw / raw_name)
            os.link(one.crop, folders.aligned / name)
            photo = replace(one.photo, raw_name=raw_name, url=url, file=raw_name)
            ledger._write("photos", photo)
            ledger._write("faces", replace(one.record, name=name, file=name))
    (folders.state / MANIFEST_COPY).write_text(json.dumps(entries), encoding="utf-8")
    holdings = holdings_of(folders)
    with MeasureCache.open(folders.state) as cache:
        cache.write(
            (
                item.name,
                _key(item, holdings.settings.size),
                _varied(measures[at % len(measures)], generator),
            )
            for at, item in enumerate(holdings.faces)
        )


def _url(number: int, generator: np.random.Generator) -> str:
    artist = int(generator.pareto(1.2) * 10) % 9000
    asset = f"{number // 1_000_000:03d}/{number // 1000 % 1000:03d}/{number % 1000:03d}"
    when = int(generator.normal(1.56e9, 4e7))
    folder = f"https://cdn{'ab'[number % 2]}.artstation.com/p/assets/images/images/{asset}/large"
    return f"{folder}/painter{artist:04d}-surname-portrait-of-somebody-{number}.jpg?{when}"


def _varied(found: Measures, generator: np.random.Generator) -> Measures:
    size = found.native_size * float(generator.lognormal(0, 0.5))
    return replace(
        found,
        native_size=size,
        upsampling=1024 / size,
        roll=float(generator.normal(0, 9)),
        yaw_proxy=float(np.clip(generator.normal(0, 0.15), -1, 1)),
        padded_fraction=max(float(generator.normal(-0.1, 0.15)), 0.0),
        sharpness=found.sharpness * float(generator.lognormal(0, 0.6)),
        brightness=float(np.clip(found.brightness + generator.normal(0, 0.12), 0, 1)),
        contrast=float(np.clip(found.contrast + generator.normal(0, 0.04), 0, 0.5)),
        colourfulness=max(found.colourfulness + float(generator.normal(0, 15)), 0.0),
        look=generator.bytes(32).hex(),
        look_mirrored=generator.bytes(32).hex(),
        crop_look=generator.bytes(32).hex(),
    )
