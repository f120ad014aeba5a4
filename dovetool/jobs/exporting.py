"""Frames on their way to a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dovetool.analysis.found_frames import FoundFrames
from dovetool.analysis.frame_selection import Finder, Picker
from dovetool.analysis.frame_summary import Sight
from dovetool.capture.batch import Batch
from dovetool.errors import CorruptCaptureError
from dovetool.jobs.columns import columns_named
from dovetool.jobs.looking import Looking
from dovetool.observe.catalogue import EXPORTED, EXPORTED_LAYERS
from dovetool.values import dataclass


class Sink(Protocol):
    """What makes rows of frames."""

    def show(self, found: FoundFrames) -> None:
        """Take some."""

    def end(self) -> None:
        """There are no more."""


@dataclass(frozen=True, slots=True)
class Exporting:
    """Writes the frames of captures.

    Attributes:
        looking: the captures.
        sight: looks at frames, and chooses them.
        sink: takes them.
        picker: chooses among them by what else there is.
        display_filter: chooses among them, as tshark says; None: all.
        decode_as: what tshark is to know about ports.
    """

    looking: Looking
    sight: Sight
    sink: Sink
    picker: Picker
    display_filter: str | None = None
    decode_as: Sequence[str] = ()

    def carry_out(self) -> CorruptCaptureError | None:
        """Do it.

        Returns:
            What is wrong with the captures from some point on; all before that is written.
        """
        damage = self._export(Finder(self.sight, self.picker))
        self.sink.end()
        return damage

    def _export(self, finder: Finder) -> CorruptCaptureError | None:
        def take(batch: Batch) -> bool:
            found = finder.found(batch)
            if len(found):
                self.sink.show(found)
            return not self.picker.is_done(batch)

        if self.display_filter is None:
            return self.looking.feed("export", take)
        from dovetool.jobs.asking_tshark import filtered, refuse_custom_block

        with filtered(self.looking, self.picker, self.display_filter, self.decode_as) as chosen:
            return chosen.feed("export", take, refuse_custom_block)


def exported_columns(words: Sequence[str] | None, *, by_layer: bool) -> tuple[str, ...]:
    """The columns that were asked for, or those that a table has otherwise."""
    if not words:
        return EXPORTED_LAYERS if by_layer else EXPORTED
    return columns_named(words, by_layer=by_layer)
