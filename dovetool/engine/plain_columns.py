"""What the compiled core does to columns of values, in plain Python: one frame after the other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dovetool.engine.plain_kernel import Column, Numbers, Octets, Words

_WORD = 8


def read_numbers(
    octets: Octets,
    offset: Column,
    ends: Column,
    kinds: Numbers,
    places: Column,
    numbers: Column,
    none: int,
    out: Column,
) -> None:
    """Read several big-endian numbers from each frame; see `core.columns`."""
    for column, (at, (length, which)) in enumerate(zip(places, numbers.tolist(), strict=True)):
        found = _values(octets, offset, ends[which], at[kinds], np.full(len(kinds), length))
        out[column] = [int.from_bytes(value, "big", signed=length == _WORD) if value else none for value in found]


def read_keys(
    octets: Octets,
    offset: Column,
    end: Column,
    kinds: Numbers,
    places: Column,
    lengths: Column,
    keys: Words,
) -> None:
    """Read what `ValueTable` numbers; see `core.columns`."""
    for row, value in enumerate(_values(octets, offset, end, places[kinds], lengths[kinds])):
        words = value[:_WORD], value[_WORD:]
        keys[:, row] = len(value), *(int.from_bytes(word, "little") for word in words)


def _values(octets: Octets, offset: Column, end: Column, places: Column, lengths: NDArray[np.int64]) -> Iterator[bytes]:
    """What stands in each frame; nothing where there is no place, or the frame ends before its end."""
    rows = zip(offset.tolist(), end.tolist(), places.tolist(), lengths.tolist(), strict=True)
    for start, size, at, length in rows:
        is_there = at >= 0 and length > 0 and at + length <= size
        yield octets[start + at : start + at + length].tobytes() if is_there else b""


class ValueTable:
    """Numbers of values; see `core.value_table`."""

    def __init__(self, words: int) -> None:
        self._numbers: dict[tuple[int, ...], int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, keys: Words, numbers: Numbers) -> None:
        """Number values."""
        known = self._numbers
        numbers[:] = [known.setdefault(key, len(known)) for key in zip(*keys.tolist(), strict=True)]

    def values(self, first: int) -> list[tuple[int, ...]]:
        """The words of the values from a number on."""
        return list(self._numbers)[first:]
