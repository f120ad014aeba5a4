"""Rows about the frames of a batch that were found, column by column."""

from __future__ import annotations

from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.columns.cells import MISSING, Cells, Codes
from dovetool.analysis.columns.look_table import LookTable
from dovetool.analysis.columns.places import ENDS
from dovetool.analysis.found_frames import FoundFrames
from dovetool.capture.batch import Column
from dovetool.engine import kernel
from dovetool.values import dataclass

_KEY = 3


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
    _read: Column | None = None
    _numbers: list[Column] = field(default_factory=list)
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
        """(n,) numbers of up to 7 octets behind a place; `MISSING` where there is none, or it was not captured.

        All that tables of other batches were asked for is read at once.
        """
        asked = (name, offset, length)
        which = self.table.number_asked(asked)
        if which >= len(self._numbers):
            places, numbers = self.table.numbers_asked(len(self._numbers))
            out = np.empty((len(numbers), len(self)), np.int64)
            frames = self.found.batch.octets, self._offset, self._ends(), self.entries
            kernel.read_numbers(*frames, places, numbers, MISSING, out)
            self._numbers += list(out)
        return self._numbers[which]

    def _ends(self) -> Column:
        """(e, n) octets of each frame behind which stands nothing of the frame, or of those around it, that is read."""
        if self._read is None:
            wire_len = self.of_rows(self.found.batch.wire_len)
            ends = [np.minimum(self._caplen, wire_len - self.at(name)) for name in ENDS]
            self._read = np.array(ends, np.int64).reshape(len(ENDS), len(self))
        return self._read

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
