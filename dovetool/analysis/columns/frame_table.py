"""Frames of a batch that were found, column by column."""

from __future__ import annotations

from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.columns.cells import MISSING, combined
from dovetool.analysis.columns.look_table import NOWHERE, LookTable
from dovetool.analysis.found_frames import FoundFrames
from dovetool.capture.batch import Column
from dovetool.values import dataclass

_WORD = 8  # octets that fit into a number


@dataclass(slots=True)
class FrameTable:
    """n frames.

    Attributes:
        found: the frames.
        table: knows their looks.
        looks: (n,) the number of the look of each.
    """

    found: FoundFrames
    table: LookTable
    looks: Column = field(init=False)
    _distinct: dict[str, tuple[list[bytes], Column]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.looks = self.table.numbers(self.found)

    def at(self, name: str) -> Column:
        """(n,) where something stands in each frame, by its look."""
        column: Column = self.table.place(name)[self.looks]
        return column

    def number(self, name: str, offset: int, length: int = 1) -> Column:
        """(n,) numbers of up to 7 octets behind a place; `MISSING` where there is none, or it was not captured."""
        at, batch = self.at(name), self.found.batch
        behind = self.at("outer_behind" if name.startswith("outer_") else "behind")
        start = at + offset
        is_there = (at != NOWHERE) & (start + length <= np.minimum(batch.caplen, batch.wire_len - behind))
        numbers = _numbers(batch.octets, batch.offset + np.where(is_there, start, 0), length).astype(np.int64)
        numbers[~is_there] = MISSING
        return numbers

    def distinct(self, name: str) -> tuple[list[bytes], Column]:
        """The values that there are of what stands in frames, none of them first, and (n,) the place of each frame's.

        None are empty octets.
        """
        known = self._distinct.get(name)
        if known is None:
            known = self._distinct[name] = self._values(name)
        return known

    def _values(self, name: str) -> tuple[list[bytes], Column]:
        at, lengths = self.at(name), self.at(f"{name}_len")
        values, codes = [b""], np.zeros(len(at), np.int64)
        batch = self.found.batch
        for length in np.unique(lengths[at != NOWHERE]).tolist():
            rows = np.flatnonzero((at != NOWHERE) & (lengths == length) & (at + lengths <= batch.caplen))
            if not len(rows):
                continue
            start, parts = batch.offset[rows] + at[rows], range(0, length, _WORD)
            words = [_numbers(batch.octets, start + part, min(length - part, _WORD)) for part in parts]
            first, numbers = combined(*words)
            codes[rows] = numbers + len(values)
            values += [batch.octets[place : place + length].tobytes() for place in start[first].tolist()]
        return values, codes


def _numbers(octets: NDArray[np.uint8], start: Column, length: int) -> NDArray[np.uint64]:
    """(m,) the numbers of that many octets, at most 8, that begin there."""
    numbers = octets[start].astype(np.uint64)
    for part in range(1, length):
        numbers = numbers << np.uint64(8) | octets[start + part]
    return numbers
