"""Columns of frames as Arrow record batches, and the files that hold them. Here alone is pyarrow imported.

Parquet: one row group for so many frames, in the order of the capture, so by time; Arrow: the IPC file format. Texts
of which there are few (names, encapsulations) are dictionary-encoded; `time` is a timestamp in ns, UTC.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dovetool.analysis.columns import MISSING, Cells, FrameTable, LookTable, Value, cells_of
from dovetool.analysis.found_frames import FoundFrames
from dovetool.observe.catalogue import COLUMNS, Kind
from dovetool.observe.names import Names

_ROW_GROUP = 1 << 15  # frames
_WIDE = frozenset({"number", "time_ns", "overhead", "inner_length"})
_OWN_TEXTS = frozenset({"outer_src_mac", "outer_dst_mac", "outer_src", "outer_dst", "hash"})
_OWN_TEXTS |= {"src_mac", "dst_mac", "src_ip", "dst_ip"}
"""Texts that frames have for themselves: a dictionary of them would grow with the capture."""
_TEXT_LISTS = frozenset({"comments", "verdict"})


def _type_of(name: str) -> pa.DataType:
    kind = COLUMNS[name].kind
    if name == "time":
        return pa.timestamp("ns", "UTC")
    if kind is Kind.NUMBER:
        return pa.int64() if name in _WIDE else pa.uint32()
    if kind is Kind.LIST:
        return pa.list_(pa.string() if name in _TEXT_LISTS else pa.uint32())
    return pa.string() if name in _OWN_TEXTS else pa.dictionary(pa.int32(), pa.string())


class ArrowColumns:
    """Makes record batches of frames.

    Attributes:
        schema: the columns, with what they say, and `about` as metadata of the whole.
    """

    def __init__(self, names: Names, chosen: Sequence[str], about: Mapping[str, str]) -> None:
        self._table, self._chosen = LookTable(names), chosen
        self._dictionaries: dict[str, dict[Value, int]] = {}
        fields = [pa.field(name, _type_of(name), metadata=_metadata(name)) for name in chosen]
        self.schema = pa.schema(fields, metadata=dict(about))

    def batch(self, found: FoundFrames) -> pa.RecordBatch:
        """The columns of some frames."""
        frames = FrameTable(found, self._table)
        return pa.record_batch([self._array(name, frames) for name in self._chosen], schema=self.schema)

    def _array(self, name: str, frames: FrameTable) -> pa.Array:
        kind = _type_of(name)
        if name == "time":
            return pa.array(frames.found.batch.told_ns, pa.int64()).cast(kind)
        cells = cells_of(name, frames)
        if cells.values is None:
            is_missing = cells.codes == MISSING
            return pa.array(np.where(is_missing, 0, cells.codes), mask=is_missing).cast(kind)
        if pa.types.is_dictionary(kind):
            return self._coded(name, cells)
        return pa.array(cells.values, kind).take(pa.array(cells.codes))

    def _coded(self, name: str, cells: Cells) -> pa.Array:
        """Codes of a dictionary that only grows, so that all batches of a file have one."""
        known = self._dictionaries.setdefault(name, {})
        places = [-1 if value is None else known.setdefault(value, len(known)) for value in cells.values or ()]
        codes = np.array(places, np.int32)[cells.codes]
        indices = pa.array(np.maximum(codes, 0), pa.int32(), mask=codes < 0)
        return pa.DictionaryArray.from_arrays(indices, pa.array(list(known), pa.string()))


def _metadata(name: str) -> dict[str, str]:
    column = COLUMNS[name]
    told = {"description": column.told, "unit": column.unit, "wireshark": column.wireshark}
    return {key: text for key, text in told.items() if text}


class _Sink(io.RawIOBase):
    """What pyarrow writes to."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        super().__init__()
        self._write, self._at = write, 0

    def writable(self) -> bool:
        return True

    def write(self, octets: Any) -> int:  # noqa: ANN401  (whatever is a buffer)
        written = bytes(octets)
        self._write(written)
        self._at += len(written)
        return len(written)

    def tell(self) -> int:
        return self._at


class ArrowFile:
    """A file of columns under construction."""

    def __init__(self, columns: ArrowColumns, write: Callable[[bytes], object], *, is_parquet: bool) -> None:
        self._columns, self._waiting, self._count = columns, list[pa.RecordBatch](), 0
        sink = _Sink(write)
        self._parquet = pq.ParquetWriter(sink, columns.schema, compression="zstd") if is_parquet else None
        deltas = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
        self._arrow = None if is_parquet else pa.ipc.new_file(sink, columns.schema, options=deltas)

    def show(self, found: FoundFrames) -> None:
        """Write some more frames."""
        batch = self._columns.batch(found)
        if self._arrow is not None:
            self._arrow.write_batch(batch)
            return
        self._waiting.append(batch)
        self._count += len(batch)
        if self._count >= _ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._parquet is not None and self._waiting:
            table = pa.Table.from_batches(self._waiting, self._columns.schema)
            self._parquet.write_table(table, row_group_size=_ROW_GROUP * 2)
        self._waiting, self._count = [], 0

    def end(self) -> None:
        """There are no more; the file is whole then."""
        self._flush()
        for writer in (self._parquet, self._arrow):
            if writer is not None:
                writer.close()


def catalogue_text(chosen: Sequence[str]) -> str:
    """The chosen columns of the catalogue, as JSON."""
    return json.dumps([COLUMNS[name]._asdict() for name in chosen])
