"""Find octets in frames, whatever they mean there."""

from __future__ import annotations

import numpy as np

from dovetool.capture.batch import Batch, Column


def rows_with(batch: Batch, wanted: bytes) -> Column:
    """The rows (m,) of the frames of a batch that have these octets, one at least, one behind the other."""
    if not len(batch):
        return np.zeros(0, np.int64)
    block, found, at = batch.octets.tobytes(), [], 0
    begin, end = batch.offset, batch.offset + batch.caplen
    while (at := block.find(wanted, at)) >= 0:
        row = int(np.searchsorted(begin, at, side="right")) - 1
        if row >= 0 and at + len(wanted) <= end[row]:
            found.append(row)
            at = int(end[row])
        else:
            at += 1
    return np.array(found, np.int64)
