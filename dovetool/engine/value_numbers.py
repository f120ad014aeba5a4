"""Values by number, over a whole capture: what is made of a value is made once."""

from __future__ import annotations

from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from dovetool.engine import kernel
from dovetool.values import dataclass

_WORD = 8
_KEY = 3  # words: length, and 16 octets


@dataclass(slots=True)
class ValueNumbers:
    """Octets that stand in frames.

    Attributes:
        values: by their number; number 0 has no octets and is that of frames that have none.
    """

    values: list[bytes] = field(default_factory=lambda: [b""])
    _table: kernel.ValueTable = field(default_factory=lambda: kernel.ValueTable(_KEY))

    def __post_init__(self) -> None:
        self._table.number(np.zeros((_KEY, 1), np.uint64), np.zeros(1, np.int32))

    def codes(self, keys: NDArray[np.uint64]) -> NDArray[np.int32]:
        """The numbers (n,) of values, as `read_keys` has them."""
        numbers = np.empty(keys.shape[1], np.int32)
        self._table.number(keys, numbers)
        if len(self._table) > len(self.values):
            self.values += map(_octets, self._table.values(len(self.values)))
        return numbers


def _octets(words: tuple[int, ...]) -> bytes:
    length, *parts = words
    return b"".join(part.to_bytes(_WORD, "little") for part in parts)[:length]
