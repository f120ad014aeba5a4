"""Rows that were chosen so far, while a thread goes on choosing."""

from __future__ import annotations

from collections.abc import Callable
from time import sleep

import numpy as np

from dovetool.analysis.indexed.indexed_capture import IndexedCapture
from dovetool.analysis.indexed.row_filter import RowFilter
from dovetool.capture.batch import Column
from dovetool.errors import DovetoolError

_WAIT_S = 0.05
_AT_ONCE = 1 << 15  # rows that are looked at before somebody is asked whether to go on


class ChosenRows:
    """The rows of a capture that a filter chooses, ascending; with no filter, all.

    One thread calls `look_on`, others see what it has found.

    Attributes:
        looked_at: rows that were looked at.
        error: what went wrong; it is not gone on from there.
    """

    def __init__(self, capture: IndexedCapture, begin: Callable[[IndexedCapture], RowFilter] | None = None) -> None:
        """Choose; `begin` makes the filter, where there is one, in the thread that looks at rows."""
        self._capture, self._begin = capture, begin
        self._filter: RowFilter | None = None
        self.looked_at = 0
        self.error: DovetoolError | None = None
        self._rows: Column = np.zeros(1 << 10, np.int64)
        self._count = 0

    def __len__(self) -> int:
        return len(self._capture) if self._begin is None else self._count

    @property
    def is_all(self) -> bool:
        """There is no filter."""
        return self._begin is None

    def rows(self, first: int, last: int) -> Column:
        """The rows of the capture at these places, the last of which is left out."""
        last = min(last, len(self))
        if self._begin is None:
            return np.arange(first, max(first, last))
        return self._rows[first:last].copy()

    def place_of(self, row: int) -> int:
        """Where a row is among them; if it is not, where the next one is, or the last."""
        if self._begin is None:
            return max(min(row, len(self) - 1), 0)
        place = int(np.searchsorted(self._rows[: self._count], row))
        return max(min(place, self._count - 1), 0)

    def look_on(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Look at all rows that have come and were not looked at, or until `goes_on` says no."""
        if self._begin is None or self.error is not None:
            return
        try:
            self._filter = self._filter or self._begin(self._capture)
            while self.looked_at < len(self._capture) and goes_on():
                last = min(self.looked_at + _AT_ONCE, len(self._capture))
                for batch in self._capture.chunks(self.looked_at, last):
                    self._add(self._filter.rows(batch))
                self.looked_at = last
        except DovetoolError as error:
            self.error = error

    def follow(self, goes_on: Callable[[], bool]) -> None:
        """Look at rows until all have come and were looked at, there is an error, or `goes_on` says no."""
        is_complete = False
        while goes_on() and not is_complete and self.error is None:
            is_complete = self._capture.is_complete  # asked before, so that no row comes after the last look
            self.look_on(goes_on)
            if not is_complete:
                sleep(_WAIT_S)

    def _add(self, rows: Column) -> None:
        needed = self._count + len(rows)
        if needed > len(self._rows):
            grown = np.zeros(max(needed, 2 * len(self._rows)), np.int64)
            grown[: self._count] = self._rows[: self._count]
            self._rows = grown
        self._rows[self._count : needed] = rows
        self._count = needed
