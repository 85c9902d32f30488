"""An export in the making, beside where it will lie: what is finished of it survives the process.

OUT.portraitset-part/
    plan            the fingerprint of what is being made
    done/000000     a line for each picture of a finished shard
    out/            what will be OUT, or will hold it
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

from portraitset.export.sample import Placed
from portraitset.workspace.layout import translated, write_whole

SUFFIX = ".portraitset-part"


def staging_of(output: Path) -> Path:
    """Where an export is made before it is moved to `output`, on the same disk."""
    return output.with_name(output.name + SUFFIX)


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed writer left half written.

    Raises:
        WorkspaceError: it cannot be removed.
    """
    with translated(folder):
        for left in folder.rglob("*.part"):
            if left.is_dir():
                shutil.rmtree(left)
            else:
                left.unlink()


class Staging:
    """The folder of an export in the making."""

    def __init__(self, output: Path) -> None:
        self.path = staging_of(output)
        self.out = self.path / "out"

    def prepare(self, plan: str) -> bool:
        """Make the folder; whether something of the same plan is there to go on with.

        Raises:
            WorkspaceError: it cannot be made.
        """
        same = self._plan() == plan
        with translated(self.path):
            if not same and self.path.exists():
                shutil.rmtree(self.path)
            self.out.mkdir(parents=True, exist_ok=True)
        if not same:
            write_whole(self.path / "plan", plan.encode())
        return same

    def finished(self, shard: int) -> tuple[Placed, ...] | None:
        """What a shard holds; None if it is not finished, as far as its record says."""
        try:
            lines = self._record(shard).read_bytes().splitlines()
            return tuple(Placed(*json.loads(line)) for line in lines)
        except (OSError, ValueError, TypeError):
            return None

    def record(self, shard: int, placed: Sequence[Placed]) -> None:
        """Record that a shard is finished."""
        lines = "".join(json.dumps(astuple(item)) + "\n" for item in placed)
        write_whole(self._record(shard), lines.encode())

    def strike(self, shard: int) -> None:
        """Delete the record that a shard is finished."""
        with translated(self.path):
            self._record(shard).unlink(missing_ok=True)

    def move_to(self, output: Path, archive: str | None) -> None:
        """Put what was made in its place, replacing what is there: the folder, or the one file."""
        made = self.out / archive if archive else self.out
        with translated(output):
            if output.is_dir():
                shutil.rmtree(output)
            elif not archive:
                output.unlink(missing_ok=True)
            made.replace(output)
            shutil.rmtree(self.path)

    def _plan(self) -> str | None:
        try:
            return (self.path / "plan").read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None

    def _record(self, shard: int) -> Path:
        return self.path / "done" / f"{shard:06d}"
