"""Frames that were chosen, on their way to a capture of their own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from dovetool.analysis.choosing import Chooser
from dovetool.analysis.frame_selection import Picker
from dovetool.capture.batch import Batch, Passage
from dovetool.capture.capture_target import CaptureTarget
from dovetool.capture.writer import CaptureWriter, FirstLinkWriter, create_alike, wants_pcapng
from dovetool.cli.looking import Looking
from dovetool.cli.parsing import refuse_terminal
from dovetool.errors import CorruptCaptureError
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
    """

    looking: Looking
    chooser: Chooser
    picker: Picker
    target: Path
    most: int | None = None
    _written: int = 0
    _seen: int = 0

    def carry_out(self, meet: Callable[[Passage], object] = bool) -> int:
        """Do it; returns the exit code.

        Raises:
            CorruptCaptureError: the capture is damaged from some point on; the chosen frames before it were written.
        """
        refuse_terminal(self.target, "name a file for -w")
        self.looking.roles.replaces("-w", self.target)
        damage = self._write(meet)
        sys.stderr.write(f"{self._written:,} of {self._seen:,} frames written\n")
        if damage is not None:
            raise damage
        return 0

    def _write(self, meet: Callable[[Passage], object]) -> CorruptCaptureError | None:
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
        self._seen += len(batch)
        picked = self.picker.picked(batch)
        chosen = self.chooser.chosen(picked) if len(picked) else picked
        if self.most is not None:
            left = self.most - self._written
            chosen = chosen.first(left)
        if len(chosen):
            writer.write(chosen)
        self._written += len(chosen)
        return self._written != self.most and not self.picker.is_done(batch)
