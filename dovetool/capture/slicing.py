"""A run of the frames of a batch, which lie as they did."""

from __future__ import annotations

from dataclasses import replace

from dovetool.capture.batch import Batch


def part_of(batch: Batch, start: int, stop: int) -> Batch:
    """The frames of the rows from `start` to before `stop`; unlike after `take`, a writer can still use their block."""
    if start == 0 and stop == len(batch):
        return batch
    rows, annex = slice(start, stop), batch.annex
    return replace(
        batch,
        offset=batch.offset[rows],
        caplen=batch.caplen[rows],
        orig_len=batch.orig_len[rows],
        stamp=batch.stamp[rows],
        interface=batch.interface[rows],
        annex=replace(annex, offset=annex.offset[rows], length=annex.length[rows], simple=annex.simple[rows])
        if annex is not None
        else None,
        had_fcs=batch.had_fcs[rows] if batch.had_fcs is not None else None,
        origin=batch.origin.take(rows) if batch.origin is not None else None,
        place=batch.place[rows] if batch.place is not None else None,
        first_number=batch.first_number + start,
    )
