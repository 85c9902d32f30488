"""The flags of `remove`."""

from pathlib import Path

import click

from portraitset.cli.options import json_option, workspace_option


@click.command("remove")
@workspace_option
@click.option("--url", metavar="URL", help="Any address of the picture: host, size, query vary.")
@click.option("--asset", metavar="ID", help="The gallery's number of the picture.")
@click.option("--artist", metavar="SLUG", help="All pictures whose slug begins with these words.")
@click.option("--digest", metavar="HEX", help="The sha256 of its bytes or of its RGB pixels.")
@click.option("--look", metavar="HEX", help="Its perceptual hash.")
@click.option(
    "--picture",
    type=click.Path(),
    metavar="FILE",
    help="A picture file: its bytes, pixels and look.",
)
@click.option(
    "--import",
    "log_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Follow somebody else's removals.jsonl.",
)
@click.option(
    "--upstream",
    metavar="WHERE",
    help="Take out what AAHQ's newest manifest lacks: `newest`, an address or a file.",
)
@click.option(
    "--since", default="aahq", show_default=True, help="With --upstream: the manifest before."
)
@click.option(
    "--most",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    help="With --upstream: the largest share that may have vanished.",
)
@click.option("--dry-run", is_flag=True, help="List every copy; write nothing.")
@click.option("--reason", default="", help="Kept in the log; say nothing of who asked.")
@click.option(
    "--looks/--no-looks",
    default=True,
    show_default=True,
    help="Whether a copy is also known by its look.",
)
@json_option
def remove_command(
    workspace: Path,
    log_path: Path | None,
    upstream: str | None,
    since: str,
    most: float,
    dry_run: bool,
    reason: str,
    looks: bool,
    as_json: bool,
    **requests: str | None,
) -> int:
    """Take pictures out of a workspace and of all that was made from it, and keep them out.

    Originals, crops, thumbnails, reports, exports, locks, releases: all that the workspace knows
    of. What is unknown is kept out all the same. Exits 1 if something could not be rewritten.
    """
    from portraitset.cli.output.remove import remove_command as run

    return run(
        workspace, log_path, upstream, since, most, dry_run, reason, looks, as_json, **requests
    )
