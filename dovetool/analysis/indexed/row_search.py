"""Find octets in frames, whatever they mean there."""

from __future__ import annotations

import numpy as np

from dovetool.capture.batch import Batch, Column


def rows_with(batch: Batch, wanted: bytes) -> Column:
    """The rows (m,) of the frames of a batch that have these octets, one at least, one behind the other."""
    if not len(batch):
        return np.zeros(0, np.int64)
    block, found, at = batch.octets.tobytes(), [], 0
    order = np.argsort(batch.offset, kind="stable")  # frames of several files lie file by file
    begin, end = batch.offset[order], (batch.offset + batch.caplen)[order]
    while (at := block.find(wanted, at)) >= 0:
        which = int(np.searchsorted(begin, at, side="right")) - 1
        if which >= 0 and at + len(wanted) <= end[which]:
            found.append(which)
            at = int(end[which])
        else:
            at += 1
    return np.sort(order[found])
