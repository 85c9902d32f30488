"""Lock files, written and told of."""

from pathlib import Path

from portraitset.cli.console import err, out, print_json
from portraitset.errors import InputError
from portraitset.manifest.lock import Lock, write_lock
from portraitset.pipeline.recipe import usable_cores
from portraitset.pipeline.verification import make_lock
from portraitset.workspace.layout import folders_of, translated, write_whole
from portraitset.workspace.lineage import Lineage, Member, Output


def lock(workspace: Path, output: Path, workers: int | None, as_json: bool) -> int:
    """Do what `lock` is asked for; its exit code."""
    _check_replaceable(output)
    folders = folders_of(workspace)
    with err.status("gathering the digests"):
        made = make_lock(folders, workers or usable_cores())
    with Lineage.open(folders.state) as lineage:
        lineage.begin(Output(output.absolute(), "lock"))
        write_whole(output, write_lock(made))
        lineage.finish(output, (Member(face.name, ".") for face in made.faces))
    _print_lock(made, output, as_json)
    return 0


def _check_replaceable(output: Path) -> None:
    """Refuse to write over a file that is no lock.

    Raises:
        InputError: it is somebody's own.
    """
    if not output.is_file():
        return
    with translated(output), output.open("rb") as file:
        if b'"portraitset-lock"' not in file.readline(1000):
            raise InputError(f"{output} is there already and is no lock file; it is left alone")


def _print_lock(made: Lock, output: Path, as_json: bool) -> None:
    counts = {"originals": len(made.originals), "faces": len(made.faces)}
    if as_json:
        print_json(counts | {"fingerprint": made.fingerprint, "file": str(output)})
        return
    out.print(f"{output}", markup=False)
    out.print(f"{counts['faces']:,} faces of {counts['originals']:,} originals", style="dim")
    out.print(f"fingerprint {made.fingerprint}")
