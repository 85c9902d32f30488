"""How the tool names itself: to servers, in files and in ledgers."""

from importlib.metadata import version

HOME = "https://github.com/portraitset/portraitset"
"""Where a site owner finds out what this is and whom to write to."""

__version__ = version("portraitset")

SOFTWARE = f"portraitset {__version__}"
"""How files that the tool makes name their maker."""


def user_agent(contact: str | None = None) -> str:
    """The User-Agent header: the tool, its version, its home, and who runs it if they say so."""
    whom = f"; contact: {contact}" if contact else ""
    return f"portraitset/{__version__} (+{HOME}{whom})"
