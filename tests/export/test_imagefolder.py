"""ImageFolder, as Hugging Face's datasets reads it."""

import json
from collections.abc import Callable
from pathlib import Path

from exports import COUNT, VALID, copy_of, exported, rgb_digests, take_out


def test_datasets_reads_every_picture_with_its_facts(
    built: Path,
    tmp_path: Path,
    load_dataset: Callable[..., list[dict[str, list[dict[str, object]]]]],
) -> None:
    out = str(tmp_path / "out")
    exported(built, Path(out), "imagefolder")
    named, plain = load_dataset(("imagefolder", {"data_dir": out}), (out, {}))
    assert named == plain, "the folder itself is a dataset for the library"
    counts = {split: len(rows) for split, rows in named.items()}
    assert counts == {"train": COUNT - len(VALID), "validation": len(VALID)}
    manifest = json.loads((built.parent / "dataset.json").read_text())
    rows = [row for rows in named.values() for row in rows]
    assert {row["name"]: row["image"] for row in rows} == rgb_digests(built)
    for row in rows:
        entry = manifest[row["name"]]
        assert (row["url"], row["landmarks"]) == (entry["image_url"], entry["landmarks"])


def test_datasets_reads_what_is_left_of_two_splits(
    built: Path,
    tmp_path: Path,
    load_dataset: Callable[..., list[dict[str, list[dict[str, object]]]]],
) -> None:
    workspace = copy_of(built, tmp_path)
    out = tmp_path / "out"
    exported(workspace, out, "imagefolder")
    take_out(workspace, out, frozenset(VALID))
    (left,) = load_dataset((str(out), {}))
    assert {split: len(rows) for split, rows in left.items()} == {"train": COUNT - len(VALID)}
