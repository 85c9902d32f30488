"""`verify-removed`: what was taken out is found wherever it lies; hostile archives do no harm."""

import gzip
import hashlib
import io
import json
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import lmdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasets import draw, encoded
from portraitset.cli import run
from portraitset.picture.perceptual_hash import look_of
from portraitset.removal import items
from portraitset.workspace.removal_log import append_tombstones, begin_log
from portraitset.workspace.tombstones import LOG, Traits, tombstone_of

WANTED = encoded(draw(7), "PNG")
INNOCENT = encoded(draw(8), "PNG")
URL = "https://cdna.gallery.example/p/assets/images/images/000/000/007/large/anna-karen-lamp.jpg"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log that names one picture."""
    pixels = np.asarray(draw(7))
    traits = Traits(
        frozenset([URL]),
        frozenset(["lamp.png"]),
        frozenset([hashlib.sha256(WANTED).hexdigest()]),
        frozenset([hashlib.sha256(pixels.tobytes()).hexdigest()]),
        frozenset([look_of(pixels)]),
    )
    folder = tmp_path / "log"
    append_tombstones(folder, [tombstone_of(traits, begin_log(folder).salt, "picture", "")])
    return folder / LOG


def scan(
    tree: Path, log: Path, capsys: pytest.CaptureFixture[str], by: str = "bytes,pixels,look"
) -> tuple[int, list[tuple[str, str]], list[str]]:
    """The exit code, each hit's place below the tree and way, and what could not be read."""
    capsys.readouterr()
    code = run(["verify-removed", str(tree), "--removals", str(log), "--by", by, "--json"])
    content = json.loads(capsys.readouterr().out)
    hits = [(os.path.relpath(hit["where"], tree), hit["by"]) for hit in content["hits"]]
    return code, hits, [problem["why"] for problem in content["problems"]]


def write_zip(path: Path, data: bytes = WANTED) -> str:
    with zipfile.ZipFile(path / "a.zip", "w") as archive:
        archive.writestr("00000/x.png", INNOCENT)
        archive.writestr("00000/y.png", data)
    return "a.zip!00000/y.png"


