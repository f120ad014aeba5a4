"""Which packets repeat an earlier one: the same, of the same network as far as that is known, and near in time."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column, Stamps

Flags = NDArray[np.bool_]
NO_NETWORK = -1
_ROUNDS = 8


class Repeats(NamedTuple):
    """What is found about n packets.

    Attributes:
        found: (n,) True for those that repeat one.
        networks: (n,) with those that copies have shown.
        is_crowded: (n,) True for those of which there are many that are the same and repeat none.
    """

    found: Flags
    networks: Column
    is_crowded: Flags


def repeats(digests: Stamps, times: Column, networks: Column, window_ns: int) -> Repeats:
    """Find the packets that repeat one before them which does not itself repeat one.

    Packets of two known networks are different ones. One whose network is not known is the same as one of any network,
    and when it is the first, of the network that its first copy with a known one shows: no other one repeats it then.

    Args:
        digests: (2, n) equal for packets that are the same.
        times: (n,) in ns.
        networks: (n,) the network of each packet; `NO_NETWORK` where none is known.
        window_ns: how far from the earlier packet a copy is at most, in ns.
    """
    repeated, is_crowded, told = np.zeros(len(times), np.bool_), np.zeros(len(times), np.bool_), networks.copy()
    rows = np.argsort(digests[0], kind="stable")
    first = _begins(digests[:, rows])
    alone = first & np.append(first[1:], True)
    rows, group = rows[~alone], np.cumsum(first)[~alone]
    for _ in range(_ROUNDS):
        if not len(rows):
            break
        is_left = _by_the_first(rows, group, times, told, window_ns, repeated)
        rows, group = rows[is_left], group[is_left]
    is_crowded[rows] = True
    _one_by_one(rows, group, times, told, window_ns, repeated)
    return Repeats(repeated, told, is_crowded)


def _by_the_first(rows: Column, group: Column, times: Column, told: Column, window_ns: int, repeated: Flags) -> Flags:
    """Find what repeats the first packet of each group; returns (m,) True for those that are neither."""
    is_first = np.append(True, group[1:] != group[:-1])
    number = np.cumsum(is_first) - 1
    leader = rows[is_first]
    is_near = ~is_first & (np.abs(times[rows] - times[leader][number]) <= window_ns)
    network = told[rows]
    showing = np.flatnonzero(is_near & (network != NO_NETWORK))[::-1]
    shown = np.full(len(leader), NO_NETWORK)
    shown[number[showing]] = network[showing]  # in reverse, so that the first of them stays
    told[leader] = np.where(told[leader] == NO_NETWORK, shown, told[leader])
    same = told[leader][number]
    is_copy = is_near & ((network == same) | (network == NO_NETWORK) | (same == NO_NETWORK))
    repeated[rows[is_copy]] = True
    left: Flags = ~(is_first | is_copy)
    return left


def _one_by_one(rows: Column, group: Column, times: Column, told: Column, window_ns: int, repeated: Flags) -> None:
    """The same for groups in which many packets repeat none, packet by packet."""
    groups: defaultdict[int, _Kept] = defaultdict(lambda: _Kept(window_ns))
    columns = (each.tolist() for each in (rows, group, times[rows], told[rows]))
    for row, number, time_ns, network in zip(*columns, strict=True):
        kept = groups[number]
        if network == NO_NETWORK:
            repeated[row] = kept.has_near(time_ns)
        else:
            first = kept.first_near(time_ns, network)
            repeated[row] = first is not None
            if first is not None:
                told[first] = network
        if not repeated[row]:
            kept.add(row, time_ns, network)


class _Kept:
    """Packets of a group that repeat none, by network and time."""

    def __init__(self, window_ns: int) -> None:
        self._window_ns = window_ns
        self._times: list[int] = []
        self._rows: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)

    def add(self, row: int, time_ns: int, network: int) -> None:
        insort(self._times, time_ns)
        insort(self._rows[network], (time_ns, row))

    def has_near(self, time_ns: int) -> bool:
        """One is near in time, of whatever network."""
        at = bisect_left(self._times, time_ns - self._window_ns)
        return at < len(self._times) and self._times[at] <= time_ns + self._window_ns

    def first_near(self, time_ns: int, network: int) -> int | None:
        """The row of the first one that is near in time, of a network or of none; that is its network from now on."""
        near = [*self._near(network, time_ns), *self._near(NO_NETWORK, time_ns)]
        if not near:
            return None
        first = min(near, key=itemgetter(1))
        unknown = self._rows[NO_NETWORK]
        at = bisect_left(unknown, first)
        if unknown[at : at + 1] == [first]:
            insort(self._rows[network], unknown.pop(at))
        return first[1]

    def _near(self, network: int, time_ns: int) -> list[tuple[int, int]]:
        rows = self._rows[network]
        begin = bisect_left(rows, (time_ns - self._window_ns, -1))
        return rows[begin : bisect_left(rows, (time_ns + self._window_ns + 1, -1))]


def _begins(digests: Stamps) -> Flags:
    """(n,) True where a digest is not that before it."""
    if not digests.shape[1]:
        return np.zeros(0, np.bool_)
    return np.append(True, (digests[:, 1:] != digests[:, :-1]).any(axis=0))
