"""How the outer source ports are used, which is what ECMP spreads flows over paths by."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.columns import FrameTable
from dovetool.analysis.columns.cells import MISSING, combined
from dovetool.analysis.port_spread import PortCounts, PortSpread, spread_of
from dovetool.capture.batch import Column
from dovetool.observe.names import Names
from dovetool.observe.observation import Overlay
from dovetool.portrait.labels import End, tep_ends
from dovetool.portrait.look_codes import look_codes

MOST_ROWS = 500
MOST_SHOWN = 11
"""Pairs of TEPs whose ports are drawn, besides those of all."""
PORTS_OF_A_BIN = 256
_MOST_PAIRS = 1 << 15
_PORTS = 1 << 16
_MOST_USED = 1 << 21
"""Ports of pairs that are kept account of: some 100 MB while they are sorted."""


class PortUse(NamedTuple):
    """Source ports of the tunnels from one TEP to another.

    Attributes:
        frames: that have a source port.
        ports: how many different ones they have.
        evenness: entropy of the frames over them, as a part of the most that so many ports can have.
        busiest: the port that most frames have.
        busiest_frames: how many these are.
    """

    src: End
    dst: End
    encap: str
    frames: int
    ports: int
    evenness: float
    busiest: int
    busiest_frames: int


class Ports(NamedTuple):
    """All tunnels over UDP.

    Attributes:
        frames: that have a source port.
        ports: how many different ones there are.
        uses: by pair, those with the most frames first.
        pairs: how many pairs there are, at least.
        histograms: name of a pair, or of all, and its frames by bin of `PORTS_OF_A_BIN` ports.
        is_bounded: there were so many that small pairs were given up.
        has_more: there are more pairs, which were not told apart.
    """

    frames: int
    ports: int
    uses: list[PortUse]
    pairs: int
    histograms: list[tuple[str, list[int]]]
    is_bounded: bool
    has_more: bool


class PortCount:
    """Counts frames by tunnel and source port."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._tells_vnids = names.vnid_map is not None and names.vnid_map.repeats_ips
        self._heads = look_codes(lambda entry: _head(entry.tunnel, names.vnid(entry.look.seen)))
        self._pairs: dict[tuple[str, int | None, bytes, bytes], int] = {}
        self._spread = PortSpread()
        self._all: NDArray[np.int64] = np.zeros(_PORTS, np.int64)
        self._is_bounded = False

    def add(self, frames: FrameTable) -> None:
        """Count the frames that have an outer UDP source port."""
        port = frames.number("outer_udp", 0, 2)
        rows = np.flatnonzero(port != MISSING)
        if not len(rows):
            return
        heads = self._heads.of(frames)[rows]
        (sources, src), (targets, dst) = frames.distinct("outer_src"), frames.distinct("outer_dst")
        first, numbers = combined(heads, src[rows], dst[rows])
        at = rows[first]
        told = zip(heads[first].tolist(), src[at].tolist(), dst[at].tolist(), strict=True)
        pairs = [self._pair((*self._heads.values[head], sources[one], targets[two])) for head, one, two in told]
        self._all += np.bincount(port[rows], minlength=_PORTS)
        self._spread.add_ports(np.array(pairs, np.int64)[numbers], port[rows])
        self._is_bounded |= self._spread.keep_largest(_MOST_USED)

    def _pair(self, key: tuple[str, int | None, bytes, bytes]) -> int:
        """The number of a pair; those that come when there is no more room share number 0."""
        encap, vnid, src, dst = key
        key = encap, vnid if self._tells_vnids else None, src, dst
        known = self._pairs.get(key)
        if known is None and len(self._pairs) < _MOST_PAIRS:
            known = self._pairs[key] = len(self._pairs) + 1
        return known or 0

    def told(self) -> Ports:
        """What was counted."""
        used = self._by_ends()
        uses = sorted((_use(*ends, *counts) for ends, counts in used.items()), key=lambda use: -use.frames)
        shown = [("all tunnels", _binned(np.arange(_PORTS), self._all))] if self._all.any() else []
        shown += [
            (f"{use.src.label} → {use.dst.label}, {use.encap}", _binned(*used[use.src, use.dst, use.encap]))
            for use in uses[:MOST_SHOWN]
        ]
        ports, count = int(np.count_nonzero(self._all)), len(self._pairs)
        is_full = count == _MOST_PAIRS
        return Ports(int(self._all.sum()), ports, uses[:MOST_ROWS], count, shown, self._is_bounded, is_full)

    def _by_ends(self) -> dict[tuple[End, End, str], PortCounts]:
        """Ports (m,) and their frames (m,) of each pair, in the words of the map."""
        ends = {number: key for key, number in self._pairs.items()}
        found: dict[tuple[End, End, str], PortCounts] = {}
        for number, counts in self._spread.used():
            if number:
                encap, vnid, src, dst = ends[number]
                key = (*tep_ends(self._names, encap, vnid, src, dst), encap)
                found[key] = _together(found[key], counts) if key in found else counts
        return found


def _head(overlay: Overlay | None, vnid: int | None) -> tuple[str, int | None]:
    return "" if overlay is None else overlay.encap, vnid


def _together(one: PortCounts, other: PortCounts) -> PortCounts:
    ports, place = np.unique(np.concatenate([one[0], other[0]]), return_inverse=True)
    frames = np.zeros(len(ports), np.int64)
    np.add.at(frames, place, np.concatenate([one[1], other[1]]))
    return ports, frames


def _use(src: End, dst: End, encap: str, ports: Column, frames: Column) -> PortUse:
    at, (count, evenness) = int(frames.argmax()), spread_of(frames)
    return PortUse(src, dst, encap, int(frames.sum()), count, evenness, int(ports[at]), int(frames[at]))


def _binned(ports: Column, frames: Column) -> list[int]:
    bins = np.zeros(_PORTS // PORTS_OF_A_BIN, np.int64)
    np.add.at(bins, ports // PORTS_OF_A_BIN, frames)
    return bins.tolist()
