"""Rejected frames, kept in a pcapng file with the reason as the comment of each packet."""

from __future__ import annotations

import numpy as np

from dovetool.capture.batch import Passage
from dovetool.capture.pcapng import INTERFACE, SECTION, PcapngWriter, commented
from dovetool.pipeline.stage_runner import Outcome
from dovetool.stages.verdict import Reason

_TEXTS = [str(reason) for reason in Reason]


class Rejects:
    """Takes the rejected frames of every stage, in the order in which they were rejected.

    Attributes:
        writer: writes the pcapng file.
    """

    def __init__(self, writer: PcapngWriter) -> None:
        self.writer = writer
        self._little = True

    def pass_on(self, passage: Passage) -> None:
        """Sections and interfaces of the input are needed here too; other blocks go to the output alone."""
        if passage.kind == SECTION:
            self._little = passage.little
        if passage.kind in (SECTION, INTERFACE):
            self.writer.pass_on(passage)

    def keep(self, outcome: Outcome) -> None:
        """Write the frames that a stage rejected."""
        if len(outcome.rejected):
            reasons = np.asarray(outcome.reasons, np.int64)
            self.writer.write(commented(outcome.source.take(outcome.rejected), _TEXTS, reasons, self._little))
