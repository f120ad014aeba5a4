"""Sums by combinations of numbers, in columns over a whole capture; and times in spans. Times are ns since 1970."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.engine import kernel
from dovetool.learning.facts import MOST_SPANS, PAUSE_NS, Visit

_NEVER = np.iinfo(np.int64).max
_FEW = 1 << 18
Told = tuple[int, int, int, int]
"""Frames, time of the first and of the last, and the first turn."""
_LIMITS = (0, _NEVER, -_NEVER, _NEVER)


class Tally(NamedTuple):
    """What is counted of m things.

    Attributes:
        frames: (m,) how many.
        first_ns: (m,) time of the first.
        last_ns: (m,) time of the last.
        turn: (m,) ascending numbers that say in which order things are met.
    """

    frames: Column
    first_ns: Column
    last_ns: Column
    turn: Column

    def take(self, rows: Column | NDArray[np.bool_]) -> Tally:
        """That of some of them."""
        frames, first_ns, last_ns, turn = (column[rows] for column in self)
        return Tally(frames, first_ns, last_ns, turn)


class Rows:
    """Rows, one for each combination of numbers from 0, in the order in which they were met."""

    def __init__(self, words: int) -> None:
        self._table = kernel.ValueTable(words)
        self._sums = _blank(0)

    def __len__(self) -> int:
        return len(self._table)

    def number(self, *columns: Column) -> Column:
        """(m,) the rows of combinations (m,); those that are new get new ones."""
        numbers = np.empty(len(columns[0]), np.int32)
        self._table.number(np.array(columns, np.uint64), numbers)
        return numbers.astype(np.int64)

    def count(self, rows: Column, tally: Tally) -> None:
        """Add up what was counted."""
        missing = len(self) - self._sums.shape[1]
        if missing > 0:
            self._sums = np.concatenate([self._sums, _blank(max(missing, self._sums.shape[1] // 2))], axis=1)
        np.add.at(self._sums[0], rows, tally.frames)
        np.minimum.at(self._sums[1], rows, tally.first_ns)
        np.maximum.at(self._sums[2], rows, tally.last_ns)
        np.minimum.at(self._sums[3], rows, tally.turn)

    def combinations(self) -> list[tuple[int, ...]]:
        """The numbers of each row."""
        return self._table.values(0)

    def told(self) -> Iterator[tuple[tuple[int, ...], Told]]:
        """The numbers of each row, and what was counted."""
        missing = len(self) - self._sums.shape[1]
        sums = np.concatenate([self._sums, _blank(max(missing, 0))], axis=1)[:, : len(self)]
        return zip(self.combinations(), zip(*sums.tolist(), strict=True), strict=True)


def _blank(count: int) -> NDArray[np.int64]:
    return np.repeat(np.array(_LIMITS, np.int64)[:, None], count, axis=1)


class Spans:
    """When there were frames of each row: spans far from each other, as a `Visit` has them."""

    def __init__(self) -> None:
        self._known = np.zeros((4, 0), np.int64)
        self._new: list[NDArray[np.int64]] = []
        self._room = _FEW

    def add(self, rows: Column, tally: Tally) -> None:
        """Note frames."""
        self._new.append(np.array([rows, *tally[:3]], np.int64))
        self._room -= len(rows)
        if self._room < 0:
            self._join()
            self._room = max(_FEW, self._known.shape[1])

    def _join(self) -> None:
        self._known = _bounded(joined(np.concatenate([self._known, *self._new], axis=1)))
        self._new = []

    def told(self) -> list[list[int]]:
        """Row, frames, first and last time of each span, by rows and in their order."""
        self._join()
        told: list[list[int]] = self._known.T.tolist()
        return told


def joined(spans: NDArray[np.int64]) -> NDArray[np.int64]:
    """Spans (4, n) by row and time: row, frames, first and last time; those close to each other as one."""
    row, _, first, last = spans = spans[:, np.lexsort((spans[2], spans[0]))]
    count = len(row)
    if not count:
        return spans
    order = np.argsort(last, kind="stable")
    rank = np.empty(count, np.int64)
    rank[order] = np.arange(count)
    places = np.unique(row, return_inverse=True)[1]
    latest = last[order[np.maximum.accumulate(places * count + rank) % count]]  # of those of its row up to each
    begins = np.ones(count, np.bool_)
    begins[1:] = (row[1:] != row[:-1]) | (first[1:] - latest[:-1] >= PAUSE_NS)
    at = np.flatnonzero(begins)
    return np.array([row[at], np.add.reduceat(spans[1], at), first[at], np.maximum.reduceat(last, at)])


def _bounded(spans: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same with no more spans of a row than are told apart."""
    rows, begins, counts = np.unique(spans[0], return_index=True, return_counts=True)
    many = np.flatnonzero(counts > MOST_SPANS)
    if not len(many):
        return spans
    parts = [spans[:, ~np.isin(spans[0], rows[many])]]
    for row, begin, count in zip(rows[many].tolist(), begins[many].tolist(), counts[many].tolist(), strict=True):
        visit = Visit()
        for _, frames, first_ns, last_ns in spans[:, begin : begin + count].T.tolist():
            visit.add(frames, first_ns, last_ns)
        parts.append(np.array([[row, span.frames, span.first_ns, span.last_ns] for span in visit.spans], np.int64).T)
    return joined(np.concatenate(parts, axis=1))
