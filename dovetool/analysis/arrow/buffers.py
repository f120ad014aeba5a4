"""Arrow arrays made of their buffers: `pyarrow.array` would load pandas where that is installed, which takes long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Flags = NDArray[np.bool_]


def numbers(values: NDArray[Any], kind: pa.DataType, is_missing: Flags | None = None) -> pa.Array:
    """Numbers (n,) that are as wide as those of the type, and which (n,) of them stand for none."""
    values = np.ascontiguousarray(values)
    return pa.Array.from_buffers(kind, len(values), [_validity(is_missing), pa.py_buffer(values)])


def octets(values: Sequence[bytes | None], kind: pa.DataType) -> pa.Array:
    """Texts in UTF-8, or octets; none are no value."""
    is_missing = np.array([value is None for value in values], np.bool_)
    known = [value or b"" for value in values]
    data = pa.py_buffer(b"".join(known))
    if pa.types.is_fixed_size_binary(kind):
        data = pa.py_buffer(b"".join(value.ljust(kind.byte_width, b"\0") for value in known))
        return pa.Array.from_buffers(kind, len(values), [_validity(is_missing), data])
    offsets = pa.py_buffer(_offsets(np.array([len(value) for value in known], np.int64)))
    return pa.Array.from_buffers(kind, len(values), [_validity(is_missing), offsets, data])


def texts(values: Sequence[str | None]) -> pa.Array:
    """Texts."""
    return octets([None if value is None else value.encode() for value in values], pa.string())


def lists(lengths: NDArray[np.int64], items: pa.Array, is_missing: Flags | None = None) -> pa.Array:
    """Lists (n,) of so many items, which come one behind the other."""
    buffers = [_validity(is_missing), pa.py_buffer(_offsets(lengths))]
    return pa.Array.from_buffers(pa.list_(items.type), len(lengths), buffers, children=[items])


def codes(numbered: NDArray[np.int32], dictionary: pa.Array, is_missing: Flags | None = None) -> pa.DictionaryArray:
    """Codes (n,) of a dictionary."""
    return pa.DictionaryArray.from_arrays(numbers(numbered, pa.int32(), is_missing), dictionary, safe=False)


def _offsets(lengths: NDArray[np.int64]) -> NDArray[np.int32]:
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def _validity(is_missing: Flags | None) -> pa.Buffer | None:
    if is_missing is None or not is_missing.any():
        return None
    return pa.py_buffer(np.packbits(~is_missing, bitorder="little"))
