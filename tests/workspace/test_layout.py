"""Files on disk: named without loss, put in place whole, and every refusal in plain words."""

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import unicodedata
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portraitset.errors import WorkspaceError
from portraitset.workspace.layout import (
    FileStamp,
    Layout,
    Workspace,
    disk_names,
    folders_of,
    folds_case,
    place,
    stamp_of,
    translated,
    write_within,
)

AAHQ_NAME = "020_942_583_large_artist-name-title.jpg?1569824523"
RULES = [(False, False), (False, True), (True, False), (True, True)]
"""Windows or not; a file system that folds case or not."""


def one_name(name: str, windows: bool = False) -> str:
    return disk_names([name], windows=windows)[name]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(folders_of(tmp_path))
    workspace.prepare(workspace.folders.raw, workspace.folders.aligned)
    return workspace


# Names


@pytest.mark.parametrize(
    "name", [AAHQ_NAME, "a b.png", "CON", "a:b<c>|d*\"e'.png", "trailing.", "猫.png", "a" * 255]
)
def test_name_stays_upstreams_where_the_file_system_takes_it(name: str, tmp_path: Path) -> None:
    assert one_name(name) == name
    (tmp_path / name).touch()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (AAHQ_NAME, AAHQ_NAME.replace("?", "_")),
        ('a<b>c:d"e|f?g*h.png', "a_b_c_d_e_f_g_h.png"),
        ("CON", "_CON"),
        ("con.png", "_con.png"),
        ("Aux .tar.gz", "_Aux .tar.gz"),
        ("LPT1", "_LPT1"),
        ("com\u00b9.txt", "_com\u00b9.txt"),
        ("CONIN$", "_CONIN$"),
        ("CONSOLE.png", "CONSOLE.png"),
        ("COM0", "COM0"),
        ("trailing.", "trailing_"),
        ("trailing ", "trailing_"),
        ("two..", "two._"),
        ("plain.png", "plain.png"),
    ],
)
def test_windows_gets_what_it_can_take(name: str, expected: str) -> None:
    assert one_name(name, windows=True) == expected


@pytest.mark.parametrize(
    ("name", "stem", "suffix"),
    [
        ("a" * 300 + ".png", "a" * 234, ".png"),
        ("猫" * 100 + ".jpg", "猫" * 78, ".jpg"),
        ("a" * 256, "a" * 238, ""),
        ("a" * 250 + ".jpg?1569824523", "a" * 223, ".jpg?1569824523"),
        ("a" * 250 + ".jpg?156982452345", "a" * 238, ""),
    ],
)
def test_long_name_is_cut_and_keeps_its_digest(
    name: str, stem: str, suffix: str, tmp_path: Path
) -> None:
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    found = one_name(name)
    assert found == f"{stem}-{digest}{suffix}"
    assert len(found.encode()) <= 255
    (tmp_path / found).touch()


def test_names_that_differ_by_case_alone_are_told_apart_where_the_disk_does_not() -> None:
    names = ["Face.png", "face.png", "FACE.PNG"]
    found = disk_names(names, folds_case=True)
    assert found["Face.png"] == "Face.png"
    assert len({name.casefold() for name in found.values()}) == 3
    assert dict(disk_names(names, folds_case=False)) == {name: name for name in names}


def test_composed_and_decomposed_letters_are_told_apart_where_the_disk_does_not() -> None:
    names = ["D\u00fcrer.png", "Du\u0308rer.png"]
    found = disk_names(names, folds_case=True)
    assert len({unicodedata.normalize("NFC", name) for name in found.values()}) == 2


def test_the_first_of_two_colliding_names_stays_as_it_is() -> None:
    found = disk_names(["a_b.png", "a?b.png", "a*b.png"], windows=True)
    assert found["a_b.png"] == "a_b.png"
    assert len(set(found.values())) == 3
    assert all(name.endswith(".png") for name in found.values())


