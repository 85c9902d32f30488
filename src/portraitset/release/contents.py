"""What a release holds of the faces themselves: manifests, tables, lock, recipe. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import chain

from portraitset.align.settings import OPTIONS
from portraitset.attribution.licence import csv_text
from portraitset.curate.holdings import HeldFace, Holdings
from portraitset.handoffs import Face
from portraitset.landmarks import POINT_NAMES
from portraitset.manifest import Manifest, manifest_bytes
from portraitset.manifest.addresses import artist_of, asset_of
from portraitset.manifest.lock import Lock, LockedFace, sorted_lock, write_lock
from portraitset.manifest.native import Row, write_jsonl, write_parquet
from portraitset.manifest.terms import licence_of
from portraitset.pipeline.run import lock_settings
from portraitset.pipeline.verification import locked_original
from portraitset.release.croissant import TABLE

Selected = Sequence[tuple[HeldFace, str]]
"""Faces and their splits."""


def contents_of(holdings: Holdings, chosen: Selected, lock: Lock) -> Mapping[str, bytes]:
    """The faces in each form, as file name and bytes."""
    rows = [_row(holdings, held, split) for held, split in chosen]
    manifest = holdings.manifest
    only = Manifest(manifest.schema, tuple(row.face for row in rows))
    return {
        "manifest.jsonl": write_jsonl(manifest.schema, rows),
        TABLE: write_parquet(manifest.schema, rows),
        "AAHQ-dataset.json": manifest_bytes(only),
        "landmarks.csv": _landmarks(row.face for row in rows),
        "digests.csv": _digests(rows),
        "dataset.lock": write_lock(lock),
        "recipe.toml": _recipe(holdings),
    }


def _row(holdings: Holdings, held: HeldFace, split: str) -> Row:
    url, photo = held.face.photo.url, held.photo
    return Row(
        held.face,
        split,
        artist_of(url) or None,
        asset_of(url),
        licence_of(held.face, holdings.terms),
        photo.sha256,
        photo.width,
        photo.height,
        photo.sha256_rgb,
        photo.look,
        held.record.sha256_rgb,
    )


def _landmarks(faces: Iterable[Face]) -> bytes:
    axes = (f"{point}_{axis}" for point in POINT_NAMES for axis in "xy")
    rows = ((face.name, *chain.from_iterable(face.landmarks.points())) for face in faces)
    return csv_text(("face", *axes), rows).encode(errors="replace")


def _digests(rows: Iterable[Row]) -> bytes:
    header = ("face", "raw_name", "sha256", "sha256_rgb", "look", "crop_sha256_rgb")
    cells = (
        (
            row.face.name,
            row.face.photo.raw_name,
            *(getattr(row, name) or "" for name in header[2:]),
        )
        for row in rows
    )
    return csv_text(header, cells).encode(errors="replace")


def _recipe(holdings: Holdings) -> bytes:
    """The crop settings, so that a build of the release makes the same pixels."""
    settings, options = asdict(holdings.settings), holdings.settings.options()
    said = {key: value for key, value in settings.items() if key not in OPTIONS}
    said.update(options)
    lines = (f"{key} = {json.dumps(value)}" for key, value in said.items() if value is not None)
    return ("[align]\n" + "\n".join(lines) + "\n").encode()


def lock_of(holdings: Holdings, faces: Sequence[HeldFace]) -> Lock:
    """The lock of these faces, by the ledger's word."""
    originals = {held.photo.raw_name: locked_original(held.photo) for held in faces}
    locked = (
        LockedFace(held.name, held.photo.raw_name, held.record.sha256_rgb, held.record.fingerprint)
        for held in faces
    )
    settings = lock_settings(holdings.settings)
    return sorted_lock(
        holdings.manifest.schema, settings, originals.values(), locked, holdings.decoders
    )
