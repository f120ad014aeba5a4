"""What was counted, group by group. There may be a hundred thousand, of which few are shown: each is made then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Self, overload

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.port_spread import Spread
from dovetool.capture.batch import Column
from dovetool.observe.grouping import Key
from dovetool.values import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """What was counted of a group.

    Attributes:
        key: what its frames have in common; the names are `grouping.COLUMNS`.
        frames: frames there and back.
        octets: octets on the wire, there and back.
        overhead: octets of them that tunnels and tags cost.
        first_ns: time of its first frame, in ns since 1970.
        last_ns: time of its last one.
        series: octets over time; empty when it is not kept for so many groups.
        spread: how evenly outer source ports are used; None where there are none.
    """

    key: Key
    frames: tuple[int, int]
    octets: tuple[int, int]
    overhead: int
    first_ns: int
    last_ns: int
    series: tuple[int, ...] = ()
    spread: Spread | None = None


@dataclass(frozen=True, slots=True)
class Groups(Sequence[Group]):
    """Groups in an order.

    Attributes:
        order: (m,) the rows of the groups in the columns.
        key: gives the key of a row.
        frames: (n, 2) frames of each group, there and back.
        octets: (n, 2) octets on the wire, likewise.
        overhead: (n,) octets of them that tunnels and tags cost.
        first_ns: (n,) time of the first frame, in ns since 1970.
        last_ns: (n,) time of the last one.
        series: (n, bins) octets over time; without bins when it is not kept.
        spreads: how evenly each uses outer source ports; empty where that is not asked.
    """

    order: Column
    key: Callable[[int], Key]
    frames: NDArray[np.int64]
    octets: NDArray[np.int64]
    overhead: Column
    first_ns: Column
    last_ns: Column
    series: NDArray[np.int64]
    spreads: Sequence[Spread | None] = ()

    def __len__(self) -> int:
        return len(self.order)

    @overload
    def __getitem__(self, at: int) -> Group: ...
    @overload
    def __getitem__(self, at: slice) -> Self: ...
    def __getitem__(self, at: int | slice) -> Group | Self:
        """One group, or some of them."""
        return replace(self, order=self.order[at]) if isinstance(at, slice) else self._group(int(self.order[at]))

    def _group(self, row: int) -> Group:
        (there, back), (octets_there, octets_back) = self.frames[row].tolist(), self.octets[row].tolist()
        return Group(
            self.key(row),
            (there, back),
            (octets_there, octets_back),
            int(self.overhead[row]),
            int(self.first_ns[row]),
            int(self.last_ns[row]),
            tuple(self.series[row].tolist()) if self.series.shape[1] else (),
            self.spreads[row] if self.spreads else None,
        )

    def ranked(self, amount: Column, most: int | None = None) -> Self:
        """The groups by an amount (n,), the lowest first; of equals who was seen first, and of these the lower key.

        Beyond the `most` that will be shown, where that is given, equals lie anyhow.
        """
        rows = self.order
        ranks = np.stack([amount[rows], self.first_ns[rows]])
        by_rank = np.lexsort(ranks[::-1])
        order, ranks = rows[by_rank], ranks[:, by_rank]
        borders = np.flatnonzero((ranks[:, 1:] != ranks[:, :-1]).any(axis=0)) + 1
        edges = [0, *borders.tolist(), len(order)]
        for start, stop in pairwise(edges):
            if most is not None and start >= most:
                break
            if stop - start > 1:
                order[start:stop] = sorted(order[start:stop].tolist(), key=self._sorting)
        return replace(self, order=order)

    def by_key(self, first: int = 0) -> Self:
        """The groups by their keys, of which the part of that number counts before all others."""
        order = sorted(self.order.tolist(), key=self._sorting)
        if first:
            order.sort(key=lambda row: self._sorting(row)[first])
        return replace(self, order=np.array(order, np.int64))

    def _sorting(self, row: int) -> tuple[Any, ...]:
        return tuple((part is None, str(part) if isinstance(part, str) else "", part) for part in self.key(row))
