"""One workspace for the tests of every format, and Hugging Face's reader without a network."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exports import build_workspace

Rows = dict[str, list[dict[str, Any]]]

_READER = """
import hashlib, json, sys
from importlib.util import find_spec
if find_spec("datasets") is None:
    sys.exit("no datasets")
from datasets import Image, load_dataset
shown = []
for arguments in json.loads(sys.argv[1]):
    loaded = load_dataset(*arguments["path"], **arguments["options"])
    for rows in loaded.values():
        assert isinstance(rows.features["image"], Image), rows.features
    def plain(row):
        picture = row["image"]
        return row | {"image": [picture.mode, hashlib.sha256(picture.tobytes()).hexdigest()]}
    shown.append({split: [plain(row) for row in rows] for split, rows in loaded.items()})
print(json.dumps(shown))
"""


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of seven faces; exports of it go elsewhere."""
    return build_workspace(tmp_path_factory.mktemp("built"))


@pytest.fixture
def load_dataset(tmp_path: Path) -> Callable[..., list[Rows]]:
    """`datasets.load_dataset` in a process of its own, as our tests have a `datasets`, too.

    Gives the rows of each split for each call; a picture is its mode and its pixels' sha256.
    """

    def load(*calls: tuple[str, dict[str, object]]) -> list[Rows]:
        content = [{"path": [path], "options": options} for path, options in calls]
        offline = {
            "HF_HUB_OFFLINE": "1",
            "HF_DATASETS_OFFLINE": "1",
            "HF_HOME": "hf",
        }
        done = subprocess.run(
            [sys.executable, "-P", "-c", _READER, json.dumps(content)],
            env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | offline,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        if "no datasets" in done.stderr:
            pytest.skip("needs portraitset[hf]")
        assert done.returncode == 0, done.stderr
        shown: list[Rows] = json.loads(done.stdout.splitlines()[-1])
        return shown

    return load
