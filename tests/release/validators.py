"""Other people's validators, asked about a release."""

import logging
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest


def check_croissant(out: Path, caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """No error, no warning; the records of the first record set."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mlcroissant's own imports and pandas
        import mlcroissant

        with caplog.at_level(logging.WARNING):
            dataset = mlcroissant.Dataset(jsonld=out / "croissant.json")
        assert not dataset.metadata.ctx.issues.errors
        assert not dataset.metadata.ctx.issues.warnings
        assert not caplog.records
        first = dataset.metadata.record_sets[0]
        assert str(dataset.metadata.ctx.conforms_to.value).endswith("croissant/1.1")
        return list(dataset.records(first.uuid))


def check_citation(out: Path) -> None:
    command = [sys.executable, "-m", "cffconvert.cli.cli", "--validate"]
    script = Path(sys.executable).with_name("cffconvert")
    command = [str(script), "--validate"] if script.exists() else command
    done = subprocess.run(command, cwd=out, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "valid" in done.stdout


def check_card(out: Path) -> Any:
    from huggingface_hub import DatasetCard, DatasetCardData

    card = DatasetCard((out / "README.md").read_text())
    assert isinstance(card.data, DatasetCardData)
    return card.data
