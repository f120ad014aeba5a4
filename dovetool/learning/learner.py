"""Reads captures into a ledger: in columns, and once there is more than a ledger keeps account of, flow by flow."""

from __future__ import annotations

from dovetool.capture.batch import Batch
from dovetool.capture.open_capture import OpenCapture
from dovetool.engine.reading import Progress, read_through
from dovetool.errors import CorruptCaptureError
from dovetool.frame.selectors import Selectors
from dovetool.learning.account import MOST_NEW, Account
from dovetool.learning.facts import Span
from dovetool.learning.flows import FlowReader, Flows
from dovetool.learning.ledger import MOST, Ledger

_FEW = 64
_MOST_VALUES = 1 << 20


class Learner:
    """Feeds a ledger."""

    def __init__(self, selectors: Selectors, tpid: int, span_ns: int | None = None, most: int = MOST) -> None:
        """Learn from all frames, or from those within a span of time from the first one on.

        Args:
            selectors: what marks an overlay packet.
            tpid: TPID of the DOVE tag.
            span_ns: the span of time in ns.
            most: addresses that are kept account of.
        """
        self._most = most
        self._span_ns = span_ns
        self._until_ns: int | None = None
        self._reader = FlowReader(selectors, tpid)
        self._account: Account | None = Account(self._reader)
        self._frames, self._span = 0, Span()
        self._ledger = Ledger(most=most)

    @property
    def ledger(self) -> Ledger:
        """What was seen so far; what is seen later costs more."""
        if self._account is not None:
            self._account.into(self._ledger)
            self._account = None
        self._ledger.frames, self._ledger.span, self._ledger.tagged = self._frames, self._span, self._reader.tagged
        return self._ledger

    @property
    def senders(self) -> int:
        """How many addresses sent so far."""
        return len(self.ledger.guests) if self._account is None else self._account.guests

    def feed(self, batch: Batch) -> bool:
        """Learn from the frames of a batch; False when the span is over."""
        times = batch.told_ns
        if self._span_ns is not None and len(times):
            self._until_ns = int(times[0]) + self._span_ns if self._until_ns is None else self._until_ns
            times = times[times < self._until_ns]
        if not len(times):
            return len(batch) == 0
        self._frames += len(times)
        self._span.add(len(times), int(times.min()), int(times.max()))
        self._note(self._reader.read(batch, self._until_ns))
        return len(times) == len(batch)

    def _note(self, flows: Flows) -> None:
        """Add flows up in columns as long as there is certainly room for what they show."""
        while self._account is not None and len(flows):
            room = (self._most - self._account.kept) // MOST_NEW
            if room < min(len(flows), _FEW) or len(self._reader.octets) > _MOST_VALUES:
                break
            self._account.add(flows.part(0, room))
            flows = flows.part(room, None)
        if len(flows):
            self._note_each(flows)

    def _note_each(self, flows: Flows) -> None:
        """Add flows up one by one; the ledger says of which there is too much."""
        counts = zip(flows.frames.tolist(), flows.first_ns.tolist(), flows.last_ns.tolist(), strict=True)
        for seen, times in zip(self._reader.seen(flows), counts, strict=True):
            self.ledger.note(seen, *times)
        if len(self._reader.octets) > _MOST_VALUES:
            self._reader.forget_values()


def learn(reader: OpenCapture, learner: Learner, progress: Progress | None = None) -> CorruptCaptureError | None:
    """Learn from a capture, to its end.

    Returns:
        What is wrong with the file from some point on; all before it was learnt from.
    """
    return read_through(reader, learner.feed, lambda passage: None, progress)
