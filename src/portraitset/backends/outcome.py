"""What a stage hands back for one item: it is done, or it failed for a known reason."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from portraitset.errors import ItemError

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Done(Generic[Value]):
    """The item reached the stage's goal."""

    value: Value


@dataclass(frozen=True, slots=True)
class Failed:
    """The item did not reach the stage's goal; the error says where it stands now."""

    error: ItemError


Outcome = Done[Value] | Failed
