"""File names from a manifest: what leaves its folder, hides or tricks a terminal is refused."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entries import entry, parsed
from portraitset.errors import State, UnsafeName
from portraitset.manifest.names import check_name

UNSAFE = [
    "", ".", "..", "...", " ", "   ", ". .", "\u00a0", "\u3000", "\u2003.", "/etc/passwd", "a/b",
    "../a.png", "a/../../b.png", "..\\a.png", "a\\b", "\\\\host\\share", "C:a.png", "c:\\a.png",
    "z:", "a\0.png", "a\n.png", "a\r.png", "a\t.png", "\x1b[31mred.png", "a\x7f", "a\x9b31m",
    "gpj.\u202eexe", "a\u200b.png", "\ufeffa.png", "a\ud800.png", "\udfff", ".portraitset",
    ".portraitset-tmp", ".PortraitSet",
]  # fmt: skip
SAFE = [
    "00001.png", "a", "a b.png", " a.png", ".a.png", "..a", "a..", "a?1569824523", "020_a.jpg?1",
    "猫.png", "Dürer.jpg", "🖼.png", "CON", "ab:c", "-rf", "~", "$HOME", "%2e%2e%2f", "portraitset",
    "a" * 1000,
]  # fmt: skip


@pytest.mark.parametrize("name", UNSAFE, ids=ascii)
def test_unsafe_name_is_refused_in_plain_words(name: str) -> None:
    with pytest.raises(UnsafeName) as caught:
        check_name(name)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", SAFE, ids=lambda name: ascii(name)[:30])
def test_name_that_is_merely_odd_is_taken(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", UNSAFE, ids=ascii)
def test_unsafe_crop_name_makes_its_entry_invalid(name: str) -> None:
    (bad,) = parsed({name: entry(), "good.png": entry()}).invalid()
    assert (bad.name, bad.error.state, bad.error.reason) == (name, State.INVALID, "unsafe-name")


@pytest.mark.parametrize("name", UNSAFE[1:], ids=ascii)
def test_unsafe_original_name_makes_its_entry_invalid(name: str) -> None:
    manifest = parsed({"bad.png": entry(raw_name=name), "good.png": entry()})
    (bad,) = manifest.invalid()
    assert (bad.name, bad.error.reason) == ("bad.png", "unsafe-name")


ODD = st.text(st.sampled_from("ab./\\: \0\n\x1b\u202e\u00a0?*C"), max_size=5)


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=12) | ODD)
def test_accepted_name_stays_in_its_folder(name: str) -> None:
    try:
        check_name(name)
    except UnsafeName:
        return
    folder = Path("/some/folder")
    assert (folder / name).parent == folder
    assert (folder / name).resolve() != folder
    assert name.strip()
    assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Cf") for letter in name)
    name.encode()
