"""What a format is: one protocol, and what most formats do the same way."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import PurePath
from typing import ClassVar

from portraitset.export.documents import are_same, missing, read_documents
from portraitset.export.sample import Kept, Placed, Target, Writer


class Format(ABC):
    """What an export format must offer.

    Attributes:
        appends: whether shards follow each other in one file, so that a damaged one spoils all
            that come after it.
        package: the optional one that it needs; also the name of the extra.
        endings: of its files with pictures, with the dot.
        lists: its other files, beside the documents.
    """

    appends: ClassVar[bool] = False
    package: ClassVar[str] = ""
    endings: ClassVar[frozenset[str]]
    lists: ClassVar[frozenset[str]] = frozenset()

    def check(self) -> None:
        """Check that the package that this format needs is installed.

        Raises:
            InputError: it is not.
        """
        if self.package and find_spec(self.package) is None:
            raise missing(self.package)

    def makes(self, file: PurePath) -> bool:
        """Whether a file within an export may be of this format's making; documents are not."""
        return file.suffix in self.endings or file.name in self.lists

    @abstractmethod
    def writer(self, target: Target, finished: Sequence[Placed], /) -> Writer:
        """A writer that goes on after what is finished."""

    @abstractmethod
    def read(self, target: Target, placed: Sequence[Placed]) -> Iterable[bytes]:
        """The pictures' bytes, by the format's own reader, in that order.

        Raises:
            ValueError: what was written cannot be read.
        """

    def is_whole(self, target: Target, placed: Sequence[Placed]) -> bool:
        """Whether a shard of an unfinished export holds what was written."""
        return are_same(self.read(target, placed), placed)

    def documents(self, target: Target, names: Iterable[str]) -> Mapping[str, bytes]:
        """Those documents that are there, as they are now."""
        return read_documents(target.folder, names)

    @abstractmethod
    def without(
        self,
        target: Target,
        members: Sequence[Kept],
        gone: frozenset[str],
        documents: Mapping[str, bytes],
    ) -> Sequence[Kept]:
        """Take faces out of a finished target, and put other documents into it; what is left."""
