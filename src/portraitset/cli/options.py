"""The flags that several commands share, and how they become a recipe."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from portraitset.align.encode import ImageFormat
from portraitset.align.face import Quality
from portraitset.curate.rules import settings_from
from portraitset.download.rescue import Rescue, read_substitutes
from portraitset.download.settings import Check, OptOuts
from portraitset.errors import InputError
from portraitset.manifest.lock import Lock, read_lock
from portraitset.pipeline.recipe import Recipe, read_tables, recipe_from
from portraitset.workspace.layout import Folders, folders_of

_Command = TypeVar("_Command", bound=Callable[..., Any])

manifest_argument = click.argument("manifest", metavar="MANIFEST")

workspace_option = click.option(
    "-w",
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Folder that holds raw/, aligned/ and the ledger. [default: the current directory]",
)
lock_option = click.option(
    "--lock",
    "lock_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A lock file, as `portraitset lock` writes it: nothing but what it names is accepted.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def _given(
    _: click.Context, __: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...] | None:
    """What a repeatable flag was given; None leaves the word to the recipe."""
    return values or None


_RECIPE = (
    click.option(
        "--recipe",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        help="TOML file with settings; flags win over it.",
    ),
    click.option(
        "--deadline", type=float, help="Seconds after which the run stops. [default: none]"
    ),
    click.option(
        "--workers", type=int, help="Processes that decode and align. [default: usable cores]"
    ),
)
_SPACE = (
    click.option(
        "--space",
        type=click.Choice(["check", "ignore"]),
        default="check",
        show_default=True,
        help="Whether to compare free disk space with the estimate first.",
    ),
)
_DOWNLOAD = (
    click.option("--mirror", metavar="URL", help="Fetch from URL + the original path and query."),
    click.option("--proxy", metavar="URL", help="Use this HTTP proxy."),
    click.option(
        "--rescue",
        type=click.Choice(get_args(Rescue)),
        default="off",
        show_default=True,
        help="What is gone may come in another size, if the exact size is known.",
    ),
    click.option(
        "--rescue-from",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Where to ask for what is gone: on each line an address and its substitute.",
    ),
    click.option(
        "--opt-outs",
        type=click.Choice(get_args(OptOuts)),
        help="Whether an owner's machine-readable no is respected. [default: respect]",
    ),
    click.option(
        "--check",
        type=click.Choice(get_args(Check)),
        help="How far `download` verifies: every pixel, or no more than whole bytes that begin as"
        " a picture does. [default: decode]",
    ),
    click.option(
        "--allow-host",
        "allow_hosts",
        metavar="HOST",
        multiple=True,
        callback=_given,
        help="Redirects may lead to this host, too; *.example.org for many. Repeatable."
        " [default: the manifest's hosts]",
    ),
    click.option(
        "--contact", metavar="TEXT", help="Who you are, for the User-Agent: an e-mail or web page."
    ),
    click.option("--connections", type=int, help="Requests at once, per operator. [default: 8]"),
    click.option("--rate", type=float, help="Requests a second, per operator. [default: 10]"),
    click.option("--tries", type=int, help="Tries for each photo in all. [default: 4]"),
    click.option("--connect-timeout", type=float, help="Seconds to connect. [default: 10]"),
    click.option("--idle-timeout", type=float, help="Seconds of silence. [default: 20]"),
    click.option(
        "--photo-timeout", type=float, help="Seconds for one photo, all tries. [default: 120]"
    ),
    click.option("--max-bytes", type=int, help="Largest original. [default: 256 MiB]"),
    click.option("--max-pixels", type=int, help="Largest original. [default: 100 million]"),
    click.option(
        "--decoder-memory",
        type=int,
        help="Bytes that one worker may take. [default: enough for --max-pixels]",
    ),
)
_ALIGN = (
    click.option(
        "--quality",
        type=click.Choice(get_args(Quality)),
        help="exact: upstream's very pixels; fast: better sampled; reference: the slow oracle."
        " [default: exact]",
    ),
    click.option(
        "--format",
        "image_format",
        type=click.Choice(get_args(ImageFormat)),
        help="The crops' file format; JPEG is of quality 95. [default: as the names say]",
    ),
    click.option("--size", type=int, help="Side of the crops, in pixels. [default: 1024]"),
    click.option(
        "--transform-size", type=int, help="Side of the supersampled square. [default: 4 * size]"
    ),
    click.option(
        "--padding/--no-padding",
        default=None,
        help="Continue pictures beyond their edges, or leave that black. [default: padding]",
    ),
)
_TABLES = {
    "download": (
        "mirror",
        "proxy",
        "opt_outs",
        "check",
        "allow_hosts",
        "contact",
        "connections",
        "rate",
        "tries",
        "connect_timeout",
        "idle_timeout",
        "photo_timeout",
        "max_bytes",
        "max_pixels",
        "decoder_memory",
    ),
    "align": ("quality", "image_format", "size", "transform_size", "padding"),
    "run": ("workers", "deadline"),
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What the shared flags chose."""

    folders: Folders
    recipe: Recipe
    as_json: bool


def shared_options(*, download: bool, align: bool) -> Callable[[_Command], _Command]:
    """The flags of a command that runs stages; they arrive as `**flags`, for `choices`."""
    groups = (
        *_RECIPE,
        lock_option,
        *(_DOWNLOAD if download else ()),
        *(_ALIGN if align else ()),
        *_SPACE,
    )

    def decorate(command: _Command) -> _Command:
        for option in reversed((workspace_option, *groups, json_option)):
            command = option(command)
        return command

    return decorate


def choices(flags: dict[str, Any]) -> Choices:
    """Read the shared flags.

    Raises:
        InputError: a value makes no sense.
    """
    workspace = flags["workspace"]
    if workspace.exists() and not workspace.is_dir():
        raise InputError(f"{workspace} is not a folder")
    given = {table: {key: flags.get(key) for key in keys} for table, keys in _TABLES.items()}
    tables = read_tables(flags["recipe"])
    recipe = recipe_from(tables, given)
    settings_from(tables)  # a recipe is right or wrong as a whole, whichever command reads it
    if flags.get("rescue", "off") != "off":
        recipe = replace(recipe, rescue=flags["rescue"])
    if (list_path := flags.get("rescue_from")) is not None:
        recipe = replace(recipe, rescue_from=_open_substitutes(list_path))
    if (lock_path := flags["lock_path"]) is not None:
        recipe = replace(recipe, lock=open_lock(lock_path))
    return Choices(folders_of(workspace), recipe, flags["as_json"])


def _open_substitutes(path: Path) -> Mapping[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the list {path} cannot be read: {error}") from error
    return read_substitutes(text, str(path))


def open_lock(path: Path) -> Lock:
    """Read a lock file.

    Raises:
        InputError: it cannot be read, or is no lock file that can be trusted.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"the lock {path} cannot be read: {error.strerror or error}") from error
    return read_lock(data, str(path))
