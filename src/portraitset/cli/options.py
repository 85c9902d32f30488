"""The flags that several commands share, by the section of the help that shows them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from portraitset.align.settings import Border, ImageFormat, Quality, Replay, Rotation
from portraitset.cli.sections import FACES, MANNERS, PACE, PIXELS, PROOF, WHERE, flags_of
from portraitset.download.settings import Check, OptOuts, Rescue
from portraitset.workspace.layout import Place

_where, _faces, _pace = flags_of(WHERE), flags_of(FACES), flags_of(PACE)
_pixels, _proof, _manners = flags_of(PIXELS), flags_of(PROOF), flags_of(MANNERS)

_Command = TypeVar("_Command", bound=Callable[..., Any])

manifest_argument = click.argument("manifest", metavar="MANIFEST", type=click.Path())

workspace_option = _where(
    "-w",
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Folder that holds raw/, aligned/ and the ledger. [default: the current directory]",
)
lock_option = _proof(
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
    _where(
        "--recipe",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        help="TOML file with settings; flags win over it.",
    ),
    _pace("--deadline", type=float, help="Seconds after which the run stops. [default: none]"),
    _pace("--workers", type=int, help="Processes that decode and align. [default: usable cores]"),
)
_AT_HAND = (
    _where(
        "--originals",
        metavar="DIR",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        help="Folder that a manifest's paths are relative to. [default: the manifest's own]",
    ),
    _where(
        "--place",
        type=click.Choice(get_args(Place)),
        default="link",
        show_default=True,
        help="How such an original comes into raw/: a hard link, where the disk can do that.",
    ),
)
_SPACE = (
    _pace(
        "--space",
        type=click.Choice(["check", "ignore"]),
        default="check",
        show_default=True,
        help="Whether to compare free disk space with the estimate first.",
    ),
)
_RESCUE = (
    _proof(
        "--rescue",
        type=click.Choice(get_args(Rescue)),
        default="off",
        show_default=True,
        help="What is gone may come in another size, if the exact size is known.",
    ),
    _proof(
        "--rescue-from",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Where to ask for what is gone: on each line an address and its substitute.",
    ),
)
_DOWNLOAD = (
    _where("--mirror", metavar="URL", help="Fetch from URL + the original path and query."),
    _where("--proxy", metavar="URL", help="Use this HTTP proxy."),
    _manners(
        "--opt-outs",
        type=click.Choice(get_args(OptOuts)),
        help="Whether an owner's machine-readable no is respected. [default: respect]",
    ),
    _proof(
        "--check",
        type=click.Choice(get_args(Check)),
        help="How far `download` verifies: every pixel, or no more than whole bytes that begin as"
        " a picture does. [default: decode]",
    ),
    _where(
        "--allow-host",
        "allow_hosts",
        metavar="HOST",
        multiple=True,
        callback=_given,
        help="Redirects may lead to this host, too; *.example.org for many. Repeatable."
        " [default: the manifest's hosts]",
    ),
    _manners(
        "--contact", metavar="TEXT", help="Who you are, for the User-Agent: an e-mail or web page."
    ),
    _pace("--connections", type=int, help="Requests at once, per operator. [default: 8]"),
    _pace("--rate", type=float, help="Requests a second, per operator. [default: 10]"),
    _pace("--tries", type=int, help="Tries for each photo in all. [default: 4]"),
    _pace("--connect-timeout", type=float, help="Seconds to connect. [default: 10]"),
    _pace("--idle-timeout", type=float, help="Seconds of silence. [default: 20]"),
    _pace("--photo-timeout", type=float, help="Seconds for one photo, all tries. [default: 120]"),
    _pace("--max-bytes", type=int, help="Largest original. [default: 256 MiB]"),
    _pace("--max-pixels", type=int, help="Largest original. [default: 100 million]"),
    _pace(
        "--decoder-memory",
        type=int,
        help="Bytes that one worker may take. [default: what --max-pixels needs]",
    ),
)
_ALIGN = (
    _pixels(
        "--quality",
        type=click.Choice(get_args(Quality)),
        help="exact: upstream's very pixels; fast: better sampled; reference: the slow oracle."
        " [default: exact]",
    ),
    _pixels(
        "--format",
        "image_format",
        type=click.Choice(get_args(ImageFormat)),
        help="The crops' file format; JPEG is of quality 95. [default: as the names say]",
    ),
    _pixels("--size", type=int, help="Side of the crops, in pixels. [default: 1024]"),
    _pixels(
        "--transform-size", type=int, help="Side of the supersampled square. [default: 4 * size]"
    ),
    _pixels(
        "--padding/--no-padding",
        default=None,
        help="Continue pictures beyond their edges, or leave that black. [default: padding]",
    ),
    _pixels(
        "--border",
        type=click.Choice(get_args(Border)),
        help="What continues them; reject: as blur, and no crop above --reject-above."
        " [default: blur]",
    ),
    _pixels("--border-colour", metavar="#RRGGBB", help="Of --border constant. [default: #000000]"),
    _pixels(
        "--reject-above",
        metavar="SHARE",
        type=float,
        help="Of a crop, outside its picture. [default: 0]",
    ),
    _pixels(
        "--rotation",
        type=click.Choice(get_args(Rotation)),
        help="Set faces upright, or leave them as they are in their pictures. [default: keep]",
    ),
    _pixels("--scale", type=float, help="Side of what is cut, against upstream's. [default: 1]"),
    _pixels("--offset-x", type=float, help="Move crops to the right by such a share. [default: 0]"),
    _pixels("--offset-y", type=float, help="Move crops down by such a share. [default: 0]"),
    _pixels(
        "--random-shift",
        metavar="SHARE",
        type=float,
        help="Move each crop at random, by a deviation of so many of its sides. [default: 0]",
    ),
    _pixels(
        "--retry-crops/--no-retry-crops",
        default=None,
        help="Draw a shift again until the crop lies inside. [default: no-retry-crops]",
    ),
    _pixels("--shift-seed", type=int, help="Another one, other shifts. [default: 0]"),
    _pixels(
        "--replay",
        type=click.Choice(get_args(Replay)),
        help="Shift as this script does: all faces in turn, from one seed."
        " [default: each face by its name]",
    ),
)


def shared_options(*, download: bool, align: bool) -> Callable[[_Command], _Command]:
    """The flags of a command that runs stages; they arrive as `**flags`, for `choices`."""
    return _decorator(
        workspace_option,
        *_RECIPE,
        *_AT_HAND,
        lock_option,
        *((*_RESCUE, *_DOWNLOAD) if download else ()),
        *(_ALIGN if align else ()),
        *_SPACE,
        json_option,
    )


def fetching_options() -> Callable[[_Command], _Command]:
    """The flags of a command that fetches what no landmarks or lock are known of."""
    return _decorator(workspace_option, *_RECIPE, *_DOWNLOAD, *_SPACE, json_option)


def _decorator(*options: Callable[[_Command], _Command]) -> Callable[[_Command], _Command]:
    def decorate(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


detector_options = _decorator(
    _faces(
        "--detector",
        metavar="NAME",
        default="yunet",
        show_default=True,
        help="yunet; dlib, for FFHQ's 68 points, whose model is not for commercial use; one that is"
        " installed; or FILE.toml, which maps the outputs of an ONNX model.",
    ),
    _faces(
        "--model",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The detector's weights. [default: its own, fetched once, checked and kept]",
    ),
)
"""The flags that choose a face detector."""
