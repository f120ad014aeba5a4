"""Packets that are the same at one place: duplicates, or one seen at several interfaces or in several layers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.following.digests import Digests, mixed
from dovetool.following.packets import Packets

_SOON_NS = 1_000_000_000


def with_twin(packets: Packets, rows: Column, twins: Column, *, alike: bool) -> NDArray[np.bool_]:
    """(m,) which of some rows are the same packet as one of the twins, not longer than a second before or after it.

    Args:
        packets: those of the place.
        rows: (m,) the rows that are asked about.
        twins: (k,) the rows that they may be the same as.
        alike: it came by in the same way, in the same tunnel; else, in another way.
    """
    if not len(rows) or not len(twins):
        return np.zeros(len(rows), np.bool_)
    key, other = packets.mark[rows], packets.mark[twins]
    some = np.isin(other, key)
    twins, other = twins[some], other[some]
    if alike:
        key, other = (_with_way(packets, each, at) for each, at in ((key, rows), (other, twins)))
    found = _is_near(key, packets.ts_ns[rows], other, packets.ts_ns[twins])
    if alike:
        return found
    same_way = _is_near(
        mixed(key, packets.way[rows]), packets.ts_ns[rows], mixed(other, packets.way[twins]), packets.ts_ns[twins]
    )
    return found & ~same_way


def _with_way(packets: Packets, key: Digests, rows: Column) -> Digests:
    return mixed(mixed(mixed(key, packets.way[rows]), packets.tunnel[rows]), packets.vnid[rows])


def _is_near(key: Digests, ts_ns: Column, other: Digests, other_ns: Column) -> NDArray[np.bool_]:
    """(m,) which have one with the same key near to them in time."""
    count = len(key)
    keys, times = np.concatenate([key, other]), np.concatenate([ts_ns, other_ns])
    order = np.lexsort((times, keys))
    is_other = order >= count
    places = np.arange(len(order))
    before = np.maximum.accumulate(np.where(is_other, places, -1))
    after = np.minimum.accumulate(np.where(is_other, places, len(order))[::-1])[::-1]
    near = np.zeros(len(order), np.bool_)
    for at, there in ((np.maximum(before, 0), before >= 0), (np.minimum(after, len(order) - 1), after < len(order))):
        same = there & (keys[order[at]] == keys[order])
        near |= same & (np.abs(times[order[at]] - times[order]) <= _SOON_NS)
    found = np.zeros(len(order), np.bool_)
    found[order] = near
    return found[:count]
