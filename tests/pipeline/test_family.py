"""FFHQ and MetFaces from their own metadata: crops, all digests, a mirror, the papers."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datasets import draw, quick
from family_sets import SHRINK, png, write_ffhq, write_json, write_metfaces, write_picture
from portraitset.align.face import align_face
from portraitset.align.settings import CropSettings
from portraitset.cli import run as cli
from portraitset.demo.origin import Origin, picture
from portraitset.landmarks import Landmarks, SingleLandmarks, single_landmarks_from_68
from portraitset.manifest import manifest_bytes, parse_manifest, read_manifest
from portraitset.manifest.known_terms import METFACES, terms_of
from portraitset.pipeline import run as pipeline
from portraitset.pipeline.edited_faces import edited
from portraitset.pipeline.last_run import last_manifest
from portraitset.pipeline.recipe import Recipe
from portraitset.pipeline.run import Report
from portraitset.pipeline.standing import Standing
from portraitset.release.output import release
from portraitset.workspace.edits import Added, Edits
from portraitset.workspace.layout import folders_of

METADATA = "ffhq-dataset-v2.json"
WILD = "in-the-wild-images/00000/00001.png"


def recipe(**changes: object) -> Recipe:
    return Recipe(crop=CropSettings(size=64), workers=1, **changes)  # type: ignore[arg-type]


def build(folder: Path, manifest: str = METADATA, own: Recipe | None = None) -> Report:
    return pipeline.run("build", folder / manifest, folders_of(folder / "w"), own or recipe())


def states(report: Report) -> list[tuple[str, str | None]]:
    return [(standing.state, standing.reason) for standing in report.standings]


def second(report: Report) -> Standing:
    """The second face's standing; the others are well."""
    assert [s.state for s in report.standings if s.name != "00001.png"] == ["aligned"] * 3
    return report.standings[1]


@pytest.fixture
def ffhq(tmp_path: Path) -> Path:
    write_ffhq(tmp_path)
    return tmp_path


def change(folder: Path, **wild: object) -> None:
    """Change what the metadata say of the second photo."""
    content = json.loads((folder / METADATA).read_text())
    content["1"]["in_the_wild"] |= wild
    write_json(folder / METADATA, content)


def test_ffhqs_photos_beside_the_metadata_become_crops(ffhq: Path) -> None:
    report = build(ffhq)
    assert states(report) == [("aligned", None)] * 4
    made = sorted(path.name for path in (ffhq / "w" / "aligned").iterdir())
    assert made == [f"0000{number}.png" for number in range(4)]
    assert build(ffhq).tally.due == 0
    assert cli(["status", "-w", str(ffhq / "w")]) == 0


def test_crops_of_metfaces_are_cut_by_single_precision(tmp_path: Path) -> None:
    content = write_metfaces(tmp_path)
    assert build(tmp_path, "metfaces.json").succeeded
    for entry in content:
        image = np.asarray(Image.open(tmp_path / entry["source_path"]))
        points = single_landmarks_from_68(entry["face_spec"]["landmarks"], SHRINK)
        name = f"{entry['obj_id']}-{entry['face_idx']:02d}.png"
        crop = np.asarray(Image.open(tmp_path / "w" / "aligned" / name))
        assert np.array_equal(crop, align_face(image, points, 64))
    assert build(tmp_path, "metfaces.json").tally.due == 0


def test_other_bytes_are_changed_and_said_to_be_bytes(ffhq: Path) -> None:
    write_picture(ffhq / WILD, 77)
    standing = second(build(ffhq))
    assert (standing.state, standing.reason) == ("failed", "changed")
    assert "md5 of the file's bytes (file_md5, source_md5)" in str(standing.detail)
    assert "its pixels are not the stated ones either" in str(standing.detail)


def test_same_pixels_in_other_bytes_are_refused_and_said_to_be_saved_anew(ffhq: Path) -> None:
    Image.open(ffhq / WILD).save(ffhq / WILD, compress_level=1)
    standing = second(build(ffhq))
    assert standing.reason == "changed"
    assert "md5 of the file's bytes" in str(standing.detail)
    assert "it was only saved anew" in str(standing.detail)


def test_other_pixels_of_the_right_bytes_are_said_to_be_pixels(ffhq: Path) -> None:
    change(ffhq, pixel_md5="0f" * 16)
    standing = second(build(ffhq))
    assert standing.reason == "changed"
    assert "md5 of the decoded pixels (pixel_md5)" in str(standing.detail)
    assert not (ffhq / "w" / "raw" / WILD.replace("/", "_")).exists()


def test_wrong_digest_is_no_word_of_the_ledger_once_it_was_mended(ffhq: Path) -> None:
    right = json.loads((ffhq / METADATA).read_text())["1"]["in_the_wild"]["file_md5"]
    change(ffhq, file_md5="0f" * 16)
    assert second(build(ffhq)).reason == "changed"
    change(ffhq, file_md5=right)
    assert build(ffhq).succeeded


def test_bytes_of_another_museum_picture_are_refused(tmp_path: Path) -> None:
    content = write_metfaces(tmp_path)
    write_picture(tmp_path / content[0]["source_path"], 99)
    report = build(tmp_path, "metfaces.json")
    assert states(report) == [("failed", "changed"), ("failed", "changed"), ("aligned", None)]
    assert "source_md5" in str(report.standings[0].detail)


