"""The flags of `review`."""

from pathlib import Path

import click

from portraitset.cli.options import json_option, workspace_option

PORT = 8642


@click.command()
@click.argument("manifest", metavar="[MANIFEST]", required=False)
@workspace_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="Port on 127.0.0.1; 0 picks a free one.",
)
@click.option(
    "--reviewer", metavar="NAME", help="Who decides, for the log. [default: the account's name]"
)
@click.option("--workers", type=click.IntRange(1), help="Processes that make thumbnails.")
@json_option
def review(
    manifest: str | None,
    workspace: Path,
    port: int,
    reviewer: str | None,
    workers: int | None,
    as_json: bool,
) -> int:
    """Keep and reject faces by eye, on a page in your browser. Ctrl-C ends it.

    The page is served to this machine alone, under an address that holds a secret. Decisions go to
    .portraitset/decisions.jsonl; the next `curate` reads them. Landmarks can be moved there, faces
    added and deleted; the next `build` or `align` goes by that.

    With a MANIFEST, no build has to come first: the originals that lie in raw/ are shown, with the
    crops that their faces would have.
    """
    from portraitset.cli.output.review import review as run

    return run(workspace, manifest, port, reviewer, workers, as_json)
