"""Is a file name from a manifest fit to be a file name? Pure."""

import unicodedata

from portraitset.errors import UnsafeName

_UNSEEN = ("Cc", "Cf", "Cs")
"""Unicode's control and formatting characters, and halves of pairs."""


def check_name(name: str) -> None:
    """Refuse what could leave its folder, hide, or trick a terminal.

    Raises:
        UnsafeName: with what is wrong.
    """
    if problem := _problem(name):
        raise UnsafeName(f"{problem}: {name!r:.100}")


def _problem(name: str) -> str | None:
    if not name.replace(".", "").strip():
        return "a name must have more than dots and blanks"
    if "/" in name or "\\" in name:
        return "a name must not hold a path separator"
    if name.casefold().startswith(".portraitset"):
        return "names that start with .portraitset are the tool's own"
    if len(name) > 1 and name[1] == ":" and name[0].isalpha():
        return "a name must not start with a drive letter"
    is_plain = name.isascii() and name.isprintable()  # nearly all are, and it is told at once
    if not is_plain and any(unicodedata.category(letter) in _UNSEEN for letter in name):
        return "a name must not hold control or formatting characters"
    return None
