"""Originals at hand: a path and a digest where other photos have an address.

Everywhere but in JSON lines they stand as one text, which takes an address's place:
`local:paintings/mona%20lisa.jpg#sha256=…`. Another content is another address, so that a file that
was exchanged is never taken for the one that landmarks were made for. Where a dataset states other
digests than that, as FFHQ does, they stand there: `#md5=…&rgb-md5=…`. Pure.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from portraitset.errors import BadEntry, ItemError
from portraitset.manifest.names import check_name

_SCHEME = "local:"
_DIGEST = re.compile(r"#(?:sha256=([0-9a-f]{64})|md5=([0-9a-f]{32})(?:&rgb-md5=([0-9a-f]{32}))?)")


@dataclass(frozen=True, slots=True)
class LocalOriginal:
    """An original that is a file of ours.

    Attributes:
        path: relative to the folder of originals, `/` between folders.
        sha256, md5: of its bytes, hex; one of the two is stated.
        rgb_md5: of its decoded RGB pixels, uint8, row by row, hex; only beside `md5`.
    """

    path: str
    sha256: str | None = None
    md5: str | None = None
    rgb_md5: str | None = None

    @property
    def address(self) -> str:
        """The text that takes an address's place."""
        digests = (("sha256", self.sha256), ("md5", self.md5), ("rgb-md5", self.rgb_md5))
        stated = "&".join(f"{kind}={digest}" for kind, digest in digests if digest is not None)
        return f"{_SCHEME}{quote(self.path, errors='surrogateescape')}#{stated}"

    @property
    def content(self) -> str:
        """One text for all files of these bytes."""
        return f"sha256 {self.sha256}" if self.sha256 else f"md5 {self.md5}"

    @property
    def raw_name(self) -> str:
        """The file name that it gets in a workspace, if a manifest gives it none."""
        return self.path.replace("/", "_")

    def published_at(self, base: str) -> str:
        """Its address, once all originals are published below `base`."""
        return f"{base.rstrip('/')}/{quote(self.path, errors='surrogateescape')}"


def local_original(address: str) -> LocalOriginal | None:
    """The original at hand that an address stands for; None if it stands for none."""
    if not is_local(address):
        return None
    try:
        return read_local(address)
    except ItemError:
        return None


def is_local(address: str) -> bool:
    """Whether an address means to be an original at hand."""
    return address.startswith(_SCHEME)


def read_local(address: str) -> LocalOriginal:
    """The original at hand that an address stands for.

    Raises:
        BadEntry: its path is not relative, or neither sha256 nor md5 are there.
        UnsafeName: its path would leave the folder of originals.
    """
    quoted, mark, rest = address.removeprefix(_SCHEME).partition("#")
    path = unquote(quoted, errors="surrogateescape")
    digest = _DIGEST.fullmatch(mark + rest)
    if digest is None:
        raise BadEntry(
            f"a path needs its file's sha256, 64 hex digits in lower case: {path!r:.200}"
        )
    check_path(path)
    return LocalOriginal(path, *digest.groups())


def check_path(path: str) -> None:
    """Check that a path stays in the folder of originals.

    Raises:
        BadEntry: it is not relative.
        UnsafeName: it would leave the folder.
    """
    if path.startswith("/"):
        raise BadEntry(f"path must be relative to the folder of originals: {path!r:.200}")
    for part in path.split("/"):
        check_name(part)
