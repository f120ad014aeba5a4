"""How much later packets are seen at a second place than at a first one, by both clocks: of each pair of addresses."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.following.digests import Digests
from dovetool.values import dataclass

_MOST_TRIED = 2_000
_SHIFTED = 8


@dataclass(frozen=True, slots=True)
class Shifts:
    """What is usual.

    Attributes:
        keys: (k,) digests of pairs of addresses, ascending.
        median_ns: (k,) the usual difference of each.
        spread_ns: (k,) the usual distance from that.
        count: (k,) how many packets show it.
        usual_ns: the usual difference of all packets.
    """

    keys: Digests
    median_ns: Column
    spread_ns: Column
    count: Column
    usual_ns: int

    @classmethod
    def of(cls, keys: Digests, shift_ns: Column) -> Self:
        """Of packets (n,) with these keys."""
        order = np.lexsort((shift_ns, keys))
        ordered, shifts = keys[order], shift_ns[order]
        found, start, which, count = np.unique(ordered, return_index=True, return_inverse=True, return_counts=True)
        middle = start + (count - 1) // 2
        median = shifts[middle]
        away = np.abs(shifts - median[which])
        spread = away[np.lexsort((away, which))][middle]
        usual = int(np.median(shift_ns)) if len(shift_ns) else 0
        return cls(found, median, spread, count, usual)

    def expected(self, keys: Digests) -> Column:
        """(n,) the usual difference of packets with these keys; of others, that of all."""
        at, is_known = self.find(keys)
        if not len(self.keys):
            return np.full(len(keys), self.usual_ns)
        expected: Column = np.where(is_known, self.median_ns[at], self.usual_ns)
        return expected

    def find(self, keys: Digests) -> tuple[Column, NDArray[np.bool_]]:
        """Where keys (n,) stand, and whether (n,) they are known."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64), np.zeros(len(keys), np.bool_)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return at, self.keys[at] == keys


def guessed_shift(first_ns: Column, second_ns: Column) -> int:
    """The difference that lets equal packets at two places fit best, by their times (n,) and (m,), both ascending.

    The smallest one where several fit alike, as with packets that come at equal distances.
    """
    first, second = first_ns[:_MOST_TRIED], second_ns[: 2 * _MOST_TRIED]
    tried = {0, int(second[0] - first[0]), int(second_ns[-1] - first_ns[-1])}
    for by in range(-_SHIFTED, _SHIFTED + 1):
        one, other = first[max(-by, 0) :], second[max(by, 0) :]
        both = min(len(one), len(other))
        if both:
            tried.add(int(np.median(other[:both] - one[:both])))
    return min(tried, key=lambda shift: (_misfit(first + shift, second), abs(shift)))


def _misfit(expected: Column, seen: Column) -> int:
    """The usual distance to the next one seen."""
    at = np.clip(np.searchsorted(seen, expected), 1, max(len(seen) - 1, 1))
    after, before = seen[np.minimum(at, len(seen) - 1)], seen[at - 1]
    return int(np.median(np.minimum(np.abs(after - expected), np.abs(expected - before))))
