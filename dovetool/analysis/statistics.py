"""Sum up the traffic of a capture by groups, on whole batches."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.group_numbers import GroupNumbers
from dovetool.analysis.group_sums import Amount, GroupSums, Part, Summed
from dovetool.analysis.groups import Groups
from dovetool.analysis.port_spread import PortSpread
from dovetool.analysis.time_bins import TimeBins
from dovetool.capture.batch import Batch, Column
from dovetool.engine.completer import Completer
from dovetool.engine.flow_table import MANY, Classifier, Ids
from dovetool.frame.view import FrameView
from dovetool.observe.by import By
from dovetool.observe.grouping import Conversation, Grouping, Key, Share, key_of
from dovetool.observe.located import Located
from dovetool.observe.observation import Observation

_MOST_ROWS = 64  # of time, which are shown one by one
_MEMBER = ("place", "second_place", "overhead", "port_at", "is_open")
"""What is known of an answer; a place is the number of a group times two, and one more on the way back."""


class Statistics(Summed):
    """Counts frames by group."""

    def __init__(self, grouping: Grouping, interval_ns: int | None = None, over_time: Amount = Amount.OCTETS) -> None:
        """Count by a grouping.

        Args:
            grouping: says what groups a frame counts for.
            interval_ns: width of the bins of time; without it as wide as they have to be.
            over_time: what a group's series counts; of spans of time it is octets.
        """
        self._grouping, self._by = grouping, grouping.by
        self._classifier = Classifier(grouping.share, grouping.change_times_ns, most=MANY)
        self._generation = 0
        self._numbers = GroupNumbers[Key | Conversation]()
        self._members: NDArray[np.int64] = np.zeros((0, len(_MEMBER)), np.int64)
        self._completer = Completer(
            self._conversations, self._places_of, lambda found: self._place(*found), grouping.change_times_ns
        )
        self._spread = PortSpread()
        is_time = self._by is By.TIME
        self.sums = GroupSums(interval_ns, _MOST_ROWS) if is_time else GroupSums(interval_ns, over_time=over_time)
        self._frame_bins = TimeBins(_MOST_ROWS, interval_ns)

    def feed(self, batch: Batch) -> None:
        """Count the frames of a batch."""
        numbers = self._classifier.numbers(batch)
        if self._classifier.generation != self._generation:
            self._generation, self._members = self._classifier.generation, self._members[:0]
            self._completer.forget()
        self._learn(self._classifier.answers[len(self._members) :])
        members = self._members[numbers]
        rows = np.flatnonzero(members[:, 0] >= 0)
        if not len(rows):
            return
        members, ts_ns = members[rows], batch.told_ns[rows]
        self._complete(batch, rows, numbers[rows], members)
        octets = batch.wire_len[rows]
        amounts = np.stack([np.ones_like(octets), octets, members[:, 2]], axis=1)
        self.sums.add_all(amounts, ts_ns)
        for way in range(2):
            counted = np.flatnonzero(members[:, way] >= 0)
            if len(counted):
                self._count(members[counted, way], ts_ns[counted], amounts[counted])
        with_port = np.flatnonzero((members[:, 3] >= 0) & (batch.caplen[rows] >= members[:, 3] + 2))
        if len(with_port) and self._by is By.PAIR:
            self._spread.add(batch, rows[with_port], members[with_port, 0] >> 1, members[with_port, 3])

    def _learn(self, shares: list[Share]) -> None:
        """Take in new answers."""
        if shares:
            self._members = np.concatenate([self._members, np.array([self._member(share) for share in shares])])

    def _complete(self, batch: Batch, rows: Column, numbers: Ids, members: NDArray[np.int64]) -> None:
        """Give the frames whose group is still open their place in it."""
        is_open = np.flatnonzero(members[:, 4])
        if len(is_open):
            part = batch if len(is_open) == len(batch) else batch.take(rows[is_open])
            members[is_open, 0] = self._completer.numbers(part, numbers[is_open])

    def _conversations(self, number: int, view: FrameView, located: Located) -> list[tuple[Conversation, bool]]:
        return self._grouping.conversations(self._open(number), view, located)

    def _places_of(self, number: int) -> tuple[tuple[int, int], ...]:
        return self._open(number).places

    def _open(self, number: int) -> Observation:
        """What frames are whose group is found by what is only located."""
        seen = self._classifier.answers[number].seen
        assert seen is not None  # noqa: S101  (only such are asked about)
        return seen

    def _place(self, key: Key | Conversation, back: bool) -> int:
        return self._numbers.number(key) << 1 | back

    def _member(self, share: Share) -> tuple[int, ...]:
        is_open = share.seen is not None
        places = [0] if is_open else [self._place(*each) for each in share.keys]
        first, second = (*places, -1, -1)[:2]
        return first, second, share.overhead, _or_none(share.port_at), is_open

    def _count(self, places: Column, ts_ns: Column, amounts: NDArray[np.int64]) -> None:
        self.sums.add(len(self._numbers), places, ts_ns, amounts)
        if self._by is By.TIME:
            self._frame_bins.add(1, places, ts_ns, amounts[:, Amount.FRAMES])

    def part(self) -> Part:
        """What was counted so far, as a part of more."""
        return Part(tuple(self._numbers), self.sums, self._spread, self._frame_bins)

    def take_in(self, part: Part) -> None:
        """Add what was counted of another part of the frames, by the same grouping.

        Raises:
            UsageError: an interval of time is too short for all of them.
        """
        keys = cast("tuple[Key | Conversation, ...]", part.keys)
        rows = np.array(list(map(self._numbers.number, keys)), np.int64)
        self.sums.take_in(part.sums, rows)
        if part.spread is not None:
            self._spread.add_all(part.spread, rows)
        if part.frames is not None:
            self._frame_bins.add_all(1, part.frames, rows[:1])

    def groups(self) -> Groups:
        """What was counted, group by group, in the order in which they were found."""
        if self._by is By.TIME:
            return self._spans()
        keys = list(self._numbers)
        spreads = self._spread.spreads(len(keys)) if self._by is By.PAIR else ()
        return self.sums.groups(len(keys), lambda row: key_of(keys[row]), spreads)

    def _spans(self) -> Groups:
        """A group for each span of time in which there was a frame; its time in ns is the key."""
        width_ns = self.bins.width_ns
        frames, octets = self._frame_bins.sums[:1].ravel(), self.bins.sums[:1].ravel()
        begin_ns = (self.bins.first + np.arange(len(frames))) * width_ns
        none = np.zeros_like(frames)
        return Groups(
            np.flatnonzero(frames),
            lambda row: (int(begin_ns[row]),),
            np.stack([frames, none], axis=1),
            np.stack([octets, none], axis=1),
            none,
            begin_ns,
            begin_ns + width_ns,
            np.empty((len(frames), 0), np.int64),
        )


def _or_none(offset: int | None) -> int:
    return -1 if offset is None else offset
