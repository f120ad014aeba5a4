"""Frames on their way into record batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from dovetool.analysis.arrow.arrays import array_of, coded_by, coded_texts
from dovetool.analysis.arrow.types import CODES, schema_of
from dovetool.analysis.columns import ADDRESSES, Cells, FrameTable, LookTable, Value, cells_of
from dovetool.analysis.found_frames import FoundFrames
from dovetool.observe.names import Names
from dovetool.values import dataclass

_TIME, _COMMENTS = "time", "comments"
_MOST_OCTETS = 1 << 23
"""Of comments, which each frame may have many of: many batches of these are more than fits into memory."""


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
        return self._added.rows >= rows or self._added.octets >= _MOST_OCTETS

    def batch(self, found: FoundFrames) -> pa.RecordBatch:
        """The columns of some frames, behind those that were added before."""
        self.add(found)
        return self.take().batch(self.schema)

    def add(self, found: FoundFrames) -> None:
        """Look at some more frames; they need not be there afterwards."""
        frames = FrameTable(found, self._table)
        for name, cells in self._added.cells.items():
            cells.append(self._cells(name, frames))
        self._added.rows += len(frames)
        annex = found.batch.annex
        if annex is not None and _COMMENTS in self._added.cells:
            self._added.octets += int(frames.of_rows(annex.length).sum())

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
        octets: how many the comments of these have, about.
    """

    cells: dict[str, list[Cells]]
    dictionaries: dict[str, dict[Value, int]]
    rows: int = 0
    octets: int = 0

    def batch(self, schema: pa.Schema) -> pa.RecordBatch:
        """The columns; one of addresses may be dictionary-encoded in the schema, by a dictionary of the batch alone."""
        return pa.RecordBatch.from_arrays([self._array(field) for field in schema], schema=schema)

    def _array(self, field: pa.Field) -> pa.Array:
        cells = self.cells[field.name]
        if field.type != CODES:
            return array_of(cells, field.type)
        if field.name in ADDRESSES:
            return coded_texts(cells)
        return coded_by(cells, self.dictionaries.setdefault(field.name, {}))
