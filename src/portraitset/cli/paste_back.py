"""The flags of `paste-back`."""

from pathlib import Path
from typing import Any

import click

from portraitset.cli.options import json_option, workspace_option

_LIKENESS = ("check", "ignore")


@click.command(name="paste-back")
@click.argument(
    "edited",
    metavar="EDITED…",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
)
@workspace_option
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder for the results, named like the originals; only what paste-back made is replaced.",
)
@click.option(
    "--feather",
    type=float,
    help="Of the crop's side: the border over which an edit fades out. [default: 0.0625]",
)
@click.option(
    "--likeness",
    type=click.Choice(_LIKENESS),
    default="check",
    show_default=True,
    help="Whether an edit that looks like another face is refused.",
)
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes. [default: usable cores]")
@json_option
def paste_back(edited: tuple[Path, ...], **flags: Any) -> int:
    """Paste edited crops back into copies of their photos.

    EDITED are files named like the crops in aligned/, with any picture's ending, and folders of
    such. Only what an edit changed reaches the photo: a crop that was not edited changes nothing.
    Format, colour profile and metadata stay the photo's. After a kill the same command goes on.
    """
    from portraitset.cli.output.paste_back import paste_back as run

    return run(edited, **flags)
