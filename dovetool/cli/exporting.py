"""Frames on their way to a table."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from dovetool import __version__
from dovetool.analysis.frame_selection import Finder, Picker, Window
from dovetool.analysis.frame_summary import Sight
from dovetool.capture.batch import Batch
from dovetool.cli.looking import Looking
from dovetool.errors import CorruptCaptureError, UsageError
from dovetool.installed import how_to_add
from dovetool.observe.names import Names
from dovetool.values import dataclass
from dovetool.views.chosen_columns import ColumnsPrinter, Form
from dovetool.views.frame_printers import Printer

_ARROW = (".parquet", ".arrow")


@dataclass(frozen=True, slots=True)
class Exporting:
    """Writes the frames of captures.

    Attributes:
        lookings: the captures.
        sight: looks at frames, and chooses them.
        sink: takes them.
    """

    lookings: Sequence[Looking]
    sight: Sight
    sink: Printer

    def carry_out(self) -> CorruptCaptureError | None:
        """Do it.

        Returns:
            What is wrong with the first of the captures that are damaged from some point on; all before that and the
            others are written.
        """
        damages = [damage for damage in map(self._export, self.lookings) if damage is not None]
        self.sink.end()
        return next(iter(damages), None)

    def _export(self, looking: Looking) -> CorruptCaptureError | None:
        finder = Finder(self.sight, Picker(Window()))

        def take(batch: Batch) -> bool:
            found = finder.found(batch)
            if len(found):
                self.sink.show(found)
            return True

        return looking.feed("export", take)


def sink_for(
    suffix: str, write: Callable[[bytes], object], names: Names, chosen: Sequence[str], map_file: Path | None
) -> Printer:
    """What writes a table of that suffix.

    Raises:
        UsageError: it takes pyarrow, which is not installed.
    """
    if suffix not in _ARROW:
        return ColumnsPrinter(_Text(write), names, chosen, Form(suffix[1:]))
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # the others keep 25 MB more of what was given back
    try:
        from dovetool.analysis.arrow import ArrowColumns, ArrowFile, catalogue_text
    except ImportError:
        raise UsageError(f"{suffix} needs pyarrow, which is not installed: {how_to_add('pyarrow')}") from None
    about = {"dovetool.version": __version__, "dovetool.columns": catalogue_text(chosen)}
    about |= {"dovetool.map": str(map_file)} if map_file is not None else {}
    return ArrowFile(ArrowColumns(names, chosen, about), write, is_parquet=suffix == _ARROW[0])


class _Text(io.StringIO):
    """Takes text, and hands it on at once as UTF-8."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        super().__init__()
        self._hand_on = write

    def write(self, text: str) -> int:
        """Hand it on."""
        self._hand_on(text.encode())
        return len(text)
