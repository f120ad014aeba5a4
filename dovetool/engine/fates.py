"""What became of the frames that go into stages in a row, of which one may become many on its way, or many one."""

from __future__ import annotations

from collections import Counter
from dataclasses import field

import numpy as np

from dovetool.capture.batch import Batch, Column
from dovetool.engine.counts import REASONS
from dovetool.engine.stage_runner import Outcome
from dovetool.engine.tally import Tally
from dovetool.values import dataclass

_MOST_OPEN = 1 << 16
"""Frames of which it is not known yet what becomes of them: what is held of them has its bounds too."""
_NO_REASON = -1


@dataclass(slots=True)
class Fates:
    """Counts each frame once, by what became of its copies.

    It is forwarded where any of them came out of the last stage; rejected where none did, for what the first of them
    was rejected for; else absorbed, by a packet that goes by another frame's number.
    """

    _frames: int = 0
    _forwarded: int = 0
    _rejected: Counter[str] = field(default_factory=Counter)
    _first: int = 0
    _came_out: Column = field(default_factory=lambda: np.zeros(0, np.int64))
    _reasons: Column = field(default_factory=lambda: np.zeros(0, np.int64))
    _open: dict[int, None] = field(default_factory=dict)

    def begin(self, count: int) -> Column:
        """Numbers (n,) for the next frames."""
        self._first = self._frames
        self._frames += count
        self._came_out, self._reasons = np.zeros(count, np.int64), np.full(count, _NO_REASON, np.int64)
        return np.arange(self._first, self._frames)

    def reject(self, outcome: Outcome) -> None:
        """Take note of what a stage rejected."""
        if not len(outcome.rejected) or outcome.source.path is None:
            return
        numbers = outcome.source.path.frame[outcome.rejected]
        own = numbers >= self._first
        at, reasons = numbers[own] - self._first, outcome.reasons[own]
        at, firsts = np.unique(at, return_index=True)
        fresh = self._reasons[at] == _NO_REASON
        self._reasons[at[fresh]] = reasons[firsts[fresh]]
        for number, reason in zip(numbers[~own].tolist(), outcome.reasons[~own].tolist(), strict=True):
            if self._is_settled_now(number):
                self._rejected[REASONS[reason]] += 1

    def come_out(self, batch: Batch) -> None:
        """Take note of what came out of the last stage."""
        if batch.path is None:
            return
        numbers = batch.path.frame
        own = numbers >= self._first
        self._came_out[numbers[own] - self._first] = 1
        self._forwarded += sum(map(self._is_settled_now, numbers[~own].tolist()))

    def _is_settled_now(self, number: int) -> bool:
        """An earlier frame was held, and is no more."""
        was_open = number in self._open
        self._open.pop(number, None)
        return was_open

    def settle(self) -> None:
        """Count the frames that began last; of those that are held as a whole, that is not known yet."""
        came_out = self._came_out == 1
        self._forwarded += int(np.count_nonzero(came_out))
        reasons, counts = np.unique(self._reasons[~came_out], return_counts=True)
        for reason, count in zip(reasons.tolist(), counts.tolist(), strict=True):
            if reason != _NO_REASON:
                self._rejected[REASONS[reason]] += count
        self._open |= dict.fromkeys((self._first + np.flatnonzero(~came_out & (self._reasons == _NO_REASON))).tolist())
        while len(self._open) > _MOST_OPEN:
            del self._open[next(iter(self._open))]
        self.begin(0)

    def total(self, tallies: tuple[Tally, ...]) -> Tally:
        """One tally over the stages: into the first, out of the last; notes and losses are of all."""
        first, last = tallies[0], tallies[-1]
        total = Tally("", first.frames_in, self._forwarded, bytes_in=first.bytes_in, bytes_out=last.bytes_out)
        total.rejected = Counter(self._rejected)
        total.absorbed = total.frames_in - total.forwarded - total.rejected_total
        total.replicas = last.frames_out - total.forwarded
        total.vnids = Counter(last.vnids)
        total.unchanged = min(total.forwarded, *(tally.unchanged for tally in tallies))  # each lets them pass
        for tally in tallies:
            total.notes.update(tally.notes)
            total.loss.update(tally.loss)
        total.check()
        return total
