"""The table that frames are exported to: in which form, with which columns, and what writes it."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from dovetool import __version__
from dovetool.capture.names import readable
from dovetool.capture.stdio import STDIO
from dovetool.cli.table_form import TableForm, form_of, refuse_twofold
from dovetool.engine.threads import THREADS
from dovetool.errors import UsageError
from dovetool.installed import how_to_add
from dovetool.jobs import part_files
from dovetool.jobs.exporting import Exporting, Sink, exported_columns
from dovetool.observe.names import Names
from dovetool.values import dataclass
from dovetool.views.frames.chosen_columns import ColumnsPrinter, Form

if TYPE_CHECKING:
    from dovetool.analysis.arrow import ArrowColumns, ArrowFile, CellsFile, ParquetFile
    from dovetool.analysis.frame_selection import Window
    from dovetool.analysis.frame_summary import Sight
    from dovetool.errors import CorruptCaptureError
    from dovetool.jobs.looking import Looking
    from dovetool.jobs.task import Task


_AT_ONCE = 1 << 21


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
    def sink(
        self, write: Callable[[bytes], object], names: Names, map_file: Path | None, *, of_part: bool = False
    ) -> Iterator[Sink]:
        """What takes frames, and writes the table; or with `of_part` a part of it, of which `joined` makes one.

        Raises:
            UsageError: it takes pyarrow, which is not installed.
        """
        if not self.form.is_binary:
            yield ColumnsPrinter(_Text(write), names, self.chosen, Form(self.form), self.by_layer)
            return
        with _abandoned((self._part if of_part else self._file)(write, names, map_file)) as file:
            yield file

    def join(
        self, parts: Sequence[Path], write: Callable[[bytes], object], names: Names, map_file: Path | None
    ) -> None:
        """Write the table of all parts, one behind the other; raises as `sink`."""
        if not self.form.is_binary:
            _join_texts(parts, write, has_head=self.form is not TableForm.JSON_LINES)
            return
        with _abandoned(self._file(write, names, map_file)) as file:
            from dovetool.analysis.arrow import cells_in

            for cells in chain.from_iterable(map(cells_in, parts)):
                file.add(cells)
            file.end()

    def _file(self, write: Callable[[bytes], object], names: Names, map_file: Path | None) -> ParquetFile | ArrowFile:
        columns = self._columns(names, map_file)
        from dovetool.analysis.arrow import ArrowFile, ParquetFile

        if self.form is TableForm.PARQUET:
            return ParquetFile(columns, write, behind=THREADS.count > 1)
        return ArrowFile(columns, write, is_stream=self.target == STDIO)

    def _part(self, write: Callable[[bytes], object], names: Names, map_file: Path | None) -> CellsFile:
        columns = self._columns(names, map_file)
        from dovetool.analysis.arrow import CellsFile

        return CellsFile(columns, write)

    def _columns(self, names: Names, map_file: Path | None) -> ArrowColumns:
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # others keep 25 MB more of what was given back
        try:
            from dovetool.analysis.arrow import ArrowColumns, catalogue_text
        except ImportError:
            raise UsageError(f"{self.form} needs pyarrow, which is not installed: {how_to_add('pyarrow')}") from None
        about = {"dovetool.version": __version__, "dovetool.columns": catalogue_text(self.chosen)}
        about |= {"dovetool.map": readable(map_file)} if map_file is not None else {}
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
        """Do it, or of a part what `ExportingParts` takes; raises what reading a capture does, and writing a table."""
        from dovetool.analysis.frame_selection import Picker
        from dovetool.capture.capture_target import CaptureTarget
        from dovetool.jobs.corpus_counting import looking_at

        assert task.target is not None  # noqa: S101  (such tasks are made)
        table, looking = replace(self.table, target=task.target), looking_at(self.looking, task)
        given = looking.names, self.map_file
        with (
            CaptureTarget(task.target) as output,
            table.sink(output.write, *given, of_part=task.part is not None) as sink,
        ):
            exporting = Exporting(looking, self.sight, sink, Picker(self.within), self.display_filter, self.decode_as)
            return True, exporting.carry_out()


@dataclass(frozen=True, slots=True)
class ExportingParts:
    """Writes large captures in parts; what comes of these becomes one table.

    What stands in a row is about its frame alone, and its number is that in the capture.

    Attributes:
        each: how a capture is written.
    """

    each: ExportEach

    def allows(self, task: Task) -> bool:
        """What tshark chooses frames by may be about those before; and what is written needs a place."""
        return self.each.display_filter is None and part_files.can_lie(task)

    def parts_of(self, task: Task, octets: int) -> Iterator[Task]:
        """A task for each range."""
        return part_files.parts_of(task, octets)

    def whole(self, task: Task, done: Sequence[tuple[Task, bool]]) -> bool:
        """Make one table of those of the parts."""
        from dovetool.capture.capture_target import CaptureTarget

        assert task.target is not None  # noqa: S101  (such tasks are made)
        with CaptureTarget(task.target) as output:
            parts = part_files.made_of(task.target, len(done))
            self.each.table.join(parts, output.write, self.each.looking.names, self.each.map_file)
        return True

    def clear(self, task: Task) -> None:
        """Remove what the parts have written."""
        part_files.clear(task)


_File = TypeVar("_File", bound="ParquetFile | ArrowFile | CellsFile")


@contextmanager
def _abandoned(file: _File) -> Iterator[_File]:
    """After an error nothing more is written to the file."""
    try:
        yield file
    except BaseException:
        file.abandon()
        raise


def _join_texts(parts: Sequence[Path], write: Callable[[bytes], object], *, has_head: bool) -> None:
    for number, part in enumerate(parts):
        with part.open("rb") as file:
            if has_head and number > 0:
                file.readline()
            while octets := file.read(_AT_ONCE):
                write(octets)


class _Text(io.StringIO):
    """Takes text, and hands it on at once as UTF-8."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        super().__init__()
        self._hand_on = write

    def write(self, text: str) -> int:
        """Hand it on."""
        self._hand_on(text.encode())
        return len(text)
