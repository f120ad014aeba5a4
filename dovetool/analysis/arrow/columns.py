"""Frames on their way into record batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from dovetool.analysis.arrow.arrays import array_of, coded_by, coded_texts
from dovetool.analysis.arrow.types import CODES, schema_of
from dovetool.analysis.columns import ADDRESSES, Cells, FrameTable, LookTable, Value, cells_of
from dovetool.analysis.found_frames import FoundFrames
from dovetool.capture.batch import Column
from dovetool.observe.names import Names
from dovetool.values import dataclass

_TIME, _COMMENTS = "time", "comments"
_MOST_CHARACTERS = 1 << 23
"""Of comments, which each frame may have many of: many batches of these are more than fits into memory."""
AllCells = Mapping[str, Cells]
"""What rows have in each column."""


class ArrowColumns:
    """Makes record batches of frames: of those of one batch, or of many.

    Attributes:
        schema: the columns, with what they say, and `about` as metadata of the whole.
    """

    def __init__(
        self,
        names: Names,
        chosen: Sequence[str],
        about: Mapping[str, str],
        *,
        by_layer: bool = False,
        raw: bool = False,
    ) -> None:
        """Make columns.

        Args:
            names: gives names.
            chosen: names of columns of the catalogue.
            about: metadata of the whole.
            by_layer: a row is an overlay header of a frame, not a frame.
            raw: addresses are octets, not texts.
        """
        self.schema = schema_of(chosen, about, raw=raw)
        self._table, self._chosen, self._raw = LookTable(names, by_layer), chosen, raw
        self._dictionaries: dict[str, dict[Value, int]] = {}
        self._added = self._nothing()

    def __len__(self) -> int:
        """Count the rows that were added, and not yet taken."""
        return self._added.rows

    def are_enough(self, rows: int) -> bool:
        """Say whether there are so many rows, or rows with such long comments, that they are to be taken."""
        return self._added.rows >= rows or self._added.characters >= _MOST_CHARACTERS

    def batch(self, found: FoundFrames) -> pa.RecordBatch:
        """The columns of some frames, behind those that were added before."""
        self.add(found)
        return self.take().batch(self.schema)

    def add(self, found: FoundFrames) -> None:
        """Look at some more frames; they need not be there afterwards."""
        cells = self.cells(found)
        self._added.add(cells, 0, rows_of(cells), int(_characters(cells).sum()))

    def filled(self, cells: AllCells, rows: int) -> Iterator[Rows]:
        """Add rows, and take so many each time that there are: exactly, or those up to where comments get too long."""
        at, end, told = 0, rows_of(cells), np.concatenate([[0], np.cumsum(_characters(cells))])
        while at < end:
            long = int(np.searchsorted(told, told[at] + _MOST_CHARACTERS - self._added.characters))
            to = min(end, at + rows - len(self), long)
            self._added.add(cells, at, to, int(told[to] - told[at]))
            at = to
            if self.are_enough(rows):
                yield self.take()

    def cells(self, found: FoundFrames) -> AllCells:
        """What some frames have in each column."""
        frames = FrameTable(found, self._table)
        return {name: self._cells(name, frames) for name in self._chosen}

    def take(self) -> Rows:
        """All rows that were added since the last time, to be made a batch of, in another thread if need be."""
        added, self._added = self._added, self._nothing()
        return added

    def _nothing(self) -> Rows:
        return Rows({name: [] for name in self._chosen}, self._dictionaries)

    def _cells(self, name: str, frames: FrameTable) -> Cells:
        if name == _TIME:
            return Cells(frames.of_rows(frames.found.batch.told_ns))
        if self._raw and name in ADDRESSES:
            values, codes = frames.distinct(name)
            return Cells(codes, values)  # type: ignore[arg-type]  # octets are for Arrow alone
        return cells_of(name, frames)


@dataclass(slots=True)
class Rows:
    """Rows that are not yet arrays.

    Attributes:
        cells: of each column, of batches one behind the other.
        dictionaries: the texts that columns have had, with their places; they only grow, so that all batches of a file
            can have the same.
        rows: how many rows there are.
        characters: how many the comments of these have.
    """

    cells: dict[str, list[Cells]]
    dictionaries: dict[str, dict[Value, int]]
    rows: int = 0
    characters: int = 0

    def add(self, cells: AllCells, begin: int, end: int, characters: int) -> None:
        """Add the rows from one on, and up to another, whose comments have so many characters."""
        for name, each in cells.items():
            self.cells[name].append(Cells(each.codes[begin:end], each.values))
        self.rows += end - begin
        self.characters += characters

    def batch(self, schema: pa.Schema, *, for_file: bool = False) -> pa.RecordBatch:
        """The columns; one of addresses may be dictionary-encoded in the schema, by a dictionary of the batch alone.

        Args:
            schema: the columns.
            for_file: other batches follow in an IPC file, where a dictionary can grow unless it is empty.
        """
        arrays = [self._array(field, for_file=for_file) for field in schema]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _array(self, field: pa.Field, *, for_file: bool) -> pa.Array:
        cells = self.cells[field.name]
        if field.type != CODES:
            return array_of(cells, field.type)
        if field.name in ADDRESSES:
            return coded_texts(cells)
        return coded_by(cells, self.dictionaries.setdefault(field.name, {}), for_file=for_file)


def rows_of(cells: AllCells) -> int:
    """How many rows there are."""
    return len(next(iter(cells.values())).codes)


def _characters(cells: AllCells) -> Column:
    """(n,) how many the comments of each row have."""
    comments = cells.get(_COMMENTS)
    if comments is None or comments.values is None:
        return np.zeros(rows_of(cells), np.int64)
    lengths = [sum(len(str(text)) for text in texts) if isinstance(texts, tuple) else 0 for texts in comments.values]
    found: Column = np.array(lengths, np.int64)[comments.codes]
    return found
