"""Frames, octets and times of any number of groups, added up batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.groups import Groups
from dovetool.analysis.port_spread import PortSpread, Spread
from dovetool.analysis.time_bins import TimeBins
from dovetool.capture.batch import Column
from dovetool.observe.grouping import Key
from dovetool.values import dataclass

MOST_SERIES = 1024
"""Groups whose amounts over time are kept."""
_MOST_BINS = 256
_NEVER = np.iinfo(np.int64).max


class Amount(IntEnum):
    """What is counted of each frame, by its place in the columns of amounts."""

    FRAMES = 0
    OCTETS = 1
    OVERHEAD = 2


@dataclass(frozen=True, slots=True)
class Totals:
    """What was counted of all frames, each once: frames, octets and overhead in octets, as for groups."""

    frames: int = 0
    octets: int = 0
    overhead: int = 0
    first_ns: int = 0
    last_ns: int = 0


class GroupSums:
    """Adds up; a place is the number of a group times two, and one more on the way back.

    Attributes:
        totals: what was counted of all frames.
        bins: an amount of each group over time, of those that were found first; octets, unless another is asked for.
    """

    def __init__(
        self, interval_ns: int | None = None, most_bins: int = _MOST_BINS, over_time: Amount = Amount.OCTETS
    ) -> None:
        self.totals, self._over_time = Totals(), over_time
        self.bins = TimeBins(most_bins, interval_ns)
        self._sums: NDArray[np.int64] = np.zeros((0, 2, len(Amount)), np.int64)
        self._times: NDArray[np.int64] = np.zeros((0, 2, 2), np.int64)  # first and last, there and back

    def add_all(self, amounts: NDArray[np.int64], ts_ns: Column) -> None:
        """Add frames to the totals: (n, 3) of 1, octets and overhead, at the times (n,), at least one."""
        frames, octets, overhead = amounts.sum(axis=0).tolist()
        low, high, before = int(ts_ns.min()), int(ts_ns.max()), self.totals
        first_ns, last_ns = (min(low, before.first_ns), max(high, before.last_ns)) if before.frames else (low, high)
        self.totals = Totals(
            before.frames + frames, before.octets + octets, before.overhead + overhead, first_ns, last_ns
        )

    def add(self, count: int, places: Column, ts_ns: Column, amounts: NDArray[np.int64]) -> None:
        """Add the same to the places (n,) of `count` groups."""
        self._make_room(count)
        sums, times = self._sums.reshape(-1, len(Amount)), self._times.reshape(-1, 2)
        for kind in range(len(Amount)):
            np.add.at(sums[:, kind], places, amounts[:, kind])
        np.minimum.at(times[:, 0], places, ts_ns)
        np.maximum.at(times[:, 1], places, ts_ns)
        kept = np.flatnonzero(places < 2 * MOST_SERIES)
        self.bins.add(min(count, MOST_SERIES), places[kept] >> 1, ts_ns[kept], amounts[kept, self._over_time])

    def take_in(self, other: GroupSums, rows: Column) -> None:
        """Add what another has; its groups are `rows` (n,) here, all different."""
        ours, theirs = self.totals, other.totals
        if theirs.frames:
            self.totals = Totals(
                ours.frames + theirs.frames,
                ours.octets + theirs.octets,
                ours.overhead + theirs.overhead,
                min(ours.first_ns, theirs.first_ns) if ours.frames else theirs.first_ns,
                max(ours.last_ns, theirs.last_ns) if ours.frames else theirs.last_ns,
            )
        count = int(rows.max(initial=-1)) + 1
        self._make_room(count)
        other._make_room(len(rows))
        self._sums[rows] += other._sums[: len(rows)]
        self._times[rows, :, 0] = np.minimum(self._times[rows, :, 0], other._times[: len(rows), :, 0])
        self._times[rows, :, 1] = np.maximum(self._times[rows, :, 1], other._times[: len(rows), :, 1])
        if len(rows) <= MOST_SERIES and count <= MOST_SERIES:  # of more groups, amounts over time are not shown
            self.bins.add_all(count, other.bins, rows)

    def _make_room(self, count: int) -> None:
        missing = count - len(self._sums)
        if missing > 0:
            room = max(missing, len(self._sums) // 2)
            self._sums = np.concatenate([self._sums, np.zeros((room, *self._sums.shape[1:]), np.int64)])
            times = np.zeros((room, 2, 2), np.int64) + np.array([_NEVER, -_NEVER])
            self._times = np.concatenate([self._times, times])

    def groups(self, count: int, key: Callable[[int], Key], spreads: Sequence[Spread | None] = ()) -> Groups:
        """What was counted of `count` groups, in the order in which they were found."""
        self._make_room(count)
        frames, octets, overhead = (self._sums[:count, :, kind] for kind in range(len(Amount)))
        bins = self.bins.sums
        return Groups(
            np.flatnonzero(frames.sum(axis=1)),
            key,
            frames,
            octets,
            overhead.sum(axis=1),
            self._times[:count, :, 0].min(axis=1),
            self._times[:count, :, 1].max(axis=1),
            bins if count <= min(MOST_SERIES, len(bins)) else np.empty((count, 0), np.int64),
            spreads,
        )


@dataclass(frozen=True, slots=True)
class Part:
    """What was counted in a part of all frames, to be sent and added to the rest.

    Attributes:
        keys: what tells the groups, in the order in which they were found.
        sums: what was counted of them.
        spread: how they use outer source ports; None where that is not asked.
        frames: frames over time, where time is what they are counted by.
    """

    keys: tuple[Hashable, ...]
    sums: GroupSums
    spread: PortSpread | None = None
    frames: TimeBins | None = None


class Summed:
    """What counts frames by group, and keeps its counts in sums.

    Attributes:
        sums: what was counted.
    """

    sums: GroupSums

    @property
    def totals(self) -> Totals:
        """What was counted of all frames."""
        return self.sums.totals

    @property
    def bins(self) -> TimeBins:
        """An amount of each group over time."""
        return self.sums.bins
