"""Sidecars: one table for the set, JSON and masks on request, and nothing of what is removed."""

import io
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from datasets import HOST, POINTS, Dataset, quick
from exports import every_byte, exported
from portraitset import build
from portraitset.align.face import cut_crop
from portraitset.align.geometry import moved
from portraitset.cli import run as command
from portraitset.demo.origin import Origin
from portraitset.errors import InputError
from portraitset.picture.decode import read_picture
from portraitset.sidecars.facts import GEOMETRY
from portraitset.sidecars.output import write_sidecars
from portraitset.workspace.layout import folders_of

AT_THE_EDGE = {name: [x - 35, y] for name, (x, y) in POINTS.items()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    dataset = Dataset()
    dataset.add("anna", asset="000/000/001")
    dataset.add("bo", asset="000/000/002", points=AT_THE_EDGE)
    dataset.add("cid", asset="000/000/003")
    with Origin(dataset.routes) as origin:
        assert build(dataset.write(folder), folder / "w", recipe=quick(origin.url)).succeeded
    return folder / "w"


@pytest.fixture
def workspace(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "w"))


def table(folder: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = pq.read_table(folder / GEOMETRY).to_pylist()
    return rows


def test_table_has_a_row_a_face_and_says_its_frame(workspace: Path, tmp_path: Path) -> None:
    done = write_sidecars(folders_of(workspace), tmp_path / "out", texts=False, masks=False)
    assert (done.faces, [path.name for path in done.output.iterdir()]) == (3, [GEOMETRY])
    rows = table(done.output)
    assert [row["name"] for row in rows] == ["00000.png", "00001.png", "00002.png"]
    assert rows[1]["padded"] > rows[0]["padded"]  # type: ignore[operator]
    forward = np.array(rows[0]["forward"])
    for name, point in POINTS.items():
        said = rows[0]["landmarks"][name]  # type: ignore[index]
        assert np.allclose(moved(np.array([point]), forward)[0], said)
    assert (
        b"(0, 0) the centre of the upper left pixel"
        in pq.read_schema(done.output / GEOMETRY).metadata[b"frame"]
    )


def test_json_and_masks_are_named_like_the_crops(workspace: Path, tmp_path: Path) -> None:
    write_sidecars(folders_of(workspace), tmp_path / "out", texts=True, masks=True)
    for row in table(tmp_path / "out"):
        text = (tmp_path / "out" / f"{row['name']}.json").read_text()
        assert json.loads(text) == row
        with Image.open(tmp_path / "out" / f"{row['name']}.padding.png") as mask:
            assert (mask.mode, mask.size) == ("L", (64, 64))
            share = (np.asarray(mask) == 255).mean()
        assert share == pytest.approx(row["padded"], abs=0.03)
    write_sidecars(folders_of(workspace), tmp_path / "out", texts=False, masks=False)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [GEOMETRY]


def test_mask_is_where_the_crop_has_no_photo(workspace: Path, tmp_path: Path) -> None:
    """Cut without padding, what is outside is black; the photo itself is made white."""
    write_sidecars(folders_of(workspace), tmp_path / "out", texts=False, masks=True)
    from portraitset import CropSettings, read_manifest

    face = list(read_manifest(workspace / ".portraitset/manifest.json"))[1]
    (original,) = (workspace / "raw").glob("*bo.jpg")
    white = np.full_like(read_picture(original.read_bytes(), 10**6).pixels, 255)
    crop = cut_crop(white, face.landmarks, CropSettings(64, padding=False))
    with Image.open(tmp_path / "out" / f"{face.name}.padding.png") as mask:
        outside = np.asarray(mask) == 255
    assert 0.05 < outside.mean() < 0.6
    assert ((crop[:, :, 0] < 128) == outside).mean() > 0.99


def test_exports_carry_the_table_for_their_sizes(workspace: Path, tmp_path: Path) -> None:
    exported(workspace, tmp_path / "out", "folder", 64, 32, geometry=True)
    rows = table(tmp_path / "out")
    assert [row["size"] for row in rows] == [64, 32] * 3
    large, small = (np.array(row["inverse"]) for row in rows[:2])
    corner = np.array([[-0.5, -0.5]])
    assert np.allclose(moved(corner, large), moved(corner, small))
    assert rows[1]["scale"] == pytest.approx(2 * rows[0]["scale"])  # type: ignore[operator]
    exported(workspace, tmp_path / "out", "folder")
    assert not (tmp_path / "out" / GEOMETRY).exists()


def test_what_is_removed_is_in_no_sidecar(workspace: Path, tmp_path: Path) -> None:
    write_sidecars(folders_of(workspace), tmp_path / "out", texts=True, masks=True)
    exported(workspace, tmp_path / "export", "stylegan", geometry=True)
    url = f"{HOST}/p/assets/images/images/000/000/002/large/bo.jpg"
    assert command(["remove", "-w", str(workspace), "--url", url]) == 0
    assert [row["name"] for row in table(tmp_path / "out")] == ["00000.png", "00002.png"]
    with zipfile.ZipFile(tmp_path / "export" / "dataset.zip") as archive:
        carried = pq.read_table(io.BytesIO(archive.read(GEOMETRY))).to_pylist()
    assert [row["name"] for row in carried] == ["00000.png", "00002.png"]
    for folder in ("out", "export"):
        assert not [p for p, data in every_byte(tmp_path / folder) if b"00001.png" in data]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        GEOMETRY,
        *(f"0000{n}.png.{end}" for n in (0, 2) for end in ("json", "padding.png")),
    }


def test_strangers_files_are_left_alone(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.json").write_text("{}")
    with pytest.raises(InputError, match=r"notes\.json"):
        write_sidecars(folders_of(workspace), tmp_path / "out", texts=True, masks=True)
    with pytest.raises(InputError, match="workspace's own"):
        write_sidecars(folders_of(workspace), workspace / "aligned", texts=True, masks=True)


def test_command_writes_into_the_workspace(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["sidecars", "-w", str(workspace), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["faces"] == 3
    assert len(table(workspace / "sidecars")) == 3
