"""Blocks of octets, used again when nobody refers to them any more: memory that is new costs as much as copying."""

from __future__ import annotations

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
            block = np.empty(size + size // 8 + SLACK, np.uint8)
            self._kept.append(block)
            if len(self._kept) > _MOST_KEPT:
                del self._kept[0]
            return block


BLOCKS = Blocks()
"""Those of this process."""
