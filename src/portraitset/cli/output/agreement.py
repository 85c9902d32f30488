"""Several people's landmarks compared, as tables."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from portraitset.cli.console import err, out, plain, print_json
from portraitset.cli.output.convert import (
    as_json,
    print_converted,
    print_left_out,
    spelling_of,
    tell,
    write_converted,
)
from portraitset.errors import InputError
from portraitset.manifest.agreement import Agreement, PointAgreement, Spread, agreement_of
from portraitset.manifest.formats import read_markings, target_of
from portraitset.manifest.marking import Reading

_MOST_LISTED = 12


def agreement(sources: Sequence[str], **flags: Any) -> int:
    """Do what `agreement` is asked for; its exit code."""
    mean: Path | None = flags["mean"]
    if mean is not None:
        target_of(mean, flags["target"])  # what cannot be written is told before anything is read
    if len(set(sources)) < len(sources):
        raise InputError("a file is given twice; it would agree with itself")
    spelling = spelling_of(flags["sides"], flags["points"])
    readings = {source: read_markings(source, spelling) for source in sources}
    found = agreement_of({who: each.markings for who, each in readings.items()})
    left_out = [entry for each in readings.values() for entry in each.invalid]
    done = None
    if mean is not None:
        done = write_converted(Reading("means", found.means), Path(sources[0]), mean, flags)
    if flags["as_json"]:
        written = {} if done is None or mean is None else {"mean": as_json(done, mean)}
        print_json({key: each for key, each in asdict(found).items() if key != "means"} | written)
    else:
        _print(found)
        print_left_out(left_out)
        if done is not None:
            out.print(plain(str(mean)), markup=False)
            print_converted(done)
    return 1 if left_out or (done is not None and done.left_out) else 0


def _print(found: Agreement) -> None:
    out.print(
        f"{len(found.faces):,} faces in {found.pictures:,} pictures were marked by two or more"
    )
    if found.points:
        out.print(_point_table(found.points))
    if found.faces:
        out.print(_face_table(found))
    for each in found.alone[:_MOST_LISTED]:
        tell("marked by one only", f"{each.face} in {each.picture}: {each.by}")
    if len(found.alone) > _MOST_LISTED:
        err.print(f"… and {len(found.alone) - _MOST_LISTED:,} more: --json lists all")
    if found.elsewhere:
        err.print(f"{found.elsewhere:,} faces lie in pictures that only one file has")


def _point_table(rows: Sequence[PointAgreement]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("of", overflow="fold")
    table.add_column("and", overflow="fold")
    table.add_column("point", no_wrap=True)
    for heading in ("faces", "px: mean", "median", "95 %", "eyes: mean", "median", "95 %"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        pixels, eyes = _cells(row.pixels, 1), _cells(row.eye_distances, 3)
        style = "bold" if row.point == "all" else ""
        pair = Text(plain(row.first)), Text(plain(row.second))
        table.add_row(*pair, row.point, f"{row.faces:,}", *pixels, *eyes, style=style)
    return table


def _cells(spread: Spread, digits: int) -> tuple[str, str, str]:
    return (
        f"{spread.mean:.{digits}f}",
        f"{spread.median:.{digits}f}",
        f"{spread.p95:.{digits}f}",
    )


def _face_table(found: Agreement) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", title_justify="left")
    table.add_column("least agreed upon", overflow="fold")
    table.add_column("by", justify="right")
    table.add_column("worst point", no_wrap=True)
    table.add_column("px", justify="right", no_wrap=True)
    table.add_column("eye distances", justify="right", no_wrap=True)
    for face in found.faces[:_MOST_LISTED]:
        apart = f"{face.pixels:.1f}", f"{face.eye_distances:.3f}"
        table.add_row(Text(plain(face.face)), str(len(face.by)), face.point, *apart)
    return table
