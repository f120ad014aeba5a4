"""What groups of frames did lately: sums over the last slices of the capture's time, however long it goes on.

One counter goes on counting; at the end of each slice what it counted more than at the end of the one before is kept,
of the groups that had most, and the slices of a window are added up. When the counter knows very many groups, another
one begins, so that memory is bounded by what comes in a window.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.group_sums import Totals
from dovetool.analysis.groups import Groups
from dovetool.capture.batch import Batch
from dovetool.observe.grouping import Key
from dovetool.values import dataclass

_MOST_KEPT = 4096  # groups of a slice that are kept by themselves
_MOST_KNOWN = 1 << 17  # groups that a counter knows before another one begins
_NOTHING_WRONG = "ok"
_NOTHING: NDArray[np.int64] = np.zeros((0, 2), np.int64)


class Counter(Protocol):
    """Counts frames by group, from its beginning on."""

    @property
    def totals(self) -> Totals:
        """What was counted of all frames."""

    def groups(self) -> Groups:
        """What was counted, group by group; a group keeps its row."""


Make = Callable[[], tuple[Counter, Callable[[Batch], object]]]
"""Makes a counter, and what takes batches for it."""


@dataclass(slots=True)
class Rate:
    """What a group did in a window.

    Attributes:
        frames: frames of it.
        octets: their octets on the wire.
        findings: how many of them have what is wrong by the map, by its name.
    """

    frames: int = 0
    octets: int = 0
    findings: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment:
    """A window of time.

    Attributes:
        first_ns: when its first slice begins, or the capture if that is later, in ns since 1970.
        last_ns: its last frame's.
        frames: of all groups, each once.
        octets: likewise.
        groups: what each did, by its key.
        others: what the groups did that had least, and are not told apart.
        seen: frames since the beginning.
    """

    first_ns: int
    last_ns: int
    frames: int
    octets: int
    groups: Mapping[Key, Rate]
    others: Rate
    seen: int

    @property
    def seconds(self) -> float:
        """How long it is; 0 for a capture's first frame, which has no rate."""
        return (self.last_ns - self.first_ns) / 1e9


@dataclass(frozen=True, slots=True)
class _Slice:
    """What came in a slice: the groups' frames and octets, those of the others, and of all."""

    number: int
    groups: Mapping[Key, tuple[int, int]]
    others: tuple[int, int]
    totals: tuple[int, int]


class Rates:
    """Takes the batches of a capture, and tells of the last window."""

    def __init__(self, make: Make, interval_ns: int, slices: int, *, finds: bool = False) -> None:
        """Begin.

        Args:
            make: makes a counter; with `finds`, the last part of its keys is a verdict.
            interval_ns: how long a slice is, in ns.
            slices: how many of them a window has.
            finds: what is wrong by the map is told of each group, instead of being a part of its key.
        """
        self._make, self._interval_ns, self._finds = make, interval_ns, finds
        self._counter, self._take = make()
        self._known: NDArray[np.int64] = _NOTHING
        self._before = (0, 0)
        self._closed: deque[_Slice] = deque(maxlen=slices - 1)
        self._number: int | None = None
        self._last_ns = self._start_ns = 0
        self._seen = 0

    def feed(self, batch: Batch, ended: Callable[[Moment], object] = bool) -> None:
        """Count the frames of a batch; `ended` gets the window whenever a slice ends.

        What comes late counts when it comes.
        """
        ts_ns = batch.told_ns
        numbers = np.maximum.accumulate(ts_ns // self._interval_ns)
        if self._number is not None:
            numbers = np.maximum(numbers, self._number)
        starts = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1)).tolist() if len(batch) else []
        for start, end in zip(starts, [*starts[1:], len(batch)], strict=True):
            number = int(numbers[start])
            if self._number is None:
                self._start_ns = int(ts_ns[start])
            elif number != self._number:
                ended(self.moment())
                self._close()
            self._number = number
            self._last_ns = max(self._last_ns, int(ts_ns[start:end].max()))
            self._take(batch if end - start == len(batch) else batch.take(np.arange(start, end)))
            self._seen += end - start

    def moment(self) -> Moment:
        """The window that ends now."""
        current, _ = self._current()
        number = self._number or 0
        first = number - (self._closed.maxlen or 0)
        slices = [each for each in self._closed if each.number >= first]
        groups: dict[Key, Rate] = {}
        others, frames, octets = Rate(), 0, 0
        for each in (*slices, current):
            for key, amounts in each.groups.items():
                self._add(groups, key, amounts)
            others.frames, others.octets = others.frames + each.others[0], others.octets + each.others[1]
            frames, octets = frames + each.totals[0], octets + each.totals[1]
        first_ns = max(first * self._interval_ns, self._start_ns)
        return Moment(first_ns, self._last_ns, frames, octets, groups, others, self._seen)

    def _add(self, groups: dict[Key, Rate], key: Key, amounts: tuple[int, int]) -> None:
        verdict = key[-1] if self._finds else None
        rate = groups.setdefault(key[:-1] if self._finds else key, Rate())
        rate.frames += amounts[0]
        rate.octets += amounts[1]
        for reason in str(verdict or "").split("/"):
            if reason and reason != _NOTHING_WRONG:
                rate.findings[reason] = rate.findings.get(reason, 0) + amounts[0]

    def _current(self) -> tuple[_Slice, NDArray[np.int64]]:
        """The slice that has not ended, and all that its counter has counted."""
        counted = self._counter.groups()
        sums = np.stack([counted.frames.sum(axis=1), counted.octets.sum(axis=1)], axis=1)
        more = sums.copy()
        more[: len(self._known)] -= self._known
        rows = np.flatnonzero(more[:, 0])
        kept = rows[np.argsort(-more[rows, 1], kind="stable")][:_MOST_KEPT]
        amounts = zip(kept.tolist(), more[kept].tolist(), strict=True)
        groups = {counted.key(row): (frames, octets) for row, (frames, octets) in amounts}
        rest = more[rows].sum(axis=0) - more[kept].sum(axis=0)
        totals = self._counter.totals
        all_of_it = totals.frames - self._before[0], totals.octets - self._before[1]
        return _Slice(self._number or 0, groups, (int(rest[0]), int(rest[1])), all_of_it), sums

    def _close(self) -> None:
        """The slice has ended."""
        current, sums = self._current()
        self._closed.append(current)
        self._known, totals = sums, self._counter.totals
        self._before = totals.frames, totals.octets
        if len(sums) > _MOST_KNOWN:
            self._counter, self._take = self._make()
            self._known, self._before = _NOTHING, (0, 0)
