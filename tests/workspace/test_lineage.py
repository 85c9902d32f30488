"""The register of everything that was written: what lies where, and what was never finished."""

from pathlib import Path

import pytest

from portraitset.errors import WorkspaceError
from portraitset.workspace.lineage import Lineage, Member, Output


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "w" / ".portraitset"
    folder.mkdir(parents=True)
    return folder


def test_output_counts_as_finished_only_once_its_writer_says_so(state: Path) -> None:
    path = state.parent / "out"
    with Lineage.open(state) as lineage:
        lineage.begin(Output(path, "export", "folder", {"sizes": [256]}))
        (begun,) = lineage.outputs()
        assert not begun.finished
        lineage.finish(path, [Member("b.png", "y", 512), Member("a.png", "x")])
    with Lineage.open(state) as lineage:
        (finished,) = lineage.outputs("export")
        assert finished == Output(path, "export", "folder", {"sizes": [256]})
        assert lineage.members(path) == (Member("a.png", "x"), Member("b.png", "y", 512))
        assert lineage.outputs("release") == ()


def test_beginning_again_forgets_what_was_there(state: Path) -> None:
    path = state.parent / "out"
    with Lineage.open(state) as lineage:
        lineage.begin(Output(path, "export"))
        lineage.finish(path, [Member("a.png", "x")])
        lineage.begin(Output(path, "export"))
        assert lineage.members(path) == ()
        assert not lineage.outputs()[0].finished
        lineage.forget(path)
        assert lineage.outputs() == ()


def test_members_of_many_faces_are_found(state: Path) -> None:
    path = state.parent / "out"
    names = [f"{number:05d}.png" for number in range(1200)]
    with Lineage.open(state) as lineage:
        lineage.begin(Output(path, "export"))
        lineage.finish(path, (Member(name, name) for name in names))
        assert [item.face for item in lineage.members(path, names[1:])] == names[1:]
        assert lineage.members(path, ["other.png"]) == ()


def test_workspace_can_be_moved_and_other_folders_stay_where_they_are(
    state: Path, tmp_path: Path
) -> None:
    with Lineage.open(state) as lineage:
        for path in (state.parent / "out", tmp_path / "elsewhere"):
            lineage.begin(Output(path, "export"))
            lineage.finish(path, [])
    moved = tmp_path / "moved"
    state.parent.rename(moved)
    with Lineage.open(moved / ".portraitset") as lineage:
        paths = {output.path for output in lineage.outputs()}
    assert paths == {moved / "out", tmp_path / "elsewhere"}


def test_workspace_that_is_told_from_elsewhere_can_be_moved(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-w ../w -o ../w/out` lies within the workspace; behind a link, `..` is another place."""
    inside = tmp_path / "deep" / "er"
    inside.mkdir(parents=True)
    (tmp_path / "link").symlink_to(inside)
    monkeypatch.chdir(inside)
    told = Path("..", "..", state.parent.relative_to(tmp_path))
    with Lineage.open(told / ".portraitset") as lineage:
        lineage.begin(Output(told / "out", "export"))
        lineage.begin(Output(tmp_path / "link" / ".." / "beside", "export"))
        lineage.begin(Output(tmp_path / "link" / "within", "export"))
    monkeypatch.chdir(tmp_path)
    moved = tmp_path / "moved"
    state.parent.rename(moved)
    with Lineage.open(moved / ".portraitset") as lineage:
        paths = {output.path for output in lineage.outputs()}
    beside = tmp_path / "deep" / "beside"
    assert paths == {moved / "out", beside, tmp_path / "link" / "within"}


def test_nothing_of_a_forgotten_face_is_left_in_the_file(state: Path) -> None:
    path = state.parent / "out"
    with Lineage.open(state) as lineage:
        lineage.begin(Output(path, "export"))
        lineage.finish(path, [Member("secret.png", "secret-place"), Member("other.png", "x")])
        lineage.finish(path, [Member("other.png", "x")])
        lineage.scrub()
        for file in state.iterdir():
            assert b"secret" not in file.read_bytes(), file


def test_looking_changes_nothing(state: Path) -> None:
    with Lineage.open(state) as lineage:
        lineage.begin(Output(state.parent / "out", "export"))
    before = Lineage.path_in(state).read_bytes()
    with Lineage.open(state) as lineage:
        lineage.outputs()
    assert Lineage.path_in(state).read_bytes() == before


def test_damaged_register_stops_the_work(state: Path) -> None:
    Lineage.path_in(state).write_bytes(b"no database at all" * 100)
    with pytest.raises(WorkspaceError, match="where pictures went"):
        Lineage.open(state)
