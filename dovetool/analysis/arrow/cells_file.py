"""Cells of columns in a file of their own, until they become a part of a table: an IPC stream, a batch for each batch.

Nothing is numbered anew: what stands in a column once for each value has codes there, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa

from dovetool.analysis.arrow import buffers
from dovetool.analysis.arrow.arrays import array_of, used
from dovetool.analysis.arrow.columns import AllCells, ArrowColumns, rows_of
from dovetool.analysis.arrow.files import Sink
from dovetool.analysis.arrow.types import CODES
from dovetool.analysis.columns import Cells, Value
from dovetool.analysis.found_frames import FoundFrames


class CellsFile:
    """The file under construction; without any rows it is empty."""

    def __init__(self, columns: ArrowColumns, write: Callable[[bytes], object]) -> None:
        self._columns, self._sink = columns, Sink(write)
        self._writer: pa.ipc.RecordBatchStreamWriter | None = None

    def show(self, found: FoundFrames) -> None:
        """Write some more frames."""
        cells = self._columns.cells(found)
        if not rows_of(cells):
            return
        arrays = [_stored(cells[field.name], field.type) for field in self._columns.schema]
        batch = pa.RecordBatch.from_arrays(arrays, self._columns.schema.names)
        if self._writer is None:
            options = pa.ipc.IpcWriteOptions(compression="zstd")
            self._writer = pa.ipc.new_stream(self._sink, batch.schema, options=options)
        self._writer.write_batch(batch)

    def end(self) -> None:
        """There are no more; the file is whole then."""
        if self._writer is not None:
            self._writer.close()

    def abandon(self) -> None:
        """It will not be whole, and nothing more is written."""
        self._sink.stop()
        with suppress(Exception):
            self.end()


def cells_in(path: Path) -> Iterator[AllCells]:
    """What was written, batch by batch."""
    if path.stat().st_size == 0:
        return
    with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as batches:
        for batch in batches:
            yield {name: _read(batch.column(at)) for at, name in enumerate(batch.schema.names)}


def _stored(cells: Cells, kind: pa.DataType) -> pa.Array:
    """Numbers as they are, those that stand for none as well; codes with the values that are used."""
    if cells.values is None:
        return buffers.numbers(cells.codes.astype(np.int64, copy=False), pa.int64())
    codes, values = used(cells.codes, cells.values)
    return buffers.codes(codes.astype(np.int32, copy=False), _values(values, kind))


def _values(values: Sequence[Value | bytes], kind: pa.DataType) -> pa.Array:
    if pa.types.is_integer(kind) or pa.types.is_list(kind):
        return array_of([Cells(np.arange(len(values)), cast("Sequence[Value]", values))], kind)
    octets = [value if isinstance(value, bytes) else None if value is None else str(value).encode() for value in values]
    return buffers.octets(octets, pa.string() if kind in (CODES, pa.string()) else pa.binary())


def _read(column: pa.Array) -> Cells:
    if not isinstance(column, pa.DictionaryArray):
        return Cells(column.to_numpy())
    values = [tuple(value) if isinstance(value, list) else value for value in column.dictionary.to_pylist()]
    return Cells(column.indices.to_numpy(), values)
