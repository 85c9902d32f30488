"""`release`: what is published passes every validator, holds no picture, and builds the dataset."""

import csv
import errno
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from datasets import Dataset, contents, draw, encoded, quick
from old_masters import OldMasters, rgb_digest
from portraitset import build
from portraitset.cli import run
from portraitset.curate.holdings import holdings_of
from portraitset.demo.origin import Origin, picture, plain_status
from portraitset.errors import InputError
from portraitset.manifest.lock import read_lock
from portraitset.pipeline.recipe import read_tables, recipe_from
from portraitset.release import profile
from portraitset.release.output import KIND, SUMS, Released, release, without
from portraitset.workspace.layout import folders_of
from portraitset.workspace.lineage import Lineage, Output
from release.validators import check_card, check_citation, check_croissant

HOLDING = (
    'name = "Own `faces` | <b>"\nterms = "Yours."\ncaution = "Few."\ncontact = "own@example.org"'
)
OWN = f'[dataset]\n{HOLDING}\ncitation = "Me, 2026."\n'


def make_dataset() -> Dataset:
    """Four faces of three photos; one more is gone, one entry is bad."""
    dataset = Dataset()
    dataset.add("jane-doe-one")
    dataset.add("=cmd-two", picture(encoded(draw(2), "PNG"), "image/png"))
    dataset.add("three")
    dataset.add("three")
    dataset.add("gone", plain_status(404))
    dataset.entries["bad.png"] = {"image_url": 3}
    return dataset


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with no release: copies of it know no folder but their own."""
    folder = tmp_path_factory.mktemp("built")
    dataset = make_dataset()
    with Origin(dataset.routes) as origin:
        build(dataset.write(folder), folder / "w", recipe=quick(origin.url))
    return folder / "w"


@pytest.fixture(scope="module")
def made(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workspace `w`, and its release `out`."""
    folder = tmp_path_factory.mktemp("release")
    shutil.copytree(built, folder / "w")
    release(folders_of(folder / "w"), folder / "out")
    return folder


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory, old_masters: OldMasters) -> Path:
    """The old masters' release."""
    folder = tmp_path_factory.mktemp("painted")
    with Origin(old_masters.routes) as origin:
        build(old_masters.manifest, folder / "w", recipe=quick(origin.url))
    release(folders_of(folder / "w"), folder / "out")
    return folder / "out"


