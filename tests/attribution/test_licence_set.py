"""Whatever is handed on carries its papers: every export, every archive, the release."""

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from datasets import plain_dataset, quick
from portraitset import build
from portraitset.attribution.changes import Rendition
from portraitset.attribution.licence import LICENCE_FILES, licence_set
from portraitset.curate.holdings import holdings_of
from portraitset.demo.origin import Origin
from portraitset.export.run import export
from portraitset.export.sample import FORMATS, ExportSettings
from portraitset.handoffs import Selection
from portraitset.release.output import release
from portraitset.workspace.layout import folders_of

COUNT = 3


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workspace `w`, and under `out` everything that can be handed on."""
    folder = tmp_path_factory.mktemp("papers")
    dataset = plain_dataset(COUNT)
    with Origin(dataset.routes) as origin:
        build(dataset.write(folder), folder / "w", recipe=quick(origin.url))
    folders = folders_of(folder / "w")
    for name in FORMATS:
        export(folders, folder / "out" / name, ExportSettings(name))
    export(folders, folder / "out" / "dataset.zip", ExportSettings("stylegan"))
    export(folders, folder / "out" / "zips", ExportSettings("stylegan", (32, 64)))
    export(folders, folder / "out" / "sizes", ExportSettings("folder", (32, 64)))
    release(folders, folder / "out" / "release")
    return folder


def carriers(out: Path) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Each thing that was handed on, and the files of its own that are not pictures."""
    for path in sorted(out.iterdir()):
        if path.is_dir():
            yield path.name, {p.name: p.read_bytes() for p in path.iterdir() if p.is_file()}
    for path in sorted(out.rglob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if not name.endswith(".png")]
            yield str(path.relative_to(out)), {name: archive.read(name) for name in names}


def test_everything_that_is_handed_on_carries_its_papers(made: Path) -> None:
    holdings = holdings_of(folders_of(made / "w"))
    as_cut = licence_set(holdings, holdings.faces)
    resized = licence_set(holdings, holdings.faces, Rendition((32, 64)))
    found = dict(carriers(made / "out"))
    assert len(found) >= len(FORMATS) + 6  # three of them archives
    for what, files in found.items():
        wanted = resized if what.startswith(("zips", "sizes")) else as_cut
        for name in LICENCE_FILES:
            assert files.get(name) == wanted[name], f"{what}: {name}"


def test_papers_lie_beside_the_labels_in_an_archive(made: Path) -> None:
    with zipfile.ZipFile(made / "out" / "dataset.zip") as archive:
        names = set(archive.namelist())
    assert {"dataset.json", *LICENCE_FILES} <= names


def test_every_face_is_credited_once(made: Path) -> None:
    for what, files in carriers(made / "out"):
        rows = list(csv.DictReader(io.StringIO(files["credits.csv"].decode(), newline="")))
        assert [row["face"] for row in rows] == [f"0000{n}.png" for n in range(COUNT)], what


def test_a_part_is_credited_as_such(made: Path) -> None:
    """Papers speak of what is handed on, not of the workspace."""
    holdings = holdings_of(folders_of(made / "w"))
    papers = licence_set(holdings, holdings.faces[:1])
    assert papers["credits.csv"].count(b"\n") == 2
    assert b"| handed on | 1 |" in papers["CHANGES.md"]
    assert b"left out here" in papers["CHANGES.md"]


def test_who_rejected_a_face_and_in_which_words_is_not_handed_on(made: Path) -> None:
    holdings = holdings_of(folders_of(made / "w"))
    gone = holdings.faces[0].name
    selection = Selection({}, {gone: "rejected: by Ada: looks like my aunt"})
    papers = licence_set(replace(holdings, selection=selection), holdings.faces[1:])
    assert b"left out by the selection: rejected (1)" in papers["CHANGES.md"]
    assert b"Ada" not in papers["CHANGES.md"]
    assert b"aunt" not in papers["CHANGES.md"]
