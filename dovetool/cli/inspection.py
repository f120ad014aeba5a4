"""Frames that were found, on their way to standard output."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import IO, TYPE_CHECKING

from dovetool.analysis.found_frames import SeenFrame
from dovetool.analysis.frame_selection import Finder
from dovetool.capture.batch import Batch, Passage
from dovetool.cli.pager import paged_output
from dovetool.errors import CorruptCaptureError
from dovetool.jobs.looking import Looking
from dovetool.observe.dissection import Dissection, dissect
from dovetool.observe.observe import Observe
from dovetool.values import dataclass
from dovetool.views.frames.frame_printers import DetailPrinter, JsonPrinter, ListPrinter, Printer
from dovetool.views.terminal import WIDE, make_console

if TYPE_CHECKING:
    from dovetool.views.frames.chosen_columns import Form


@dataclass(frozen=True, slots=True)
class OutputForm:
    """How frames are shown: as one JSON array, as JSON lines, in full, with their octets; else as a list.

    With `columns`, how these are written, the `chosen` ones of the catalogue are all that is shown.
    """

    as_json: bool = False
    as_lines: bool = False
    verbose: bool = False
    hexadecimal: bool = False
    columns: Form | None = None
    chosen: tuple[str, ...] = ()

    @property
    def is_paged(self) -> bool:
        """People read it, page by page."""
        return not (self.as_json or self.as_lines or self.columns)


@dataclass(slots=True)
class Inspection:
    """Shows frames.

    Attributes:
        looking: the capture.
        observe: says what a frame is.
        finder: finds the frames.
        form: how they are shown.
        most: frames at most; None: all.
        ask_tshark: takes frames of the capture apart; None: dovetool does.
    """

    looking: Looking
    observe: Observe
    finder: Finder
    form: OutputForm
    most: int | None = None
    ask_tshark: Callable[[Sequence[SeenFrame]], Iterable[Dissection]] | None = None

    def carry_out(self, meet: Callable[[Passage], object] = bool, *, paged: bool) -> int:
        """Do it; returns the exit code.

        Raises:
            CorruptCaptureError: the capture is damaged from some point on; the frames before it were shown.
        """
        damage: CorruptCaptureError | None = None
        with paged_output(wanted=paged and self.form.is_paged) as output:
            printer = self._printer(output)
            damage = self.looking.feed("inspect", lambda batch: self._take(batch, printer, output), meet)
            printer.end()
        if damage is not None:
            raise damage
        return 0

    def _printer(self, output: IO[str]) -> Printer:
        form, names = self.form, self.looking.names
        if form.columns is not None:
            from dovetool.views.frames.chosen_columns import ColumnsPrinter

            return ColumnsPrinter(output, names, form.chosen, form.columns)
        if form.as_json or form.as_lines:
            return JsonPrinter(output, names, self._dissected if form.verbose else None, form.as_json)
        width = _width()
        if not (form.verbose or form.hexadecimal):
            return ListPrinter(output, names, lambda: self.finder.picker.start_ns, width)
        console = make_console(width, output, is_terminal=sys.stdout.isatty() or None)
        return DetailPrinter(console, self._dissected, form.verbose, form.hexadecimal)

    def _dissected(self, frames: Sequence[SeenFrame]) -> Iterable[Dissection]:
        if self.ask_tshark is not None:
            return self.ask_tshark(frames)
        return (dissect(frame.known.view(), self.observe, self.looking.names) for frame in frames)

    def _take(self, batch: Batch, printer: Printer, output: IO[str]) -> bool:
        """Show the wanted frames of a batch; returns whether to go on."""
        found = self.finder.found(batch).first(self.most)
        if len(found):
            printer.show(found)
            output.flush()
        if self.most is not None:
            self.most -= len(found)
        return self.most != 0 and not self.finder.picker.is_done(batch)


def _width() -> int:
    """Columns of the terminal; a pipe has room for all."""
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        return WIDE
    return shutil.get_terminal_size().columns
