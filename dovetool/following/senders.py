"""Which way packets go between two places at one of which alone they were seen.

Their addresses show it, where others with the same ones were seen at both. A broadcast that is lost has none such, nor
has it an answer. Then it is the way of all else that its sender sends and gets, by its MAC address, or its receiver.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.following.digests import Digests
from dovetool.following.packets import Packets, ends_of
from dovetool.following.tracks import Tracks

_NEARLY_ALL = 0.9
"""The part of its packets that have to go one way; those of a router go both."""


def go_back(tracks: Tracks, which: Column, hop: tuple[int, int], of: int) -> NDArray[np.bool_]:
    """(m,) which of some packets go from the second place to the first one.

    Args:
        tracks: the ways of the packets.
        which: (m,) those that are meant.
        hop: the two places, the first one first.
        of: the one of them where they were seen.
    """
    ways, pair = tracks.chains.ways[hop[0]], tracks.pair[which]
    back = ways.back(pair)
    if not ways.is_two_way:
        return back
    unknown = np.flatnonzero(~ways.knows(pair))
    if len(unknown):
        packets, rows = tracks.places[of].packets, tracks.rows(of, which[unknown])
        back[unknown] = _by_macs(packets, rows, *_sides(tracks, hop, of))
    return back


def _sides(tracks: Tracks, hop: tuple[int, int], of: int) -> tuple[Digests, Digests]:
    """The MAC addresses on the side of the first place, and those on that of the second one."""
    first, second = hop
    both = np.flatnonzero(tracks.seen(first) & tracks.seen(second))
    back = tracks.chains.ways[first].back(tracks.pair[both], tracks.later_ns(both, first, second))
    packets, rows = tracks.places[of].packets, tracks.rows(of, both)
    src, dst = ends_of(packets.macs[rows])
    one = ~packets.is_group[rows]
    macs, whose = np.unique(np.concatenate([src, dst[one]]), return_inverse=True)
    part = np.bincount(whose, weights=np.concatenate([back, ~back[one]])) / np.bincount(whose)
    return macs[(macs != 0) & (part <= 1 - _NEARLY_ALL)], macs[(macs != 0) & (part >= _NEARLY_ALL)]


def _by_macs(packets: Packets, rows: Column, on_first: Digests, on_second: Digests) -> NDArray[np.bool_]:
    """(n,) packets that come from the side of the second place, or are for one on that of the first."""
    src, dst = ends_of(packets.macs[rows])
    back: NDArray[np.bool_] = np.isin(src, on_second) | (np.isin(dst, on_first) & ~np.isin(src, on_first))
    return back
