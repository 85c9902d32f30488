"""The flags of `verify`."""

from pathlib import Path

import click

from portraitset.cli.options import json_option, workspace_option

_workers_option = click.option(
    "--workers", type=click.IntRange(1, 1024), help="Processes that read. [default: usable cores]"
)


@click.command()
@workspace_option
@click.option(
    "--lock",
    "lock_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Compare with this lock file, as `portraitset lock` writes it. [default: the ledger]",
)
@_workers_option
@json_option
def verify(workspace: Path, lock_path: Path | None, workers: int | None, as_json: bool) -> int:
    """Read every file and compare it with a lock file, or with the ledger.

    Each face has the same bytes, the same pixels, looks alike, has changed or is missing. Exits 1
    unless all have the same bytes or the same pixels.
    """
    from portraitset.cli.output.verify import verify as run

    return run(workspace, lock_path, workers, as_json)
