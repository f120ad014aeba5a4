"""How long packets take: the least, the usual, the most, and how they are spread."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.values import dataclass

_RANKS = (0.5, 0.9, 0.99)
_STEPS = (1, 2, 5)
_DECADES = 12
_EDGES = np.array([step * 10**power for power in range(3, _DECADES) for step in _STEPS], np.int64)
"""Bounds of the bars: 1, 2 and 5 microseconds, and so on."""


@dataclass(frozen=True, slots=True)
class Delays:
    """The delays of some packets, in ns; percentiles by nearest rank.

    Attributes:
        min: the least.
        p50: half of them took no longer.
        p90: nine of ten took no longer.
        p99: 99 of 100 took no longer.
        max: the most.
    """

    min: int
    p50: int
    p90: int
    p99: int
    max: int

    @classmethod
    def of(cls, delay_ns: Column) -> Self | None:
        """Those of packets (n,); None without any."""
        return cls.by_group(delay_ns, np.zeros(len(delay_ns), np.int64), 1)[0]

    @classmethod
    def by_group(cls, delay_ns: Column, group: Column, count: int) -> list[Self | None]:
        """Those of each of some groups, of packets (n,) with numbers (n,) of their groups."""
        order = np.lexsort((delay_ns, group))
        ordered, many = delay_ns[order], np.bincount(group, minlength=count)
        start = np.cumsum(many) - many
        ranks = [np.ceil(rank * many).astype(np.int64) - 1 for rank in _RANKS]
        some = np.flatnonzero(many)
        values = np.stack([ordered[(start + rank)[some]] for rank in (0 * many, *ranks, many - 1)], axis=1)
        made: list[Self | None] = [None] * count
        for number, each in zip(some.tolist(), values.tolist(), strict=True):
            made[number] = cls(*each)
        return made


@dataclass(frozen=True, slots=True)
class Bar:
    """How many packets took at least so long, and less than that.

    Attributes:
        from_ns: None: there is no least.
        to_ns: None: there is no most.
        count: how many.
    """

    from_ns: int | None
    to_ns: int | None
    count: int


def histogram(delay_ns: Column) -> tuple[Bar, ...]:
    """The bars between the first and the last that have packets."""
    counts: NDArray[np.int64] = np.bincount(np.searchsorted(_EDGES, delay_ns, side="right"), minlength=len(_EDGES) + 1)
    some = np.flatnonzero(counts)
    if not len(some):
        return ()
    edges = [None, *_EDGES.tolist(), None]
    return tuple(Bar(edges[at], edges[at + 1], int(counts[at])) for at in range(int(some[0]), int(some[-1]) + 1))
