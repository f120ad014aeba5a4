"""Frames that were chosen, on their way to a capture of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dovetool.analysis.choosing import Chooser
from dovetool.analysis.frame_selection import Picker
from dovetool.capture.batch import Batch, Passage
from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.writer import CaptureWriter, FirstLinkWriter, create_alike, wants_pcapng
from dovetool.errors import CorruptCaptureError
from dovetool.jobs.looking import Looking
from dovetool.values import dataclass


@dataclass(slots=True)
class Extraction:
    """Writes frames as they are.

    Attributes:
        looking: the capture.
        chooser: chooses frames by what they are.
        picker: chooses by number, time, and what another tool says.
        target: where they go.
        most: frames at most; None: all.
        written: frames written so far.
        seen: frames seen so far.
    """

    looking: Looking
    chooser: Chooser
    picker: Picker
    target: Path
    most: int | None = None
    written: int = 0
    seen: int = 0

    def carry_out(self, meet: Callable[[Passage], object] = bool) -> CorruptCaptureError | None:
        """Do it; `meet` gets the blocks without a frame.

        Returns:
            What is wrong with the capture from some point on; the chosen frames before it were written.
        """
        self.looking.roles.replaces("-w", self.target)
        with self.looking.opened() as reader, CaptureTarget(self.target) as target:
            writer = create_alike(target.write, reader, to_pcapng=wants_pcapng(self.target, reader))

            def pass_on(passage: Passage) -> None:
                meet(passage)
                writer.pass_on(passage)

            damage = self.looking.read(reader, "inspect", lambda batch: self._take(batch, writer), pass_on)
            if isinstance(writer, FirstLinkWriter):
                writer.end()
        return damage

    def _take(self, batch: Batch, writer: CaptureWriter) -> bool:
        """Write the chosen frames of a batch; returns whether to go on."""
        self.seen += len(batch)
        picked = self.picker.picked(batch)
        chosen = self.chooser.chosen(picked) if len(picked) else picked
        if self.most is not None:
            left = self.most - self.written
            chosen = chosen.first(left)
        if len(chosen):
            writer.write(chosen)
        self.written += len(chosen)
        return self.written != self.most and not self.picker.is_done(batch)
