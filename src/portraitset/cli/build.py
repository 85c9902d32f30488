"""The commands that do the work: build, download, align, retry."""

from typing import Any

import click

from portraitset.cli.options import manifest_argument, shared_options
from portraitset.cli.sections import PROOF, SectionedCommand, flags_of


@click.command(cls=SectionedCommand)
@manifest_argument
@shared_options(download=True, align=True)
def build(manifest: str, **flags: Any) -> int:
    """Download originals and align their faces, both at once.

    Run it again to go on: what is verified is neither fetched nor cut a second time.
    """
    from portraitset.cli.output.build import build as run

    return run(manifest, **flags)


@click.command(cls=SectionedCommand)
@manifest_argument
@flags_of(PROOF)(
    "--revalidate",
    is_flag=True,
    help="Ask again for originals that are verified: unchanged, changed or gone? None is replaced.",
)
@shared_options(download=True, align=False)
def download(manifest: str, revalidate: bool, **flags: Any) -> int:
    """Fetch and verify the originals into raw/."""
    from portraitset.cli.output.build import download as run

    return run(manifest, revalidate, **flags)


@click.command(cls=SectionedCommand)
@manifest_argument
@shared_options(download=False, align=True)
def align(manifest: str, **flags: Any) -> int:
    """Cut the aligned crops from the originals in raw/.

    Originals from elsewhere, say from upstream's own script, are verified and adopted.
    """
    from portraitset.cli.output.build import align as run

    return run(manifest, **flags)


@click.command(cls=SectionedCommand)
@flags_of(PROOF)(
    "--only",
    required=True,
    metavar="REASON,…",
    help="Reasons to try again, such as gone,timeout; `status` lists them.",
)
@shared_options(download=True, align=False)
def retry(only: str, **flags: Any) -> int:
    """Try again what ended for the given reasons, and build the rest as the last run would."""
    from portraitset.cli.output.build import retry as run

    return run(only, **flags)
