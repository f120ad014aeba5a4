"""What is passed to the core by those who mean no good: numbers at the edges, and blocks that end at a wall."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from walls import walled

SLACK = 256
EDGES = (
    *(0, 1, 255, 256, 257, 0xFFFF, 0x10000, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 40),
    *((1 << 48) - 1, 1 << 48, (1 << 63) - 257, (1 << 63) - 1, -1, -16, -(1 << 31), -(1 << 32), -(1 << 63)),
)
Column = NDArray[np.int64]


def number(choice: random.Random, usual: int, odds: float = 0.1) -> int:
    """The usual number; at times one beside it, or at an edge."""
    if choice.random() > odds:
        return usual
    return choice.choice((usual - 1, usual + 1, -usual, *EDGES))


def bent(choice: random.Random, column: Column, odds: float = 0.3) -> Column:
    """A column, at times with numbers at the edges in it."""
    column = np.ascontiguousarray(column, np.int64)
    if len(column) and choice.random() < odds:
        for _ in range(choice.randrange(1, 3)):
            at = choice.randrange(len(column))
            column[at] = np.int64(max(min(number(choice, int(column[at]), 1), (1 << 63) - 1), -(1 << 63)))
    return column


def block(choice: random.Random, octets: bytes) -> NDArray[np.uint8]:
    """The octets before a wall, behind one, or by themselves."""
    if choice.random() < 0.5 or not octets:
        return np.array(bytearray(octets), np.uint8)
    return walled(octets, at_start=choice.random() < 0.3)


def refused(call: Callable[[], object]) -> bool:
    """Whether the core refuses: by a ValueError, and nothing else."""
    try:
        call()
    except ValueError:
        return True
    return False


class Frames:
    """Frames in a block with its slack, and their columns: often as they should be."""

    def __init__(self, choice: random.Random, octets: list[bytes], *, straight: bool = False) -> None:
        odds = 0.0 if straight else 0.2
        caplen = np.array([len(frame) for frame in octets], np.int64)
        more = [choice.choice((0, 0, 0, 1, 7, -1, 70_000, 1 << 32)) for _ in octets]
        behind = SLACK if choice.random() > odds else choice.choice((0, 1, SLACK - 1, SLACK + 1))
        self.block = block(choice, b"".join(octets) + choice.randbytes(behind))
        self.offset = bent(choice, np.cumsum(caplen) - caplen, odds)
        self.wire = bent(choice, np.maximum(caplen + np.array(more, np.int64), 0), odds)
        self.caplen = bent(choice, caplen, odds)

    def __len__(self) -> int:
        return len(self.offset)

    def lie_within(self, rows: range | list[int]) -> bool:
        """Whether all these frames lie in the block, with the slack behind them."""
        places = [(int(self.offset[row]), int(self.caplen[row])) for row in rows]
        return all(at >= 0 <= size and at + size + SLACK <= len(self.block) for at, size in places)

    def frame(self, row: int) -> bytes:
        """The octets of a frame that lies within."""
        at = int(self.offset[row])
        return self.block[at : at + int(self.caplen[row])].tobytes()
