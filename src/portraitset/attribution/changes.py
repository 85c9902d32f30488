"""CHANGES.md: what is handed on against what upstream published, computed and never typed.

CC BY-NC-SA asks for it: "indicate if changes were made".
"""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from portraitset.align.encode import format_of
from portraitset.align.settings import OPTIONS, CropSettings, ImageFormat
from portraitset.curate.holdings import HeldFace, Holdings
from portraitset.errors import State
from portraitset.handoffs import Selection
from portraitset.identity import SOFTWARE
from portraitset.manifest.known_terms import AAHQ
from portraitset.manifest.upstream import BLOB_ID, COMMIT
from portraitset.pipeline.standing import Standing

UPSTREAM_SETTINGS = CropSettings(size=1024, transform_size=4096, padding=True, quality="exact")
"""AAHQ's own: output_size=1024, transform_size=4096, enable_padding=True."""

_NOT_SELECTED = "left out by the selection"
_NOT_HANDED_ON = "left out here"


@dataclass(frozen=True, slots=True)
class Rendition:
    """The size and file format in which crops are handed on.

    Attributes:
        sizes: sides of the pictures, in pixels.
        image_format: None: each as its crop is.
    """

    sizes: tuple[int, ...]
    image_format: ImageFormat | None = None


def changes_text(
    holdings: Holdings, faces: Sequence[HeldFace], rendition: Rendition | None = None
) -> str:
    """The document; `faces` are those that are handed on, `rendition` how, if pictures are.

    Names of removed faces do not appear, their count does.
    """
    lines = [f"# Changes in {plain(holdings.terms.name)} {holdings.version}", ""]
    lines += [f"Computed by {SOFTWARE}.", "", "## Against the manifest that was read", ""]
    lines += _origin(holdings)
    lines += _counts(holdings, faces)
    lines += ["", "## Against upstream's crop settings", ""]
    lines += _settings_lines(holdings.settings)
    lines += _rendition_lines(holdings.settings, faces, rendition) if rendition else ()
    lines += _rescues(faces)
    for title, names in left_out(holdings, faces).items():
        if title != State.REMOVED:
            lines += ["", f"## Entries: {title} ({len(names):,})", ""]
            lines += [f"- {_code(name)}" for name in names]
    return "\n".join(lines) + "\n"


def left_out(holdings: Holdings, faces: Sequence[HeldFace]) -> Mapping[str, tuple[str, ...]]:
    """The manifest's entries that are not handed on, by why; each is there once."""
    handed = {held.name for held in faces}
    selection = holdings.selection or Selection({})
    selected = {held.name for held, _ in holdings.selected()}
    groups: dict[str, list[str]] = {}
    for standing in holdings.standings:
        if standing.name not in handed:
            title = _why(standing, selection, standing.name in selected)
            groups.setdefault(title, []).append(standing.name)
    return {title: tuple(groups[title]) for title in sorted(groups)}


def _why(standing: Standing, selection: Selection, selected: bool) -> str:
    if standing.state is State.REMOVED:
        return str(State.REMOVED)
    if standing.state is not State.ALIGNED:
        return f"{standing.state}: {standing.reason}" if standing.reason else str(standing.state)
    if selected:
        return _NOT_HANDED_ON
    reason = selection.public_reason(standing.name)
    return f"{_NOT_SELECTED}: {plain(reason)}" if reason else _NOT_SELECTED


def _origin(holdings: Holdings) -> Iterator[str]:
    if holdings.blob_id == BLOB_ID:
        yield f"The manifest is upstream's own at commit {COMMIT}, unchanged"
        yield f"(git blob id {BLOB_ID})."
        return
    yield f"The manifest has git blob id {holdings.blob_id}."
    if holdings.terms.homepage == AAHQ.homepage:
        yield "It is not the file that upstream publishes for AAHQ"
        yield f"(git blob id {BLOB_ID}, commit {COMMIT}):"
        yield "how the two differ is not counted here."


def _counts(holdings: Holdings, faces: Sequence[HeldFace]) -> Iterator[str]:
    yield from ("", "| entries | count |", "|---|---:|")
    yield f"| in the manifest | {len(holdings.manifest):,} |"
    yield f"| handed on | {len(faces):,} |"
    for title, names in left_out(holdings, faces).items():
        yield f"| {title} | {len(names):,} |"


def _settings_lines(settings: CropSettings) -> Iterator[str]:
    yield from ("| setting | upstream | here | |", "|---|---|---|---|")
    for name, theirs, ours in setting_pairs(settings):
        yield f"| {name} | {theirs} | {ours} | {'' if theirs == ours else 'changed'} |"


def _rendition_lines(
    settings: CropSettings, faces: Sequence[HeldFace], made: Rendition
) -> Iterator[str]:
    cut = ", ".join(sorted({format_of(held.crop.name) for held in faces})) or "none"
    pairs = (
        ("pixels a side", str(settings.size), ", ".join(map(str, made.sizes))),
        ("file format", cut, made.image_format or cut),
    )
    if all(before == here for _, before, here in pairs):
        return
    yield from ("", "## Against the crops", "")
    yield from ("| pictures | crops | here | |", "|---|---|---|---|")
    for name, before, here in pairs:
        yield f"| {name} | {before} | {here} | {'' if before == here else 'changed'} |"


def setting_pairs(settings: CropSettings) -> Iterator[tuple[str, str, str]]:
    """Each setting that decides a crop's pixels: its name, upstream's value, ours.

    Options that upstream's script does not have stand there where they are used.
    """
    unused = OPTIONS.keys() - settings.options().keys()
    for name in (field.name for field in dataclasses.fields(CropSettings)):
        if name in unused:
            continue
        both = (_setting(one, name) for one in (UPSTREAM_SETTINGS, settings))
        yield name, *both  # type: ignore[misc]  # two of them


def _setting(settings: CropSettings, name: str) -> str:
    if name == "transform_size":
        return str(settings.supersampled_size)
    value = getattr(settings, name)
    if name == "quality" and value == "reference":
        return "exact"  # both make the same pixels
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "as named" if name == "image_format" else "none"
    return str(value)


def _rescues(faces: Iterable[HeldFace]) -> Iterator[str]:
    rescued = Counter(str(held.photo.rescued) for held in faces if held.photo.rescued)
    if rescued:
        yield from ("", "## Originals from another address", "")
        yield from (f"- {_code(text)}" for text in sorted(rescued))


def plain(text: str) -> str:
    """A text within a line of Markdown: nothing of it may be markup."""
    flat = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#&" else letter for letter in flat)


def _code(text: str) -> str:
    """A name as code, whatever backticks it holds (CommonMark, 6.1), on one line."""
    text = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    fence = "`" * (1 + max((len(run) for run in _runs(text)), default=0))
    padding = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def _runs(text: str) -> Iterator[str]:
    return (run for run in "".join(c if c == "`" else " " for c in text).split())