@pytest.mark.parametrize("windows", [False, True])
def test_name_that_poses_as_anothers_cut_form_takes_nothing_from_it(windows: bool) -> None:
    """Each name's own way out is already taken by a further name, in every order."""
    long_name = "a" * 300 + ".png"
    names = {long_name, "a?b.png", "a_b.png"}
    for _ in range(2):
        names |= {disk_names([first, second], windows=windows)[second]
                  for first, second in permutations(names, 2)}  # fmt: skip
    ordered = sorted(names)
    for order in (ordered, ordered[::-1], sorted(names, key=len)):
        found = disk_names(order, windows=windows)
        assert len(set(found.values())) == len(names)


letters = st.sampled_from("aAbB?_*.- ßẞ\u017fs\u0131İK\u212ak\u212bÅü\u0308é猫0")
short_names = st.text(letters, min_size=1, max_size=4)
long_names = st.builds(lambda text, end: text * 260 + end, letters, short_names)
reserved = st.sampled_from(["CON", "con", "_CON", "con.", "Nul.png", "_nul.png", "aux "])


@settings(deadline=None, max_examples=200)
@given(st.lists(short_names | long_names | reserved, max_size=12), st.sampled_from(RULES))
def test_different_names_are_different_files_under_every_rule(
    names: list[str], rules: tuple[bool, bool]
) -> None:
    windows, folds = rules
    found = disk_names(names, windows=windows, folds_case=folds)
    assert set(found) == set(names)
    assert len(set(found.values())) == len(set(names))
    for name in found.values():
        assert len(name.encode()) <= 255
        if windows:
            assert not set('<>:"|?*') & set(name)
            assert name[-1] not in ". "
            assert name.split(".")[0].rstrip(" ").upper() not in {"CON", "NUL", "AUX"}
    if folds:
        folded = {unicodedata.normalize("NFC", name).casefold() for name in found.values()}
        upper = {unicodedata.normalize("NFD", name).casefold() for name in found.values()}
        assert len(folded) == len(upper) == len(set(names))


@settings(deadline=None, max_examples=100)
@given(st.lists(short_names | long_names, max_size=8), st.sampled_from(RULES))
def test_naming_depends_on_nothing_but_the_names(
    names: list[str], rules: tuple[bool, bool]
) -> None:
    windows, folds = rules
    once = disk_names(names, windows=windows, folds_case=folds)
    assert disk_names(names + names, windows=windows, folds_case=folds) == once
    assert disk_names(iter(names), windows=windows, folds_case=folds) == once


def test_case_probe_tells_the_truth_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "Case").touch()
    assert folds_case(tmp_path) == (tmp_path / "cASE").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["Case"]


def test_layout_puts_each_artifact_in_its_folder(tmp_path: Path) -> None:
    layout = Layout(folders_of(tmp_path), [AAHQ_NAME], {"a": "a.png", "A": "A.png"}, folds=True)
    if sys.platform != "win32":
        assert layout.raw_path(AAHQ_NAME) == tmp_path / "raw" / AAHQ_NAME
    assert layout.crop_path("a") == tmp_path / "aligned" / "a.png"
    assert layout.crop_path("A").name.casefold() != "a.png"


# Folders


def test_prepare_makes_the_asked_folders_only(tmp_path: Path) -> None:
    folders = folders_of(tmp_path / "new")
    Workspace(folders).prepare(folders.raw)
    assert folders.raw.is_dir()
    assert not folders.aligned.exists()


def test_prepare_empties_what_a_killed_run_left(workspace: Workspace) -> None:
    left = workspace.temporary(workspace.folders.raw / "a.jpg")
    left.write_bytes(b"half")
    kept = workspace.folders.raw / "a.jpg"
    kept.write_bytes(b"whole")
    workspace.prepare(workspace.folders.raw, workspace.folders.aligned)
    assert not left.exists()
    assert left.parent.is_dir()
    assert kept.read_bytes() == b"whole"


