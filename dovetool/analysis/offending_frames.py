"""The frames that something is wrong with, kept as pcapng with what it is as the comment of each."""

from __future__ import annotations

import numpy as np

from dovetool.analysis.findings import Report
from dovetool.capture.batch import Batch, Column
from dovetool.engine.side_outputs import CommentedFrames

_NOTHING = -1
_LONGEST = 60_000  # octets of a comment; a pcapng option has 16 bits for its length


class Offenders(CommentedFrames):
    """Takes the frames with findings, in their order."""

    def keep(self, batch: Batch, rows: Column, found: Column, report: Report) -> None:
        """Write frames.

        Args:
            batch: the frames.
            rows: (n,) rows of frames, ascending; a frame with several findings comes several times.
            found: (n,) number of the finding.
            report: holds the findings.
        """
        starts = np.flatnonzero(np.diff(rows, prepend=-1))
        lengths = np.diff(np.append(starts, len(rows)))
        sets = np.full((len(starts), int(lengths.max())), _NOTHING, np.int64)
        sets[np.repeat(np.arange(len(starts)), lengths), np.arange(len(rows)) - np.repeat(starts, lengths)] = found
        distinct, which = np.unique(sets, axis=0, return_inverse=True)
        texts = [_comment(report, each) for each in distinct.tolist()]
        self.write(batch.take(rows[starts]), texts, which.reshape(-1))


def _comment(report: Report, findings: list[int]) -> str:
    found = [report.entries[number].finding for number in findings if number != _NOTHING]
    lines = [f"{each.kind.severity}: {each.kind.reason}: {each.text}" for each in found]
    return "\n".join(lines).encode(errors="replace")[:_LONGEST].decode(errors="ignore")
