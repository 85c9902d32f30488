"""Where originals at hand will be published: a base address in front of their paths. Pure."""

from dataclasses import replace

from portraitset.curate.holdings import HeldFace, Holdings
from portraitset.errors import InputError, ItemError
from portraitset.handoffs import Face
from portraitset.manifest.aahq import check_url
from portraitset.manifest.local import local_original
from portraitset.release.contents import Selected


def as_published(holdings: Holdings, chosen: Selected, base_url: str) -> tuple[Holdings, Selected]:
    """Holdings and chosen faces as they are once all originals at hand lie below `base_url`."""
    entries = tuple(
        _face(entry, base_url) if isinstance(entry, Face) else entry
        for entry in holdings.manifest.entries
    )
    manifest = replace(holdings.manifest, entries=entries)
    faces = tuple((_held(held, base_url), split) for held, split in chosen)
    return replace(holdings, manifest=manifest), faces


def check_base(base_url: str) -> None:
    """Check that paths can follow.

    Raises:
        InputError: they cannot.
    """
    if "?" in base_url or "#" in base_url:
        raise InputError(
            f"the base address must end in a folder, without ? and #: {base_url!r:.200}"
        )
    try:
        check_url(base_url)
    except ItemError as error:
        raise InputError(f"no base address: {error}") from error


def _held(held: HeldFace, base_url: str) -> HeldFace:
    photo = replace(held.photo, url=_address(held.photo.url, base_url))
    return replace(held, face=_face(held.face, base_url), photo=photo)


def _face(face: Face, base_url: str) -> Face:
    url = _address(face.photo.url, base_url)
    return face if url == face.photo.url else replace(face, photo=replace(face.photo, url=url))


def _address(url: str, base_url: str) -> str:
    local = local_original(url)
    return url if local is None else local.published_at(base_url)
