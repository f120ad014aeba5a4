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
from dovetool.pipeline.key_table import Ids, KeyTable, Words, hashed
from dovetool.stages.view import Shape

Context = Sequence[NDArray[np.uint64]]
Decide = Callable[[int], tuple[int, Shape]]
"""Decide about the frame of a row: the verdict's number, and what was looked at."""

_MOST_KEYS = 1 << 18
_MOST_TABLES = 48


class FlowCache:
    """The flows that a stage has decided about, by shape."""

    def __init__(self) -> None:
        self._tables: dict[Shape, KeyTable] = {}
        self._order: list[KeyTable] = []

    def verdicts(self, batch: Batch, context: Context, decide: Decide) -> Ids:
        """The verdict of each frame of a batch.

        Args:
            batch: n frames.
            context: (n,) words of what is known about a frame from outside; as many for every batch.
            decide: asked about frames of flows that are new.
        """
        if len(self._tables) > _MOST_TABLES or sum(map(len, self._order)) > _MOST_KEYS:
            self._tables.clear()
        self._order = sorted(self._tables.values(), key=lambda table: -table.hits)
        wire = np.maximum(batch.caplen, batch.orig_len)
        found = np.full(len(batch), -1, np.int32)
        unknown: Column = np.arange(len(batch))
        for table in self._order:
            rows = None if len(unknown) == len(batch) else unknown
            unknown = self._look_up(table, batch, wire, context, rows, found)
            if not len(unknown):
                break
        while len(unknown):
            unknown = self._learn(batch, wire, context, decide, unknown, found)
        return found

    def _look_up(
        self, table: KeyTable, batch: Batch, wire: Column, context: Context, rows: Column | None, found: Ids
    ) -> Column:
        """Fill in the verdicts that the table knows for `rows`, or for all; returns the rows that it does not."""
        fits = table.candidates(batch, wire, rows)
        asked = rows if fits is None else np.flatnonzero(fits) if rows is None else rows[fits]
        if asked is not None and not len(asked):
            return np.arange(len(batch)) if rows is None else rows
        where = slice(None) if asked is None else asked
        found[where] = table.find(table.words(batch, wire, context, asked), len(found[where]))
        unknown = found < 0 if rows is None else found[rows] < 0
        return np.flatnonzero(unknown) if rows is None else rows[unknown]

    def _learn(self, batch: Batch, wire: Column, context: Context, decide: Decide, rows: Column, found: Ids) -> Column:
        """Decide about the first unknown frame and about each key of its shape; returns the rows still unknown."""
        found[rows[0]], shape = decide(int(rows[0]))
        table = self._tables.setdefault(shape, KeyTable(shape))
        fits = table.candidates(batch, wire, rows)
        asked = rows if fits is None else rows[fits]
        words = table.words(batch, wire, context, asked)
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
