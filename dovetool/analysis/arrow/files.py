"""Files of columns: Parquet, and Arrow's IPC format.

Parquet: one row group for so many rows, in the order of the capture, so by time. Columns are encoded as suits what is
in them: counters and times as differences, the rest by dictionaries.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from dovetool.analysis.arrow.columns import AllCells, ArrowColumns, Rows
from dovetool.analysis.arrow.types import CODES
from dovetool.analysis.columns import ADDRESSES
from dovetool.analysis.found_frames import FoundFrames
from dovetool.capture.workers import undisturbed, workers

if TYPE_CHECKING:
    from concurrent.futures import Future

_ROW_GROUP = 1 << 16  # rows
_BUFFER = 1 << 18  # octets
_BATCH = 1 << 14  # rows of a record batch in an IPC file
_BY_DIFFERENCE = frozenset({"number", "time", "time_ns", "ip_id", "tcp_seq", "tcp_ack"})
_OF_THEIR_OWN = frozenset({"hash"})
"""Texts that each frame has for itself."""


class Sink(io.RawIOBase):
    """What pyarrow writes to, until it is told to stop: its writers write on when they are let go of."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        super().__init__()
        self._write: Callable[[bytes], object] | None = write
        self._at = 0

    def writable(self) -> bool:
        """It can be written."""
        return True

    def write(self, octets: Any) -> int:  # noqa: ANN401  (whatever is a buffer)
        """Hand it on."""
        written = bytes(octets)
        if self._write is not None:
            self._write(written)
        self._at += len(written)
        return len(written)

    def tell(self) -> int:
        """Octets so far."""
        return self._at

    def stop(self) -> None:
        """Take no more of it."""
        self._write = None


class ParquetFile:
    """A Parquet file under construction: rows are made into columns and written in a thread of its own."""

    def __init__(self, columns: ArrowColumns, write: Callable[[bytes], object], *, behind: bool = False) -> None:
        """Begin a file.

        Args:
            columns: what is in it.
            write: takes its octets.
            behind: use another thread.
        """
        self._columns, self._schema = columns, _coded(columns.schema)
        names = columns.schema.names
        self._sink = Sink(write)
        self._file = io.BufferedWriter(self._sink, _BUFFER)
        self._writer = pq.ParquetWriter(
            self._file,
            self._schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=[name for name in names if name not in _BY_DIFFERENCE | _OF_THEIR_OWN],
            write_statistics=[field.name for field in columns.schema if not _is_text(field.type)],
            column_encoding={name: "DELTA_BINARY_PACKED" for name in names if name in _BY_DIFFERENCE},
            store_schema=False,
        )
        as_read = base64.b64encode(columns.schema.serialize().to_pybytes())
        self._writer.add_key_value_metadata({"ARROW:schema": as_read.decode()})
        self._pool = workers(1) if behind else None
        self._last: Future[None] | None = None

    def show(self, found: FoundFrames) -> None:
        """Write some more frames."""
        self.add(self._columns.cells(found))

    def add(self, cells: AllCells) -> None:
        """Write some more rows."""
        for rows in self._columns.filled(cells, _ROW_GROUP):
            self._write_next(rows)

    def _write_next(self, rows: Rows) -> None:
        self._settle()
        if self._pool is None:
            self._write(rows)
        else:
            with undisturbed():
                self._last = self._pool.submit(self._write, rows)

    def _write(self, rows: Rows) -> None:
        self._writer.write_batch(rows.batch(self._schema), row_group_size=rows.rows)

    def _settle(self) -> None:
        """Wait until what was to be written is; raises what that has raised."""
        last, self._last = self._last, None
        if last is not None:
            with undisturbed():
                last.result()

    def end(self) -> None:
        """There are no more; the file is whole then."""
        if len(self._columns):
            self._write_next(self._columns.take())
        self._settle()
        self._writer.close()
        self._file.flush()

    def abandon(self) -> None:
        """It will not be whole, and nothing more is written."""
        self._sink.stop()
        with suppress(Exception):
            self._settle()
        with suppress(Exception):
            self._writer.close()


def _is_text(kind: pa.DataType) -> bool:
    """Frames of a group have most of the texts that there are, so that the least and the greatest tell nothing."""
    return kind in (CODES, pa.string(), pa.binary())


def _coded(schema: pa.Schema) -> pa.Schema:
    """The schema by which addresses are handed over: as codes, which Parquet keeps as they are."""
    fields = [
        field.with_type(CODES) if field.name in ADDRESSES and field.type == pa.string() else field for field in schema
    ]
    return pa.schema(fields, schema.metadata)


class ArrowFile:
    """An IPC file under construction, or with `is_stream` an IPC stream."""

    def __init__(self, columns: ArrowColumns, write: Callable[[bytes], object], *, is_stream: bool = False) -> None:
        self._columns, self._is_stream = columns, is_stream
        begin = pa.ipc.new_stream if is_stream else pa.ipc.new_file
        deltas = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
        self._sink = Sink(write)
        self._writer = begin(self._sink, columns.schema, options=deltas)

    def show(self, found: FoundFrames) -> None:
        """Write some more frames."""
        self.add(self._columns.cells(found))

    def add(self, cells: AllCells) -> None:
        """Write some more rows."""
        for rows in self._columns.filled(cells, _BATCH):
            self._write(rows)

    def _write(self, rows: Rows) -> None:
        self._writer.write_batch(rows.batch(self._columns.schema, for_file=not self._is_stream))

    def end(self) -> None:
        """There are no more; the file is whole then."""
        if len(self._columns):
            self._write(self._columns.take())
        self._writer.close()

    def abandon(self) -> None:
        """It will not be whole, and nothing more is written."""
        self._sink.stop()
        with suppress(Exception):
            self._writer.close()
