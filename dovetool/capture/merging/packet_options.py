"""The per-packet options of frames of several captures: in one byte order, and in one block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dovetool.capture import kernel
from dovetool.capture.batch import SLACK, Annex, Batch
from dovetool.capture.merging.byte_order import turned_options
from dovetool.capture.pcapng_blocks import PACKET


def turned_annex(annex: Annex) -> Annex:
    """The options in the other byte order."""
    runs: dict[bytes, bytes] = {}
    made: list[bytes] = []
    for at, size in zip(annex.offset.tolist(), annex.length.tolist(), strict=True):
        raw = annex.octets[at : at + size].tobytes()
        if raw not in runs:
            runs[raw] = turned_options(raw, PACKET, little=annex.little)
        made.append(runs[raw])
    length = np.array([len(run) for run in made], np.int64)
    octets = np.frombuffer(b"".join(made) + bytes(SLACK), np.uint8)
    return replace(annex, octets=octets, offset=np.cumsum(length) - length, length=length, little=not annex.little)


def joined_annex(batches: Sequence[Batch], *, little: bool) -> Annex | None:
    """The options of the frames of all batches, one behind the other; None where no batch has any."""
    if all(batch.annex is None for batch in batches):
        return None
    zeros = [np.zeros(len(batch), np.int64) for batch in batches]
    length = np.concatenate([b.annex.length if b.annex is not None else z for b, z in zip(batches, zeros, strict=True)])
    simple = np.concatenate(
        [b.annex.simple if b.annex is not None else z.astype(np.bool_) for b, z in zip(batches, zeros, strict=True)]
    )
    offset = np.cumsum(length) - length
    octets = np.zeros(int(length.sum()) + SLACK, np.uint8)
    start = 0
    for batch in batches:
        rows = slice(start, start + len(batch))
        if batch.annex is not None:
            kernel.copy_frames(batch.annex.octets, batch.annex.offset, octets, offset[rows], length[rows])
        start = rows.stop
    return Annex(octets, offset, length, simple, little)
