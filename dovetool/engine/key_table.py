"""Decisions by flow key: all frames of one shape, looked up at once.

The key of a frame is the list of words that a decision of this shape depends on: masked octets, comparisons of length
fields, and what is known about the frame from outside. A table holds the keys that were decided. Frames are compared
with what all its keys have in common, and those that agree find theirs by a hash of the other words and are then
compared with it word by word, so that no two flows can ever be taken for each other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.engine.readings import Read, Readings, Word, reads_of
from dovetool.frame.view import Shape

Words = list[Word]
Ids = NDArray[np.int32]

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
        reads: the same as reads, one a word of a key.
        width: octets of a frame that they go to.
        hits: frames found so far; tables that are hit often are asked first.
    """

    def __init__(self, shape: Shape, contexts: int) -> None:
        self.shape = shape
        self.reads = reads_of(shape, contexts)
        self.width = max((read.end for read in self.reads), default=0)
        self.hits = 0
        self._hashes: Word = np.empty(0, np.uint64)
        self._ids: Ids = np.empty(0, np.int32)
        self._keys: Words = [np.empty(0, np.uint64) for _ in self.reads]
        self._fixed: list[tuple[Read, np.uint64]] = []  # words that are the same in all keys
        self._varying: list[int] = []  # the others; keys are told apart by these alone

    def __len__(self) -> int:
        return len(self._ids)

    def fill(self, readings: Readings, found: Ids) -> None:
        """Put the verdicts of the keys that are known into `found` (n,), where it is -1."""
        rows = self._alike(readings, found)
        if rows is not None and not len(rows):
            return
        where = slice(None) if rows is None else rows
        ids = self._ids[:1] if not self._varying else self._find(readings, where)
        found[where] = ids
        self.hits += len(found) if rows is None else len(rows)

    def _alike(self, readings: Readings, found: Ids) -> Column | None:
        """The rows without a verdict that agree with all keys in what these have in common; None for all rows."""
        alike, fits = found < 0, readings.within(self.shape)
        if fits is not None:
            alike &= fits
        for read, value in self._fixed:
            if read not in readings and not alike.any():
                break
            alike &= readings[read] == value
        return None if alike.all() else np.flatnonzero(alike)

    def _find(self, readings: Readings, where: Column | slice) -> Ids:
        """The verdict of each key; -1 where the key is not known."""
        words = [readings[self.reads[index]][where] for index in self._varying]
        place = np.searchsorted(self._hashes, hashed(words, len(words[0])))
        place[place == len(self)] = 0
        differs = np.zeros(len(place), np.bool_)
        for index, word in zip(self._varying, words, strict=True):
            differs |= self._keys[index][place] != word
        ids = self._ids[place]
        ids[differs] = -1
        return ids

    def add(self, words: Words, ids: Ids) -> None:
        """Take in decided keys; one whose hash is taken already stays out, and is decided again each time."""
        if not len(ids):
            return
        keys = [np.concatenate(pair) for pair in zip(self._keys, words, strict=True)]
        self._varying = [index for index, word in enumerate(keys) if (word != word[0]).any()]
        hashes = hashed([keys[index] for index in self._varying], len(self) + len(ids))
        self._hashes, first = np.unique(hashes, return_index=True)
        self._ids = np.concatenate([self._ids, ids])[first]
        self._keys = [word[first] for word in keys]
        fixed = [index for index in range(len(keys)) if index not in self._varying]
        self._fixed = [(self.reads[index], keys[index][0]) for index in fixed]


def hashed(words: Words, count: int) -> NDArray[np.uint64]:
    """A 64-bit hash of each of `count` keys."""
    total = np.zeros(count, np.uint64)
    for word, multiplier in zip(words, _MULTIPLIERS, strict=False):
        total += word * multiplier
    return total
