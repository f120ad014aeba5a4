"""The frames that something is wrong with, kept as pcapng with what it is as the comment of each."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from dovetool.capture.batch import Batch, Column, Passage
from dovetool.capture.pcapng import INTERFACE, SECTION, PcapngWriter, commented
from dovetool.pipeline.report import Report

_LONGEST = 60_000  # octets of a comment; a pcapng option has 16 bits for its length


class Offenders:
    """Takes the frames with findings, in their order.

    Attributes:
        writer: writes the pcapng file.
    """

    def __init__(self, writer: PcapngWriter) -> None:
        self.writer = writer
        self._little = True

    def pass_on(self, passage: Passage) -> None:
        """Sections and interfaces of the input are needed here too."""
        if passage.kind == SECTION:
            self._little = passage.little
        if passage.kind in (SECTION, INTERFACE):
            self.writer.pass_on(passage)

    def keep(self, batch: Batch, rows: Column, found: Column, report: Report) -> None:
        """Write frames.

        Args:
            batch: the frames.
            rows: (n,) rows of frames, ascending; a frame with several findings comes several times.
            found: (n,) number of the finding.
            report: holds the findings.
        """
        edges = [0, *(np.flatnonzero(np.diff(rows)) + 1).tolist(), len(rows)]
        numbers = found.tolist()
        sets: dict[tuple[int, ...], int] = {}
        which = [sets.setdefault(tuple(numbers[a:b]), len(sets)) for a, b in pairwise(edges)]
        texts = [_comment(report, each) for each in sets]
        frames = batch.take(rows[np.array(edges[:-1], np.int64)])
        self.writer.write(commented(frames, texts, np.array(which, np.int64), self._little))


def _comment(report: Report, findings: tuple[int, ...]) -> str:
    found = [report.entries[number].finding for number in findings]
    lines = [f"{each.kind.severity}: {each.kind.reason}: {each.text}" for each in found]
    return "\n".join(lines).encode()[:_LONGEST].decode(errors="ignore")
