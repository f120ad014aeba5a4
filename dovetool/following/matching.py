"""The packets of one place found again at another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.following.digests import Digests, mixed
from dovetool.following.groups import Groups
from dovetool.following.nearest import Pairs, paired
from dovetool.following.packets import Packets
from dovetool.following.shifts import Shifts, guessed_shift
from dovetool.values import dataclass

REACH_NS = 10_000_000_000
"""How much longer than usual a packet may take, and still be taken for the same."""
_NEARLY_ALL = 0.9


@dataclass(frozen=True, slots=True)
class Found:
    """What was found again.

    Attributes:
        pairs: rows of both places.
        is_loose: (n,) the packet was cut up or put together on its way.
        shifts: how much later packets are seen at the second place.
    """

    pairs: Pairs
    is_loose: NDArray[np.bool_]
    shifts: Shifts


@dataclass(slots=True)
class Matcher:
    """Finds the packets of one place at another.

    Attributes:
        first: the packets of the one.
        second: those of the other.
    """

    first: Packets
    second: Packets
    _is_free: list[NDArray[np.bool_]] = field(init=False)
    _pairs: list[Pairs] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._is_free = [np.ones(len(each), np.bool_) for each in (self.first, self.second)]

    def found(self, first: Column | None = None, second: Column | None = None) -> Found:
        """Find them, among all or among some rows of each."""
        for free, rows in zip(self._is_free, (first, second), strict=True):
            if rows is not None:
                free[:] = False
                free[rows] = True
        shifts = self._exact()
        before = sum(len(pairs.first) for pairs in self._pairs)
        one, other = (self._cut(side, rows) for side, rows in self._free())
        self._settle(self.first.loose, self.second.loose, one, other, shifts, are_parts=True)
        pairs = Pairs(
            np.concatenate([each.first for each in self._pairs]), np.concatenate([each.second for each in self._pairs])
        )
        is_loose = np.arange(len(pairs.first)) >= before
        order = np.argsort(pairs.first, kind="stable")
        return Found(Pairs(pairs.first[order], pairs.second[order]), is_loose[order], shifts)

    def _exact(self) -> Shifts:
        """Pair those that are the same in all that does not change; those first that nothing else is the same as."""
        one, other = self.first.mark, self.second.mark
        rows, other_rows = np.flatnonzero(self._is_free[0]), np.flatnonzero(self._is_free[1])
        groups = Groups.of(one[rows], other[other_rows])
        is_single = groups.is_single
        single = Pairs(rows[groups.first.of(is_single)[0]], other_rows[groups.second.of(is_single)[0]])
        shifts = self._shifts(single, groups, rows, other_rows)
        later_ns = self.second.ts_ns[single.second] - self.first.ts_ns[single.first] - shifts.usual_ns
        self._take(single, np.abs(later_ns) <= REACH_NS)
        many = [side.of(~is_single)[0] for side in groups]
        for key, other_key in self._finer(one, other, single):
            first, second = (all_rows[each] for all_rows, each in zip((rows, other_rows), many, strict=True))
            first, second = first[self._is_free[0][first]], second[self._is_free[1][second]]
            self._settle(key, other_key, first, second, shifts)
        return shifts

    def _finer(self, one: Digests, other: Digests, single: Pairs) -> Iterator[tuple[Digests, Digests]]:
        """Keys, the finest first: of the same tunnel, of the same network, the packet alone.

        A place that shows no networks may be in one: that of the packets that are the only ones of their kind.
        """
        if (self.first.tunnel != 0).any() and (self.second.tunnel != 0).any():
            keys = [mixed(key, side.tunnel) for key, side in ((one, self.first), (other, self.second))]
            yield mixed(keys[0], self.first.vnid), mixed(keys[1], self.second.vnid)
        if (self.first.vnid >= 0).any() and (self.second.vnid >= 0).any():
            yield mixed(one, self.first.vnid), mixed(other, self.second.vnid)
        for mine, theirs, rows in ((self.first, self.second, single.second), (self.second, self.first, single.first)):
            if (mine.vnid < 0).all() and len(rows):
                vnid, count = np.unique(theirs.vnid[rows], return_counts=True)
                if count.max() < _NEARLY_ALL * len(rows):
                    continue
                usual = vnid[np.argmax(count)]
                shown = [np.full(len(side), usual) if side is mine else side.vnid for side in (self.first, self.second)]
                yield mixed(one, shown[0]), mixed(other, shown[1])
        yield one, other

    def _shifts(self, single: Pairs, groups: Groups, rows: Column, other_rows: Column) -> Shifts:
        if len(single.first):
            later_ns = self.second.ts_ns[single.second] - self.first.ts_ns[single.first]
            return Shifts.of(self.first.pair[single.first], later_ns)
        guess = 0
        if len(groups.first.many):
            largest = np.zeros(len(groups.first.many), np.bool_)
            largest[int(np.argmax(np.minimum(groups.first.many, groups.second.many)))] = True
            first, second = rows[groups.first.of(largest)[0]], other_rows[groups.second.of(largest)[0]]
            guess = guessed_shift(np.sort(self.first.ts_ns[first]), np.sort(self.second.ts_ns[second]))
        none = np.zeros(0, np.int64)
        return Shifts(np.zeros(0, np.uint64), none, none, none, guess)

    def _settle(
        self,
        key: Digests,
        other_key: Digests,
        first: Column,
        second: Column,
        shifts: Shifts,
        *,
        are_parts: bool = False,
    ) -> None:
        """Pair rows that have the same keys, by order where that fits, else by time.

        `are_parts`: the one of a pair is a part of the other.
        """
        groups = Groups.of(key[first], other_key[second])
        if not len(groups.first.many):
            return
        expected_ns = self.first.ts_ns[first] + shifts.expected(self.first.pair[first])
        seen_ns = self.second.ts_ns[second]
        every = np.ones(len(groups.first.many), np.bool_)
        mine, group = groups.first.of(every)
        theirs, other_group = groups.second.of(every)
        in_order = (groups.first.many == groups.second.many) & _fits(
            expected_ns[mine], group, seen_ns[theirs], other_group, groups
        )
        is_mine, is_theirs = in_order[group], in_order[other_group]
        self._take(Pairs(first[mine[is_mine]], second[theirs[is_theirs]]), are_parts=are_parts)
        mine, theirs = mine[~is_mine], theirs[~is_theirs]
        one, other = paired(expected_ns[mine], group[~is_mine], seen_ns[theirs], other_group[~is_theirs], REACH_NS)
        self._take(Pairs(first[mine[one]], second[theirs[other]]), are_parts=are_parts)

    def _take(self, pairs: Pairs, kept: NDArray[np.bool_] | None = None, *, are_parts: bool = False) -> None:
        if are_parts:
            one, other = self.first, self.second
            kept = one.length[pairs.first] != other.length[pairs.second]
            kept |= one.piece[pairs.first] != other.piece[pairs.second]
        if kept is not None and not kept.all():
            pairs = Pairs(pairs.first[kept], pairs.second[kept])
        self._is_free[0][pairs.first] = False
        self._is_free[1][pairs.second] = False
        self._pairs.append(pairs)

    def _free(self) -> Iterator[tuple[Packets, Column]]:
        for side, free in zip((self.first, self.second), self._is_free, strict=True):
            yield side, np.flatnonzero(free)

    def _cut(self, side: Packets, rows: Column) -> Column:
        """Those that may have been cut up or put together."""
        cut: Column = rows[side.loose[rows] != 0]
        return cut


def _fits(
    expected_ns: Column, group: Column, seen_ns: Column, other_group: Column, groups: Groups
) -> NDArray[np.bool_]:
    """(g,) groups in which the first one seen is nearer to the first expected than the next one is, and so on."""
    fits: NDArray[np.bool_] = groups.first.many == groups.second.many
    mine, theirs = fits[group], fits[other_group]
    expected, seen, of = expected_ns[mine], seen_ns[theirs], group[mine]
    if not len(seen):
        return fits
    off = np.abs(seen - expected)
    is_same = of[1:] == of[:-1]
    next_off, last_off = np.abs(seen[1:] - expected[:-1]), np.abs(seen[:-1] - expected[1:])
    is_wrong = off > REACH_NS
    is_wrong[:-1] |= is_same & (next_off < off[:-1])
    is_wrong[1:] |= is_same & (last_off < off[1:])
    fits[of[is_wrong]] = False
    return fits