def test_prepare_says_what_stands_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(b"")
    folders = folders_of(tmp_path)
    with pytest.raises(WorkspaceError, match="a file stands where a folder should be"):
        Workspace(folders).prepare(folders.raw)
    with pytest.raises(WorkspaceError, match="a file stands where a folder should be"):
        Workspace(folders_of(tmp_path / "raw")).prepare()


def test_temporary_paths_never_repeat(workspace: Workspace) -> None:
    target = workspace.folders.aligned / "a.png"
    paths = {workspace.temporary(target) for _ in range(50)}
    assert len(paths) == 50
    assert not any(path.exists() for path in paths)
    assert all(workspace.folders.state in path.parents for path in paths)


def test_place_replaces_and_stamps(workspace: Workspace) -> None:
    target = workspace.folders.raw / "a.jpg"
    target.write_bytes(b"old")
    temporary = workspace.temporary(target)
    temporary.write_bytes(b"newer")
    stamp = place(temporary, target)
    assert target.read_bytes() == b"newer"
    assert not temporary.exists()
    assert stamp == stamp_of(target) == FileStamp(5, target.stat().st_mtime_ns)


def test_place_does_not_replace_a_folder(workspace: Workspace) -> None:
    target = workspace.folders.raw / "a.jpg"
    target.mkdir()
    temporary = workspace.temporary(target)
    temporary.write_bytes(b"new")
    with pytest.raises(WorkspaceError, match="a folder stands where a file should be"):
        place(temporary, target)


def test_only_a_regular_file_has_a_stamp(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert stamp_of(tmp_path) is None
    assert stamp_of(tmp_path / "nothing") is None
    assert stamp_of(tmp_path / "file" / "below") is None
    stamp = stamp_of(tmp_path / "file")
    assert stamp is not None
    assert stamp.byte_count == 3


def test_what_is_set_aside_never_overwrites_what_was(workspace: Workspace) -> None:
    goals = []
    for text in (b"one", b"two", b"three"):
        path = workspace.folders.raw / "a.jpg"
        path.write_bytes(text)
        goals.append(workspace.set_aside(path))
        assert not path.exists()
    assert [goal.read_bytes() for goal in goals] == [b"one", b"two", b"three"]
    aside = workspace.folders.state / "aside" / "raw"
    assert goals == [aside / "a.jpg", aside / "1" / "a.jpg", aside / "2" / "a.jpg"]


def test_setting_aside_what_is_gone_stops_the_run_in_words(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="taken away"):
        workspace.set_aside(workspace.folders.raw / "nothing.jpg")


def test_free_space_is_told_before_the_folder_is_there(tmp_path: Path) -> None:
    deep = Workspace(folders_of(tmp_path / "not" / "yet"))
    assert deep.free_bytes() > 0
    assert not deep.root.exists()


# Refusals


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission denied"),
        (errno.EIO, "input/output error"),
        (errno.ENOENT, "taken away"),
    ],
)
def test_refusal_of_the_system_becomes_advice(number: int, words: str) -> None:
    with pytest.raises(WorkspaceError, match=words) as caught, translated(Path("some/file")):
        raise OSError(number, os.strerror(number))
    assert "some/file" in str(caught.value)
    assert "run the same command again" in str(caught.value)


def test_what_is_no_refusal_of_the_disk_stays_itself() -> None:
    with pytest.raises(ConnectionResetError), translated(Path("file")):
        raise ConnectionResetError(errno.ECONNRESET, "reset")
    with pytest.raises(KeyError), translated(Path("file")):
        raise KeyError("a bug")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
def test_device_that_is_always_full_is_full_in_our_words() -> None:
    with pytest.raises(WorkspaceError, match="the disk is full"), translated(Path("/dev/full")):
        Path("/dev/full").write_bytes(b"x" * 10)


