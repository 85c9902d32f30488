"""Converting, told of."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from portraitset.cli.console import err, out, plain, print_json
from portraitset.errors import InputError
from portraitset.manifest.conversion import Converted
from portraitset.manifest.conversion import convert as converted
from portraitset.manifest.dataset import InvalidEntry
from portraitset.manifest.formats import MANIFESTS, read_markings, target_of
from portraitset.manifest.marking import Reading
from portraitset.manifest.point_names import Sides, Spelling, read_point_map
from portraitset.workspace.layout import write_whole

_MOST_LISTED = 12


def convert(source: Path, output: Path, **flags: Any) -> int:
    """Do what `convert` is asked for; its exit code."""
    reading = read_markings(source, spelling_of(flags["sides"], flags["points"]))
    done = write_converted(reading, source, output, flags)
    if flags["as_json"]:
        print_json(as_json(done, output))
    else:
        out.print(plain(str(output)), markup=False)
        print_converted(done)
    return 1 if done.left_out else 0


def spelling_of(sides: Sides | None, points: str | None) -> Spelling:
    """What the flags say of a file's points.

    Raises:
        InputError: --points makes no sense.
    """
    try:
        return Spelling(sides, read_point_map(points) if points else {})
    except ValueError as error:
        raise InputError(f"--points {error}") from error


def write_converted(
    reading: Reading, source: Path, output: Path, flags: dict[str, Any]
) -> Converted:
    """Write faces as the flags say."""
    target = target_of(output, flags["target"])
    given: Path | None = flags["originals"]
    home = output.parent if target in MANIFESTS else source.parent
    done = converted(reading, target, given or home, prefers_files=given is not None)
    write_whole(output, done.data)
    return done


def as_json(done: Converted, output: Path) -> dict[str, object]:
    """What `--json` prints."""
    return {
        "output": str(output),
        "from": done.source,
        "to": done.target,
        "faces": done.faces,
        "pictures": done.pictures,
        "left_out": [
            {"name": each.name, "reason": each.error.reason, "detail": str(each.error)}
            for each in done.left_out
        ],
        "not_carried": dict(done.not_carried),
        "swapped": list(done.swapped),
        "turned": done.turned,
    }


def print_converted(done: Converted) -> None:
    """Say what was written, and what was not."""
    counts = f"{done.faces:,} faces in {done.pictures:,} pictures, {done.source} to {done.target}"
    out.print(counts, style="dim")
    if done.not_carried:
        words = "; ".join(f"{what} ({count:,})" for what, count in done.not_carried.items())
        tell("not carried", words)
    print_left_out(done.left_out)
    if done.swapped:
        words = f"{len(done.swapped):,} faces, such as {done.swapped[0]}: look at them in review"
        tell("left is on the right", words)
    if done.turned and done.target not in MANIFESTS:
        tell(
            "turned by EXIF",
            f"{done.turned:,} pictures: points are of the pixels as stored, and tools that show"
            " the pictures turned show the points beside the faces",
        )


def tell(what: str, words: str) -> None:
    """A remark on standard error, in one line unless on a terminal."""
    err.print(Text.assemble((f"{what}: ", "dim"), plain(words)), soft_wrap=not err.is_terminal)


def print_left_out(entries: Sequence[InvalidEntry]) -> None:
    """List what is no face, and why."""
    for each in entries[:_MOST_LISTED]:
        tell("left out", f"{each.name:.100}: {each.error}")
    if len(entries) > _MOST_LISTED:
        err.print(f"… and {len(entries) - _MOST_LISTED:,} more: --json lists all")
