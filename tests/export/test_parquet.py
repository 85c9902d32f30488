"""Parquet, as Hugging Face's datasets reads it."""

import json
from collections.abc import Callable
from pathlib import Path

from exports import COUNT, VALID, copy_of, exported, rgb_digests, take_out


def test_datasets_yields_pictures_and_facts(
    built: Path,
    tmp_path: Path,
    load_dataset: Callable[..., list[dict[str, list[dict[str, object]]]]],
) -> None:
    out = str(tmp_path / "out")
    exported(built, Path(out), "parquet")
    files = {split: f"{out}/data/{split}-*.parquet" for split in ("train", "val")}
    named, plain = load_dataset(("parquet", {"data_files": files}), (out, {}))
    assert plain == named, "the folder itself is a dataset, in spite of the documents in it"
    counts = {split: len(rows) for split, rows in named.items()}
    assert counts == {"train": COUNT - len(VALID), "val": len(VALID)}
    manifest = json.loads((built.parent / "dataset.json").read_text())
    rows = [row for rows in named.values() for row in rows]
    assert {row["name"]: row["image"] for row in rows} == rgb_digests(built)
    for row in rows:
        entry = manifest[row["name"]]
        assert (row["url"], row["landmarks"]) == (entry["image_url"], entry["landmarks"])


def test_shards_are_named_as_on_the_hub(built: Path, tmp_path: Path) -> None:
    exported(built, tmp_path / "out", "parquet")
    assert [path.name for path in sorted((tmp_path / "out" / "data").iterdir())] == [
        "train-00000-of-00003.parquet",
        "train-00001-of-00003.parquet",
        "train-00002-of-00003.parquet",
        "val-00000-of-00001.parquet",
    ]


def test_datasets_reads_what_is_left_of_two_splits(
    built: Path,
    tmp_path: Path,
    load_dataset: Callable[..., list[dict[str, list[dict[str, object]]]]],
) -> None:
    workspace = copy_of(built, tmp_path)
    out = tmp_path / "out"
    exported(workspace, out, "parquet")
    take_out(workspace, out, frozenset(VALID))
    (left,) = load_dataset((str(out), {}))
    assert {split: len(rows) for split, rows in left.items()} == {"train": COUNT - len(VALID)}
