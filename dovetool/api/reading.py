"""A capture on its way to frames, or to columns of frames."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass  # noqa: TID251  (with no slots, for what is cached)
from functools import cached_property, partial
from typing import TYPE_CHECKING

from dovetool.analysis.choosing import Chooser
from dovetool.analysis.frame_selection import Finder, Picker
from dovetool.analysis.frame_summary import Judge, Sight
from dovetool.api import asking
from dovetool.api.eyes import Block, Eyes
from dovetool.api.frame import Frame
from dovetool.api.handing_out import handed_out
from dovetool.api.selecting import Selection
from dovetool.capture.batch import Batch, Passage
from dovetool.capture.times import frame_named
from dovetool.engine.pipeline import Choices
from dovetool.errors import CorruptCaptureError
from dovetool.jobs.looking import Looking
from dovetool.jobs.opening import inputs_of
from dovetool.observe.observe import Detail

if TYPE_CHECKING:
    from dovetool.analysis.arrow import RecordBatch
    from dovetool.analysis.found_frames import FoundFrames
    from dovetool.api.columns import Columns
    from dovetool.jobs.opening import Source

_ROWS = 1 << 15
"""Rows of a record batch, about."""
_BY_LOOKS = ("vnid", "encap", "tep", "mac", "ip", "vm")


@dataclass(frozen=True)
class Reading:
    """What is read.

    Attributes:
        looking: the capture.
        decode_as: what else marks an overlay, for tshark.
        selection: its frames.
    """

    looking: Looking
    decode_as: Sequence[str] = ()
    selection: Selection = Selection()  # noqa: RUF009  (it never changes)

    def chosen(self) -> tuple[Source, Choices] | None:
        """Where it comes from, and what chooses its frames; None where tshark has to be asked."""
        if self.selection.filter is not None:
            return None
        names, picker = self.looking.names, Picker(self.selection.window())
        wanted = self.selection.wanted(names)
        chooser = Chooser(Sight(self.looking.observe(wanted.detail), names, wanted=wanted))

        def choose(batch: Batch) -> Batch:
            picked = picker.picked(batch)
            return chooser.chosen(picked) if len(picked) else picked

        return self.looking.source, Choices(before=choose) if any(self.selection) else Choices()

    @cached_property
    def eyes(self) -> Eyes:
        """Look at its frames one by one."""
        looking = self.looking
        return Eyes(Sight(looking.observe(Detail.ALL), looking.names, looking.judge()))

    def frames(self) -> Generator[Frame, None, None]:
        """The frames one by one."""
        selection, finder = self.selection, self._finder(self.eyes.sight.judge)
        chooses = any(getattr(selection, name) is not None for name in _BY_LOOKS)
        for batch in self._batches(finder.picker):
            if chooses:
                found = finder.found(batch)
                block = Block(self.eyes, partial(_same, found))
                yield from handed_out(found.batch, found.numbers.tolist(), block)
                continue
            rows = finder.picker.rows(batch)
            picked = batch if len(rows) == len(batch) else batch.take(rows)
            numbers = (rows + batch.first_number).tolist()
            look = partial(finder.look, picked, rows + batch.first_number)
            yield from handed_out(picked, numbers, Block(self.eyes, look))

    def in_columns(self, columns: Columns) -> Generator[RecordBatch, None, None]:
        """The frames in columns."""
        finder = self._finder(self.eyes.sight.judge if columns.has_verdict else None)
        damage: CorruptCaptureError | None = None
        try:
            for batch in self._batches(finder.picker):
                with frame_named(batch, inputs_of(self.looking.source).name):
                    columns.add(finder.found(batch))
                if columns.are_enough(_ROWS):
                    yield columns.batch()
        except CorruptCaptureError as error:
            damage = error
        if columns.waiting:
            yield columns.batch()
        if damage is not None:
            raise damage

    def _finder(self, judge: Judge | None) -> Finder:
        names, wanted = self.looking.names, self.selection.wanted(self.looking.names)
        sight = Sight(self.looking.observe(wanted.detail, later=Detail.ALL), names, judge, wanted)
        return Finder(sight, Picker(self.selection.window()))

    def _batches(self, picker: Picker) -> Generator[Batch, None, None]:
        """The batches of the capture, up to the last that has a frame which may be picked."""
        with ExitStack() as stack, asking.in_python():
            looking, display_filter = self.looking, self.selection.filter
            if display_filter is not None:
                from dovetool.jobs.asking_tshark import filtered

                looking = stack.enter_context(filtered(looking, picker, display_filter, self.decode_as))
            for item in stack.enter_context(looking.opened()):
                if isinstance(item, Passage):
                    self._meet(item)
                    continue
                yield item
                if picker.is_done(item):
                    break

    def _meet(self, passage: Passage) -> None:
        if self.selection.filter is not None:
            from dovetool.jobs.asking_tshark import refuse_custom_block

            refuse_custom_block(passage)


def _same(found: FoundFrames) -> FoundFrames:
    return found
