"""`bench export`: what it compares is written, and is what it says."""

import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from portraitset.bench import export as bench_export
from portraitset.bench.export import draw_holdings, encode_anew, run_export


def test_report_has_every_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("webdataset", reason="needs portraitset[webdataset]")
    monkeypatch.setattr(bench_export, "COUNT", 40)
    monkeypatch.setattr(bench_export, "_DRAWN", 2)
    report = run_export(tmp_path, quick=True)
    assert (report.count, len(report.results)) == (4, 4)
    assert all(each.rate > 0 and each.megabytes > 0 for each in report.results)
    assert report.as_markdown() == (tmp_path / "export.md").read_text().rstrip("\n")
    ET.parse(tmp_path / "export.svg")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "export.json",
        "export.md",
        "export.svg",
    ]


def test_rival_keeps_every_pixel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_export, "_DRAWN", 2)
    holdings = draw_holdings(tmp_path / "w", 2)
    made = encode_anew([held.crop for held in holdings.faces], tmp_path / "x.zip", 0)
    with zipfile.ZipFile(made) as archive:
        for number, held in enumerate(holdings.faces):
            with (
                archive.open(f"00000/img{number:08d}.png") as file,
                Image.open(file) as image,
                Image.open(held.crop) as crop,
            ):
                assert image.tobytes() == crop.tobytes()
