"""Columns of frames, as pyarrow has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from dovetool import __version__
from dovetool.api import asking
from dovetool.errors import MissingLibraryError
from dovetool.installed import how_to_add
from dovetool.jobs.exporting import exported_columns
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.analysis.arrow import ArrowColumns, RecordBatch, Table
    from dovetool.analysis.found_frames import FoundFrames
    from dovetool.observe.names import Names


@dataclass(frozen=True, slots=True)
class Columns:
    """Makes record batches.

    Attributes:
        made: makes them of the columns that were chosen.
        has_verdict: one of these is the verdict.
    """

    made: ArrowColumns
    has_verdict: bool

    @classmethod
    def of(cls, names: Names, columns: asking.Words | None, *, layers: bool, raw: bool) -> Self:
        """The columns of these names; None: those that `dovetool export` writes.

        Args:
            names: gives names of networks and the like.
            columns: names of columns.
            layers: a row is an overlay header, not a frame.
            raw: addresses are octets, not texts.

        Raises:
            MissingLibraryError: pyarrow is not installed.
            UsageError: there is no such column.
        """
        with asking.in_python():
            chosen = exported_columns(asking.some_of("columns", columns), by_layer=layers)
        try:
            from dovetool.analysis.arrow import ArrowColumns, catalogue_text
        except ImportError:
            raise missing("pyarrow") from None
        about = {"dovetool.version": __version__, "dovetool.columns": catalogue_text(chosen)}
        return cls(ArrowColumns(names, chosen, about, by_layer=layers, raw=raw), "verdict" in chosen)

    def add(self, found: FoundFrames) -> None:
        """Look at some more frames."""
        if len(found):
            self.made.add(found)

    @property
    def waiting(self) -> int:
        """Rows that were added, and are in no batch yet."""
        return len(self.made)

    def are_enough(self, rows: int) -> bool:
        """Say whether these are so many that they are to be a batch."""
        return self.made.are_enough(rows)

    def batch(self) -> RecordBatch:
        """The columns of these."""
        return self.made.take().batch(self.made.schema)

    def table(self, batches: Sequence[RecordBatch]) -> Table:
        """All of them as one table, in which each column has one dictionary."""
        from dovetool.analysis.arrow import Table

        return Table.from_batches(batches, self.made.schema).unify_dictionaries()


def missing(library: str) -> MissingLibraryError:
    """What to say of a library that is not installed."""
    return MissingLibraryError(f"this takes {library}, which is not installed: {how_to_add(library)}")
