"""Batches of several captures become one, in the order of time: the frames of a window are sorted at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from dovetool.capture import kernel
from dovetool.capture.batch import MOST_FRAMES, Batch, Column, Framing
from dovetool.capture.blocks import BLOCKS
from dovetool.capture.framing import lay_out
from dovetool.capture.merging.packet_options import joined_annex
from dovetool.capture.origin import Origin
from dovetool.capture.slicing import part_of
from dovetool.capture.source import BLOCK
from dovetool.values import dataclass


@dataclass(frozen=True, slots=True)
class Strand:
    """Frames of one capture that follow each other.

    Attributes:
        batch: n frames.
        keys: (n,) what they are sorted by, never descending: the time of each, or of an earlier one where that is
            later, so that a capture which is not in the order of time keeps the order that it has.
    """

    batch: Batch
    keys: Column

    def __len__(self) -> int:
        return len(self.keys)

    def part(self, start: int, stop: int) -> Strand:
        """Some of the frames, which still lie as they did."""
        return (
            self if (start, stop) == (0, len(self)) else Strand(part_of(self.batch, start, stop), self.keys[start:stop])
        )


def woven(strands: Sequence[Strand], framing: Framing, *, little: bool) -> Iterator[Batch]:
    """The frames of strands of any number in the order of their keys; equal ones in the order of the strands.

    Args:
        strands: of one section, each with frames.
        framing: the room that is left around the frames.
        little: byte order of their options.
    """
    if len(strands) == 1:
        yield strands[0].batch
        return
    order = np.argsort(np.concatenate([strand.keys for strand in strands]), kind="stable")
    if (np.diff(order) == 1).all():  # one behind the other
        yield from (strand.batch for strand in strands)
        return
    whole = _Whole([strand.batch for strand in strands], little=little)
    most = min(MOST_FRAMES, len(order) * BLOCK // whole.octets + 1)
    for start in range(0, len(order), most):
        yield whole.batch(order[start : start + most], framing)


class _Whole:
    """The columns of several batches, one behind the other.

    Attributes:
        octets: more than all frames have.
    """

    def __init__(self, batches: Sequence[Batch], *, little: bool) -> None:
        self._batches = batches
        last = batches[-1]
        self._joined = replace(
            max(batches, key=lambda batch: len(batch.interfaces)),
            octets=last.octets[:0],
            offset=np.concatenate([batch.offset for batch in batches]),
            caplen=np.concatenate([batch.caplen for batch in batches]),
            orig_len=np.concatenate([batch.orig_len for batch in batches]),
            stamp=np.concatenate([batch.stamp for batch in batches]),
            interface=np.concatenate([batch.interface for batch in batches]),
            annex=joined_annex(batches, little=little),
            had_fcs=_joined_fcs(batches),
            origin=_joined_origin(batches),
            place=None if last.place is None else np.concatenate([batch.place for batch in batches]),
        )
        self.octets = int(self._joined.caplen.sum()) + 1
        self._starts = np.cumsum([0, *(len(batch) for batch in batches)])

    def batch(self, rows: Column, framing: Framing) -> Batch:
        """The frames of rows (m,), in that order, in a block of their own."""
        taken = self._joined.take(rows)
        offset, size = lay_out(taken.caplen, framing, taken.annex)
        block = BLOCKS.take(size)
        giver = np.searchsorted(self._starts, rows, side="right") - 1
        for number in np.flatnonzero(np.bincount(giver)).tolist():
            mine = np.flatnonzero(giver == number)
            kernel.copy_frames(
                self._batches[number].octets, taken.offset[mine], block, offset[mine], taken.caplen[mine]
            )
        return replace(taken, octets=block, offset=offset, framed_for=framing)


def _joined_origin(batches: Sequence[Batch]) -> Origin | None:
    origins = [batch.origin for batch in batches if batch.origin is not None]
    return origins[0].joined(*origins[1:]) if origins else None


def _joined_fcs(batches: Sequence[Batch]) -> np.ndarray[tuple[int], np.dtype[np.bool_]] | None:
    if all(batch.had_fcs is None for batch in batches):
        return None
    columns = [batch.had_fcs if batch.had_fcs is not None else np.zeros(len(batch), np.bool_) for batch in batches]
    return np.concatenate(columns)
