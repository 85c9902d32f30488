"""Hugging Face's ImageFolder: a folder for each split, with `metadata.jsonl` beside its pictures.

Source: https://huggingface.co/docs/datasets/image_dataset#imagefolder
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from portraitset.export.documents import lines_of, write_documents
from portraitset.export.folder import Folder, FolderWriter, strike, without_place, write_picture
from portraitset.export.sample import Kept, Placed, Row, Sample, Shard, Target
from portraitset.workspace.layout import translated, write_whole

METADATA = "metadata.jsonl"


class ImageFolder(Folder):
    """The format `imagefolder`: files by split, with Hugging Face's metadata.jsonl."""

    lists = frozenset([METADATA])

    def writer(self, target: Target, _: Sequence[Placed]) -> "ImageFolderWriter":
        """A writer; finished files need nothing more."""
        return ImageFolderWriter(target.folder)

    def without(
        self,
        target: Target,
        members: Sequence[Kept],
        gone: frozenset[str],
        documents: Mapping[str, bytes],
    ) -> Sequence[Kept]:
        """Delete files and their lines; a split without a face goes, as `datasets` reads none."""
        stay = super().without(target, members, gone, documents)
        for lines in sorted(target.folder.glob(f"*/{METADATA}")):
            strike(lines, gone)
            with translated(lines):
                if not lines.stat().st_size:
                    lines.unlink()
                    if not any(lines.parent.iterdir()):
                        lines.parent.rmdir()
        return stay


class ImageFolderWriter(FolderWriter):
    """Writes file after file into its split's folder."""

    def begin(self, shard: Shard, /) -> None:
        """Make the split's folder."""
        with translated(self._folder):
            (self._folder / shard.split).mkdir(parents=True, exist_ok=True)

    def add(self, sample: Sample) -> Placed:
        """Write one file."""
        place = f"{sample.crop.split}/{sample.crop.file}"
        return write_picture(self._folder, place, sample)

    def finish(self, rows: Iterable[Row], documents: Mapping[str, bytes]) -> None:
        """Write each split's lines; `file_name` is relative to its folder."""
        splits: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            split, _, file = str(row["place"]).partition("/")
            splits[split].append({"file_name": file} | without_place(row))
        for split, its_rows in splits.items():
            write_whole(self._folder / split / METADATA, lines_of(its_rows))
        write_documents(self._folder, documents)
