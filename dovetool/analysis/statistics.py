"""Sum up the traffic of a capture by groups, on whole batches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
from dovetool.values import dataclass

_MOST_SERIES = 1024  # groups whose rate over time is kept
_MOST_BINS = 256
_MOST_ROWS = 64  # when they are shown one by one
_NEVER = np.iinfo(np.int64).max
_MEMBER = ("place", "second_place", "overhead", "port_at", "is_open")
"""What is known of an answer; a place is the number of a group times two, and one more on the way back."""
_KINDS = ("frames", "octets", "overhead")


@dataclass(frozen=True, slots=True)
class Totals:
    """What was counted of all frames, each once: frames, octets and overhead in octets, as for groups."""

    frames: int = 0
    octets: int = 0
    overhead: int = 0
    first_ns: int = 0
    last_ns: int = 0


class Statistics:
    """Counts frames by group.

    Attributes:
        bins: octets of each group over time.
    """

    def __init__(self, grouping: Grouping, interval_ns: int | None = None) -> None:
        self._grouping, self._by = grouping, grouping.by
        self._classifier = Classifier(grouping.share, grouping.change_times_ns, most=MANY)
        self._generation = 0
        self._numbers: dict[Key | Conversation, int] = {}
        self._members: NDArray[np.int64] = np.zeros((0, len(_MEMBER)), np.int64)
        self._completer = Completer(
            self._conversations, self._places_of, lambda found: self._place(*found), grouping.change_times_ns
        )
        self._sums: NDArray[np.int64] = np.zeros((0, 2, len(_KINDS)), np.int64)
        self._times: NDArray[np.int64] = np.zeros((0, 2, 2), np.int64)  # first and last, there and back
        self._spread = PortSpread()
        self._totals = Totals()
        most = _MOST_ROWS if self._by is By.TIME else _MOST_BINS
        self.bins, self._frame_bins = TimeBins(most, interval_ns), TimeBins(most, interval_ns)

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
        self._count_all(amounts, ts_ns)
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
        """Give the frames whose group is still open their place in it, and have room for all groups."""
        is_open = np.flatnonzero(members[:, 4])
        if len(is_open):
            part = batch if len(is_open) == len(batch) else batch.take(rows[is_open])
            members[is_open, 0] = self._completer.numbers(part, numbers[is_open])
        missing = len(self._numbers) - len(self._sums)
        if missing > 0:
            room = max(missing, len(self._sums) // 2)
            self._sums = np.concatenate([self._sums, np.zeros((room, *self._sums.shape[1:]), np.int64)])
            times = np.zeros((room, 2, 2), np.int64) + np.array([_NEVER, -_NEVER])
            self._times = np.concatenate([self._times, times])

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
        return self._numbers.setdefault(key, len(self._numbers)) << 1 | back

    def _member(self, share: Share) -> tuple[int, ...]:
        is_open = share.seen is not None
        places = [0] if is_open else [self._place(*each) for each in share.keys]
        first, second = (*places, -1, -1)[:2]
        return first, second, share.overhead, _or_none(share.port_at), is_open

    def _count_all(self, amounts: NDArray[np.int64], ts_ns: Column) -> None:
        frames, octets, overhead = amounts.sum(axis=0).tolist()
        low, high, before = int(ts_ns.min()), int(ts_ns.max()), self._totals
        first_ns, last_ns = (min(low, before.first_ns), max(high, before.last_ns)) if before.frames else (low, high)
        self._totals = Totals(
            before.frames + frames, before.octets + octets, before.overhead + overhead, first_ns, last_ns
        )

    def _count(self, places: Column, ts_ns: Column, amounts: NDArray[np.int64]) -> None:
        sums, times = self._sums.reshape(-1, len(_KINDS)), self._times.reshape(-1, 2)
        for kind in range(len(_KINDS)):
            np.add.at(sums[:, kind], places, amounts[:, kind])
        np.minimum.at(times[:, 0], places, ts_ns)
        np.maximum.at(times[:, 1], places, ts_ns)
        if self._by is By.TIME:
            self._frame_bins.add(1, places, ts_ns, amounts[:, 0])
        kept = np.flatnonzero(places < 2 * _MOST_SERIES)
        self.bins.add(min(len(self._numbers), _MOST_SERIES), places[kept] >> 1, ts_ns[kept], amounts[kept, 1])

    @property
    def totals(self) -> Totals:
        """What was counted of all frames."""
        return self._totals

    def groups(self) -> Groups:
        """What was counted, group by group, in the order in which they were found."""
        if self._by is By.TIME:
            return self._spans()
        count, keys = len(self._numbers), list(self._numbers)
        frames, octets, overhead = (self._sums[:count, :, kind] for kind in range(len(_KINDS)))
        bins = self.bins.sums
        return Groups(
            np.flatnonzero(frames.sum(axis=1)),
            lambda row: key_of(keys[row]),
            frames,
            octets,
            overhead.sum(axis=1),
            self._times[:count, :, 0].min(axis=1),
            self._times[:count, :, 1].max(axis=1),
            bins if count <= min(_MOST_SERIES, len(bins)) else np.empty((count, 0), np.int64),
            self._spread.spreads(count) if self._by is By.PAIR else (),
        )

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
