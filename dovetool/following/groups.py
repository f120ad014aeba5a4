"""Rows of two tables that have the same key, together."""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.following.digests import Digests


class Side(NamedTuple):
    """The rows of one table, by group.

    Attributes:
        rows: rows, those of a group one behind the other and ascending.
        start: (g,) where those of each group begin.
        many: (g,) how many a group has.
    """

    rows: Column
    start: Column
    many: Column

    def of(self, groups: NDArray[np.bool_]) -> tuple[Column, Column]:
        """The rows (m,) of some groups, and the number (m,) of the group of each, counted among all."""
        start, count = self.start[groups], self.many[groups]
        begun = np.cumsum(count) - count
        places = np.repeat(start - begun, count) + np.arange(int(count.sum()))
        return self.rows[places], np.repeat(np.flatnonzero(groups), count)


class Groups(NamedTuple):
    """The g keys that both tables have.

    Attributes:
        first: the rows of the first table.
        second: those of the second one.
    """

    first: Side
    second: Side

    @classmethod
    def of(cls, first: Digests, second: Digests) -> Self:
        """Groups of the keys of two tables (n,) and (m,)."""
        (order, keys, start, count), (other_order, other_keys, other_start, other_count) = _runs(first), _runs(second)
        if not len(keys) or not len(other_keys):
            none = np.zeros(0, np.int64)
            return cls(Side(order[:0], none, none), Side(other_order[:0], none, none))
        at = np.minimum(np.searchsorted(other_keys, keys), len(other_keys) - 1)
        both = np.flatnonzero(other_keys[at] == keys)
        at = at[both]
        return cls(Side(order, start[both], count[both]), Side(other_order, other_start[at], other_count[at]))

    @property
    def is_single(self) -> NDArray[np.bool_]:
        """(g,) groups of one row each."""
        single: NDArray[np.bool_] = (self.first.many == 1) & (self.second.many == 1)
        return single


def _runs(keys: Digests) -> tuple[Column, Digests, Column, Column]:
    """The rows by key, the distinct keys, and where the rows of each begin and how many they are."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    start = np.flatnonzero(np.concatenate([np.ones(min(len(keys), 1), np.bool_), ordered[1:] != ordered[:-1]]))
    return order, ordered[start], start, np.diff(np.append(start, len(keys)))
