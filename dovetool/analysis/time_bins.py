"""Counts over time for any number of groups, with bins that grow as the time does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.errors import UsageError

MILLISECOND, SECOND = 10**6, 10**9
_DAY = 86_400 * SECOND
WIDTHS_NS = (
    *(MILLISECOND, 10 * MILLISECOND, 100 * MILLISECOND, SECOND, 10 * SECOND, 60 * SECOND, 600 * SECOND),
    *(3_600 * SECOND, 21_600 * SECOND, _DAY, 10 * _DAY, 100 * _DAY, 1_000 * _DAY, 10_000 * _DAY, 1_000_000 * _DAY),
)
"""Each divides the next, so that bins can be put together without looking at a frame again."""
_ROWS = 64  # made at a time
_MOST_SUMS = 1 << 22  # 32 MiB, when the width stays


class TimeBins:
    """Sums by group and time.

    Attributes:
        width_ns: width of a bin, in ns; a bin begins at a multiple of it since 1970.
        first: number of the first bin: its time divided by the width.
        sums: (groups, bins) the sums.
    """

    def __init__(self, most: int, width_ns: int | None = None) -> None:
        """Begin with the finest bins.

        Args:
            most: bins at most; when there are more, they become wider.
            width_ns: a width that stays instead; when it is too short for the time, `add` raises a UsageError.
        """
        self._most, self._fixed = most, width_ns is not None
        self.width_ns = width_ns or WIDTHS_NS[0]
        self.first = 0
        self.sums: NDArray[np.int64] = np.zeros((0, 0), np.int64)

    def add(self, groups: int, group: Column, ts_ns: Column, amount: Column) -> None:
        """Add `amount` (n,) to the sums of `group` (n,), which are below `groups`, at the times (n,)."""
        if not len(group):
            return
        self._reach(groups, int(ts_ns.min()), int(ts_ns.max()))
        place = ts_ns // self.width_ns - self.first
        np.add.at(self.sums, (group, place), amount)

    def add_all(self, groups: int, other: TimeBins, rows: Column) -> None:
        """Add the sums of the first rows of another; they are `rows` (n,) here, all different and below `groups`."""
        bins = other.sums.shape[1]
        if not bins or not len(rows):
            return
        while self.width_ns < other.width_ns:
            self._widen()
        self._reach(groups, other.first * other.width_ns, (other.first + bins - 1) * other.width_ns)
        places = (other.first + np.arange(bins)) * other.width_ns // self.width_ns - self.first
        np.add.at(self.sums, (rows[:, None], places[None]), other.sums[: len(rows)])

    def _reach(self, groups: int, low_ns: int, high_ns: int) -> None:
        """Have room for so many groups, and for these times."""
        low, high = self._span(low_ns, high_ns)
        while not self._fixed and high - low >= self._most and self.width_ns < WIDTHS_NS[-1]:
            self._widen()
            low, high = self._span(low_ns, high_ns)
        rows, bins = self.sums.shape
        if groups <= rows and low == self.first and high < self.first + bins:
            return
        wanted = 1 if groups == 1 else -(-groups // _ROWS) * _ROWS
        shape = max(wanted, rows), high - low + 1
        if self._fixed and shape[0] * shape[1] > _MOST_SUMS:
            seconds, most = self.width_ns / SECOND, _MOST_SUMS // shape[0]
            raise UsageError(
                f"--interval {seconds:g}: the capture has {shape[1]:,} intervals of that, and {most:,} can be kept"
            )
        grown = np.zeros(shape, np.int64)
        if bins:
            grown[:rows, self.first - low : self.first - low + bins] = self.sums
        self.first, self.sums = low, grown

    def _span(self, low_ns: int, high_ns: int) -> tuple[int, int]:
        low, high = low_ns // self.width_ns, high_ns // self.width_ns
        bins = self.sums.shape[1]
        return (min(low, self.first), max(high, self.first + bins - 1)) if bins else (low, high)

    def _widen(self) -> None:
        """Take the next width."""
        width_ns = next(width for width in WIDTHS_NS if width > self.width_ns)
        rows, bins = self.sums.shape
        places = (np.arange(bins) + self.first) // (width_ns // self.width_ns)
        self.width_ns = width_ns
        if bins:
            first = int(places[0])
            wide = np.zeros((rows, int(places[-1]) - first + 1), np.int64)
            np.add.at(wide.T, places - first, self.sums.T)
            self.first, self.sums = first, wide
