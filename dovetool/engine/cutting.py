"""Fragments of the packets in a batch that are too long for their underlay; few are, so they are cut one by one."""

from __future__ import annotations

import numpy as np

from dovetool.capture.batch import Batch
from dovetool.engine.flow_table import Ids
from dovetool.engine.kept_frames import kept_frame
from dovetool.engine.reassembly import Entry, merged
from dovetool.engine.verdict_table import NONE, VerdictTable


def cut_frames(made: Batch, verdicts: Ids, table: VerdictTable) -> tuple[Batch, Ids]:
    """The frames of a batch, with fragments in the place of those that are too long.

    Args:
        made: n new frames.
        verdicts: (n,) the verdicts that they were made by.
        table: the verdicts by number.
    """
    if not table.cuts:
        return made, verdicts
    cuts = table.column("cut")[verdicts]
    rows = [row for row in np.flatnonzero(cuts != NONE).tolist() if table.cuts[cuts[row]].applies(made.orig_len[row])]
    if not rows:
        return made, verdicts
    entries = [
        Entry((row, at), int(verdicts[row]), kept_frame(made, row)._replace(octets=octets, orig_len=orig_len))
        for row in rows
        for at, (octets, orig_len) in enumerate(
            table.cuts[cuts[row]].fragments(made.frame(row), int(made.orig_len[row]))
        )
    ]
    kept = np.delete(np.arange(len(made)), rows)
    return merged(made, kept, verdicts[kept], entries)
