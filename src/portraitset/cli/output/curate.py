"""What was measured and selected, printed."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from portraitset.cli.console import err, out, plain, print_json
from portraitset.curate.audit import Audit, Concentration
from portraitset.curate.duplicates import Group
from portraitset.curate.rules import settings_from
from portraitset.curate.run import Curated, preview, take_over
from portraitset.curate.run import curate as curate_workspace
from portraitset.pipeline.recipe import read_tables, recipe_from
from portraitset.workspace.decisions import Decision, Merge
from portraitset.workspace.layout import folders_of
from portraitset.workspace.ledger import Ledger

_MOST_LISTED = 12

_UNITS = {
    "native_size": "pixels",
    "upsampling": "times",
    "padded_fraction": "of the crop",
    "roll": "degrees",
    "width": "pixels",
    "height": "pixels",
    "byte_count": "bytes",
}


def curate(
    workspace: Path,
    recipe: Path | None,
    dry_run: bool,
    others: tuple[Path, ...],
    workers: int | None,
    as_json: bool,
) -> int:
    """Do what `curate` is asked for; its exit code."""
    if dry_run and others:
        raise click.UsageError("--merge-decisions writes the log; leave --dry-run out.")
    folders = folders_of(workspace)
    tables = read_tables(recipe)
    settings = settings_from(tables)
    made = recipe_from(tables, {"run": {"workers": workers}})
    with Ledger.open_to_look(folders.state):
        merges = take_over(folders, others)
    run = preview if dry_run else curate_workspace
    with err.status("measuring") as status:
        found = run(
            folders,
            settings,
            made.workers,
            lambda done, total: status.update(f"measuring: {done:,} of {total:,} faces"),
        )
    if as_json:
        print_json(_json(found, merges, dry_run))
    else:
        _print(found, merges, dry_run)
    return 1 if found.measured.failures else 0


def _json(found: Curated, merges: Mapping[Path, Merge], dry_run: bool) -> dict[str, object]:
    selection = found.choice.selection
    groups = found.duplicates.names()
    return {
        "dry_run": dry_run,
        "faces": len(found.measured.measures) + len(found.measured.failures),
        "selected": len(selection.splits),
        "splits": dict(Counter(selection.splits.values())),
        "dropped": dict(selection.dropped),
        "unmeasured": dict(found.measured.failures),
        "duplicates": groups["works"],
        "duplicate_faces": groups["faces"],
        "groups": {
            "works": [asdict(group) for group in found.duplicates.works],
            "faces": [asdict(group) for group in found.duplicates.faces],
        },
        "rules": [
            {
                "rule": str(count.rule),
                "holds": count.holds,
                "decides": count.decides,
                "overlap": count.overlap,
            }
            for count in found.choice.counts
        ],
        "decisions": {
            "faces": len(found.decided),
            "damaged_lines": list(found.damaged),
            "conflicts": {
                face: [_word(item) for item in words] for face, words in found.conflicts.items()
            },
            "merged": {str(path): asdict(merge) for path, merge in merges.items()},
        },
        "audit": asdict(found.audit),
    }


def _word(item: Decision) -> dict[str, object]:
    return {"who": item.who, "at": item.at, "decision": item.choice, "why": item.why}


def _print(found: Curated, merges: Mapping[Path, Merge], dry_run: bool) -> None:
    out.print(Text.assemble(("Caution: ", "yellow"), plain(found.audit.caution)))
    out.print()
    for path, merge in merges.items():
        words = f"{path}: {merge.added:,} new decisions, {merge.known:,} known"
        if merge.removed:
            words += f", {merge.removed:,} about faces that were removed left out"
        if merge.damaged:
            words += f", {len(merge.damaged):,} lines make no sense"
        out.print(Text(plain(words)))
    _print_selection(found, dry_run)
    if found.choice.counts:
        out.print()
        out.print(_rule_table(found))
    out.print()
    _print_groups("work", found.duplicates.works)
    _print_groups("face", found.duplicates.faces)
    _print_people(found)
    out.print()
    _print_audit(found.audit)


def _print_selection(found: Curated, dry_run: bool) -> None:
    selection = found.choice.selection
    would = "would be selected" if dry_run else "selected"
    total = len(selection.splits) + len(selection.dropped)
    out.print(f"{len(selection.splits):,} of {total:,} faces {would}")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column(style="dim")
    for split, count in sorted(Counter(selection.splits.values()).items()):
        table.add_row(
            Text(plain(split)), f"{count:,}", f"{100 * count / len(selection.splits):.1f} %"
        )
    out.print(table)
    for name, why in sorted(selection.dropped.items())[:_MOST_LISTED]:
        out.print(Text.assemble(("dropped ", "yellow"), plain(f"{name}  {why}")))
    if len(selection.dropped) > _MOST_LISTED:
        out.print(f"… and {len(selection.dropped) - _MOST_LISTED:,} more: --json lists them all")


def _rule_table(found: Curated) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("rule", overflow="fold")
    for word in ("holds for", "decides", "decided before"):
        table.add_column(word, justify="right")
    for count in found.choice.counts:
        numbers = (count.holds, count.decides, count.overlap)
        table.add_row(Text(plain(str(count.rule))), *(f"{number:,}" for number in numbers))
    return table


def _print_groups(what: str, groups: tuple[Group, ...]) -> None:
    out.print(f"{len(groups):,} {what}{'' if len(groups) == 1 else 's'} in more than one copy")
    for group in groups[:_MOST_LISTED]:
        best, *others = group.copies
        mirrored = " (mirrored)" if any(copy.mirrored != best.mirrored for copy in others) else ""
        names = ", ".join(copy.name for copy in others)
        line = plain(f"best {best.name}, also {names}{mirrored}; {group.reason}")
        out.print(Text(f"  {line}", "dim"))
    if len(groups) > _MOST_LISTED:
        out.print(f"  … and {len(groups) - _MOST_LISTED:,} more: --json lists them all")


def _print_people(found: Curated) -> None:
    if found.decided:
        out.print(f"{len(found.decided):,} faces decided by people")
    for face, words in list(found.conflicts.items())[:_MOST_LISTED]:
        said = ", then ".join(f"{item.who}: {item.choice}" for item in words)
        out.print(Text.assemble(("disagreed ", "yellow"), plain(f"{face}  {said}")))
    if found.damaged:
        out.print(f"{len(found.damaged):,} lines of the log of decisions make no sense")


def _audit_table(audit: Audit) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("of the faces held")
    for word in ("5 %", "median", "95 %"):
        table.add_column(word, justify="right")
    table.add_column()
    for name, spread in audit.measures.items():
        cells = (_number(name, value) for value in (spread.p5, spread.median, spread.p95))
        table.add_row(name.replace("_", " "), *cells, Text(_UNITS.get(name, ""), "dim"))
    return table


def _number(name: str, value: float) -> str:
    """Three digits that count, and no exponent."""
    if name == "upload_year" or abs(value) >= 1000:
        return f"{value:.0f}" if name == "upload_year" else f"{value:,.0f}"
    digits = 0 if value == 0 else max(2 - math.floor(math.log10(abs(value))), 0)
    return f"{value:.{min(digits, 4)}f}"


def _print_audit(audit: Audit) -> None:
    out.print(_audit_table(audit))
    out.print(f"artists (candidates by the address): {_in_words(audit.artists)}")
    out.print()
    out.print(_fate_table(audit))


def _fate_table(audit: Audit) -> Table:
    """What link rot and removals did to the faces, as far as the manifest can tell."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("of the manifest")
    for word in ("faces", "median face, pixels"):
        table.add_column(word, justify="right")
    for fate, what in audit.fates.items():
        side = f"{what.native_size.median:.0f}" if what.native_size else ""
        table.add_row(fate, f"{what.faces:,}", side)
    return table


def _in_words(artists: Concentration) -> str:
    return (
        f"{artists.artists:,}, as concentrated as {artists.effective:.1f} equal ones;"
        f" Gini {artists.gini:.2f}, the first has {100 * artists.top_share:.1f} %,"
        f" {artists.above_200:,} above 200 pictures"
    )
