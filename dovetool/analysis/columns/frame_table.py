"""Rows about the frames of a batch that were found, column by column."""

from __future__ import annotations

from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.columns.cells import MISSING, Cells, Codes
from dovetool.analysis.columns.look_table import LookTable
from dovetool.analysis.found_frames import FoundFrames
from dovetool.capture.batch import Column
from dovetool.engine import kernel
from dovetool.values import dataclass

_KEY = 3
_BEHIND = {"outer": "outer_behind", "layer": "layer_behind"}


@dataclass(slots=True)
class FrameTable:
    """n rows: frames, or with a table of layers their overlay headers.

    Attributes:
        found: the frames.
        table: knows what rows have in common.
        entries: (n,) the number of what each has in common with others.
        rows: (n,) which frame each is about; None: each about its own.
    """

    found: FoundFrames
    table: LookTable
    entries: NDArray[np.int32] = field(init=False)
    rows: Column | None = field(init=False)
    _offset: Column = field(init=False)
    _caplen: Column = field(init=False)
    _ends: dict[str, Column] = field(default_factory=dict)
    _numbers: dict[tuple[str, int, int], Column] = field(default_factory=dict)
    _distinct: dict[str, tuple[list[bytes], Codes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.entries, self.rows = self.table.rows(self.found)
        self._offset, self._caplen = self.of_rows(self.found.batch.offset), self.of_rows(self.found.batch.caplen)

    def __len__(self) -> int:
        return len(self.entries)

    def of_rows(self, column: Column) -> Column:
        """What stands in a column of the frames, row by row."""
        return column if self.rows is None else column[self.rows]

    def cells(self, of_frames: Cells) -> Cells:
        """What stands in cells of the frames, row by row."""
        return of_frames if self.rows is None else Cells(of_frames.codes[self.rows], of_frames.values)

    def at(self, name: str) -> Column:
        """(n,) where something stands in each frame, by what it has in common with others."""
        column: Column = self.table.place(name)[self.entries]
        return column

    def number(self, name: str, offset: int, length: int = 1) -> Column:
        """(n,) numbers of up to 7 octets behind a place; `MISSING` where there is none, or it was not captured."""
        known = self._numbers.get((name, offset, length))
        if known is None:
            known = np.empty(len(self), np.int64)
            places = self.table.place(name)
            places = np.where(places < 0, places, places + offset) if offset else places
            frames = self.found.batch.octets, self._offset, self._end(name), self.entries
            kernel.read_numbers(*frames, places, length, MISSING, known)
            self._numbers[name, offset, length] = known
        return known

    def _end(self, name: str) -> Column:
        """(n,) octets of each frame behind which stands nothing of the frame, or the one around it, of that name."""
        behind = _BEHIND.get(name.partition("_")[0], "behind")
        end = self._ends.get(behind)
        if end is None:
            wire_len = self.of_rows(self.found.batch.wire_len)
            end = self._ends[behind] = np.minimum(self._caplen, wire_len - self.at(behind))
        return end

    def distinct(self, name: str) -> tuple[list[bytes], Codes]:
        """The values that there are at places of a name, none of them first, and (n,) the number of each frame's.

        None are empty octets. Values of other batches are among them.
        """
        known = self._distinct.get(name)
        if known is None:
            keys = np.empty((_KEY, len(self)), np.uint64)
            frames = self.found.batch.octets, self._offset, self._caplen, self.entries
            kernel.read_keys(*frames, self.table.place(name), self.table.place(f"{name}_len"), keys)
            known = self._distinct[name] = self.table.numbered(name, keys)
        return known
