"""Lists of addresses: every form that img2dataset takes gives the same addresses."""

import csv
import gzip
import io
import json
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portraitset.errors import BadEntry, InputError
from portraitset.handoffs import Photo
from portraitset.manifest.address_list import (
    is_list_name,
    photos_of,
    read_addresses,
    unpacked,
)

ADDRESSES = [
    "https://example.org/a/one.jpg",
    "http://example.org/two,%20with a comma.png?size=4",
    "https://example.org/Ü.jpg",
]


def _table(delimiter: str) -> bytes:
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=delimiter)
    writer.writerow(["Caption", "URL"])
    writer.writerows([["a face, or\ntwo", each] for each in ADDRESSES])
    return sink.getvalue().encode()


def _parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"TEXT": ["x"] * 3, "URL": ADDRESSES}), sink)
    return sink.getvalue()


LISTS: dict[str, bytes] = {
    "text": "\n".join(ADDRESSES).encode(),
    "text with Windows' ends, a mark, blanks, a remark and a copy": (
        "\ufeff# mine\r\n\r\n" + "\r\n".join(f" {each} " for each in [*ADDRESSES, ADDRESSES[0]])
    ).encode(),
    "csv": _table(","),
    "csv with semicolons": _table(";"),
    "tsv": _table("\t"),
    "json, texts": json.dumps(ADDRESSES).encode(),
    "json, objects": json.dumps([{"url": each, "n": 1} for each in ADDRESSES]).encode(),
    "json lines": "\n".join(json.dumps({"url": each}) for each in ADDRESSES).encode(),
    "parquet": _parquet(),
}


@pytest.mark.parametrize("data", LISTS.values(), ids=LISTS.keys())
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_every_form_gives_the_same_addresses(data: bytes, pack: Callable[[bytes], bytes]) -> None:
    assert read_addresses(unpacked(pack(data), "list"), "list") == ADDRESSES


def test_another_column_can_be_named() -> None:
    table = b"url,picture\nhttps://example.org/page,https://example.org/a.jpg\n"
    assert read_addresses(table, "list", "picture") == ["https://example.org/a.jpg"]
    assert read_addresses(b'[{"IMG": "https://e.org/a.jpg"}, {}]', "list", "img") == [
        "https://e.org/a.jpg"
    ]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "no column 'url'"),
        (b"caption,link\na,https://example.org/a.jpg\n", "its columns are 'caption', 'link'"),
        (b"url\n", "holds no address"),
        (b"[1, 2", "no JSON list"),
        (b"[" * 100_000, "no JSON list"),
        (b'[{"link": "x"}]', "its columns are 'link'"),
        (b"\xff\xfe", "byte 0 is not UTF-8"),
        (b"PAR1" + bytes(40), "no Parquet"),
        (b'url\n"' + b"x" * 200_000 + b'"', "field larger"),
    ],
)
def test_what_is_no_list_says_why(data: bytes, word: str) -> None:
    with pytest.raises(InputError, match=word):
        read_addresses(data, "list.csv")


def test_gzip_that_is_cut_off_or_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="cannot be unpacked"):
        unpacked(gzip.compress(LISTS["text"])[:-9], "list.txt.gz")
    monkeypatch.setattr("portraitset.manifest.address_list._LARGEST", 1 << 20)
    with pytest.raises(InputError, match="unpacks to more than 1 MiB"):
        unpacked(gzip.compress(bytes((1 << 20) + 1)), "list.txt.gz")


def test_parquet_whose_texts_would_fill_the_memory_is_refused() -> None:
    sink = io.BytesIO()
    text = pa.array(["x" * (1 << 20)] * 1000).dictionary_encode()
    pq.write_table(pa.table({"url": text}), sink, compression="zstd")
    with pytest.raises(InputError, match="a text is longer than"):
        read_addresses(sink.getvalue(), "list.parquet")


def test_names_are_upstreams_where_they_can_be_and_do_not_depend_on_the_order() -> None:
    addresses = [
        "https://cdna.artstation.com/p/assets/images/images/020/942/583/large/a.jpg?1",
        "https://one.example/x/y/z/v/w.jpg",
        "https://two.example/x/y/z/v/W.jpg",
        f"https://example.org/{'a' * 300}.png",
        "https://example.org/a%2Fb/..%5Cc/nul\\d.webp",
    ]
    named = {each.url: each.raw_name for each in photos_of(addresses) if isinstance(each, Photo)}
    assert named[addresses[0]] == "942_583_large_a.jpg?1".replace("942", "020_942", 1)
    assert len({name.casefold() for name in named.values()}) == len(addresses)
    assert all(len(name) <= 200 and "/" not in name and "\\" not in name for name in named.values())
    assert named[addresses[3]].endswith(".png")
    again = [each for each in photos_of(addresses[::-1]) if isinstance(each, Photo)]
    assert {each.url: each.raw_name for each in again} == named


def test_what_is_no_address_is_told_and_the_others_are_taken() -> None:
    found = list(photos_of(["file:///etc/passwd", "paintings/a.jpg", ADDRESSES[0]]))
    refused = [each for each in found if isinstance(each, tuple)]
    assert [address for address, _ in refused] == ["file:///etc/passwd", "paintings/a.jpg"]
    assert all(isinstance(error, BadEntry) for _, error in refused)
    assert isinstance(found[2], Photo)


@pytest.mark.parametrize(
    "name", ["a.txt", "A.CSV", "b.tsv.gz", "c.parquet", "d.json.GZ", "e.jsonl"]
)
def test_endings_of_lists(name: str) -> None:
    assert is_list_name(name)
    assert not is_list_name(f"{name}.png")


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_a_list_or_refused(data: bytes) -> None:
    try:
        addresses = read_addresses(unpacked(data, "list"), "list")
    except InputError:
        return
    assert addresses
    list(photos_of(addresses))
