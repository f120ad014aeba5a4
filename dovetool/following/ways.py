"""Which way packets go between two places, and by how much the clocks there differ.

What A sends to B and B to A goes opposite ways past two places on a line, so it is seen later at the one and later at
the other: half the sum of both is what the clocks differ, as NTP reckons it (RFC 5905 section 8), and what is left is
delay. Where all packets pass in the order of the places, as through the stages of one machine, there is no such
difference, and no way to tell what the clocks differ.
"""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.following.digests import Digests
from dovetool.following.matching import Found
from dovetool.following.packets import Packets, reversed_pairs
from dovetool.following.shifts import Shifts
from dovetool.values import dataclass

_SEPARATE = 0.9
"""The part of the packets that have to show two ways."""
_FEW, _MIXED = 2, 0.1
"""So many, and this part of a sender's packets to a receiver, are no accident."""
_OUTLYING = 10
_LONGEST_NS = 10_000_000_000
"""A delay that is longer is a difference of clocks."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Between two places.

    Attributes:
        offset_ns: how far the second clock is ahead; None where it cannot be told.
        base_ns: what is taken off a difference of times to get a delay.
        is_two_way: packets go from the second place to the first one, too.
        usual_ns: how much later than at the first place packets are seen at the second, either way.
    """

    offset_ns: int | None
    base_ns: int
    is_two_way: bool
    shifts: Shifts
    _back: NDArray[np.bool_]

    @classmethod
    def of(cls, first: Packets, second: Packets, found: Found) -> Self:
        """Find out by the packets that were found again."""
        rows, others = found.pairs
        later_ns = second.ts_ns[others] - first.ts_ns[rows]
        shifts = Shifts.of(first.pair[rows], later_ns)
        if not len(rows):
            return cls(None, 0, False, shifts, np.zeros(0, np.bool_))
        split_ns = _split(first.pair[rows], later_ns, shifts)
        if split_ns is None:
            return cls(None, _base(later_ns), False, shifts, np.zeros(len(shifts.keys), np.bool_))
        back = shifts.median_ns < split_ns
        goes_back = back[shifts.find(first.pair[rows])[0]]
        offset_ns = (_least(later_ns[~goes_back]) - _least(-later_ns[goes_back])) // 2
        return cls(offset_ns, offset_ns, True, shifts, back)

    def back(self, pair: Digests, later_ns: Column | None = None) -> NDArray[np.bool_]:
        """(n,) True for packets that go from the second place to the first one.

        Args:
            pair: digests of their addresses.
            later_ns: how much later they were seen at the second place, where they were.
        """
        if not self.is_two_way:
            return np.zeros(len(pair), np.bool_)
        at, is_known = self.shifts.find(pair)
        other_at, is_reverse = self.shifts.find(reversed_pairs(pair))
        goes_back: NDArray[np.bool_] = np.where(is_known, self._back[at], is_reverse & ~self._back[other_at])
        if later_ns is None:
            return goes_back
        shows_back = later_ns < self.base_ns  # a VM that moves sends to the same receivers the other way
        unusual = np.bincount(at, weights=shows_back != goes_back, minlength=len(self.shifts.keys))
        is_mixed = (unusual >= _FEW) & (unusual > _MIXED * self.shifts.count)
        return np.where(is_mixed[at], shows_back, goes_back)

    def knows(self, pair: Digests) -> NDArray[np.bool_]:
        """(n,) packets whose addresses show which way they go."""
        known: NDArray[np.bool_] = self.shifts.find(pair)[1] | self.shifts.find(reversed_pairs(pair))[1]
        return known

    def expected(self, pair: Digests) -> Column:
        """(n,) how much later than at the first place packets are seen at the second, or were if they came."""
        at, is_known = self.shifts.find(pair)
        usual_ns = self.base_ns if self.is_two_way else self.shifts.usual_ns
        if not len(self.shifts.keys):
            return np.full(len(pair), usual_ns)
        expected: Column = np.where(is_known, self.shifts.median_ns[at], usual_ns)
        return expected


def _split(pair: Digests, later_ns: Column, shifts: Shifts) -> int | None:
    """The difference of times that parts packets of one way from those of the other; None where all go one way.

    The direction of a conversation that is seen later is taken for the one, the other for the other. If these are two
    ways, there is one difference of times that nearly all packets of the one are above, and of the other below.
    """
    reverse, has_both = shifts.find(reversed_pairs(shifts.keys))
    is_coupled = has_both & (reverse != np.arange(len(reverse)))
    median = shifts.median_ns
    forth, back = is_coupled & (median > median[reverse]), is_coupled & (median < median[reverse])
    at = shifts.find(pair)[0]
    coupled = np.flatnonzero((forth | back)[at])
    return _cut(later_ns[coupled], forth[at[coupled]])


def _cut(later_ns: Column, is_forth: NDArray[np.bool_]) -> int | None:
    """The value that parts most of some values (n,) rightly: all above it are of one kind; None where none does."""
    order = np.argsort(later_ns, kind="stable")
    values, above = later_ns[order], is_forth[order]
    right = np.cumsum(~above)[:-1] + np.cumsum(above[::-1])[::-1][1:]
    right = np.where(np.diff(values) > 0, right, 0)
    if not len(right) or right.max() < _SEPARATE * len(values):
        return None
    best = np.flatnonzero(right == right.max())
    widest = best[np.argmax(np.diff(values)[best])]
    return int(values[widest] + values[widest + 1]) // 2


def _least(later_ns: Column) -> int:
    """The least of some differences, or of many the one that a hundredth of them are below."""
    return int(np.partition(later_ns, len(later_ns) // 100)[len(later_ns) // 100])


def _base(later_ns: Column) -> int:
    """What is taken off, where the clocks cannot be compared: nothing, if the differences can be delays.

    Else the least of them, of those that do not lie far below all others.
    """
    median = np.median(later_ns)
    if 0 <= median <= _LONGEST_NS:
        return 0
    spread = np.median(np.abs(later_ns - median))
    return int(later_ns[later_ns >= median - _OUTLYING * spread].min())
