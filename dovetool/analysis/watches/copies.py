"""The copies of broadcasts that were seen, and which of these lack some."""

from __future__ import annotations

from dataclasses import field, fields

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.findings import MOST_NUMBERS
from dovetool.capture.batch import Column
from dovetool.engine.flow_table import Numbered
from dovetool.values import dataclass

_WINDOW_NS = 100_000_000
_MOST_PENDING = 1 << 18
_MOST_MISSES = 1 << 14

FloodList = tuple[int, int, tuple[int, ...]]
"""VNID, sender, and the receivers that should get a copy each."""
Span = tuple[int, int]
"""When the last frame of a batch was seen, and when the latest of it, in ns: one of the two where time goes on."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Copies that were seen: columns (n,).

    Attributes:
        key: tells the broadcast.
        ts_ns: when.
        number: of the frame.
        receiver: who got it.
        flood_list: the number of the list that it was sent by.
    """

    key: NDArray[np.uint64]
    ts_ns: Column
    number: Column
    receiver: Column
    flood_list: Column

    def __len__(self) -> int:
        return len(self.key)

    def take(self, rows: Column) -> Copies:
        """Some of them."""
        return Copies(*(getattr(self, each.name)[rows] for each in fields(self)))

    def then(self, *more: Copies) -> Copies:
        """These and others."""
        return Copies(*(np.concatenate([getattr(some, each.name) for some in (self, *more)]) for each in fields(self)))


_NO_ROWS = np.empty(0, np.int64)
NO_COPIES = Copies(np.empty(0, np.uint64), _NO_ROWS, _NO_ROWS, _NO_ROWS, _NO_ROWS)


@dataclass(slots=True)
class Miss:
    """Copies that one receiver did not get.

    Attributes:
        count: how many.
        numbers: of the first frames of the broadcasts, the lowest of them, ascending.
    """

    count: int = 0
    numbers: list[int] = field(default_factory=list)

    def add(self, count: int, numbers: list[int]) -> None:
        """Count more."""
        self.count += count
        self.numbers = sorted(self.numbers + numbers)[:MOST_NUMBERS]


class CopyLedger:
    """Copies of broadcasts, judged once their time is over.

    Attributes:
        flood_lists: who is to get copies of whom, by number.
        misses: what is lacking, by flood list and receiver.
        paths: pairs of tunnel end points between which there are packets of any kind.
    """

    def __init__(self, *, is_part: bool = False) -> None:
        """Begin; in a part of a capture, those that may belong to a broadcast before it wait for who knows that."""
        self.flood_lists: Numbered[FloodList] = Numbered()
        self.misses: dict[tuple[int, int], Miss] = {}
        self.paths: set[tuple[int, int]] = set()
        self._is_part, self._begin_ns = is_part, 0
        self._early, self._pending = NO_COPIES, NO_COPIES
        self._until: Span | None = None

    def begin(self, begin_ns: int) -> None:
        """Know when the first frame was seen."""
        if self._until is None:
            self._begin_ns, self._until = begin_ns, (begin_ns, begin_ns)

    def take(self, copies: Copies, until: Span) -> None:
        """Take in what a batch has."""
        self._until = until
        if len(copies):
            self._pending = self._pending.then(copies)
        self._settle(until)
        if len(self._pending) > _MOST_PENDING:
            self._settle(None)

    def take_in(self, other: CopyLedger, behind: int) -> None:
        """Take in what was seen in frames that come after these, and whose numbers are to be larger by `behind`."""
        if other._until is None:
            return
        self.begin(other._begin_ns)
        ours = np.array([self.flood_lists.number(flood_list) for flood_list in other.flood_lists.values], np.int64)
        for (flood_list, receiver), miss in other.misses.items():
            self._miss((int(ours[flood_list]), receiver), miss.count, [number + behind for number in miss.numbers])
        self.paths |= other.paths
        more = other._early.then(other._pending)
        if len(more):
            more = Copies(more.key, more.ts_ns, more.number + behind, more.receiver, ours[more.flood_list])
        self.take(more, other._until)

    def finish(self) -> None:
        """Judge all that wait."""
        self._is_part = False
        self._pending, self._early = self._early.then(self._pending), NO_COPIES
        self._settle(None)

    def _settle(self, now: Span | None) -> None:
        """Judge the broadcasts of which no copy was seen near to a time; None: all."""
        copies = self._pending
        if not len(copies):
            return
        copies = copies.take(np.lexsort((copies.number, copies.ts_ns, copies.key)))
        begins = np.ones(len(copies), np.bool_)
        begins[1:] = (copies.key[1:] != copies.key[:-1]) | (np.diff(copies.ts_ns) > _WINDOW_NS)
        group, starts = np.cumsum(begins) - 1, np.flatnonzero(begins)
        is_over = np.ones(len(starts), np.bool_)
        if now is not None:
            last = copies.ts_ns[np.append(starts[1:], len(copies)) - 1]
            for moment in now:
                is_over &= np.abs(last - moment) > _WINDOW_NS
        is_early = np.zeros(len(starts), np.bool_)
        if self._is_part:
            is_early = is_over & (np.abs(copies.ts_ns[starts] - self._begin_ns) <= _WINDOW_NS)
        self._pending = copies.take(np.flatnonzero(~is_over[group]))
        if is_early.any():
            self._early = self._early.then(copies.take(np.flatnonzero(is_early[group])))
        over = np.flatnonzero((is_over & ~is_early)[group])
        if len(over):
            self._judge(copies.take(over), group[over])

    def _judge(self, copies: Copies, group: Column) -> None:
        """Note the broadcasts that lack copies; those of each, whose `group` (n,) ascends, lie together."""
        _, first, group = np.unique(group, return_index=True, return_inverse=True)
        pairs = np.unique(np.stack([group, copies.receiver]), axis=1)
        seen = np.bincount(pairs[0])
        ends = np.cumsum(seen)
        lengths = np.array([len(expected) for _, _, expected in self.flood_lists.values], np.int64)
        flood_lists, numbers = copies.flood_list[first], np.minimum.reduceat(copies.number, first)
        for place in np.flatnonzero(seen < lengths[flood_lists]).tolist():
            flood_list, number = int(flood_lists[place]), int(numbers[place])
            got = set(pairs[1, ends[place] - seen[place] : ends[place]].tolist())
            for receiver in self.flood_lists.values[flood_list][2]:
                if receiver not in got:
                    self._miss((flood_list, receiver), 1, [number])

    def _miss(self, key: tuple[int, int], count: int, numbers: list[int]) -> None:
        if key in self.misses or len(self.misses) < _MOST_MISSES:
            self.misses.setdefault(key, Miss()).add(count, numbers)
