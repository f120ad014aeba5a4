"""Blocks of octets, used again when nobody refers to them any more: memory that is new costs as much as copying.

Each begins where a page of memory does. The kernel copies a file page by page, and on some processors that takes five
times as long when the target begins a few octets behind a page and the source where one begins.
"""

from __future__ import annotations

import mmap
import sys
from threading import Lock

import numpy as np

from dovetool.capture.batch import SLACK, Octets

_MOST_KEPT = 6
_OURS = 3
"""References to a block that nobody else has: the list's, the loop's, and that of the question."""


class Blocks:
    """Hands out blocks; frames may refer to one for as long as they like."""

    def __init__(self) -> None:
        self._kept: list[Octets] = []
        self._lock = Lock()

    def take(self, size: int) -> Octets:
        """A block with room for `size` octets and the slack behind it, which may hold anything."""
        with self._lock:
            for block in self._kept:
                if len(block) >= size + SLACK and sys.getrefcount(block) == _OURS:
                    return block
                del block
            block = _new(size + size // 8 + SLACK)
            self._kept.append(block)
            if len(self._kept) > _MOST_KEPT:
                del self._kept[0]
            return block


def _new(size: int) -> Octets:
    try:
        return np.frombuffer(mmap.mmap(-1, size, access=mmap.ACCESS_COPY), np.uint8)
    except OSError as error:
        raise MemoryError from error


BLOCKS = Blocks()
"""Those of this process."""
