"""Points that disagree with a detector on the report: shown, while it holds, and nobody removed."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from datasets import Dataset, quick
from portraitset import build
from portraitset.cli import run
from portraitset.curate.holdings import holdings_of
from portraitset.demo.origin import Origin
from portraitset.detect.comparison import Judgement
from portraitset.detect.findings import Finding, write_findings
from portraitset.report.output import write_report
from portraitset.workspace.layout import folders_of

WORDS = "The points of another picture fit here."


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Four faces: one agrees, of one nothing can be told, two are said to be swapped."""
    dataset = Dataset()
    for number, slug in enumerate(("ann-one", "bob-two", "cid-three", "dag-four"), 1):
        dataset.add(slug, asset=f"000/000/{number:03d}")
    with Origin(dataset.routes) as origin:
        build(dataset.write(tmp_path), tmp_path / "w", recipe=quick(origin.url))
    one, two, three, four = findings_of(tmp_path / "w")
    found = (
        one,
        replace(two, judgement=Judgement.UNSURE, cause="no-face-found"),
        swapped(three, four),
        swapped(four, three),
    )
    write_findings(folders_of(tmp_path / "w").state, found)
    return tmp_path / "w"


def findings_of(workspace: Path) -> list[Finding]:
    """One for each face, and all agree."""
    return [
        Finding(
            each.name,
            each.face.photo.raw_name,
            str(each.photo.sha256),
            each.face.landmarks,
            "a way",
            Judgement.AGREES,
        )
        for each in holdings_of(folders_of(workspace)).faces
    ]


def swapped(one: Finding, other: Finding) -> Finding:
    return replace(
        one, judgement=Judgement.DISAGREES, cause="swapped", words=WORDS, other=other.photo
    )


def page_of(workspace: Path, *, public: bool = False) -> str:
    path = workspace.parent / ("public.html" if public else "report.html")
    write_report(folders_of(workspace), path, public=public, workers=1)
    return path.read_text()


def section(page: str) -> str:
    return page.partition('<h2 id="points">')[2].partition("</section>")[0]


def test_numbers_and_the_faces_that_disagree_are_shown_with_their_crops(workspace: Path) -> None:
    found = section(page_of(workspace))
    assert "4 faces were compared" in found
    assert "1 agree, 2 disagree, of 1 it cannot tell" in found
    assert found.count('class="card"') == found.count("<img src=") == 2
    assert found.count(WORDS) == 2
    assert "dag-four.jpg</bdi>." in found
    assert '<a href="#points">' in page_of(workspace)


def test_public_report_has_the_words_and_no_picture(workspace: Path) -> None:
    found = section(page_of(workspace, public=True))
    assert found.count(WORDS) == 2
    assert "<img" not in found


def test_without_a_check_there_is_no_section(workspace: Path) -> None:
    write_findings(folders_of(workspace).state, ())
    page = page_of(workspace)
    assert section(page) == ""
    assert "#points" not in page


def test_finding_of_other_points_or_another_file_is_not_shown(workspace: Path) -> None:
    one, two, three, four = findings_of(workspace)
    old = replace(swapped(three, four), sha256="0" * 64)
    moved = replace(swapped(four, three), landmarks=one.landmarks.shrunk(2))
    write_findings(folders_of(workspace).state, (one, two, old, moved))
    assert "2 faces were compared" in section(page_of(workspace))
    assert WORDS not in section(page_of(workspace))


def test_words_of_a_file_are_text(workspace: Path) -> None:
    one, *_ = findings_of(workspace)
    evil = "<script>alert(1)</script>"
    found = replace(one, judgement=Judgement.DISAGREES, cause=evil, words=evil, other=evil)
    write_findings(folders_of(workspace).state, [found])
    assert evil not in page_of(workspace)
    assert "&lt;script&gt;" in section(page_of(workspace))


def test_removed_picture_is_neither_shown_nor_named_beside_the_other(workspace: Path) -> None:
    page = page_of(workspace)
    assert "dag-four" in section(page)
    (raw,) = (workspace / "raw").glob("*dag-four*")
    digest = hashlib.sha256(raw.read_bytes()).hexdigest()
    command = ["remove", "-w", str(workspace), "--digest", digest, "--no-looks"]
    assert run(command) == 0
    for path in (workspace.parent / "report.html", *(workspace / ".portraitset").glob("*.jsonl")):
        assert "dag-four" not in path.read_text(), path
