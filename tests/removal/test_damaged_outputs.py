"""An export that somebody damaged: told, left for its owner to delete, and nothing else lost."""

import json
import shutil
from pathlib import Path

import pytest

from datasets import HOST, Dataset, quick
from portraitset import build
from portraitset.cli import run
from portraitset.demo.origin import Origin
from portraitset.pipeline.run import status
from portraitset.workspace.layout import folders_of

URL = f"{HOST}/p/assets/images/images/000/000/001/large/one.jpg"
FILES = {
    "webdataset": "*.tar",
    "stylegan": "*.zip",
    "parquet": "**/*.parquet",
    "lmdb": "**/data.mdb",
    "imagefolder": "**/metadata.jsonl",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    dataset = Dataset()
    for number, slug in enumerate(("one", "two", "three"), 1):
        dataset.add(slug, asset=f"000/000/{number:03d}")
    with Origin(dataset.routes) as origin:
        build(dataset.write(folder), folder / "w", recipe=quick(origin.url))
    for kind in FILES:
        out = str(folder / "w" / kind)
        assert run(["export", kind, "-w", str(folder / "w"), "-o", out, "--workers", "1"]) == 0
    return folder


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("harm", ["cut", "scribble"])
def test_damaged_export_is_told_and_the_rest_is_done(
    made: Path, kind: str, harm: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(made, tmp_path / "here")
    workspace = tmp_path / "here" / "w"
    path = next((workspace / kind).glob(FILES[kind]))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 3] if harm == "cut" else bytes(len(data)))
    capsys.readouterr()
    code = run(["remove", "-w", str(workspace), "--url", URL, "--json"])
    content = json.loads(capsys.readouterr().out)
    assert code == (1 if content["troubles"] else 0)
    assert {Path(item["path"]).name for item in content["troubles"]} <= {kind}
    assert next(s.state.value for s in status(folders_of(workspace)).standings) == "removed"
    assert not list((workspace / "raw").glob("*one*"))
    if content["troubles"]:
        shutil.rmtree(workspace / kind)
    assert run(["remove", "-w", str(workspace), "--asset", "77"]) == 0
