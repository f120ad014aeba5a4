"""Sort the frames of a capture into many, and account for every one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from dovetool.capture.batch import Batch, Passage
from dovetool.capture.pcapng import distinct_comments
from dovetool.engine.flow_table import Classifier, Ids
from dovetool.engine.side_outputs import remarked
from dovetool.engine.split_writer import Splitter
from dovetool.engine.tally import Tally
from dovetool.observe.share import NO_REASON, Share
from dovetool.verdict.reasons import Reason

_REASON = re.compile(r"[a-z]+(?:-[a-z]+)*")


class BatchSorter(Protocol):
    """Numbers the frames of a batch by the shares that they go into."""

    @property
    def answers(self) -> Sequence[tuple[Share, ...]]:
        """The shares of each number so far."""

    def numbers(self, batch: Batch) -> Ids:
        """The number (n,) of each frame."""


class ByReason:
    """By the reason for which a frame was rejected: the last comment of its packet that is nothing but such a word."""

    def __init__(self) -> None:
        self.answers: list[tuple[Share, ...]] = [(NO_REASON,)]
        self._numbers = {"": 0}

    def numbers(self, batch: Batch) -> Ids:
        """The number (n,) of each frame; 0 without a reason."""
        if batch.annex is None:
            return np.zeros(len(batch), np.int32)
        found, which = distinct_comments(batch.annex)
        numbers: Ids = np.array([self._number(_reason(comments)) for comments in found], np.int32)[which]
        return numbers

    def _number(self, reason: str) -> int:
        if reason not in self._numbers:
            self._numbers[reason] = len(self.answers)
            self.answers.append((Share(reason),))
        return self._numbers[reason]


def _reason(comments: Sequence[str]) -> str:
    return next((text for text in reversed(comments) if _REASON.fullmatch(text)), "")


class Splitting:
    """The work of splitting a capture, batch by batch."""

    def __init__(self, sorter: BatchSorter, splitter: Splitter, remarks: Classifier[str] | None = None) -> None:
        """Begin.

        Args:
            sorter: says where frames go.
            splitter: writes them.
            remarks: what is said about each frame in a comment of its packet, if anything is.
        """
        self._sorter, self._splitter, self._remarks = sorter, splitter, remarks
        self._tally = Tally("split")

    def feed(self, batch: Batch) -> None:
        """Sort the frames of a batch."""
        tally, numbers = self._tally, self._sorter.numbers(batch)
        if self._remarks is not None:
            batch = remarked(batch, self._remarks.numbers(batch), self._remarks.answers.__getitem__)
        counts = self._splitter.write(batch, numbers, self._sorter.answers.__getitem__)
        tally.frames_in += len(batch)
        tally.forwarded += len(batch)
        tally.unchanged += len(batch)
        if batch.had_fcs is not None:
            tally.notes[str(Reason.FCS_REMOVED)] += int(np.count_nonzero(batch.had_fcs))
        tally.replicas += int(counts.sum()) - len(batch)
        tally.bytes_in += int(batch.wire_len.sum())
        tally.bytes_out += int((batch.wire_len * counts).sum())

    def pass_on(self, passage: Passage) -> None:
        """Take a block without a frame to the files."""
        self._splitter.pass_on(passage)

    def finish(self) -> None:
        """Nothing is held that needs another frame."""

    def tallies(self) -> tuple[Tally, ...]:
        """The counts."""
        self._tally.check()
        return (self._tally,)

    def total(self, tallies: tuple[Tally, ...]) -> Tally:
        """They are of one thing that is done."""
        return tallies[0]
