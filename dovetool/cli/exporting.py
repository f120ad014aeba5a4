"""What writes a table of frames."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dovetool import __version__
from dovetool.engine.threads import THREADS
from dovetool.errors import UsageError
from dovetool.installed import how_to_add
from dovetool.jobs.exporting import Sink
from dovetool.observe.names import Names
from dovetool.views.chosen_columns import ColumnsPrinter, Form

_ARROW = (".parquet", ".arrow")


@contextmanager
def table_sink(
    suffix: str, write: Callable[[bytes], object], names: Names, chosen: Sequence[str], map_file: Path | None
) -> Iterator[Sink]:
    """What writes a table of that suffix.

    Raises:
        UsageError: it takes pyarrow, which is not installed.
    """
    if suffix not in _ARROW:
        yield ColumnsPrinter(_Text(write), names, chosen, Form(suffix[1:]))
        return
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # the others keep 25 MB more of what was given back
    try:
        from dovetool.analysis.arrow import ArrowColumns, ArrowFile, ParquetFile, catalogue_text
    except ImportError:
        raise UsageError(f"{suffix} needs pyarrow, which is not installed: {how_to_add('pyarrow')}") from None
    about = {"dovetool.version": __version__, "dovetool.columns": catalogue_text(chosen)}
    about |= {"dovetool.map": str(map_file)} if map_file is not None else {}
    columns = ArrowColumns(names, chosen, about)
    is_parquet = suffix == _ARROW[0]
    file = ParquetFile(columns, write, behind=THREADS.count > 1) if is_parquet else ArrowFile(columns, write)
    try:
        yield file
    except BaseException:
        file.abandon()
        raise


class _Text(io.StringIO):
    """Takes text, and hands it on at once as UTF-8."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        super().__init__()
        self._hand_on = write

    def write(self, text: str) -> int:
        """Hand it on."""
        self._hand_on(text.encode())
        return len(text)
