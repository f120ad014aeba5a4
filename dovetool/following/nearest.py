"""Equal things at two places, paired by time: so that one that is lost does not shift all that follow.

Each is paired with the one that is nearest to when it was expected, if that has none nearer to itself; what is left is
paired in the same way once more. Equal things cannot be told apart, so in the end the first of those that were paired
goes with the first, the second with the second.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column

_ROUNDS = 12


class Pairs(NamedTuple):
    """Rows (n,) of two tables that belong together."""

    first: Column
    second: Column

    def sorted_by_first(self) -> Pairs:
        """The same in the order of the first table."""
        order = np.argsort(self.first, kind="stable")
        return Pairs(self.first[order], self.second[order])


def paired(
    expected_ns: Column, group: Column, seen_ns: Column, seen_group: Column, reach_ns: int
) -> tuple[Column, Column]:
    """Pair equal things.

    Args:
        expected_ns: (n,) when each is expected at the second place.
        group: (n,) number of what it is.
        seen_ns: (m,) when each was seen there.
        seen_group: (m,) number of what it is.
        reach_ns: how far from when it was expected one may be.

    Returns:
        The places (k,) of those that are paired in both.
    """
    count = len(expected_ns)
    times, groups = np.concatenate([expected_ns, seen_ns]), np.concatenate([group, seen_group])
    order = np.lexsort((times, groups))
    taken = np.zeros(len(times), np.bool_)
    for _ in range(_ROUNDS):
        order = order[~taken[order]]
        made = _mutual(order, times, groups, count, reach_ns)
        if not len(made):
            break
        taken[made.ravel()] = True
    chosen = np.flatnonzero(taken)
    first, second = chosen[chosen < count], chosen[chosen >= count]
    first = first[np.lexsort((first, expected_ns[first], group[first]))]
    second = second[np.lexsort((second, times[second], groups[second]))]
    return first, second - count


def _mutual(order: Column, times: Column, groups: Column, count: int, reach_ns: int) -> NDArray[np.int64]:
    """(k, 2) those that have each other nearest, among all in an order by group and time."""
    if not len(order):
        return np.zeros((0, 2), np.int64)
    is_seen = order >= count
    nearest = np.where(is_seen, _nearest(order, times, groups, ~is_seen), _nearest(order, times, groups, is_seen))
    mine = np.flatnonzero(~is_seen & (nearest >= 0))
    theirs = nearest[mine]
    is_mutual = (nearest[theirs] == mine) & (np.abs(times[order[theirs]] - times[order[mine]]) <= reach_ns)
    return np.stack([order[mine[is_mutual]], order[theirs[is_mutual]]], axis=1)


def _nearest(order: Column, times: Column, groups: Column, wanted: NDArray[np.bool_]) -> Column:
    """For each in the order, the place in it of the nearest of those that are wanted, of its group; -1 for none."""
    places, ordered, group = np.arange(len(order)), times[order], groups[order]
    before = np.maximum.accumulate(np.where(wanted, places, -1))
    after = np.minimum.accumulate(np.where(wanted, places, len(order))[::-1])[::-1]
    has_before = (before >= 0) & (group[np.maximum(before, 0)] == group)
    after_at = np.minimum(after, len(order) - 1)
    has_after = (after < len(order)) & (group[after_at] == group)
    is_before = has_before & (~has_after | (ordered - ordered[np.maximum(before, 0)] <= ordered[after_at] - ordered))
    nearest: Column = np.where(is_before, before, np.where(has_after, after, -1))
    return nearest
