"""Landmarks that a person moved: the next run cuts that crop anew, and no other."""

from pathlib import Path

from datasets import plain_dataset, quick
from portraitset import build
from portraitset.curate.holdings import holdings_of
from portraitset.demo.origin import Origin
from portraitset.landmarks import Landmarks
from portraitset.pipeline.run import run, status
from portraitset.workspace.decisions import append_decisions, decide
from portraitset.workspace.layout import folders_of

MOVED = Landmarks((45.0, 60.0), (80.0, 62.0), (53.0, 92.0), (76.0, 93.0))


def test_next_run_cuts_by_moved_landmarks_and_after_undo_by_the_manifests(tmp_path: Path) -> None:
    dataset = plain_dataset(2)
    manifest, folders = dataset.write(tmp_path), folders_of(tmp_path / "w")
    with Origin(dataset.routes) as origin:
        recipe = quick(origin.url)
        build(manifest, tmp_path / "w", recipe=recipe)
        before = {path.name: path.read_bytes() for path in folders.aligned.iterdir()}
        moved = decide("00000.png", "landmarks", "Ada", landmarks=MOVED)
        append_decisions(folders.state, [moved])
        assert status(folders).succeeded  # nothing is lost until the next run

        assert run("align", manifest, folders, recipe).succeeded
        after = {path.name: path.read_bytes() for path in folders.aligned.iterdir()}
        assert after["00000.png"] != before["00000.png"]
        assert after["00001.png"] == before["00001.png"]
        held = {each.name: each.face.landmarks for each in holdings_of(folders).faces}
        assert held["00000.png"] == MOVED

        undo = decide("00000.png", "undo", "Ada", undoes=moved.id)
        append_decisions(folders.state, [undo])
        assert run("align", manifest, folders, recipe).succeeded
        again = {path.name: path.read_bytes() for path in folders.aligned.iterdir()}
        assert again == before
