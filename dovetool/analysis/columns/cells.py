"""The values of a column: numbers as they are, all else once for each that there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.values import dataclass

Value = int | str | tuple[int, ...] | tuple[str, ...] | None
MISSING = int(np.iinfo(np.int64).min)
"""Stands for no value in a column of numbers."""
Codes = NDArray[np.int32] | NDArray[np.int64]
"""(n,) numbers of values, or places in a list."""
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Cells:
    """What n frames have in a column.

    Attributes:
        codes: (n,) places in `values`; or, without those, the numbers themselves, of which `MISSING` is none.
        values: what there is; the same may stand in it more than once, or not at all in `codes`. A list that is the
            same in several batches only grows.
    """

    codes: Codes
    values: Sequence[Value] | None = None

    def each(self) -> list[Value]:
        """The value of each frame."""
        if self.values is not None:
            return list(map(self.values.__getitem__, self.codes.tolist()))
        numbers: list[Value] = self.codes.tolist()
        if not (self.codes == MISSING).any():
            return numbers
        return [None if number == MISSING else number for number in numbers]

    def mapped(self, make: Callable[[Value], _Made]) -> list[_Made]:
        """What is made of the value of each frame; it is made once for each value that stands in the column."""
        if self.values is not None and len(self.values) > len(self.codes):
            used = np.unique(self.codes)
            codes: Column = np.searchsorted(used, self.codes).astype(np.int64)
            return Cells(codes, [self.values[code] for code in used.tolist()]).mapped(make)
        if self.values is not None:
            made = [make(value) for value in self.values]
            return list(map(made.__getitem__, self.codes.tolist()))
        found = np.unique(self.codes.astype(np.int64))
        return Cells(np.searchsorted(found, self.codes).astype(np.int64), Cells(found).each()).mapped(make)


def combined(*codes: NDArray[np.integer]) -> tuple[Column, Column]:
    """Rows (n,) of several columns of numbers as one.

    Returns:
        (m,) a row that stands for each combination, and (n,) the number of that of each row.
    """
    numbers = np.unique(codes[0], return_inverse=True)[1]
    for each in codes[1:]:
        found, other = np.unique(each, return_inverse=True)
        if len(found) > 1:
            numbers = np.unique(numbers * len(found) + other, return_inverse=True)[1]
    first = np.zeros(int(numbers.max()) + 1 if len(numbers) else 0, np.int64)
    first[numbers[::-1]] = np.arange(len(numbers))[::-1]  # the last one that is put there is the first row
    return first, numbers