@pytest.fixture
def here(built: Path, tmp_path: Path) -> Path:
    """A copy to do harm to, its release registered where it lies."""
    shutil.copytree(built, tmp_path / "w")
    release(folders_of(tmp_path / "w"), tmp_path / "out")
    return tmp_path


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks a network fails."""

    def refuse(*_: object) -> None:
        raise AssertionError("a validator asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("offline")
def test_drawn_release_passes_every_validator(made: Path, caplog: pytest.LogCaptureFixture) -> None:
    records = check_croissant(made / "out", caplog)
    check_citation(made / "out")
    assert check_card(made / "out").license == "cc-by-nc-sa-4.0"
    entries = make_dataset().entries
    assert [record["faces/face"].decode() for record in records] == [
        f"0000{n}.png" for n in range(4)
    ]
    for record in records:
        entry = entries[record["faces/face"].decode()]
        assert record["faces/url"].decode() == entry["image_url"]
        assert record["faces/eye_left_x"] == 50.0
        assert record["faces/width"] == 130


@pytest.mark.usefixtures("offline")
def test_old_masters_release_passes_every_validator(
    painted: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert len(check_croissant(painted, caplog)) == 10
    check_citation(painted)
    data = check_card(painted)
    assert data.size_categories == ["n<1K"]
    assert data.pretty_name == "Artstation-Artistic-face-HQ (AAHQ)"


def test_hub_reads_the_table_by_the_card(made: Path, tmp_path: Path) -> None:
    script = (
        "import sys, datasets; d = datasets.load_dataset(sys.argv[1], cache_dir=sys.argv[2]);"
        "print(d['faces'].num_rows, d['faces'][0]['artist_candidate'])"
    )
    command = [sys.executable, "-c", script, str(made / "out"), str(tmp_path)]
    environment = os.environ | {"HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "4 jane-doe\n"


def test_release_meets_our_own_profile(made: Path) -> None:
    done = release(folders_of(made / "w"), made / "again")
    assert done.complaints == ()
    content = json.loads((made / "out" / "croissant.json").read_text())
    card = (made / "out" / "README.md").read_text()
    for name in (*profile.RECOMMENDED, *profile.RESPONSIBLE):
        assert content[name], name
        assert f"| `{name}` | " in card  # with its source
    for name in profile.RECOMMENDED + profile.RESPONSIBLE:
        assert any(name in words for words in profile.complaints(content | {name: ""}, {}))


def test_croissant_names_every_file_with_its_digest_and_size(made: Path) -> None:
    content = json.loads((made / "out" / "croissant.json").read_text())
    described = {file["name"]: file for file in content["distribution"]}
    found = {path.name: path.read_bytes() for path in (made / "out").iterdir()}
    assert found.keys() - described.keys() == {"croissant.json", "README.md", SUMS}
    for name, file in described.items():
        assert file["sha256"] == hashlib.sha256(found[name]).hexdigest()
        assert file["contentSize"] == f"{len(found[name])} B"


def test_checksums_hold(made: Path) -> None:
    subprocess.run(["sha256sum", "--strict", "-c", SUMS], cwd=made / "out", check=True)


def test_release_holds_no_picture(made: Path) -> None:
    for path in (made / "out").rglob("*"):
        data = path.read_bytes()
        for magic in (b"\x89PNG\r\n", b"\xff\xd8\xff", b"data:image/"):
            assert magic not in data, path.name


def test_equal_holdings_make_equal_bytes(made: Path) -> None:
    release(folders_of(made / "w"), made / "elsewhere" / "deeper")
    first, second = contents(made / "out"), contents(made / "elsewhere" / "deeper")
    assert {name: data for name, (data, _) in first.items()} == {
        name: data for name, (data, _) in second.items()
    }
    assert str(made) not in b"".join(data for data, _ in first.values()).decode(errors="replace")


@pytest.mark.parametrize("manifest", ["manifest.jsonl", "manifest.parquet", "AAHQ-dataset.json"])
def test_build_on_a_release_gives_the_same_dataset(
    made: Path, tmp_path: Path, manifest: str
) -> None:
    out, w = made / "out", tmp_path / "w"
    recipe = tomllib.loads((out / "recipe.toml").read_text())
    crop = recipe_from(read_tables(out / "recipe.toml"), {}).crop
    assert recipe["align"]["size"] == 64
    with Origin(make_dataset().routes) as origin:
        assert build(out / manifest, w, recipe=quick(origin.url, crop=crop)).succeeded
    crops = {path.name: rgb_digest(path) for path in (w / "aligned").iterdir()}
    assert crops == {path.name: rgb_digest(path) for path in (made / "w" / "aligned").iterdir()}
    release(folders_of(w), tmp_path / "out")
    again = tmp_path / "out"
    for name in ("dataset.lock", "landmarks.csv", "digests.csv", "credits.csv", "NOTICE"):
        assert (again / name).read_bytes() == (out / name).read_bytes(), name


def test_changes_are_computed(made: Path) -> None:
    text = (made / "out" / "CHANGES.md").read_text()
    assert "| in the manifest | 6 |" in text
    assert "| handed on | 4 |" in text
    assert "| unavailable: gone | 1 |" in text
    assert "| size | 1024 | 64 | changed |" in text
    assert "| quality | exact | exact |  |" in text
    assert "## Entries: invalid: bad-entry (1)\n\n- `bad.png`" in text


def test_credits_mark_candidates_and_hold_no_formula(made: Path) -> None:
    with (made / "out" / "credits.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["artist_candidate"] for row in rows][:2] == ["jane-doe", "'=cmd-two"]
    assert all(row["artist_basis"].startswith("candidate") for row in rows)
    assert {row["licence"] for row in rows} == {"LicenseRef-artist-copyright"}


def test_own_description_speaks_for_itself(
    here: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    (here / "w" / ".portraitset" / "dataset.toml").write_text(OWN)
    capsys.readouterr()
    assert run(["release", "-w", str(here / "w"), "-o", str(here / "out"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert not {"name", "contact"} & set(found["defaults"])
    assert {"authors", "homepage"} <= set(found["defaults"])
    assert found["complaints"] == ["url is missing", "sameAs is missing"]
    assert check_croissant(here / "out", caplog)
    check_citation(here / "out")
    assert check_card(here / "out").license == "other"
    assert "# Own \\`faces\\` \\| \\<b\\>" in (here / "out" / "README.md").read_text()


def test_description_counts_at_once_and_not_after_another_build(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "w" / "dataset.toml").write_text(OWN)
    release(folders_of(here / "w"), here / "out")
    assert "Own \\`faces\\`" in (here / "out" / "README.md").read_text()
    assert "AAHQ" not in (here / "out" / "NOTICE").read_text()
    (here / "w" / "dataset.toml").write_text(OWN.replace("citation", "citatoin"))
    assert run(["release", "-w", str(here / "w"), "-o", str(here / "out")]) == 2
    assert "citatoin" in capsys.readouterr().err


def test_without_a_description_defaults_are_named(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["release", "-w", str(here / "w"), "-o", str(here / "out")]) == 0
    shown = capsys.readouterr()
    assert "4 faces of 3 pictures, no pictures" in shown.out
    assert "defaults stand in" in shown.err
    assert "annotators" in shown.err


def test_only_what_the_tool_made_is_replaced(here: Path) -> None:
    folders = folders_of(here / "w")
    release(folders, here / "out")
    (here / "out" / "mine.txt").write_text("my notes")
    with pytest.raises(InputError, match=r"mine\.txt"):
        release(folders, here / "out")
    (here / "file").write_text("my notes")
    with pytest.raises(InputError, match="no folder"):
        release(folders, here / "file")
    (here / "link").symlink_to(here / "out")
    with pytest.raises(InputError, match="no folder"):
        release(folders, here / "link")
    assert (here / "out" / "mine.txt").read_text() == "my notes"
    assert sorted(path.name for path in here.iterdir()) == ["file", "link", "out", "w"]


@pytest.mark.parametrize("inside", ["raw/out", "aligned", ".portraitset/out"])
def test_release_lies_apart_from_the_workspaces_own_files(here: Path, inside: str) -> None:
    before = set((here / "w").rglob("*"))
    with pytest.raises(InputError, match="choose another folder"):
        release(folders_of(here / "w"), here / "w" / inside)
    assert set((here / "w").rglob("*")) == before


def test_release_that_was_killed_midway_leaves_no_trace(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was half written is registered, so that `remove` finds it, and the next one takes it."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    before = contents(here / "out")
    with monkeypatch.context() as patch:
        patch.setattr("portraitset.release.output._put_in_place", die)
        with pytest.raises(KeyboardInterrupt):
            release(folders_of(here / "w"), here / "out")
    part = here / ".out.portraitset-part"
    with Lineage.open(here / "w" / ".portraitset") as lineage:
        assert {part, here / "out"} <= {
            item.path for item in lineage.outputs() if not item.finished
        }
    release(folders_of(here / "w"), here / "out")
    assert not part.exists()
    assert contents(here / "out").keys() == before.keys()
    with Lineage.open(here / "w" / ".portraitset") as lineage:
        assert part not in {item.path for item in lineage.outputs()}


def test_release_before_is_found_by_remove_if_a_kill_left_it_aside(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = str(here / "w")
    release(folders_of(here / "w"), here / "out", pictures=True)

    def die(_: Path, out: Path, before: Path) -> None:
        out.replace(before)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("portraitset.release.output._put_in_place", die)
        with pytest.raises(KeyboardInterrupt):
            release(folders_of(here / "w"), here / "out")
    assert any(path.name.endswith("-old") for path in here.iterdir())
    assert run(["remove", "-w", workspace, "--asset", "1"]) == 0
    assert [path.name for path in here.iterdir()] == ["w"]


def test_file_that_a_kill_left_in_a_release_is_no_strangers(here: Path) -> None:
    release(folders_of(here / "w"), here / "out")
    (here / "out" / "owners.html.4711.part").write_text("half")
    release(folders_of(here / "w"), here / "out")
    assert not (here / "out" / "owners.html.4711.part").exists()


def test_full_disk_stops_it_and_leaves_the_release_before(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = contents(here / "out")
    monkeypatch.setattr("portraitset.release.output._fill", full)
    assert run(["release", "-w", str(here / "w"), "-o", str(here / "out")]) == 3
    assert contents(here / "out") == before
    assert sorted(path.name for path in here.iterdir()) == ["out", "w"]


def test_nothing_to_release_is_bad_input(tmp_path: Path) -> None:
    assert run(["release", "-w", str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    dataset = Dataset()
    dataset.add("gone", plain_status(404))
    with Origin(dataset.routes) as origin:
        build(dataset.write(tmp_path), tmp_path / "w", recipe=quick(origin.url))
    with pytest.raises(InputError, match="no face to release"):
        release(folders_of(tmp_path / "w"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_pictures_come_only_on_request_and_on_record(
    here: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from portraitset.workspace.ledger import Ledger

    done = release(folders_of(here / "w"), here / "out", pictures=True)
    assert done.pictures == 4
    crops = {path.name: path.read_bytes() for path in (here / "w" / "aligned").iterdir()}
    assert {p.name: p.read_bytes() for p in (here / "out" / "pictures").iterdir()} == crops
    with Ledger.open_existing(here / "w" / ".portraitset") as ledger:
        assert any("--with-pictures" in note.text for note in ledger.notes())
    assert "## Pictures" in (here / "out" / "CHANGES.md").read_text()
    assert "holds the pictures' crops" in (here / "out" / "README.md").read_text()
    assert check_croissant(here / "out", caplog)
    subprocess.run(["sha256sum", "--strict", "-c", SUMS], cwd=here / "out", check=True)


def outputs(here: Path) -> tuple[Output, ...]:
    with Lineage.open(here / "w" / ".portraitset") as lineage:
        return tuple(item for item in lineage.outputs(KIND) if item.path == here / "out")


def named(here: Path) -> set[str]:
    with Lineage.open(here / "w" / ".portraitset") as lineage:
        return {member.face for member in lineage.members(here / "out")}


@pytest.mark.parametrize("pictures", [False, True])
def test_taken_out_faces_leave_no_word(
    here: Path, caplog: pytest.LogCaptureFixture, pictures: bool
) -> None:
    release(folders_of(here / "w"), here / "out", pictures)
    (here / "out" / "mine.txt").write_text("my notes")
    (output,) = outputs(here)
    assert (output.finished, len(named(here))) == (True, 4)
    without(holdings_of(folders_of(here / "w")), output, frozenset({"00001.png"}))
    for path in (here / "out").rglob("*"):
        if path.is_file() and path.name != "CHANGES.md":  # counted there as left out
            assert b"cmd-two" not in path.read_bytes(), path.name
            assert b"00001.png" not in path.read_bytes(), path.name
    assert not (here / "out" / "pictures" / "00001.png").exists()
    assert (here / "out" / "mine.txt").exists()
    assert named(here) == {"00000.png", "00002.png", "00003.png"}
    assert len(check_croissant(here / "out", caplog)) == 3
    data = (here / "out" / "dataset.lock").read_bytes()
    assert len(read_lock(data, "lock").faces) == 3
    subprocess.run(["sha256sum", "--strict", "-c", SUMS], cwd=here / "out", check=True)


@pytest.mark.parametrize("pictures", [False, True])
@pytest.mark.parametrize(("harm", "held"), [("deleted", 0), ("copied without its times", 4)])
def test_faces_whose_crops_are_no_longer_held_stay_in_a_release(
    here: Path, harm: str, held: int, pictures: bool
) -> None:
    """Taking one face out must not cost the others: the ledger still knows them."""
    release(folders_of(here / "w"), here / "out", pictures)
    before = contents(here / "out")
    (output,) = outputs(here)
    for crop in (here / "w" / "aligned").iterdir():
        if harm == "deleted":
            crop.unlink()
        else:
            os.utime(crop, (0, 0))
    assert len(holdings_of(folders_of(here / "w")).faces) == held
    without(holdings_of(folders_of(here / "w")), output, frozenset({"00001.png"}))
    after = contents(here / "out")
    assert named(here) == {"00000.png", "00002.png", "00003.png"}
    assert before.keys() - after.keys() == ({"pictures/00001.png"} if pictures else set())
    assert len((here / "out" / "manifest.jsonl").read_text().splitlines()) == 4
    assert b"| handed on | 3 |" in after["CHANGES.md"][0]
    for name in after:
        assert not name.startswith("pictures/") or after[name][0] == before[name][0]
    subprocess.run(["sha256sum", "--strict", "-c", SUMS], cwd=here / "out", check=True)


def test_release_of_which_nothing_is_left_is_deleted(here: Path) -> None:
    (output,) = outputs(here)
    without(holdings_of(folders_of(here / "w")), output, frozenset(named(here)))
    assert not (here / "out").exists()
    assert outputs(here) == ()


def test_release_that_was_deleted_is_forgotten(here: Path) -> None:
    (output,) = outputs(here)
    shutil.rmtree(here / "out")
    without(holdings_of(folders_of(here / "w")), output, frozenset({"00001.png"}))
    assert outputs(here) == ()


def test_checksums_that_lead_elsewhere_delete_nothing(here: Path) -> None:
    (here / "mine.txt").write_text("my notes")
    sums = here / "out" / SUMS
    sums.write_text(sums.read_text() + f"{'0' * 64}  ../mine.txt\n")
    (output,) = outputs(here)
    without(holdings_of(folders_of(here / "w")), output, frozenset(named(here)))
    assert (here / "mine.txt").read_text() == "my notes"


def test_report_of_a_release_names_its_lock(here: Path) -> None:
    done = release(folders_of(here / "w"), here / "out")
    assert isinstance(done, Released)
    head = json.loads((here / "out" / "dataset.lock").read_text().splitlines()[0])
    assert done.fingerprint == head["fingerprint"]
