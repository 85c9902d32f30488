"""The flags of `verify-removed`."""

from pathlib import Path

import click

from portraitset.cli.options import json_option
from portraitset.removal.ways import WAYS


@click.command("verify-removed")
@click.argument("tree", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--removals",
    "log_path",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The removals.jsonl to look for.",
)
@click.option(
    "--by",
    "ways",
    default="bytes,pixels,look",
    show_default=True,
    help=f"What to compare, of {', '.join(WAYS)}; names are addresses and file names.",
)
@click.option("--workers", type=click.IntRange(1, 256), help="Threads. [default: usable cores]")
@json_option
def verify_removed(
    tree: Path, log_path: Path, ways: str, workers: int | None, as_json: bool
) -> int:
    """Look for what was taken out, in any folder or archive; also in somebody else's copy.

    Folders, zip, tar, Parquet and LMDB, and archives within archives, one level deep. Exits 1 if
    something was found, or could not be looked into.
    """
    from portraitset.cli.output.verify_removed import verify_removed as run

    return run(tree, log_path, ways, workers, as_json)