def test_wrong_quad_and_67_points_are_bad_entries(ffhq: Path) -> None:
    change(ffhq, face_quad=[[0, 0], [0, 9], [9, 9], [9, 0]])
    standing = second(build(ffhq))
    assert (standing.state, standing.reason) == ("invalid", "bad-entry")
    assert "face_quad" in str(standing.detail)
    change(ffhq, face_landmarks=[[1, 2]] * 67)
    assert "not of 67" in str(second(build(ffhq)).detail)


def elsewhere(folder: Path) -> Path:
    """Another folder with the metadata, and no photo."""
    other = folder / "other"
    other.mkdir()
    (other / METADATA).write_bytes((folder / METADATA).read_bytes())
    return other


def test_photos_may_lie_in_another_folder(ffhq: Path) -> None:
    other = elsewhere(ffhq)
    assert states(build(other)) == [("unavailable", "missing")] * 4
    assert build(other, own=recipe(originals=ffhq)).succeeded


def test_mirror_is_asked_for_what_is_not_at_hand(ffhq: Path) -> None:
    other = elsewhere(ffhq)
    names = [f"in-the-wild-images/00000/0000{number}.png" for number in range(4)]
    routes = {f"/set/{name}": picture((ffhq / name).read_bytes(), "image/png") for name in names}
    routes[f"/set/{names[1]}"] = picture(png(draw(50)), "image/png")
    del routes[f"/set/{names[2]}"]
    (other / names[0]).parent.mkdir(parents=True)
    (other / names[0]).write_bytes((ffhq / names[0]).read_bytes())
    with Origin(routes) as origin:
        report = build(other, own=quick(f"{origin.url}set"))
        assert states(report) == [
            ("aligned", None),
            ("failed", "changed"),
            ("unavailable", "missing"),
            ("aligned", None),
        ]
        assert f"/set/{names[0]}" not in [hit.path for hit in origin.pictures]
        assert "file_md5" in str(report.standings[1].detail)
        origin.routes[f"/set/{names[2]}"] = picture((ffhq / names[2]).read_bytes(), "image/png")
        assert build(other, own=quick(f"{origin.url}set")).standings[2].state == "aligned"
        count = len(origin.pictures)
        assert pipeline.run(
            "align", other / METADATA, folders_of(other / "w"), quick(f"{origin.url}set")
        )
        assert len(origin.pictures) == count, "align asks no server"


def test_digests_are_checked_though_signatures_would_do(ffhq: Path) -> None:
    other = elsewhere(ffhq)
    routes = {f"/{WILD}": picture(png(draw(50)), "image/png")}
    with Origin(routes) as origin:
        hasty = quick(origin.url, check="signature")
        report = pipeline.run("download", other / METADATA, folders_of(other / "w"), hasty)
    assert report.standings[1].reason == "changed"


def test_what_the_workspace_keeps_is_the_same_faces(tmp_path: Path) -> None:
    write_metfaces(tmp_path)
    build(tmp_path, "metfaces.json")
    given = list(read_manifest(tmp_path / "metfaces.json"))
    assert list(last_manifest(folders_of(tmp_path / "w"))) == given


def test_release_names_author_licence_and_country_of_each_picture(ffhq: Path) -> None:
    build(ffhq)
    release(folders_of(ffhq / "w"), ffhq / "out")
    with (ffhq / "out" / "credits.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["licence"] for row in rows][:3] == [
        "CC-BY-2.0",
        "CC-BY-NC-2.0",
        "United States Government Work",
    ]
    assert [row["author"] for row in rows] == [f"Author {number}" for number in range(4)]
    assert [row["country"] for row in rows] == ["", "Finland", "", "Finland"]
    assert rows[0]["page"] == "https://www.flickr.example/photos/0/"
    assert rows[0]["licence_url"] == "https://creativecommons.org/licenses/by/2.0/"
    notice, licence = ((ffhq / "out" / name).read_text() for name in ("NOTICE", "LICENSE"))
    assert "researchinquiries@nvidia.com" in notice
    assert "United States Government Work (1)" in " ".join(notice.split())
    assert "CC-BY-NC-SA-4.0" in licence
    assert "https://creativecommons.org/licenses/by-nc/2.0/legalcode" in licence
    assert (ffhq / "w" / "NOTICE").read_text() == notice
    again = pipeline.run(
        "build", ffhq / "out" / "manifest.jsonl", folders_of(ffhq / "v"), recipe(originals=ffhq)
    )
    assert again.succeeded
    assert (ffhq / "v" / "NOTICE").read_text() == notice


def test_moved_and_added_faces_keep_precision_and_terms(tmp_path: Path) -> None:
    write_metfaces(tmp_path)
    manifest = read_manifest(tmp_path / "metfaces.json")
    first = next(iter(manifest))
    moved = Landmarks((45.0, 60.0), (80.0, 62.0), (53.0, 92.0), (76.0, 93.0))
    added = {"new.png": Added(first.photo.raw_name, moved)}
    changed = edited(manifest, Edits({first.name: moved}, added))
    again = parse_manifest(manifest_bytes(changed), "kept")
    assert list(again) == list(changed)
    assert next(iter(again)).landmarks == SingleLandmarks(*moved.points())
    assert terms_of(None, again) is METFACES
    assert list(changed)[-1].extra["author"] == "Charles Willson Peale"


def test_removed_picture_leaves_no_word_of_it_in_the_workspace(ffhq: Path) -> None:
    build(ffhq)
    assert cli(["remove", "-w", str(ffhq / "w"), "--picture", str(ffhq / WILD)]) == 0
    state = ffhq / "w" / ".portraitset"
    texts = [path.read_bytes() for path in state.iterdir() if path.is_file()]
    assert not any(b"Author 1" in text or WILD.encode() in text for text in texts)
    assert second(build(ffhq)).state == "removed"
