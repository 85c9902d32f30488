"""The flags of `lock`."""

from pathlib import Path

import click

from portraitset.cli.options import json_option, workspace_option

_workers_option = click.option(
    "--workers", type=click.IntRange(1, 1024), help="Processes that read. [default: usable cores]"
)


@click.command()
@workspace_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The lock file to write.",
)
@_workers_option
@json_option
def lock(workspace: Path, output: Path, workers: int | None, as_json: bool) -> int:
    """Write a lock file: the digests of every original and crop, and one fingerprint for all.

    It holds no picture and no path. `verify --lock` and `download --lock` compare with it.
    """
    from portraitset.cli.output.lock import lock as run

    return run(workspace, output, workers, as_json)
