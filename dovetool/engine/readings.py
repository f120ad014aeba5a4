"""What decisions look at, read from all frames of a batch at once, and once only for all who ask."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import SLACK, Batch, Column
from dovetool.capture.copying import gather
from dovetool.frame.view import NO_LIMIT, Shape

Word = NDArray[np.uint64]

_ZERO_LENGTH = np.uint64(1 << 41)  # stands for the comparison with a length field that is 0


class Kind(IntEnum):
    """What a read is of."""

    CONTEXT = 0
    WORD = 1
    LENGTH = 2
    CHOICE = 3


class Read(NamedTuple):
    """One thing that a decision looked at: something known from outside, masked octets, a length, or a choice.

    Attributes:
        kind: which of these.
        at: offset in the frame; for what is known from outside, its number.
        by: the mask of the octets, the base of the length, or the values to choose from.
    """

    kind: Kind
    at: int
    by: int | tuple[int, ...] = 0

    @property
    def end(self) -> int:
        """Octets of a frame that the read goes to."""
        return 0 if self.kind is Kind.CONTEXT else self.at + (8 if self.kind is Kind.WORD else 2)


def reads_of(shape: Shape, contexts: int) -> tuple[Read, ...]:
    """All that decisions of a shape look at; `contexts` are known from outside."""
    return (
        *(Read(Kind.CONTEXT, number) for number in range(contexts)),
        *(Read(Kind.WORD, *word) for word in shape.words),
        *(Read(Kind.LENGTH, *length) for length in shape.lengths),
        *(Read(Kind.CHOICE, *choice) for choice in shape.choices),
    )


class Readings:
    """The reads of n frames, one at least. A read of a frame that is too short for it is anything."""

    def __init__(self, batch: Batch, context: Sequence[Word], width: int) -> None:
        """Prepare to read.

        Args:
            batch: the frames.
            context: (n,) words of what is known about a frame from outside.
            width: octets of a frame that reads will probably go to.
        """
        self.context = context
        self._batch, self._width = batch, width
        self._wire = np.maximum(batch.caplen, batch.orig_len)
        self._words: dict[Read, Word] = {}
        self._heads: NDArray[np.void] | None = None

    def __contains__(self, read: Read) -> bool:
        """Say whether somebody has asked for a read."""
        return read in self._words

    def __getitem__(self, read: Read) -> Word:
        """A read of all frames (n,)."""
        if read not in self._words:
            self._words[read] = self._read(read)
        return self._words[read]

    def within(self, shape: Shape) -> NDArray[np.bool_] | None:
        """Which frames have lengths that fit a shape; None when all of them do."""
        fits: NDArray[np.bool_] | None = None
        for lengths, (low, below) in ((self._batch.caplen, shape.caplen), (self._wire, shape.wire)):
            if low and lengths.min() < low:
                fits = lengths >= low if fits is None else fits & (lengths >= low)
            if below != NO_LIMIT:
                fits = lengths < below if fits is None else fits & (lengths < below)
        return fits

    def _read(self, read: Read) -> Word:
        match read:
            case Read(Kind.CONTEXT, number):
                return self.context[number]
            case Read(Kind.WORD, at, int(mask)):
                heads = self._to(read.end)
                return heads.view("<u8").reshape(len(heads), -1)[:, at // 8] & np.uint64(mask)
            case Read(Kind.LENGTH, at, int(base)):
                length = _numbers(self._to(read.end), at)
                behind: Word = (self._wire - base - length).view(np.uint64)
                behind[length == 0] = _ZERO_LENGTH
                return behind
            case Read(Kind.CHOICE, at, tuple(values)):
                return _places(values)[_numbers(self._to(read.end), at)].astype(np.uint64)
        raise AssertionError(read)

    def _to(self, end: int) -> NDArray[np.void]:
        """The octets of all frames from their start, to `end` at least."""
        if self._heads is None or end > self._heads.itemsize:
            width = -(-max(end, self._width) // 8) * 8
            self._heads = self._gathered(width)
        return self._heads

    def _gathered(self, width: int) -> NDArray[np.void]:
        octets, offset = self._batch.octets, self._batch.offset
        if width > len(octets):
            return np.zeros(len(offset), f"V{width}")  # no frame is that long
        return gather(octets, np.minimum(offset, len(octets) - width) if width > SLACK else offset, width)


def _numbers(heads: NDArray[np.void], at: int) -> Column:
    """The big-endian 16-bit number at an offset of each of the heads."""
    return np.ndarray((len(heads),), ">u2", heads.view(np.uint8), at, (heads.itemsize,)).astype(np.int64)


@lru_cache
def _places(values: tuple[int, ...]) -> NDArray[np.uint8]:
    """For each 16-bit number its place among the values (255 at most), from 1; 0 for all others."""
    places = np.zeros(1 << 16, np.uint8)  # small, so that it stays in the cache
    places[list(values)] = np.arange(1, len(values) + 1)
    return places
