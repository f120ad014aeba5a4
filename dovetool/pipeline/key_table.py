"""Decisions by flow key: all frames of one shape, looked up at once.

The key of a frame is the list of words that a decision of this shape depends on: masked octets, comparisons of length
fields, and what is known about the frame from outside. A table holds the keys that were decided. Keys are found by a
hash and then compared word by word, so that no two flows can ever be taken for each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch, Column
from dovetool.capture.copying import gather
from dovetool.stages.view import NO_LIMIT, Shape

Words = list[NDArray[np.uint64]]
Ids = NDArray[np.int32]

_ZERO_LENGTH = np.uint64(1 << 41)  # stands for the comparison with a length field that is 0
_WORD = (1 << 64) - 1


def _odd_numbers(count: int) -> NDArray[np.uint64]:
    """Well mixed 64-bit numbers, the same ones always (splitmix64); numpy.random would take long to import."""
    numbers = []
    for step in range(1, count + 1):
        mixed = step * 0x9E37_79B9_7F4A_7C15 & _WORD
        mixed = (mixed ^ mixed >> 30) * 0xBF58_476D_1CE4_E5B9 & _WORD
        mixed = (mixed ^ mixed >> 27) * 0x94D0_49BB_1331_11EB & _WORD
        numbers.append((mixed ^ mixed >> 31) | 1)
    return np.array(numbers, np.uint64)


_MULTIPLIERS = _odd_numbers(256)


class KeyTable:
    """The decided keys of one shape.

    Attributes:
        shape: what a key of this table is made of.
        hits: frames found so far; tables that are hit often are asked first.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.hits = 0
        ends = [shape.extent, *(at + 2 for at, _ in (*shape.lengths, *shape.choices))]
        self._width = -(-max(ends) // 8) * 8
        self._hashes: NDArray[np.uint64] = np.empty(0, np.uint64)
        self._ids: Ids = np.empty(0, np.int32)
        self._keys: Words = []
        self._choices = [(at, _places(values)) for at, values in shape.choices]

    def __len__(self) -> int:
        return len(self._ids)

    def candidates(self, batch: Batch, wire: Column, rows: Column | None) -> NDArray[np.bool_] | None:
        """Which of the frames `rows`, or of all, have lengths that fit the shape; None when all of them do."""
        fits: NDArray[np.bool_] | None = None
        for lengths, (low, below) in ((batch.caplen, self.shape.caplen), (wire, self.shape.wire)):
            column = lengths if rows is None else lengths[rows]
            if low and len(column) and column.min() < low:
                fits = column >= low if fits is None else fits & (column >= low)
            if below != NO_LIMIT:
                fits = column < below if fits is None else fits & (column < below)
        return None if fits is None or fits.all() else fits

    def words(self, batch: Batch, wire: Column, context: Sequence[NDArray[np.uint64]], rows: Column | None) -> Words:
        """The keys of the frames `rows`, or of all, one array a word."""
        chosen: Column | slice = slice(None) if rows is None else rows
        found: Words = [column[chosen] for column in context]
        if self._width:
            heads = gather(batch.octets, batch.offset[chosen], self._width)
            columns = heads.view("<u8").reshape(len(heads), -1)
            found += [columns[:, at // 8] & np.uint64(mask) for at, mask in self.shape.words]
            octets = heads.view(np.uint8).reshape(len(heads), -1)
            found += [_behind(octets, wire[chosen], at, base) for at, base in self.shape.lengths]
            found += [places[_number(octets, at)].astype(np.uint64) for at, places in self._choices]
        return found

    def find(self, words: Words, count: int) -> Ids:
        """The verdict of each of `count` keys; -1 where the key is not known."""
        if len(self) < 2:
            return self._find_single(words, count)
        hashes = hashed(words, count)
        place = np.searchsorted(self._hashes, hashes)
        place[place == len(self)] = 0
        differs = self._hashes[place] != hashes
        for known, word in zip(self._keys, words, strict=True):
            differs |= known[place] != word
        ids = self._ids[place]
        ids[differs] = -1
        self.hits += count - int(np.count_nonzero(differs))
        return ids

    def _find_single(self, words: Words, count: int) -> Ids:
        """As `find`, with one key at most: no hash is needed to find it."""
        if not len(self):
            return np.full(count, -1, np.int32)
        differs = np.zeros(count, np.bool_)
        for known, word in zip(self._keys, words, strict=True):
            differs |= word != known[0]
        ids = np.where(differs, np.int32(-1), self._ids[0])
        self.hits += count - int(np.count_nonzero(differs))
        return ids

    def add(self, words: Words, ids: Ids) -> None:
        """Take in decided keys; one whose hash is taken already stays out, and is decided again each time."""
        hashes = np.concatenate([self._hashes, hashed(words, len(ids))])
        self._hashes, first = np.unique(hashes, return_index=True)
        self._ids = np.concatenate([self._ids, ids])[first]
        known = self._keys or [np.empty(0, np.uint64) for _ in words]
        self._keys = [np.concatenate(pair)[first] for pair in zip(known, words, strict=True)]


def _behind(octets: NDArray[np.uint8], wire: Column, at: int, base: int) -> NDArray[np.uint64]:
    length = _number(octets, at)
    behind = (wire - base - length).view(np.uint64)
    return np.where(length == 0, _ZERO_LENGTH, behind)


def _number(octets: NDArray[np.uint8], at: int) -> Column:
    return octets[:, at].astype(np.int64) << 8 | octets[:, at + 1]


def _places(values: tuple[int, ...]) -> NDArray[np.uint8]:
    """For each 16-bit number its place among the values (255 at most), from 1; 0 for all others."""
    places = np.zeros(1 << 16, np.uint8)  # small, so that it stays in the cache
    places[list(values)] = np.arange(1, len(values) + 1)
    return places


def hashed(words: Words, count: int) -> NDArray[np.uint64]:
    """A 64-bit hash of each of `count` keys."""
    total = np.zeros(count, np.uint64)
    for word, multiplier in zip(words, _MULTIPLIERS, strict=False):
        total += word * multiplier
    return total
