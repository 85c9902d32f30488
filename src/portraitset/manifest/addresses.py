"""What an original's address alone says: asset, size, slug, candidate artist, upload year. Pure.

The knowledge is of ArtStation's addresses,
`https://cdna.artstation.com/p/assets/images/images/020/942/583/large/artist-name-title.jpg?1569824523`;
of any other address it only says what any address says.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from portraitset.manifest.local import local_original

SIZES = ("small", "medium", "large", "4k", "8k")
"""The path segments that name a size in ArtStation's addresses, the smallest first."""

ASSET_PATTERN = (
    r"/([0-9]{3})/([0-9]{3})/([0-9]{3})/(?:[0-9]{14}/)?"
    rf"(?:{'|'.join(SIZES)}|original|(?:micro|smaller|small)_square)/[^/]+$"
)
"""Of a path in ArtStation's addresses, for Python and JavaScript; squares lie in a folder of 14
digits, the time at which they were cut.
"""

_ASSET = re.compile(ASSET_PATTERN)
_PICTURE = re.compile(
    r"\.(?:jpe?g|jfif|png|webp|gif|bmp|tiff?|avif|hei[cf]|jp2|jxl)$", re.IGNORECASE
)
_UNRESERVED = re.compile(r"%(2[DdEe]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])")
"""Percent and two digits for what needs none (RFC 3986, 2.3)."""

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

    It is the asset's number where there is one, else the address without scheme, fragment, port
    and, if the path names a picture's file, query; of another path (`/view.php?id=7`) the query is
    what tells pictures apart. Hosts that differ by a letter or digits at the end of their first
    label (`cdna`, `cdnb`, `img2`) are taken for one. Of an original at hand, it is its content.
    """
    if (local := local_original(url)) is not None:
        return local.content
    asset = asset_of(url)
    if asset is not None:
        return f"asset {asset}"
    host, path, query = _parts(url)
    first, dot, rest = host.partition(".")
    if "." in rest:
        first = re.sub(r"(?<=cdn)[a-z]$|\d+$", "", first)
    segments = unquote(path).split("/")
    if len(segments) > 2 and segments[-2] in SIZES:
        del segments[-2]
    is_file = _PICTURE.search(path) is not None or upload_day(url) is not None
    asked = f"?{query}" if query and not is_file else ""
    return f"{first}{dot}{rest}{'/'.join(segments)}{asked}"


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


@lru_cache(1 << 17)  # a removal asks five times about each; at most some 60 MB
def _parts(url: str) -> tuple[str, str, str]:
    """An address's host, path and query, in the normal form; empty where it makes no sense.

    The name of a file at hand says nothing that could be relied on.
    """
    if local_original(url) is not None:
        return "", "", ""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower().removesuffix(".")
        return host, _normal(parts.path), parts.query
    except ValueError:
        return "", "", ""


def _normal(path: str) -> str:
    """A path without `.`, `..`, empty segments and needless percents (RFC 3986, 6.2.2)."""
    plain = _UNRESERVED.sub(lambda found: chr(int(found[1], 16)), path)
    kept: list[str] = []
    for segment in plain.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    end = "/" if kept and plain.endswith("/") else ""
    return f"/{'/'.join(kept)}{end}" if plain.startswith("/") else plain