def in_small_disk(script: str, *arguments: str) -> str:
    """Run Python with a tmpfs of 256 KiB at `arguments[0]`, in a user namespace of its own."""
    mount = f'mount -t tmpfs -o size=256k none "{arguments[0]}" && exec "$@"'
    command = ["unshare", "-rm", "sh", "-c", mount, "sh", sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode != 0 and ("unshare" in done.stderr or "mount" in done.stderr):
        reason = f"no disk of its own for the test: {done.stderr.strip()}"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    assert done.returncode == 0, done.stderr
    return done.stdout


needs_namespaces = pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare is Linux's")


def test_file_that_could_not_be_written_whole_leaves_no_part(tmp_path: Path) -> None:
    script = (
        "import resource, sys; from pathlib import Path;"
        "from portraitset.workspace.layout import write_whole;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000));"
        "write_whole(Path(sys.argv[1], 'a'), bytes(2000))"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert "WorkspaceError" in done.stderr
    assert list(tmp_path.iterdir()) == []


@needs_namespaces
def test_full_disk_stops_in_words_and_leaves_the_finished_file(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from portraitset.errors import WorkspaceError
from portraitset.workspace.layout import Workspace, folders_of, place, translated
workspace = Workspace(folders_of(Path(sys.argv[1])))
workspace.prepare(workspace.folders.raw)
done, half = (workspace.folders.raw / name for name in ("done.jpg", "half.jpg"))
for target, size in ((done, 100_000), (half, 400_000)):
    temporary = workspace.temporary(target)
    try:
        with translated(target):
            temporary.write_bytes(b"x" * size)
        place(temporary, target)
    except WorkspaceError as error:
        print(error)
print(done.stat().st_size, half.exists())
workspace.prepare(workspace.folders.raw)
print(workspace.free_bytes() > 100_000)
"""
    words = in_small_disk(script, str(tmp_path))
    assert "half.jpg: the disk is full" in words
    assert words.splitlines()[-2:] == ["100000 False", "True"]


@needs_namespaces
def test_full_disk_stops_the_ledger_in_words_and_keeps_what_was_written(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from portraitset.errors import WorkspaceError
from portraitset.workspace.ledger import Ledger
folder = Path(sys.argv[1])
with Ledger.open(folder) as ledger:
    ledger.write_fact("kept", "yes")
    try:
        with ledger.transaction():
            for number in range(1000):
                ledger.write_fact(f"{number}", "x" * 10_000)
    except WorkspaceError as error:
        print(error)
    print(ledger.fact("kept"), ledger.fact("1"))
with Ledger.open(folder) as ledger:
    print(ledger.fact("kept"), ledger.fact("1"))
    ledger.write_fact("later", "too")
"""
    words = in_small_disk(script, str(tmp_path))
    assert "full" in words.splitlines()[0]
    assert words.splitlines()[1:] == ["yes None", "yes None"]


@needs_namespaces
def test_artifacts_on_another_disk_are_still_put_in_place_by_renaming(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    script = """
import sys
from pathlib import Path
from portraitset.workspace.layout import Workspace, folders_of, place
workspace = Workspace(folders_of(Path(sys.argv[2])))
workspace.prepare(workspace.folders.raw)
target = workspace.folders.raw / "a.jpg"
temporary = workspace.temporary(target)
temporary.write_bytes(b"abc")
place(temporary, target)
goal = workspace.set_aside(target)
print(goal.read_bytes(), temporary.parent.parent == workspace.folders.raw)
"""
    assert in_small_disk(script, str(tmp_path / "raw"), str(tmp_path)) == "b'abc' True\n"


def test_workspace_that_was_moved_away_is_not_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "w" / ".portraitset").mkdir(parents=True)
    write_within(tmp_path / "w" / ".portraitset" / "thumbnails" / "one.jpg", b"whole")
    (tmp_path / "w").rename(tmp_path / "away")
    with pytest.raises(WorkspaceError, match="taken away"):
        write_within(tmp_path / "w" / ".portraitset" / "thumbnails" / "two.jpg", b"whole")
    assert not (tmp_path / "w").exists()
