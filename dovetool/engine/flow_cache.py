"""Decide once a flow, and know every later frame of it.

The first frame of a flow goes to the stage's `decide`; what the stage looked at becomes the shape of a key, and all
frames with the same key get the same verdict without being looked at one by one. (Open vSwitch's megaflows do the
same for a switch.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch, Column
from dovetool.engine.key_table import Ids, KeyTable, Words, hashed
from dovetool.engine.readings import Readings
from dovetool.frame.view import Shape

Context = Sequence[NDArray[np.uint64]]
Decide = Callable[[int], tuple[int, Shape]]
"""Decide about the frame of a row: the verdict's number, and what was looked at."""

_MOST_KEYS = 1 << 18
_MOST_TABLES = 48


class FlowCache:
    """The flows that a stage has decided about, by shape."""

    def __init__(self) -> None:
        self._tables: dict[Shape, KeyTable] = {}

    def verdicts(self, batch: Batch, context: Context, decide: Decide) -> Ids:
        """The verdict of each frame of a batch.

        Args:
            batch: n frames, one at least.
            context: (n,) words of what is known about a frame from outside; as many for every batch.
            decide: asked about frames of flows that are new.
        """
        if len(self._tables) > _MOST_TABLES or sum(map(len, self._tables.values())) > _MOST_KEYS:
            self._tables.clear()
        tables = sorted(self._tables.values(), key=lambda table: -table.hits)
        readings = Readings(batch, context, max((table.width for table in tables), default=0))
        found = np.full(len(batch), -1, np.int32)
        for table in tables:
            table.fill(readings, found)
            if found.min() >= 0:
                return found
        unknown = np.flatnonzero(found < 0)
        while len(unknown):
            unknown = self._learn(readings, decide, unknown, found)
        return found

    def _learn(self, readings: Readings, decide: Decide, rows: Column, found: Ids) -> Column:
        """Decide about the first unknown frame and about each key of its shape; returns the rows still unknown."""
        found[rows[0]], shape = decide(int(rows[0]))
        table = self._tables.setdefault(shape, KeyTable(shape, len(readings.context)))
        fits = readings.within(shape)
        asked = rows if fits is None else rows[fits[rows]]
        words = [readings[read][asked] for read in table.reads]
        _, first, group = np.unique(hashed(words, len(asked)), return_index=True, return_inverse=True)
        verdicts = np.full(len(first), -1, np.int32)
        for number, row in enumerate(asked[first].tolist()):
            verdict, seen = decide(row) if row != rows[0] else (int(found[row]), shape)
            found[row] = verdict
            if seen == shape:
                verdicts[number] = verdict
        same_key = _equal_to_first(words, first[group])
        found[asked] = np.where(same_key & (verdicts[group] >= 0), verdicts[group], found[asked])
        kept = verdicts >= 0
        table.add([word[first[kept]] for word in words], verdicts[kept])
        return rows[found[rows] < 0]


def _equal_to_first(words: Words, first: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a key is really that of the first frame with its hash."""
    same = np.ones(len(first), np.bool_)
    for word in words:
        same &= word == word[first]
    return same
