"""The table that frames are exported to: in which form, with which columns, and what writes it."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from dovetool import __version__
from dovetool.capture.stdio import STDIO
from dovetool.cli.table_form import TableForm, form_of, refuse_twofold
from dovetool.engine.threads import THREADS
from dovetool.errors import UsageError
from dovetool.installed import how_to_add
from dovetool.jobs.exporting import Exporting, Sink, exported_columns
from dovetool.observe.names import Names
from dovetool.values import dataclass
from dovetool.views.frames.chosen_columns import ColumnsPrinter, Form

if TYPE_CHECKING:
    from dovetool.analysis.arrow import ArrowColumns, ArrowFile, ParquetFile
    from dovetool.analysis.frame_selection import Window
    from dovetool.analysis.frame_summary import Sight
    from dovetool.errors import CorruptCaptureError
    from dovetool.jobs.looking import Looking
    from dovetool.jobs.task import Task


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        target: where it goes.
        form: how it is written.
        chosen: names of its columns.
        by_layer: a row is an overlay header, not a frame.
        raw: addresses are octets, not texts.
    """

    target: Path
    form: TableForm
    chosen: tuple[str, ...]
    by_layer: bool
    raw: bool

    @classmethod
    def of(
        cls, target: Path, form: TableForm | None, words: Sequence[str] | None, *, by_layer: bool, raw: bool
    ) -> Self:
        """What the options say; a UsageError where they make no sense."""
        table = cls(target, form or form_of(target), exported_columns(words, by_layer=by_layer), by_layer, raw)
        refuse_twofold(target, table.form)
        if raw and not table.form.is_binary:
            raise UsageError(f"--raw: addresses as octets are for Parquet and Arrow, not for {table.form}")
        if target == STDIO and table.form.is_binary and sys.stdout.isatty():
            raise UsageError(f"--format {table.form}: is not for a terminal; name a file, or send it through a pipe")
        return table

    @contextmanager
    def sink(self, write: Callable[[bytes], object], names: Names, map_file: Path | None) -> Iterator[Sink]:
        """What takes frames, and writes the table.

        Raises:
            UsageError: it takes pyarrow, which is not installed.
        """
        if not self.form.is_binary:
            yield ColumnsPrinter(_Text(write), names, self.chosen, Form(self.form), self.by_layer)
            return
        file = self._file(write, names, map_file)
        try:
            yield file
        except BaseException:
            file.abandon()
            raise

    def _file(self, write: Callable[[bytes], object], names: Names, map_file: Path | None) -> ParquetFile | ArrowFile:
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # others keep 25 MB more of what was given back
        try:
            from dovetool.analysis.arrow import ArrowFile, ParquetFile
        except ImportError:
            raise UsageError(f"{self.form} needs pyarrow, which is not installed: {how_to_add('pyarrow')}") from None
        columns = self._columns(names, map_file)
        if self.form is TableForm.PARQUET:
            return ParquetFile(columns, write, behind=THREADS.count > 1)
        return ArrowFile(columns, write, is_stream=self.target == STDIO)

    def _columns(self, names: Names, map_file: Path | None) -> ArrowColumns:
        from dovetool.analysis.arrow import ArrowColumns, catalogue_text

        about = {"dovetool.version": __version__, "dovetool.columns": catalogue_text(self.chosen)}
        about |= {"dovetool.map": str(map_file)} if map_file is not None else {}
        return ArrowColumns(names, self.chosen, about, by_layer=self.by_layer, raw=self.raw)


@dataclass(frozen=True, slots=True)
class ExportEach:
    """Writes the capture of a task as a table.

    Attributes:
        table: the table; where it goes is not meant.
        looking: how frames are looked at; its captures are not meant.
        sight: looks at them, and chooses.
        within: those that may be written.
        display_filter: chooses among them, as tshark says; None: all.
        decode_as: what tshark is to know about ports.
        map_file: what a table says of its map.
    """

    table: Table
    looking: Looking
    sight: Sight
    within: Window
    display_filter: str | None
    decode_as: tuple[str, ...]
    map_file: Path | None

    def __call__(self, task: Task) -> tuple[bool, CorruptCaptureError | None]:
        """Do it; raises what reading a capture does, and writing a table."""
        from dovetool.analysis.frame_selection import Picker
        from dovetool.capture.capture_target import CaptureTarget
        from dovetool.jobs.corpus_counting import looking_at

        assert task.target is not None  # noqa: S101  (such tasks are made)
        table, looking = replace(self.table, target=task.target), looking_at(self.looking, task)
        with CaptureTarget(task.target) as output, table.sink(output.write, looking.names, self.map_file) as sink:
            exporting = Exporting(looking, self.sight, sink, Picker(self.within), self.display_filter, self.decode_as)
            return True, exporting.carry_out()


class _Text(io.StringIO):
    """Takes text, and hands it on at once as UTF-8."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        super().__init__()
        self._hand_on = write

    def write(self, text: str) -> int:
        """Hand it on."""
        self._hand_on(text.encode())
        return len(text)
