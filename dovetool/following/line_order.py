"""In which order captures stand along the way, by how long packets take between them.

What goes forth and what comes back take the time between two places once each: how much later the one is seen at the
second place, less how much later the other is, is the sum of both, whatever the clocks say. On a line these sums add
up, so that they tell which place lies between which.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.following.packets import reversed_pairs
from dovetool.following.tracks import Tracks

_FEW = 3
"""So many packets each way tell of a conversation."""
_MOST = 64
"""So many conversations, those with the most packets, tell enough."""
_DOUBTFUL_PART, _DOUBTFUL_NS = 0.05, 2_000
"""What differs by less may be so by accident."""

_Positions = NDArray[np.float64]


def line_order(tracks: Tracks) -> tuple[int, ...] | None:
    """The order of the places; None where it is the one that was given, or cannot be told.

    It can be where conversations go both ways past all places.
    """
    positions = list(_positions(tracks))
    if len(tracks.places) <= 2 or not positions:
        return None
    likely = np.median([each if each @ positions[0] >= 0 else -each for each in positions], axis=0)
    steps, doubt = np.diff(likely), max(_DOUBTFUL_PART * np.ptp(likely), _DOUBTFUL_NS)
    if not (steps > doubt).any() or not (steps < -doubt).any():
        return None
    order: list[int] = np.argsort(likely, kind="stable").tolist()
    if order.index(0) > order.index(len(order) - 1):
        order.reverse()
    return tuple(order)


def _positions(tracks: Tracks) -> Iterator[_Positions]:
    """For each conversation (p,) how far the places are from the first one, there and back, in ns."""
    rows = np.flatnonzero((tracks.chains.at >= 0).all(axis=1))
    pair, reverse = tracks.pair[rows], reversed_pairs(tracks.pair[rows])
    keys, which, count = np.unique(np.minimum(pair, reverse), return_inverse=True, return_counts=True)
    first_ns = _times(tracks, 0, rows)
    later_ns = np.stack([_times(tracks, place, rows) - first_ns for place in range(len(tracks.places))], axis=1)
    is_forth = pair < reverse
    for number in np.argsort(-count, kind="stable")[: min(_MOST, len(keys))]:
        forth, back = later_ns[(which == number) & is_forth], later_ns[(which == number) & ~is_forth]
        if min(len(forth), len(back)) >= _FEW:
            yield np.median(forth, axis=0) - np.median(back, axis=0)


def _times(tracks: Tracks, place: int, rows: Column) -> Column:
    times_ns: Column = tracks.places[place].packets.ts_ns[tracks.rows(place, rows)]
    return times_ns
