"""Cells of a column as one Arrow array."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, groupby
from typing import TypeVar

import numpy as np
import pyarrow as pa

from dovetool.analysis.arrow import buffers
from dovetool.analysis.columns import MISSING, Cells, Value
from dovetool.analysis.columns.cells import Codes
from dovetool.capture.batch import Column

_Any = TypeVar("_Any")


def joined(cells: Sequence[Cells]) -> list[Cells]:
    """The cells of batches as few as may be: those one behind the other with the same values as one."""
    parts = [list(part) for _, part in groupby(cells, key=lambda each: id(each.values))]
    return [
        Cells(np.concatenate([each.codes for each in part]), None if part[0].values is None else tuple(part[0].values))
        for part in parts
    ]


def array_of(cells: Sequence[Cells], kind: pa.DataType) -> pa.Array:
    """The values of some cells, as an array of a type that is no dictionary."""
    parts = [_array(each, kind) for each in joined(cells)]
    return parts[0] if len(parts) == 1 else pa.concat_arrays(parts) if parts else pa.nulls(0, kind)


def _array(cells: Cells, kind: pa.DataType) -> pa.Array:
    if cells.values is None:
        return _numbers(cells.codes, kind)
    if pa.types.is_integer(kind):
        return _numbers(_by_code(cells.values)[cells.codes], kind)
    if pa.types.is_list(kind):
        return _lists(cells.codes, cells.values, kind)
    codes, values = used(cells.codes, cells.values)
    return buffers.octets(list(map(_octets, values)), kind).take(
        buffers.numbers(codes.astype(np.int64, copy=False), pa.int64())
    )


def _octets(value: Value | bytes) -> bytes | None:
    """Of a text or an address; none is no value."""
    return (value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else None) or None


def _by_code(values: Sequence[Value]) -> Codes:
    return np.array([MISSING if value is None else value for value in values], np.int64)


def _numbers(numbers: Codes, kind: pa.DataType) -> pa.Array:
    is_missing = numbers == MISSING
    if is_missing.all():
        return pa.nulls(len(numbers), kind)
    width = np.int32 if kind == pa.int32() else np.int64
    return buffers.numbers(numbers.astype(width, copy=False), kind, is_missing)


def _lists(codes: Codes, values: Sequence[Value], kind: pa.DataType) -> pa.Array:
    codes, values = used(codes, values)
    is_none = np.array([value is None for value in values], np.bool_)
    items = [value if isinstance(value, tuple) else () for value in values]
    count = np.array(list(map(len, items)), np.int64)
    lengths, first = count[codes], np.cumsum(count) - count
    which = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths - first[codes], lengths)
    flat = list(chain.from_iterable(items))
    if kind.value_type == pa.string():
        texts = buffers.texts(list(map(str, flat)))
        found = texts.take(buffers.numbers(which, pa.int64())) if len(which) else texts[:0]
    else:
        found = buffers.numbers(np.array(flat, np.int32)[which], kind.value_type)
    return buffers.lists(lengths, found, is_none[codes])


def used(codes: Codes, values: Sequence[_Any]) -> tuple[Codes, list[_Any]]:
    """Codes of the values that there are, in the order in which they come first; the others are left out."""
    present = _present(codes, len(values))
    places = np.empty(len(values), np.int32)
    places[present] = np.arange(len(present), dtype=np.int32)
    return places[codes], [values[code] for code in present.tolist()]


def _present(codes: Codes, count: int) -> Column:
    """(m,) which of so many codes there are, in the order in which they come first."""
    rows = len(codes)
    first = np.full(count, rows, np.int64)
    first[codes[::-1]] = np.arange(rows - 1, -1, -1)  # the last one that is put there is the first row
    present = np.flatnonzero(first < rows)
    found: Column = present[np.argsort(first[present])]
    return found


def coded_texts(cells: Sequence[Cells]) -> pa.DictionaryArray:
    """Texts as codes of a dictionary of their own."""
    return coded_by(cells, {})


def coded_by(cells: Sequence[Cells], known: dict[Value, int], *, for_file: bool = False) -> pa.DictionaryArray:
    """Texts as codes of a dictionary of many batches, to which those are added that are new.

    Args:
        cells: the texts.
        known: the dictionary.
        for_file: it must not stay empty; so it has one of no length where there is none.
    """
    places = [_places(each.codes, each.values or (), known) for each in joined(cells)]
    if for_file and not known:
        known[""] = 0
    return coded(places, known)


def _places(codes: Codes, values: Sequence[Value], known: dict[Value, int]) -> Codes:
    present = _present(codes, len(values))
    there = [values[code] for code in present.tolist()]
    places = np.empty(len(values), np.int32)
    places[present] = [-1 if value is None else known.setdefault(value, len(known)) for value in there]
    return places[codes]


def coded(parts: Sequence[Codes], known: dict[Value, int]) -> pa.DictionaryArray:
    """Codes of known texts, -1 for none."""
    codes = np.concatenate(parts).astype(np.int32, copy=False) if parts else np.zeros(0, np.int32)
    return buffers.codes(codes, buffers.texts(list(map(str, known))), codes < 0)
