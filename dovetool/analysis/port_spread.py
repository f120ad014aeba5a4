"""How evenly the outer source ports of groups of tunnels are used, which is what ECMP spreads their flows by."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch, Column

PortCounts = tuple[Column, Column]
"""Ports (n,), ascending, and the frames (n,) of each."""
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
        self.add_ports(group, batch.octets[place].astype(np.int64) << 8 | batch.octets[place + 1])

    def add_ports(self, group: Column, port: Column) -> None:
        """Take in m frames: their groups (m,) and their source ports (m,)."""
        self._pending.append(group << 16 | port)
        self._waiting += len(group)
        if self._waiting >= _MOST_PENDING:
            self._settle()

    def add_all(self, other: PortSpread, rows: Column) -> None:
        """Take in what another has counted, whose groups are `rows` (n,) here."""
        for counts in (self, other):
            if counts._pending:
                counts._settle()
        keys = rows[other._keys >> 16] << 16 | other._keys & 0xFFFF
        self._join(keys, other._counts)

    def _settle(self) -> None:
        fresh, counts = np.unique(np.concatenate(self._pending), return_counts=True)
        self._join(fresh, counts)
        self._pending, self._waiting = [], 0

    def _join(self, fresh: Column, counts: Column) -> None:
        keys, place = np.unique(np.concatenate([self._keys, fresh]), return_inverse=True)
        total = np.zeros(len(keys), np.int64)
        np.add.at(total, place, np.concatenate([self._counts, counts]))
        self._keys, self._counts = keys, total

    def spreads(self, groups: int) -> list[Spread | None]:
        """The spread of each of `groups` groups; None where no source port was seen."""
        if self._pending:
            self._settle()
        bounds = np.searchsorted(self._keys >> 16, np.arange(groups + 1))
        spans = pairwise(bounds.tolist())
        return [spread_of(self._counts[low:high]) if high > low else None for low, high in spans]

    def used(self) -> Iterator[tuple[int, PortCounts]]:
        """Each group that has some, with its ports."""
        if self._pending:
            self._settle()
        groups, starts = np.unique(self._keys >> 16, return_index=True)
        for group, (low, high) in zip(groups.tolist(), pairwise([*starts.tolist(), len(self._keys)]), strict=True):
            yield group, (self._keys[low:high] & 0xFFFF, self._counts[low:high])

    def keep_largest(self, most: int) -> bool:
        """Where there are more than `most` ports of groups, give those of the smallest groups up; say whether."""
        if len(self._keys) <= most:
            return False
        groups, group, ports = np.unique(self._keys >> 16, return_inverse=True, return_counts=True)
        frames = np.zeros(len(groups), np.int64)
        np.add.at(frames, group, self._counts)
        order = np.argsort(-frames, kind="stable")
        are_kept = np.zeros(len(groups), np.bool_)
        are_kept[order[np.cumsum(ports[order]) <= most // 2]] = True
        self._keys, self._counts = self._keys[are_kept[group]], self._counts[are_kept[group]]
        return True


def spread_of(counts: Column) -> Spread:
    """How evenly frames are spread over ports (n,), at least one, by what each of these has."""
    if len(counts) == 1:
        return Spread(1, 1.0)
    part = counts / counts.sum()
    return Spread(len(counts), float(-(part * np.log2(part)).sum() / np.log2(len(counts))))
