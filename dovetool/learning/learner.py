"""Reads captures into a ledger: each flow is looked at once, and its frames are counted by batch."""

from __future__ import annotations

import numpy as np

from dovetool.capture.batch import Batch
from dovetool.capture.open_capture import OpenCapture
from dovetool.engine.flow_table import Classifier
from dovetool.engine.reading import Progress, read_through
from dovetool.errors import CorruptCaptureError
from dovetool.frame.selectors import Selectors
from dovetool.learning.ledger import Ledger
from dovetool.learning.looker import Looked, Looker

_MOST_ANSWERS = 1 << 16


class Learner:
    """Feeds a ledger.

    Attributes:
        ledger: what was seen so far.
    """

    def __init__(self, selectors: Selectors, tpid: int, span_ns: int | None = None) -> None:
        """Learn from all frames, or from those within a span of time from the first one on."""
        self.ledger = Ledger()
        self._span_ns = span_ns
        self._until_ns: int | None = None
        self._classifier: Classifier[Looked] = Classifier(Looker(selectors, tpid).look, most=_MOST_ANSWERS)

    def feed(self, batch: Batch) -> bool:
        """Learn from the frames of a batch; False when the span is over."""
        numbers, times = self._classifier.numbers(batch), batch.told_ns
        if self._span_ns is not None and len(times):
            self._until_ns = int(times[0]) + self._span_ns if self._until_ns is None else self._until_ns
            rows = np.flatnonzero(times < self._until_ns)
            numbers, times = numbers[rows], times[rows]
        if not len(numbers):
            return len(batch) == 0
        present, counts = np.unique(numbers, return_counts=True)
        first = np.full(int(present[-1]) + 1, np.iinfo(np.int64).max, np.int64)
        last = np.full(len(first), np.iinfo(np.int64).min, np.int64)
        np.minimum.at(first, numbers, times)
        np.maximum.at(last, numbers, times)
        first, last = first[present], last[present]
        self.ledger.frames += len(numbers)
        self.ledger.span.add(len(numbers), int(first.min()), int(last.max()))
        for place in np.argsort(first, kind="stable").tolist():
            looked, frames = self._classifier.answers[int(present[place])], int(counts[place])
            if looked.seen is not None:
                self.ledger.note(looked.seen, frames, int(first[place]), int(last[place]))
            elif looked.tag_vnid is not None:
                self.ledger.tagged += frames
        return len(numbers) == len(batch)


def learn(reader: OpenCapture, learner: Learner, progress: Progress | None = None) -> CorruptCaptureError | None:
    """Learn from a capture, to its end.

    Returns:
        What is wrong with the file from some point on; all before it was learnt from.
    """
    return read_through(reader, learner.feed, lambda passage: None, progress)
