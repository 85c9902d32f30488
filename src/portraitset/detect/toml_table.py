"""A table of a TOML file, taken key by key; what is wrong is told with the file and the key."""

import math
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from portraitset.errors import InputError

_LARGEST = 64 << 10


class TomlTable:
    """Values by key, each checked when it is taken.

    Raises, in every method:
        InputError: a value is missing or makes no sense.
    """

    def __init__(self, file: Path, content: Mapping[str, object], place: str = "") -> None:
        self._file = file
        self._left = dict(content)
        self._place = place

    @classmethod
    def read(cls, file: Path) -> "TomlTable":
        """A whole file."""
        try:
            if file.exists() and not file.is_file():
                raise InputError(f"{file} is no file")
            if file.stat().st_size > _LARGEST:
                raise InputError(f"{file} is larger than {_LARGEST >> 10} KiB")
            return cls(file, tomllib.loads(file.read_text(encoding="utf-8")))
        except OSError as error:
            raise InputError(f"{file} cannot be read: {error.strerror or error}") from error
        except (ValueError, RecursionError) as error:  # of TOML, or of UTF-8
            raise InputError(f"{file} is no TOML: {error!s:.200}") from error

    def table(self, key: str) -> "TomlTable":
        """A table within this one; an empty one if it is left out."""
        value = self._left.pop(key, {})
        if not isinstance(value, dict):
            raise self.fault(key, "a table", value)
        return TomlTable(self._file, value, f"{self._place}{key}.")

    def text(self, key: str, default: str | None = None) -> str:
        """A text of 1 to 200 characters."""
        value = self._take(key, default)
        if not isinstance(value, str) or not 1 <= len(value) <= 200:
            raise self.fault(key, "a text of 1 to 200 characters", value)
        return value

    def word(self, key: str, words: Sequence[str], default: str | None = None) -> str:
        """One of the words."""
        value = self._take(key, default)
        if not isinstance(value, str) or value not in words:
            raise self.fault(key, f"one of {', '.join(words)}", value)
        return value

    def whole(self, key: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number."""
        return self._whole(key, self._take(key, default), least, most)

    def wholes(
        self, key: str, least: int, most: int, default: Sequence[int] | None = None
    ) -> tuple[int, ...]:
        """Some whole numbers; one may stand without brackets."""
        value = self._take(key, default)
        values = value if isinstance(value, list | tuple) else (value,)
        if len(values) > 100:
            raise self.fault(key, "at most 100 numbers", f"{len(values)} of them")
        return tuple(self._whole(key, each, least, most) for each in values)

    def number(self, key: str, least: float, most: float, default: float) -> float:
        """A finite number."""
        return self._number(key, self._take(key, default), least, most)

    def channels(self, key: str, least: float, most: float, default: float) -> tuple[float, ...]:
        """A number for all three channels, or three."""
        value = self._take(key, default)
        values = value if isinstance(value, list) else [value] * 3
        if len(values) != 3:
            raise self.fault(key, "one number or three", value)
        return tuple(self._number(key, each, least, most) for each in values)

    def is_given(self, key: str) -> bool:
        """Whether the key is still there."""
        return key in self._left

    def end(self) -> None:
        """Nothing else may stand in the table."""
        if self._left:
            names = ", ".join(f"{self._place}{key}" for key in self._left)
            raise InputError(f"{self._file}: what nobody knows: {names:.200}")

    def fault(self, key: str, wanted: str, value: object) -> InputError:
        """The error that a key's value is."""
        return InputError(f"{self._file}: {self._place}{key} must be {wanted}, not {value!r:.80}")

    def _take(self, key: str, default: object) -> object:
        value = self._left.pop(key, default)
        if value is None:
            raise InputError(f"{self._file}: {self._place}{key} is missing")
        return value

    def _whole(self, key: str, value: object, least: int, most: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.fault(key, f"whole numbers from {least} to {most}", value)
        return value

    def _number(self, key: str, value: object, least: float, most: float) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(float(value)) or not least <= value <= most:  # type: ignore[arg-type, operator]
            raise self.fault(key, f"a number from {least:g} to {most:g}", value)
        return float(value)  # type: ignore[arg-type]
