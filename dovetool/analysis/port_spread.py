"""How evenly the outer source ports of groups of tunnels are used, which is what ECMP spreads their flows by."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch, Column

_MOST_PENDING = 1 << 16


class Spread(NamedTuple):
    """Source ports of a group.

    Attributes:
        ports: how many different ones.
        evenness: entropy of the frames over them, as a part of the most that so many ports can have; 1.0 for one port.
    """

    ports: int
    evenness: float


class PortSpread:
    """Counts frames by group and outer source port. What it holds grows with the ports in use, not with the frames."""

    def __init__(self) -> None:
        self._keys: NDArray[np.int64] = np.zeros(0, np.int64)
        self._counts: NDArray[np.int64] = np.zeros(0, np.int64)
        self._pending: list[NDArray[np.int64]] = []
        self._waiting = 0

    def add(self, batch: Batch, rows: Column, group: Column, port_at: Column) -> None:
        """Take in the frames `rows` (m,): their groups (m,), and where (m,) the source port stands in each."""
        place = batch.offset[rows] + port_at
        port = batch.octets[place].astype(np.int64) << 8 | batch.octets[place + 1]
        self._pending.append(group << 16 | port)
        self._waiting += len(rows)
        if self._waiting >= _MOST_PENDING:
            self._settle()

    def _settle(self) -> None:
        fresh, counts = np.unique(np.concatenate(self._pending), return_counts=True)
        keys, place = np.unique(np.concatenate([self._keys, fresh]), return_inverse=True)
        total = np.zeros(len(keys), np.int64)
        np.add.at(total, place, np.concatenate([self._counts, counts]))
        self._keys, self._counts, self._pending, self._waiting = keys, total, [], 0

    def spreads(self, groups: int) -> list[Spread | None]:
        """The spread of each of `groups` groups; None where no source port was seen."""
        if self._pending:
            self._settle()
        bounds = np.searchsorted(self._keys >> 16, np.arange(groups + 1))
        return [_spread(self._counts[low:high]) for low, high in pairwise(bounds.tolist())]


def _spread(counts: NDArray[np.int64]) -> Spread | None:
    if not len(counts):
        return None
    if len(counts) == 1:
        return Spread(1, 1.0)
    part = counts / counts.sum()
    return Spread(len(counts), float(-(part * np.log2(part)).sum() / np.log2(len(counts))))
