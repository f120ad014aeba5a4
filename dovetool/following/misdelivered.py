"""Packets that arrive where they do not belong: in another network, or behind another tunnel end point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.following.chains import NOT_SEEN
from dovetool.following.facts import NONE
from dovetool.following.place import Place
from dovetool.following.tracks import Tracks

_MISPLACED = frozenset(
    {
        "isolation-violation",
        "policy-denied",
        "wrong-tep",
        "vnid-not-on-tep",
        "unknown-vnid",
        "unknown-tep",
        "late-frame",
    }
)
_MANY = 3


def misdelivered(tracks: Tracks, at: int, to: int, which: Column, *, has_map: bool) -> NDArray[np.bool_]:
    """(n,) which of the packets that went from one place to another are misplaced there, and were not before.

    That is those that come in another network than they went off in, while most packets of their network for the same
    receiver come in one; and with a map, what it does not allow.
    """
    here, there = tracks.places[at], tracks.places[to]
    astray = _astray(here, tracks.rows(at, which), there, tracks.rows(to, which))
    if not has_map:
        return astray
    misplaced = _is_misplaced(tracks, to, which)
    for earlier in range(at + 1) if to > at else range(at, len(tracks.places)):
        misplaced &= ~_is_misplaced(tracks, earlier, which)
    return misplaced | astray


def _is_misplaced(tracks: Tracks, place: int, which: Column) -> NDArray[np.bool_]:
    """(n,) those that were seen at a place, in breach of the map."""
    there, rows = tracks.places[place], tracks.rows(place, which)
    breaches = np.array([not _MISPLACED.isdisjoint(verdict) for verdict in there.verdicts], np.bool_)
    if not breaches.any():
        return np.zeros(len(rows), np.bool_)
    misplaced: NDArray[np.bool_] = (rows != NOT_SEEN) & breaches[there.packets.verdict[rows]]
    return misplaced


def _astray(here: Place, rows: Column, there: Place, others: Column) -> NDArray[np.bool_]:
    vnid, other = here.packets.vnid[rows], there.packets.vnid[others]
    differs = (vnid != other) & (vnid != NONE) & (other != NONE)
    astray = np.zeros(len(rows), np.bool_)
    at = np.flatnonzero((vnid != NONE) & (other != NONE))
    if not differs.any():
        return astray
    dst = here.packets.dst[rows[at]]
    usual = _usual(vnid[at].astype(np.uint64), other[at])
    of_receiver = _usual(vnid[at].astype(np.uint64) << np.uint64(32) | dst, other[at])
    is_unusual = np.where(of_receiver.count >= _MANY, other[at] != of_receiver.value, other[at] != usual.value)
    astray[at] = is_unusual & differs[at]
    return astray


class _Usual:
    """Of each row, the value that most rows with the same key have, and how many rows those are."""

    def __init__(self, value: NDArray[np.int32], count: Column) -> None:
        self.value, self.count = value, count


def _usual(key: NDArray[np.uint64], value: NDArray[np.int32]) -> _Usual:
    pairs = np.stack([key, value.astype(np.uint64)], axis=1)
    distinct, which, count = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    keys, of, total = np.unique(distinct[:, 0], return_inverse=True, return_counts=True)
    order = np.lexsort((count, of))
    last = np.cumsum(total) - 1
    best = order[last]
    rows = of.reshape(-1)[which.reshape(-1)]
    sums = np.bincount(of.reshape(-1), weights=count, minlength=len(keys)).astype(np.int64)
    return _Usual(distinct[best, 1].astype(np.int32)[rows], sums[rows])
