"""Where frames of several captures come from: each has the place of its file and its number there, in one number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.capture.batch import Column

_NUMBER_BITS = 44


@dataclass(frozen=True, slots=True)
class Origin:
    """That of n frames.

    Attributes:
        files: the captures.
        numbers: (n,) one for each frame; those of a file ascend, and those of the next one are larger.
    """

    files: Sequence[Path]
    numbers: Column

    @classmethod
    def of(cls, files: Sequence[Path], file: int, first: int, count: int) -> Self:
        """Frames that follow each other in one of the files, the first of which has a number there."""
        begin = before_file(file) + first
        return cls(files, np.arange(begin, begin + count))

    def take(self, rows: Column | slice) -> Self:
        """That of the frames `rows` (m,), in that order."""
        return replace(self, numbers=self.numbers[rows])

    def joined(self, *others: Self) -> Self:
        """That of the frames of several batches, one behind the other."""
        return replace(self, numbers=np.concatenate([each.numbers for each in (self, *others)]))


def before_file(file: int) -> int:
    """What is added to the number that a frame has in a file, by the place of that."""
    return file << _NUMBER_BITS


def own_number(number: int) -> tuple[int, int]:
    """The place of the file, 0 where there is one alone, and the number of the frame in it."""
    return number >> _NUMBER_BITS, number & ((1 << _NUMBER_BITS) - 1)
