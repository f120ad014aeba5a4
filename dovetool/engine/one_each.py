"""Copies of one broadcast, of which a VM gets one: where nothing tells which tunnel end point each copy was for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch, Column

_MOST_KNOWN = 1 << 16  # frames of one time


class OneEach:
    """Knows copies by having the same time and octets: `encap` and `translate` give all of a frame the frame's time."""

    def __init__(self) -> None:
        self._time = -1
        self._known: set[int] = set()

    def is_first(self, batch: Batch, rows: Column) -> NDArray[np.bool_]:
        """Say of each of the frames `rows` (m,) whether it is the first of its copies."""
        times = batch.ts_ns[rows]
        first = np.ones(len(rows), np.bool_)
        alike = np.zeros(len(rows), np.bool_)  # of the same time as one before or behind it
        alike[1:] = times[1:] == times[:-1]
        alike[:-1] |= alike[1:]
        if len(rows):
            alike[[0, -1]] = True  # that one may be in another batch
        for place in np.flatnonzero(alike).tolist():
            first[place] = self._is_new(int(times[place]), batch.frame(int(rows[place])))
        return first

    def _is_new(self, time_ns: int, octets: bytes) -> bool:
        if time_ns != self._time or len(self._known) >= _MOST_KNOWN:
            self._time = time_ns
            self._known.clear()
        known = hash(octets)
        if known in self._known:
            return False
        self._known.add(known)
        return True