def tar_of(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in (("x.png", INNOCENT), ("y.png", data)):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def write_tar(path: Path, data: bytes = WANTED) -> str:
    (path / "a.tar").write_bytes(tar_of(data))
    return "a.tar!y.png"


def write_compressed_tar(path: Path, data: bytes = WANTED) -> str:
    (path / "a.tar.gz").write_bytes(gzip.compress(tar_of(data)))
    return "a.tar.gz!y.png"


def write_parquet(path: Path, data: bytes = WANTED) -> str:
    rows = [{"image": {"bytes": item, "path": None}, "label": 0} for item in (INNOCENT, data)]
    pq.write_table(pa.Table.from_pylist(rows), path / "a.parquet")
    return "a.parquet!image[1].bytes"


def write_lmdb(path: Path, data: bytes = WANTED) -> str:
    with (
        lmdb.open(str(path / "a"), map_size=1 << 22) as environment,
        environment.begin(write=True) as transaction,
    ):
        transaction.put(b"256-00000", INNOCENT)
        transaction.put(b"256-00001", data)
    return "a/data.mdb!256-00001"


def write_nested(path: Path, data: bytes = WANTED) -> str:
    with zipfile.ZipFile(path / "a.zip", "w") as archive:
        archive.writestr("shard.tar", tar_of(data))
    return "a.zip!shard.tar!y.png"


def write_file(path: Path, data: bytes = WANTED) -> str:
    (path / "deep").mkdir()
    (path / "deep" / "y").write_bytes(data)
    return "deep/y"


WRITERS = [
    write_file,
    write_zip,
    write_tar,
    write_compressed_tar,
    write_parquet,
    write_lmdb,
    write_nested,
]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(
    ("data", "way"),
    [
        (WANTED, "bytes"),
        (encoded(draw(7), "BMP"), "pixels"),
        (encoded(draw(7).resize((65, 80)), "JPEG"), "look"),
    ],
)
def test_copy_is_found_wherever_it_lies(
    write: Callable[[Path, bytes], str],
    data: bytes,
    way: str,
    log: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    where = write(tree, data)
    assert scan(tree, log, capsys) == (1, [(where, way)], [])
    others = {"bytes": "pixels", "pixels": "bytes", "look": "bytes,pixels"}[way]
    code, hits, _ = scan(tree, log, capsys, others)
    assert (code, hits) == ((1, [(where, "pixels")]) if way == "bytes" else (0, []))


@pytest.mark.parametrize("write", WRITERS)
def test_innocent_tree_passes(
    write: Callable[[Path, bytes], str],
    log: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    write(tree, INNOCENT)
    assert scan(tree, log, capsys) == (0, [], [])


@pytest.mark.parametrize("archive", ["a.tar", "a.zip"])
def test_offset_is_where_the_bytes_are(
    archive: str, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / archive
    if path.suffix == ".tar":
        path.write_bytes(tar_of(WANTED))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as stored:
            stored.writestr("first.txt", b"an innocent member")
            info = zipfile.ZipInfo("folder/picture.jpg")
            info.extra = b"\xfe\xca\x02\x00ab"  # between the name and the bytes
            stored.writestr(info, WANTED)
    assert run(["verify-removed", str(path), "--removals", str(log), "--json"]) == 1
    (hit,) = json.loads(capsys.readouterr().out)["hits"]
    assert path.read_bytes()[hit["offset"] :].startswith(WANTED)


def test_addresses_and_names_are_found_on_request(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    other = URL.replace("cdna", "cdnb").replace("large", "small") + "?1"
    (tree / "metadata.jsonl").write_text(json.dumps({"a": "https://x.example/1", "b": other}))
    (tree / "lamp.png").write_bytes(INNOCENT)
    assert scan(tree, log, capsys)[0] == 0
    code, hits, _ = scan(tree, log, capsys, "names")
    assert (code, hits) == (1, [("lamp.png", "names"), ("metadata.jsonl", "names")])


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])


@pytest.mark.parametrize("write", [write_zip, write_tar, write_compressed_tar, write_parquet])
def test_truncated_archive_is_told_and_no_clean_bill(
    write: Callable[[Path], str],
    log: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    write(tree)
    cut(next(path for path in tree.iterdir()))
    code, _, problems = scan(tree, log, capsys, "bytes")
    assert code == 1
    assert problems


def zip_of(name: str, data: bytes, method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def second_header_of(data: bytes) -> int:
    return 512 + -(-len(INNOCENT) // 512) * 512 if data else 0


DAMAGED = {
    "cut between members": lambda data: data[: second_header_of(data)],
    "cut within a header": lambda data: data[: second_header_of(data) + 100],
    "damaged header": lambda data: data.replace(b"y.png", b"z.png", 1),
    "header of zeros": lambda data: data.replace(data[second_header_of(data) :][:512], bytes(512)),
    "another tar behind it": lambda data: tar_of(INNOCENT) + data,
}


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize("damage", DAMAGED)
def test_tar_that_hides_members_gets_no_clean_bill(
    damage: str,
    compress: Callable[[bytes], bytes],
    log: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "x.tar").write_bytes(compress(DAMAGED[damage](tar_of(WANTED))))
    code, _, problems = scan(tmp_path / "x.tar", log, capsys)
    assert (code, len(problems)) == (1, 1)


def test_tar_member_of_an_unknown_kind_is_looked_into(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    info = tarfile.TarInfo("y.png")
    info.size, info.type = len(WANTED), b"Z"
    data = info.tobuf(tarfile.USTAR_FORMAT) + WANTED + bytes(-len(WANTED) % 512 + 1024)
    (tmp_path / "x.tar").write_bytes(data)
    assert scan(tmp_path / "x.tar", log, capsys)[1] == [("../x.tar!y.png", "bytes")]


def test_damaged_compression_is_told(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = bytearray(zip_of("a.txt", b"again and " * 1000, zipfile.ZIP_DEFLATED))
    data[40:60] = b"\xff" * 20
    (tmp_path / "x.zip").write_bytes(data)
    code, _, problems = scan(tmp_path / "x.zip", log, capsys)
    assert (code, len(problems)) == (1, 1)


def test_compressed_picture_is_looked_into(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.zip").write_bytes(zip_of("y.png.gz", gzip.compress(WANTED)))
    assert scan(tmp_path / "x.zip", log, capsys)[1] == [("../x.zip!y.png.gz!y.png", "bytes")]


def test_archive_too_deep_or_too_large_gets_no_clean_bill(
    log: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deep = zip_of("b.zip", zip_of("c.tar.gz", gzip.compress(tar_of(WANTED))))
    (tmp_path / "x.zip").write_bytes(deep)
    assert len(scan(tmp_path / "x.zip", log, capsys)[2]) == 1
    monkeypatch.setattr(items, "LARGEST_HELD", 1000)
    (tmp_path / "x.zip").write_bytes(zip_of("c.tar", tar_of(WANTED)))
    assert len(scan(tmp_path / "x.zip", log, capsys)[2]) == 1


def test_parquet_map_is_looked_into(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    column = pa.array([[("k", WANTED)]], pa.map_(pa.string(), pa.binary()))
    pq.write_table(pa.table({"m": column}), tmp_path / "x.parquet")
    hits = scan(tmp_path / "x.parquet", log, capsys)[1]
    assert hits == [("../x.parquet!m[0][0][1]", "bytes")]


def test_database_within_an_lmdb_is_looked_into(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with lmdb.open(str(tmp_path / "a"), map_size=1 << 22, max_dbs=2) as environment:
        within = environment.open_db(b"photos")
        with environment.begin(write=True) as transaction:
            transaction.put(b"y", WANTED, db=within)
            transaction.put(b"as long as a record", bytes(48))
    code, hits, problems = scan(tmp_path / "a", log, capsys)
    assert (code, hits, problems) == (1, [("data.mdb!photos/y", "bytes")], [])


@pytest.mark.parametrize(
    "text",
    [
        "face,https://museum.example/one.jpg,,x\n",
        "[one](https://museum.example/one.jpg), and more",
        "See https://museum.example/one.jpg.",
        '{"url": "https:\\/\\/museum.example\\/one.jpg"}',
        "HTTP://MUSEUM.example:80/one.jpg?x#y",
    ],
)
def test_address_is_found_in_any_kind_of_text(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    traits = Traits(frozenset(["https://museum.example/one.jpg"]))
    log = tmp_path / "log"
    append_tombstones(log, [tombstone_of(traits, begin_log(log).salt, "picture", "")])
    (tmp_path / "x.txt").write_text(text)
    hits = scan(tmp_path / "x.txt", log / LOG, capsys, "names")[1]
    assert hits == [(".", "names")]


def test_damaged_lmdb_takes_down_its_reader_only(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    write_lmdb(tree)
    path = tree / "a" / "data.mdb"
    path.write_bytes(path.read_bytes()[:9000])
    (tree / "y").write_bytes(WANTED)
    code, hits, problems = scan(tree, log, capsys, "bytes")
    assert (code, hits) == (1, [("y", "bytes")])
    assert problems


def test_bombs_and_links_do_no_harm(
    log: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(items, "_LEAST_ROOM", 1 << 20)
    tree = tmp_path / "tree"
    tree.mkdir()
    with zipfile.ZipFile(tree / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(8 << 20))
        archive.writestr("../../up.png", WANTED)
    (tree / "out").symlink_to("/dev/zero")
    (tree / "loop").symlink_to(tree)
    os.mkfifo(tree / "pipe")
    code, _, problems = scan(tree, log, capsys, "bytes")
    assert code == 1
    assert any("unpacks to more" in why for why in problems)
    assert not (tmp_path.parent / "up.png").exists()


@pytest.mark.parametrize(
    "head", [b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\x01", b"ARROW1\0\0"]
)
def test_archive_that_nothing_here_reads_gets_no_clean_bill(
    head: bytes, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x").write_bytes(head + bytes(600))
    code, _, problems = scan(tmp_path / "x", log, capsys)
    assert (code, len(problems)) == (1, 1)


def test_tar_of_the_oldest_kind_is_looked_into(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = bytearray(tar_of(WANTED))
    for at in range(0, len(data), 512):
        if data[at + 257 : at + 262] == b"ustar":
            data[at + 257 : at + 265] = bytes(8)
            data[at + 148 : at + 156] = b" " * 8
            data[at + 148 : at + 156] = b"%06o\0 " % sum(data[at : at + 512])
    (tmp_path / "x.tar").write_bytes(data)
    assert scan(tmp_path / "x.tar", log, capsys, "bytes")[1] == [("../x.tar!y.png", "bytes")]


def test_pipe_is_told_and_not_waited_for(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    code, _, problems = scan(tmp_path / "pipe", log, capsys)
    assert (code, len(problems)) == (1, 1)


def test_folder_that_cannot_be_read_gets_no_clean_bill(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Folders nested past what a path may have are closed to everybody, the superuser too."""
    (tmp_path / "tree").mkdir()
    folder = os.open(tmp_path / "tree", os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=folder)
        deeper = os.open("d" * 250, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = deeper
    os.close(folder)
    code, _, problems = scan(tmp_path / "tree", log, capsys)
    assert (code, len(problems)) == (1, 1)


def test_log_that_is_broken_or_none_is_bad_input(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tree").mkdir()
    broken = tmp_path / "broken.jsonl"
    broken.write_text(log.read_text().replace('"sequence":1', '"sequence":2'))
    tree = str(tmp_path / "tree")
    assert run(["verify-removed", tree, "--removals", str(broken)]) == 2
    assert "line 2" in " ".join(capsys.readouterr().err.split())
    other = tmp_path / "other.jsonl"
    other.write_text("{}\n")
    assert run(["verify-removed", tree, "--removals", str(other)]) == 2
    assert run(["verify-removed", tree, "--removals", str(log), "--by", "smell"]) == 2


def test_large_item_is_known_by_its_bytes(
    log: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(items, "LARGEST_HELD", 100)
    (tmp_path / "y.png").write_bytes(WANTED)
    assert scan(tmp_path / "y.png", log, capsys)[1] == [(".", "bytes")]


def test_a_picture_hides_behind_no_name(
    tmp_path: Path, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / LOG).write_bytes(WANTED)
    code, hits, _ = scan(tree, log, capsys, by="bytes")
    assert (code, hits) == (1, [(LOG, "bytes")])
