"""By what a copy is told: its bytes, its pixels, how it looks, or what it is called."""

from typing import Literal, get_args

Way = Literal["bytes", "pixels", "look", "names"]
WAYS: tuple[Way, ...] = get_args(Way)
