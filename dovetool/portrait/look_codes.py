"""What all frames with a look have, as numbers: worked out once a look, then one array says it of all frames."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import numpy as np

from dovetool.analysis.columns import FrameTable
from dovetool.analysis.columns.places import Entry
from dovetool.capture.batch import Column
from dovetool.values import dataclass

Value = TypeVar("Value", bound=Hashable)


@dataclass(slots=True)
class LookCodes(Generic[Value]):
    """Numbers what looks have.

    Attributes:
        make: says it of the entry of a look.
        values: by number; they hold until looks are forgotten.
    """

    make: Callable[[Entry], Value]
    values: list[Value]
    _numbers: dict[Value, int]
    _codes: Column
    _generation: int

    def of(self, frames: FrameTable) -> Column:
        """(n,) the number of the value of each frame."""
        table = frames.table
        if table.generation != self._generation:
            self.values, self._numbers = [], {}
            self._codes, self._generation = self._codes[:0], table.generation
        new = [self._number(self.make(entry)) for entry in table.entries[len(self._codes) :]]
        if new:
            self._codes = np.concatenate([self._codes, np.array(new, np.int64)])
        codes: Column = self._codes[frames.entries]
        return codes

    def _number(self, value: Value) -> int:
        number = self._numbers.setdefault(value, len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number


def look_codes(make: Callable[[Entry], Value]) -> LookCodes[Value]:
    """Begin to number what looks have."""
    return LookCodes(make, [], {}, np.zeros(0, np.int64), 0)
