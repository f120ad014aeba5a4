"""Frames kept in a pcapng file of their own, each with a comment that says why it is there."""

from __future__ import annotations

from collections.abc import Sequence

from dovetool.capture.batch import Batch, Column, Passage
from dovetool.capture.pcapng import INTERFACE, SECTION, PcapngWriter, commented


class CommentedFrames:
    """Takes chosen frames of a capture, in the order in which they come.

    Attributes:
        writer: writes the pcapng file.
    """

    def __init__(self, writer: PcapngWriter) -> None:
        self.writer = writer
        self._little = True

    def pass_on(self, passage: Passage) -> None:
        """Sections and interfaces of the input are needed here too; other blocks are not."""
        if passage.kind == SECTION:
            self._little = passage.little
        if passage.kind in (SECTION, INTERFACE):
            self.writer.pass_on(passage)

    def write(self, batch: Batch, texts: Sequence[str], which: Column) -> None:
        """Write the frames of a batch; the comment of each (n,) is the text of that number."""
        self.writer.write(commented(batch, texts, which, self._little))
