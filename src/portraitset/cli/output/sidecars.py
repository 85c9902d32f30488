"""Sidecars written, and told of."""

from pathlib import Path

from portraitset.cli.console import err, out, plain, print_json
from portraitset.sidecars.output import write_sidecars
from portraitset.workspace.layout import folders_of


def sidecars(workspace: Path, output: Path | None, texts: bool, masks: bool, as_json: bool) -> int:
    """Do what `sidecars` is asked for; its exit code."""
    goal = output or workspace / "sidecars"
    with err.status("writing sidecars"):
        done = write_sidecars(folders_of(workspace), goal, texts=texts, masks=masks)
    if as_json:
        print_json({"output": str(done.output), "faces": done.faces, "padded": done.padded})
    else:
        words = f"{done.output}: {done.faces:,} faces, {done.padded:,} with padding in the crop"
        out.print(plain(words), markup=False)
    return 0
