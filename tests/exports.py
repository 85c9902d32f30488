"""Workspaces to export from: built once, and readers that know nothing of how exports are made."""

import hashlib
import io
import shutil
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow.parquet as pq

from datasets import Dataset, quick
from old_masters import rgb_digest
from portraitset import CropSettings, build
from portraitset.curate.holdings import holdings_of
from portraitset.curate.selection_file import write_selection
from portraitset.demo.origin import Origin
from portraitset.export.run import Exported, export, without
from portraitset.export.sample import ExportSettings, FormatName
from portraitset.handoffs import Selection
from portraitset.workspace.layout import folders_of
from portraitset.workspace.lineage import Lineage

COUNT = 7
VALID = ("00002.png", "00005.png")
"""The faces of the split "val"; the others are "train"."""


def build_workspace(folder: Path) -> Path:
    """Seven faces of 64 pixels in two splits."""
    dataset = Dataset()
    for number in range(COUNT):
        dataset.add(f"artist{number % 3}-painter-portrait-{number}")
    with Origin(dataset.routes) as origin:
        build(dataset.write(folder), folder / "w", recipe=quick(origin.url, crop=CropSettings(64)))
    splits = {name: "val" if name in VALID else "train" for name in dataset.entries}
    write_selection(folder / "w" / ".portraitset", Selection(splits))
    return folder / "w"


def exported(
    workspace: Path, output: Path, name: FormatName, *sizes: int, **more: object
) -> Exported:
    """Export with small shards."""
    settings = ExportSettings(name, sizes, **({"shard_size": 2} | more))  # type: ignore[arg-type]
    return export(folders_of(workspace), output, settings)


def crops(workspace: Path) -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((workspace / "aligned").iterdir())}


def rgb_digests(workspace: Path) -> dict[str, list[str]]:
    """Each crop's mode and the sha256 of its pixels."""
    return {
        path.name: ["RGB", rgb_digest(path)] for path in sorted((workspace / "aligned").iterdir())
    }


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder, or one file, by its digest."""
    files = [folder] if folder.is_file() else sorted(p for p in folder.rglob("*") if p.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def every_byte(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file's bytes, and every member's of every archive, however it is compressed."""
    for path in [folder] if folder.is_file() else sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        yield str(path), data
        if zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(path) as archive:
                yield from ((f"{path}/{name}", archive.read(name)) for name in archive.namelist())
        elif path.suffix == ".tar":
            with tarfile.open(path) as tar:
                for member in tar:
                    content = tar.extractfile(member)
                    yield f"{path}/{member.name}", content.read() if content else b""
        elif path.suffix == ".parquet":
            table = pq.read_table(path)
            yield str(path), repr(table.to_pylist()).encode()
            yield from (
                (str(path), row["image"]["bytes"]) for row in table.to_pylist() if "image" in row
            )


def copy_of(workspace: Path, folder: Path) -> Path:
    """A workspace to do harm to."""
    shutil.copytree(workspace, folder / "w")
    return folder / "w"


def take_out(workspace: Path, output: Path, faces: frozenset[str]) -> None:
    """Take faces out of an export, as a removal does."""
    folders = folders_of(workspace)
    with Lineage.open(folders.state) as lineage:
        (registered,) = [item for item in lineage.outputs("export") if item.path == output]
    without(holdings_of(folders), registered, faces)
