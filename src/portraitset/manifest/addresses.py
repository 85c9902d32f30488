"""What an original's address alone says: asset, size, slug, candidate artist, upload year. Pure.

The knowledge is of ArtStation's addresses,
`https://cdna.artstation.com/p/assets/images/images/020/942/583/large/artist-name-title.jpg?1569824523`;
of any other address it only says what any address says.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import unquote, urlsplit

SIZES = ("small", "medium", "large", "4k", "8k")
"""The path segments that name a size in ArtStation's addresses, the smallest first."""

_ASSET = re.compile(rf"/(\d{{3}})/(\d{{3}})/(\d{{3}})/(?:{'|'.join(SIZES)})/[^/]+$")
_WORDS = re.compile(r"[-_\s]+")
_EARLIEST, _LATEST = 946_684_800, 4_102_444_800
"""2000 and 2100, in Unix seconds: a query that is a number between them is an upload time."""


def host_of(url: str) -> str:
    """An address's host in lower case; empty where it makes no sense."""
    return _parts(url)[0]


def asset_of(url: str) -> str | None:
    """The gallery's number of a picture, `020942583`; None where the address has none.

    It is the same for all hosts, sizes and queries under which the picture is served.
    """
    found = _ASSET.search(_parts(url)[1])
    return "".join(found.groups()) if found else None


def size_of(url: str) -> str | None:
    """The size that an address names, such as "large"; None where it names none."""
    segments = _parts(url)[1].split("/")
    return segments[-2] if len(segments) > 1 and segments[-2] in SIZES else None


def alias_of(url: str) -> str:
    """One text for all addresses of one picture, whatever the host alias, size or query.

    It is the asset's number where there is one, else the address without scheme, query, fragment
    and default port; hosts that differ by a letter or digits at the end of their first label
    (`cdna`, `cdnb`, `img2`) are taken for one.
    """
    asset = asset_of(url)
    if asset is not None:
        return f"asset {asset}"
    host, path, _ = _parts(url)
    first, dot, rest = host.partition(".")
    if "." in rest:
        first = re.sub(r"(?<=cdn)[a-z]$|\d+$", "", first)
    segments = unquote(path).split("/")
    if len(segments) > 2 and segments[-2] in SIZES:
        del segments[-2]
    return f"{first}{dot}{rest}{'/'.join(segments)}"


def slug_of(url: str) -> str:
    """The file name without its ending, in lower case, words joined by `-`."""
    name = unquote(_parts(url)[1]).rsplit("/", 1)[-1]
    stem = name.rsplit(".", 1)[0] if "." in name else name
    return slug(stem)


def slug(text: str) -> str:
    """A text as slugs are compared: lower case, words joined by `-`."""
    return "-".join(word for word in _WORDS.split(text.casefold()) if word)


def artist_of(url: str) -> str:
    """The candidate for the artist: the first two words of the slug. A candidate, never proof."""
    return "-".join(slug_of(url).split("-")[:2])


def is_by(url: str, artist: str) -> bool:
    """Whether an address's slug begins with `artist`, whole words."""
    return f"{slug_of(url)}-".startswith(f"{slug(artist)}-")


def upload_year(url: str) -> int | None:
    """The year in which a picture was uploaded, by the number that its query is; UTC."""
    day = upload_day(url)
    return int(day[:4]) if day else None


def upload_day(url: str) -> str | None:
    """The day on which a picture was uploaded, as `YYYY-MM-DD`, UTC.

    ArtStation writes an upload time into the query, in Unix seconds: `….jpg?1569824523`.
    """
    query = _parts(url)[2]
    if not (query.isascii() and query.isdigit()) or len(query) > 10:
        return None
    seconds = int(query)
    if not _EARLIEST <= seconds < _LATEST:
        return None
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


@lru_cache(1024)  # several questions about one address come one after the other
def _parts(url: str) -> tuple[str, str, str]:
    """An address's host, path and query; empty where it makes no sense."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").lower(), parts.path, parts.query
    except ValueError:
        return "", "", ""
