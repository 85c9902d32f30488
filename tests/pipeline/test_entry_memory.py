"""How much a run keeps of each entry, beyond what the manifest itself needs."""

import gc
import tracemalloc
from pathlib import Path

import pytest

from datasets import POINTS, quick
from portraitset.download.client import Client
from portraitset.errors import Gone
from portraitset.manifest import parse_manifest
from portraitset.pipeline import run as pipeline
from portraitset.workspace.layout import Workspace, folders_of
from portraitset.workspace.ledger import Ledger


def entries(count: int) -> str:
    lines = (
        f'"{number:06d}.png": {{"image_url": "https://g.example/large/{number}-portrait.jpg",'
        f' "raw_name": "{number}-portrait.jpg", "landmarks": %s}}' % str(POINTS).replace("'", '"')
        for number in range(count)
    )
    return "{" + ",\n".join(lines) + "}"


def bytes_beyond_the_manifest(count: int, folder: Path) -> int:
    """The peak of a run in which every photo is gone, less what the manifest takes."""
    workspace, recipe = Workspace(folders_of(folder)), quick("http://127.0.0.1:9")
    workspace.folders.state.mkdir(parents=True)
    workspace.prepare(workspace.folders.raw)
    tracemalloc.start()
    try:
        manifest = parse_manifest(entries(count).encode(), "test")
        groups = manifest.by_photo()
        gc.collect()
        itself = tracemalloc.get_traced_memory()[0]
        del groups  # the run makes its own
        tracemalloc.reset_peak()
        with Ledger.open(workspace.folders.state) as ledger:
            pipeline._run("download", manifest, workspace, ledger, recipe, "ignore", None)
        return tracemalloc.get_traced_memory()[1] - itself
    finally:
        tracemalloc.stop()


@pytest.mark.soak
def test_a_further_entry_costs_less_than_200_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: object) -> None:
        raise Gone("the server answers 404")

    monkeypatch.setattr(Client, "fetch", gone)
    few, many = 10_000, 30_000
    small = bytes_beyond_the_manifest(few, tmp_path / "few")
    large = bytes_beyond_the_manifest(many, tmp_path / "many")
    assert (large - small) / (many - few) < 200
