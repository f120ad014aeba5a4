"""Values by number, over a whole capture: each is put into words once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.columns.cells import Codes, Value
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

    def codes(self, keys: NDArray[np.uint64]) -> Codes:
        """The numbers (n,) of values, as `read_keys` has them."""
        numbers = np.empty(keys.shape[1], np.int32)
        self._table.number(keys, numbers)
        if len(self._table) > len(self.values):
            self.values += map(_octets, self._table.values(len(self.values)))
        return numbers


def _octets(words: tuple[int, ...]) -> bytes:
    length, *parts = words
    return b"".join(part.to_bytes(_WORD, "little") for part in parts)[:length]


@dataclass(slots=True)
class Combinations:
    """What is made of several numbers together, once for each combination that there is.

    Attributes:
        made: by the number of the combination.
    """

    made: list[Value] = field(default_factory=list)
    _table: kernel.ValueTable | None = None

    def codes(self, make: Callable[[tuple[int, ...]], Value], *columns: Codes) -> Codes:
        """The numbers (n,) of the combinations in some columns of numbers from 0; `make` makes what is new."""
        if self._table is None:
            self._table = kernel.ValueTable(len(columns))
        numbers = np.empty(len(columns[0]), np.int32)
        self._table.number(np.array(columns, np.uint64), numbers)
        if len(self._table) > len(self.made):
            self.made += map(make, self._table.values(len(self.made)))
        return numbers
